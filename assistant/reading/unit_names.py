"""Canonical names of units: the level that a name carries, and one spelling for each organ.

市卫生健康委员会, 淄博市卫健委 (in a document of 淄博市) and 市卫生健康委 are all 市卫生健康委;
省卫健委 is 省卫生健康委 and never merges with them. Only ``load`` reads a file, the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.errors import SettingsError

_FILE = Path(__file__).resolve().parent.parent / "data" / "unit_names.yaml"
_LEVELS = {
    "省": "省", "自治区": "省", "市": "市", "州": "市", "自治州": "市", "盟": "市", "地区": "市",
    "区": "区县", "县": "区县", "自治县": "区县", "旗": "区县", "自治旗": "区县", "新区": "区县",
    "镇": "镇街", "乡": "镇街", "街道": "镇街", "国家": "国家",
}  # fmt: skip
_ENDS = "|".join(sorted((e for e in _LEVELS if e != "国家"), key=len, reverse=True))
# 市场监管局, 区域, 市政, 市容, 市民 and 市中区 begin like a level and are none
_LEVEL = re.compile(
    r"(?:自治区|自治州|自治县|省|市(?!场|政(?!府|协)|容|民(?!政|宗|族)|域|中区)|[区县](?!域|块)|[州盟旗])"
    r"(?=[\u4e00-\u9fff]{2})"
)
_PLACE = re.compile(
    rf"(?P<name>[\u4e00-\u9fff]{{1,8}}?(?:{_ENDS}))(?=[\u4e00-\u9fff]{{2}})(?!级|(?<=市)[场域容])"
)
_ZONE = re.compile(  # ends like a place with a government and is none
    r"(?:开发|高新|园|度假|示范|实验|试验|保税|合作|景|社|小|辖|库|牧|灾|校|厂|片)区$"
    r"|^城市$|(?:城乡|乡镇|城镇|集镇|联盟|民盟)$"
)
_PARTY = re.compile(r"委(?!员会)(?=[\u4e00-\u9fff]{2})")
_YOUTH = re.compile(
    r"(?:共青团|团)(?P<place>[\u4e00-\u9fff]*?)(?P<level>省|自治区|市|区|县|州|盟|旗)委(?:员会)?"
)
_BANK = re.compile(
    r"(?:(?:中国)?人民银行|人行)(?P<place>[\u4e00-\u9fff]{2,8}?)市?(?:中心支行|中支)"
)
_TAX = re.compile(r"国家税务总局(?=[\u4e00-\u9fff]{2,}税务局)")
_CENTRAL = re.compile(
    r"国务院|中共中央|中央|国家|中国|全国|最高人民|[\u4e00-\u9fff]+(?:部|总局|总署)"
)
_MINISTRY = re.compile(
    r"(?:国务院|国家).*|[\u4e00-\u9fff]{2,9}(?:总局|总署)|(?:外交|国防|教育|科技|工业和信息化|公安|国家安全|民政"
    r"|司法|财政|人力资源社会保障|自然资源|生态环境|住房城乡建设|交通运输|水利|农业农村|商务|文化和旅游|退役军人|应急)部"
)
_OFFICE = re.compile(r"人民政府|政府|委员会|委|人大|政协|办公|厅|局|法院|检察院")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose document it is: its level, the level's word (市), its places from the top (淄博市)."""

    level: str = ""
    prefix: str = ""
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitNames:
    """Spellings of organs: ``kinds`` without a level, ``units`` whole names → the canonical one."""

    kinds: Mapping[str, str]
    units: Mapping[str, str]

    def canonical(self, name: str, issuer: Issuer | None = None) -> str:
        """The one name of a unit, from one of its spellings alone.

        A place of the ``issuer`` becomes its level (淄博市财政局 → 市财政局); another one stays.
        """
        name = re.sub(r"\s", "", name)
        if name in self.units:
            return self.units[name]
        special = _special(name, issuer or Issuer())
        if special:
            return special
        prefix, stem = self.split(name)
        whole = _own(prefix, issuer or Issuer()) + self.kinds.get(stem, stem)
        return self.units.get(whole, whole)

    def split(self, name: str) -> tuple[str, str]:
        """The place, level and party committee in front of a name, and the organ itself.

        淄博市周村区委组织部 → 淄博市周村区委, 组织部; a name that is an organ already keeps all.
        """
        rest = _TAX.sub("", name.removeprefix("中共"))
        prefix = ""
        while rest not in self.kinds:
            found = _LEVEL.match(rest) if not prefix else None
            found = found or _PLACE.match(rest)
            if not found or _ZONE.search(found.group()):
                break
            prefix, rest = prefix + found.group(), rest[found.end() :]
            if _PARTY.match(rest) and rest not in self.kinds:
                return prefix + "委", rest[1:]
            if found.re is _LEVEL:
                break
        return prefix, rest

    def spellings(self, canonical: str) -> tuple[str, ...]:
        """All ways of writing a canonical name that the table knows, without the name itself."""
        prefix, stem = self.split(canonical)
        found = [prefix + s for s, c in self.kinds.items() if c == stem and s != stem]
        found += [s for s, c in self.units.items() if c == canonical and s != canonical]
        return tuple(found)

    def level(self, name: str) -> str:
        """The level that a name itself carries: 国家 省 市 区县 镇街, or ''."""
        youth = _YOUTH.fullmatch(name)
        prefix = youth.group("level") if youth else self.split(name)[0].removesuffix("委")
        found = re.search(rf"(?:{_ENDS})$", prefix)
        if found and not _ZONE.search(prefix):
            return _LEVELS[found.group()]
        if _MINISTRY.fullmatch(name):
            return "国家"
        if re.search(r"中心支行$|(?:银保监|金融监管)分局$", name):
            return "市"
        return _government(name)


def _special(name: str, issuer: Issuer) -> str:
    """Names that are not built of a level and an organ: 团市委 and the branches of 人民银行."""
    youth = _YOUTH.fullmatch(name)
    if youth:
        place = youth.group("place") + youth.group("level")
        own = not youth.group("place") or place in issuer.places
        return f"团{youth.group('level') if own else place}委"
    bank = _BANK.fullmatch(name)
    if bank:
        place = bank.group("place")
        return f"人民银行{place if place[-1] in '市盟' or len(place) > 2 else place + '市'}中心支行"
    city = next((p for p in issuer.places if p.endswith("市")), "")
    if city and re.fullmatch(r"(?:(?:中国)?人民银行|人行)市(?:中心支行|中支)", name):
        return f"人民银行{city}中心支行"
    return ""


def _own(prefix: str, issuer: Issuer) -> str:
    """A prefix with the issuer's places cut down to the level of the last of them."""
    party = "委" if prefix.endswith("委") else ""
    rest = prefix.removesuffix("委")
    for place in issuer.places:
        if rest.startswith(place):
            rest = rest[len(place) :] or _word(place)
    return rest + party


def _word(place: str) -> str:
    """淄博市 → 市, 内蒙古自治区 → 自治区."""
    found = re.search(rf"(?:{_ENDS})$", place)
    return found.group().removeprefix("新") if found else ""


def _government(name: str) -> str:
    """The level of a place or of places that are named as a unit (淄川区, 各区县人民政府)."""
    bare = re.sub(r"[（(〔\[].*?[）)〕\]]", "", name)
    bare = re.sub(r"(?:人民)?政府(?:办公[室厅])?$|级$|、$", "", bare.removeprefix("各"))
    bare = bare.removesuffix("级")
    if not name.startswith("各") and len(bare) < 3:
        return ""
    if not name.startswith("各") and (_ZONE.search(bare) or len(bare) > 8):
        return ""
    if "、" in bare:
        return ""
    return "区县" if bare in ("县市区", "市区县", "区县市") else _LEVELS.get(_word(bare), "")


PARTY = ("组织部", "宣传部", "统战部", "政法委", "网信办", "编办", "台办", "老干部局", "党校")


def issuer_of(text: str) -> Issuer:
    """The issuer from the name of its organ (淄博市周村区人民政府) or a title that opens so."""
    first = re.split(r"[、，, \n]|关于|印发|转发", text.strip().removeprefix("中共"))[0]
    places: list[str] = []
    rest = first
    while found := _PLACE.match(rest):
        if _ZONE.search(found["name"]):
            return Issuer(places=tuple(places))
        places.append(found["name"])
        rest = rest[found.end() :]
    if not places:
        return Issuer("国家") if _CENTRAL.match(first) else Issuer()
    if not _OFFICE.search(rest):
        return Issuer(places=tuple(places))
    word = _word(places[-1])
    return Issuer(_LEVELS[word], word, tuple(places))


def load(file: Path | None = None) -> UnitNames:
    """The shipped spellings, and those of the user's own ``file``, which come first.

    Raises:
        SettingsError: the file cannot be read, has another form, or gives a spelling to two units.
    """
    shipped = _shipped()
    return shipped if file is None else _merged(shipped, _table(file))


@cache
def _shipped() -> UnitNames:
    return _table(_FILE)


def _table(file: Path) -> UnitNames:
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        tables = [_spellings(data.get(part) or {}, file) for part in ("kinds", "units")]
    except (OSError, ValueError, AttributeError, TypeError, yaml.YAMLError) as error:
        raise SettingsError(
            f"机关名称表“{file.name}”无法读取，请参照随附的 unit_names.yaml 填写 kinds 和 units。"
        ) from error
    return UnitNames(*tables)


def _spellings(table: Mapping[str, Iterable[str] | None], file: Path) -> dict[str, str]:
    """Every spelling → its canonical name, which is one of its own spellings."""
    found: dict[str, str] = {}
    for name, others in table.items():
        for spelling in (name, *(others or ())):
            if found.setdefault(str(spelling), str(name)) != name:
                raise SettingsError(
                    f"机关名称表“{file.name}”把“{spelling}”同时归给“{found[spelling]}”和“{name}”，"
                    "请只保留一处。"
                )
    return found


def _merged(shipped: UnitNames, own: UnitNames) -> UnitNames:
    """Both tables as one; a name that the user's table renames takes its spellings along."""

    def joined(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
        moved = {s: second.get(c, c) for s, c in first.items()}
        return {**moved, **second}

    return UnitNames(joined(shipped.kinds, own.kinds), joined(shipped.units, own.units))
