"""Levels that a list of units leaves out: 省卫生健康委、教育厅 → 省卫生健康委、省教育厅. Pure.

Only an organ of a kind that exists at that level takes it; what has a place, a level or a branch
of its own (遂宁海关, 人民银行, 国网公司, 各区政府) stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.reading.unit_names import PARTY, Issuer, UnitNames
from assistant.text import is_place, words

_WORDS = frozenset(("省", "自治区", "市", "州", "盟", "区", "县", "旗"))
_ORGAN = re.compile(
    r"(?:局|厅|委|办|办公室|(?<!管理)委员会|法院|检察院|总工会|妇联|残联|科协|工商联|文联|侨联|贸促会"
    r"|红十字会|广播电视台|供销社)$"
)
_OTHERS_OWN = re.compile(
    r"^(?:各|国家|国网|中国|全国|驻|人民银行|中央)|(?:总|分|银保监|证监|外汇|海事|铁路|民航)局$"
)
_DEPARTMENTS = frozenset(  # 厅 in a province, 局 below it
    "教育 科技 公安 民政 司法 财政 人力资源社会保障 自然资源 生态环境 住房城乡建设 交通运输"
    " 水利 农业农村 商务 文化和旅游 退役军人 应急 工业和信息化 审计".split()
)
_CENTRAL = re.compile(r"(?:局|委|办|部|会|署|银行|办公室|科学院)$")


def identified(units: Sequence[str], issuer: Issuer, names: UnitNames) -> Iterator[tuple[str, str]]:
    """The canonical name and the level of each unit of one note, in order."""
    word = issuer.prefix
    for unit in units:
        name = names.canonical(unit, issuer)
        own = _word(name, names)
        word = own or word
        if not own and word in _WORDS and _exists(name, word, names):
            name = f"{word}委{name}" if name in PARTY else word + name
        level = names.level(name)
        if not level and issuer.level == "国家" and _CENTRAL.search(name):
            level = "国家"
        yield name, level


def _word(name: str, names: UnitNames) -> str:
    """The bare word of a level that a canonical name begins with (市 of 市委组织部); or ''."""
    youth = re.fullmatch(r"团(省|自治区|市|区|县|州|盟|旗)委", name)
    found = youth.group(1) if youth else names.split(name)[0].removesuffix("委")
    return found if found in _WORDS else ""


def _exists(name: str, word: str, names: UnitNames) -> bool:
    """Whether an organ written without a level can be one of the level that ``word`` names."""
    if name in PARTY:
        return True
    if names.split(name)[0] or not _ORGAN.search(name):
        return False
    if _OTHERS_OWN.search(name):
        return False
    if name.endswith("厅"):
        return word in ("省", "自治区")
    if word in ("省", "自治区") and name[:-1] in _DEPARTMENTS:
        return False
    if name in names.kinds:
        return True
    first = "".join(words(name)[:1])
    return not re.search(r"[区县镇乡街]", name) and not (len(first) > 1 and is_place(first))
