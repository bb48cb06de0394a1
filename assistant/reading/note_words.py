"""The words of a note of responsible units → units with their roles, and rules. Pure.

（责任单位：A、B）, 〔牵头单位：A；配合单位：B〕, （A牵头，B、C等配合）, 责任单位：A、B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.model import Range, Role
from assistant.text import numeral

BRACKETS = {"（": "）", "(": ")", "〔": "〕", "[": "]", "【": "】", "［": "］", "﹝": "﹞"}
_KEPT = "\ue000"  # stands for a bracket inside a name, which no separator divides
_PART = r"牵头|责任|主责|负责|落实|实施|承办|主办|主管|配合|协办|协助|参与|参加|协同|属地"
_BODY = r"(?:单位|部门|科室|处室|机构|主体)"
LABEL = re.compile(
    rf"(?:各?项?任务|[省市区县]级|[省市区县]直|主要|具体)?({_PART})(?:[（(](?:{_PART})[）)]|{_KEPT}+)?"
    rf"(?:责任|落实)?{_BODY}(?:[（(][^（）()：:]{{1,6}}[）)]|及(?:责任人|分工))?\s*[：:]\s*"
)
_DEADLINE = re.compile(
    r"(?:完成|整改)?(?:时限|时间|期限)\s*[：:].*?"
    rf"(?=[，,；;。\s]\s*(?:{_PART})(?:责任)?{_BODY}\s*[：:]|$)",
    re.DOTALL,
)
WHEN = re.compile(r"[，,；;。]\s*(?:\d{4}年|持续|长期)[^、，,；;：:）)]*(?=[）)]?[。\s]*$)")
_FIRST = r"(?:[排列居位]+名?[列序]?在?|责任单位中)?第?[一首][位个名]?(?:的|者)?"
_BOLD = r"(?:标黑|黑体|加粗|粗体)"
_SAME = r"(?:[，,；;、。]?\s*(?:以?下同|下文同|以下均同))?"
_STARS = "*＊★☆▲△●"
_STARRED = rf"(?:标|带|加|注)?[有注]?[“\"]?[{_STARS}][”\"]?号?"
RULE = re.compile(
    rf"[，,；;。、]?\s*(?:注[：:]\s*)?(?:{_BOLD}|{_FIRST}|{_STARRED})[^、，,；;（(。]{{0,12}}?"
    rf"为(?:总?牵头|主办)(?:部门|单位)?{_SAME}"
)
BOLD_RULE = re.compile(rf"{_BOLD}[^，,）)。]{{0,8}}为牵头")
FIRST_RULE = re.compile(rf"{_FIRST}(?:责任)?(?:部门|单位)?为(?:总?牵头|主办)")
STAR_RULE = re.compile(rf"[{_STARS}][^，,）)。]{{0,8}}为(?:总?牵头|主办)")
_OTHER_LABEL = re.compile(
    r"[；;。，,]\s*(?P<label>(?![^：:]*(?:单位|部门|机构|处室|科室|主体)[：:])[^、，,；;：:]{2,10}[：:])"
)
_DUTY = r"(?:按照?|依据?|根据)(?:各自)?(?:的)?(?:工作)?职责(?:和?分工)?"
_MANNER = rf"(?:分别|共同|联合|具体|各自|分工|{_DUTY})*"
VERB = re.compile(
    rf"{_MANNER}(?P<verb>牵头(?:负责|组织|实施|落实|推进|抓总)?|组织实施|主办|协办|承办|负责"
    r"|配合|参与|参加|落实|实施|协助|协同)(?:落实|实施|推进)?$"
)
_WHOSE = r"[省市区县州盟旗各级直属中央国家驻本地全]{0,6}"
_ALL = r"(?:其他|其它)?(?:有关|相关|各有关|各相关|所有|责任|职能|各|全体|成员)"
_BODIES = r"(?:职能|责任)?(?:部门|单位|部委办?局?|委办局|机构|方面|科室|处室)"
OTHERS = re.compile(
    rf"等(?:[\d一二三四五六七八九十]+[个家])?(?:{_WHOSE}(?:政府)?{_ALL}?{_BODIES}[^、，,；;]*)?$"
)
OPEN_END = re.compile(
    rf"{_WHOSE}(?:政府)?(?:机关)?(?:其他|其它)?(?:有关|相关|各|所有)(?:有关|相关)?{_BODIES}.*"
    r"|[^、，,]*(?:所有|有关|相关)(?:职能|责任)?(?:部门|单位)(?:[和及](?:部门|单位))?"
)
UNIT_END = re.compile(
    r"(?:局|委|办|部|厅|院|中心|政府|银行|支行|分局|公司|集团|协会|管委会|委员会|办公室|组|署|队|会|行"
    r"|区|县|市|镇|街道|社|处|站|所|馆|校|联|总署|海关|大学|学院)$"
)
_AND_ALL = re.compile(r"(?<=[门位府局委办部厅会])(?:以及|及|和)(?=各[省市区县州盟旗镇乡街])")
_LOCAL_RULE = re.compile(
    r"以下(?:各项|各|所有|全部)?(?:工作|重点)?任务[^，,；;。]*?"
    r"(?:(?:需|由)[^，,；;]*?上述(?P<count>[一二两三四五六七八九十]+)[个]?[区县市镇家]?[^，,；;]*?落实"
    r"|(?:涉及|由|需)(?P<listed>[^，,；;。]+?)(?:负责)?(?:落实)?)"
    r"(?:[，,；;]\s*不再[^，,；;〕）)\]]*|(?=[，,；;。]|[）)〕\]]?\s*$))"
)
_NESTED = re.compile(r"[（(〔\[][^）)〕\]]*[）)〕\]]")
_JOINED_NAME = re.compile(
    r"各[省市州盟县区旗]{1,2}(?:、(?:自治区|直辖市|[市州盟县区旗乡镇]))+"
    r"(?=\ue000|人民政府|政府|党委|党工委)"
)
_TOGETHER = re.compile(r"会同(?=[\u4e00-\u9fff])|(?<=..[局委办部厅院署行])[ \u3000]+(?=\S)")
_ROLES = {
    "牵头": Role.LEAD,
    "主办": Role.LEAD,
    "主责": Role.LEAD,
    "配合": Role.COOPERATE,
    "协办": Role.COOPERATE,
    "协助": Role.COOPERATE,
    "协同": Role.COOPERATE,
    "参与": Role.COOPERATE,
    "参加": Role.COOPERATE,
    "属地": Role.LOCAL,
}


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit as a note names it; ``range`` is relative to the text the note was read from.

    ``group`` counts the stretches that “，” separates, for notes that set leaders apart so;
    ``starred`` says that the name bears a mark (★市科技局), which may stand for its part.
    """

    name: str
    role: Role
    stated: bool
    range: Range
    group: int = 0
    starred: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """The words of one note, read; its last ``local_count`` units are those of the local rule.

    ``others`` are the words that stand for units without naming them (等有关部门); ``holds_below``
    says that its rule is for the notes below it too (下同).
    """

    units: tuple[NamedUnit, ...]
    others: str = ""
    bold_marks_lead: bool = False
    first_is_lead: bool = False
    star_marks_lead: bool = False
    holds_below: bool = False
    opens_with_unit: bool = True
    local_rule: str = ""
    local_count: int = 0


def read_note(text: str) -> Note:
    """Read the words of a note (brackets included or not); ranges are those of ``text``."""
    masked, rules = _mask_nested(text)
    for pattern in (RULE, WHEN):
        masked = pattern.sub(_blank, masked)
    local = _LOCAL_RULE.search(text)
    if local:
        masked = masked[: local.start()] + _blank(local) + masked[local.end() :]
    masked = _DEADLINE.sub(_blank, masked)
    other = _OTHER_LABEL.search(masked)
    if other and not LABEL.match(masked[other.start("label") :]):
        masked = masked[: other.start("label")] + " " * (len(masked) - other.start("label"))
    masked = _JOINED_NAME.sub(lambda m: m.group().replace("、", _KEPT), masked)
    for pattern in (_TOGETHER, _AND_ALL):
        masked = pattern.sub(lambda m: "、" * len(m.group()), masked)
    units: list[NamedUnit] = []
    others = ""
    for start, end, role, stated in _segments(masked):
        found, open_end = _names((text, masked), start, end, role, stated)
        units.extend(found)
        others = others or open_end
    said = "".join(rules) + text
    return Note(
        tuple(units),
        others,
        bold_marks_lead=bool(BOLD_RULE.search(said)),
        first_is_lead=bool(FIRST_RULE.search(said)),
        star_marks_lead=bool(STAR_RULE.search(said)),
        holds_below=bool(re.search(r"下文?同|以下[^。；]{0,6}同|下列", said)),
        opens_with_unit=bool(units) and not -1 < masked.find(others or "\n") < units[0].range[0],
        local_rule=local.group().strip() if local else "",
        local_count=_local_count(local, units) if local else 0,
    )


def _local_count(rule: re.Match[str], units: list[NamedUnit]) -> int:
    """How many units at the end of a note its local rule speaks of: 上述四区, or by their names."""
    if rule.group("count"):
        return min(len(units), numeral(rule.group("count").replace("两", "二")) or 0)
    named = tuple(filter(None, _NESTED.sub("", rule.group("listed")).split("、")))
    own = [bool(named) and _NESTED.sub("", unit.name).startswith(named) for unit in units]
    return len(own) - max((at + 1 for at, mine in enumerate(own) if not mine), default=0)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _mask_nested(text: str) -> tuple[str, list[str]]:
    """The text with its outer brackets and nested remarks blanked, and the remarks.

    A nested bracket that a name goes on after (各县（市、区）人民政府) is part of the name: it is
    filled with _KEPT, so that no separator inside it divides the name.
    """
    outer = bool(text) and text[0] in BRACKETS
    chars, rules, depth, begin = list(text), [], 0, 0
    for at, char in enumerate(text):
        if char in BRACKETS:
            depth += 1
            begin = at if depth == 1 + outer else begin
        elif char in BRACKETS.values() and depth:
            if depth == 1 + outer:
                name_goes_on = re.match(r"[\u4e00-\u9fff]", text[at + 1 : at + 2])
                fill = _KEPT if name_goes_on else " "
                chars[begin : at + 1] = fill * (at + 1 - begin)
                if not name_goes_on:
                    rules.append(text[begin + 1 : at])
            depth -= 1
        elif char in BRACKETS.values():
            chars[at] = " "
    if depth > outer:  # a bracket that never closes: what follows it is no name
        chars[begin:] = " " * (len(text) - begin)
    if outer:
        chars[0] = " "
        chars[len(text.rstrip("。 \n")) - 1] = " "
    return "".join(chars), rules


def _segments(masked: str) -> list[tuple[int, int, Role, bool]]:
    """Stretches of one role each: by label, else (or below it) by the verb that closes a stretch.

    What is left without either (市科技局、市财政局) is a stretch when it only names organs.
    """
    labels = list(LABEL.finditer(masked))
    ends = [m.start() for m in labels[1:]] + [len(masked)]
    found: list[tuple[int, int, Role, bool]] = []
    for match, end in zip(labels, ends, strict=False):
        verbal, begin = _by_verbs(masked, match.end(), end)
        role = _ROLES.get(match.group(1), Role.RESPONSIBLE)
        found += [*verbal, (begin, end, role, match.group(1) in _ROLES)]
    if labels:
        return found
    found, begin = _by_verbs(masked, 0, len(masked))
    names = re.split(r"[、，,；;。]", masked[begin:].strip())
    if not found or (names[0] and all(UNIT_END.search(name.strip()) for name in names)):
        found.append((begin, len(masked), Role.RESPONSIBLE, False))
    return found


def _by_verbs(masked: str, start: int, end: int) -> tuple[list[tuple[int, int, Role, bool]], int]:
    """The stretches that a verb closes, and where what no verb closes begins."""
    found: list[tuple[int, int, Role, bool]] = []
    begin = start
    for match in re.finditer(r"[^，,；;。]+", masked[start:end]):
        verb = VERB.search(match.group().rstrip())
        if verb:
            role = _ROLES.get(verb.group("verb")[:2], Role.RESPONSIBLE)
            stop = start + match.start() + verb.start()
            found.append((begin, stop, role, role is not Role.RESPONSIBLE))
            begin = start + match.end() + 1
    return found, min(begin, end)


def _names(
    texts: tuple[str, str], start: int, end: int, role: Role, stated: bool
) -> tuple[list[NamedUnit], str]:
    """The units of one stretch; ``texts`` are the note as written and as masked."""
    text, masked = texts
    units: list[NamedUnit] = []
    others, group, last = "", 0, start
    for match in re.finditer(r"[^、，,；;。\n]+", masked[start:end]):
        if re.search(r"[，,；;]", masked[last : start + match.start()]):
            group += 1
        last = start + match.end()
        piece = match.group()
        open_end = OTHERS.search(piece.rstrip())
        if open_end:
            others = open_end.group()
            piece = piece[: open_end.start()]
        name = piece.strip()
        if not name.strip(_STARS):
            continue
        if OPEN_END.fullmatch(name):
            others = others or name
            continue
        starred = bool(set(name) & set(_STARS))
        name = name.strip(_STARS + " ")
        if name.startswith("由") and len(name) > 2:
            name = name[1:].lstrip()
        offset = start + match.start() + piece.rindex(name)
        span = (offset, offset + len(name))
        written = re.sub(r"\s+", "", text[slice(*span)])
        units.append(NamedUnit(written, role, stated, span, group, starred))
    return units, others
