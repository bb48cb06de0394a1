"""Finds notes of responsible units in running text and reads their words. Pure.

A note is a bracket at the end of a paragraph, or a line of its own, that names units:
（责任单位：A、B）, 〔牵头单位：A；配合单位：B〕, （A牵头，B、C配合）, 责任单位：A、B.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.model import Range, Role
from assistant.text import numeral

_PAIRS = {"（": "）", "(": ")", "〔": "〕", "[": "]", "【": "】", "［": "］", "﹝": "﹞"}
_LABEL = re.compile(
    r"(?:各?项?任务)?(牵头|责任|负责|落实|主办|主管|配合|协办|协助|参与|参加|协同)"
    r"(?:责任)?(?:单位|部门|科室|处室|机构)\s*[：:]\s*"
)
_DEADLINE = re.compile(
    r"(?:完成|整改)?(?:时限|时间|期限)\s*[：:].*?"
    r"(?=[，,；;。\s]\s*(?:牵头|责任|负责|落实|主办|主管|配合|协办|参与)(?:单位|部门)[：:]|$)"
)
_WHEN = re.compile(r"[，,；;。]\s*(?:\d{4}年|持续|长期)[^、，,；;：:）)]*(?=[）)]?[。\s]*$)")
_RULE = re.compile(
    r"[，,；;。、]?\s*(?:标黑|黑体|加粗|排?在?(?:第一|首))[^、，,；;（(]{0,12}为牵头(?:部门|单位)"
    r"(?:[，,；;、]?\s*(?:以?下同|下文同))?"
)
_OTHER_LABEL = re.compile(
    r"[；;。，,]\s*(?P<label>(?![^：:]*(?:单位|部门|机构|处室|科室)[：:])[^、，,；;：:]{2,10}[：:])"
)
_VERB = re.compile(
    r"(?:分别|共同|按职责分工|按照职责分工)*(牵头负责|牵头|负责|配合|参与|落实|协助|协同)$"
)
_OTHERS = re.compile(
    r"等(?:\d+[个家]?)?(?:[省市区县]?(?:有关|相关|各)?(?:部门|单位|部委|委办局)[^、，,；;]*)?$"
)
_OPEN_END = re.compile(
    r"[省市区县各]*[直级属]?(?:政府)?(?:机关)?(?:有关|相关|各)(?:职能)?(?:部门|单位).*"
)
_UNIT_END = re.compile(
    r"(?:局|委|办|部|厅|院|中心|政府|银行|支行|分局|公司|集团|协会|管委会|委员会|办公室|组|署|队|会|行"
    r"|区|县|市|镇|街道|社|处|站|所|馆|校|联)$"
)
_LOCAL_RULE = re.compile(
    r"以下(?:各项|各|所有|全部)?任务[^，,；;]*?(?:需|由)[^，,；;]*?上述(?P<count>[一二两三四五六七八九十]+)"
    r"[个]?[区县市镇家]?[^，,；;]*?落实(?:[，,；;]\s*不再[^，,；;]*)?"
)
_KEPT = "\ue000"
_JOINED_NAME = re.compile(
    r"各[省市州盟县区旗]{1,2}(?:、(?:自治区|直辖市|[市州盟县区旗乡镇]))+(?=\ue000|人民政府|政府|党委)"
)
_TOGETHER = re.compile(r"会同(?=[\u4e00-\u9fff])|(?<=..[局委办部厅院署行])[ \u3000]+(?=\S)")
_WINDOW = 4000
_ROLES = {
    "牵头": Role.LEAD,
    "主办": Role.LEAD,
    "牵头负责": Role.LEAD,
    "配合": Role.COOPERATE,
    "协办": Role.COOPERATE,
    "协助": Role.COOPERATE,
    "协同": Role.COOPERATE,
    "参与": Role.COOPERATE,
    "参加": Role.COOPERATE,
}


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit as a note names it; ``range`` is relative to the text the note was read from.

    ``group`` counts the stretches that “，” separates, for notes that set leaders apart so.
    """

    name: str
    role: Role
    stated: bool
    range: Range
    group: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """The words of one note, read."""

    units: tuple[NamedUnit, ...]
    others: str = ""
    bold_marks_lead: bool = False
    first_is_lead: bool = False
    local_rule: str = ""
    local_count: int = 0


def note_at_end(text: str) -> Range | None:
    """The range of the note that closes the text, brackets included; None when there is none."""
    stripped = text.rstrip(" \t\n\u3000。")
    if stripped and stripped[-1] in _PAIRS.values():
        start = _opening(stripped)
        if start is not None and is_note(stripped[start + 1 : -1]):
            return start, len(stripped)
    text = text.rstrip()
    line = text[text.rfind("\n") + 1 :].lstrip()
    return (len(text) - len(line), len(text)) if _LABEL.match(line) else None


def notes_in(text: str) -> list[Range]:
    """The ranges of the notes that close a line of the text, in order."""
    found: list[Range] = []
    end = len(text)
    while end > 0:
        begin = max(0, end - _WINDOW)  # a note is short: no need to look at all that stands before
        note = note_at_end(text[begin:end])
        if note:
            found.append((begin + note[0], begin + note[1]))
            end = begin + note[0]
        else:
            end = max(0, text.rfind("\n", 0, end))
    return found[::-1]


def without_notes(text: str) -> str:
    """The text before the notes that close it, without blanks at its end."""
    text = text.rstrip()
    while note := note_at_end(text):
        text = text[: note[0]].rstrip()
    return text


def stands_alone(line: str) -> bool:
    """Whether a whole line is nothing but a note."""
    found = note_at_end(line)
    return found is not None and found[0] == 0


def _opening(text: str) -> int | None:
    """Where the bracket that ends the text opens, counting nested ones of every shape."""
    closing = {v: k for k, v in _PAIRS.items()}
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        if text[at] in closing:
            depth += 1
        elif text[at] in _PAIRS:
            depth -= 1
            if depth == 0:
                return at
    return None


def is_note(inner: str) -> bool:
    """Whether the words inside a bracket name units by a label, or by a closing verb."""
    if any(_LABEL.match(piece) for piece in re.split(r"[，,；;。]\s*", inner)):
        return True
    pieces = re.split(r"[，,；;]", _WHEN.sub("", _RULE.sub("", inner)).strip())
    if not _VERB.search(pieces[-1]):
        return False
    first = re.split(r"、|会同", _VERB.sub("", pieces[0]))[0].removeprefix("由")
    if len(first) > 20 or re.search(r"(?<!自)由", first):  # 一般由县级以上人民政府负责 explains
        return False
    return bool(_UNIT_END.search(_OTHERS.sub("", first)) or _OPEN_END.fullmatch(first))


def read_note(text: str) -> Note:
    """Read the words of a note (brackets included or not); ranges are those of ``text``."""
    masked, rules = _mask_nested(text)
    for pattern in (_RULE, _WHEN):
        masked = pattern.sub(_blank, masked)
    local = _LOCAL_RULE.search(masked)
    if local:
        masked = masked[: local.start()] + _blank(local) + masked[local.end() :]
    masked = _DEADLINE.sub(_blank, masked)
    other = _OTHER_LABEL.search(masked)
    if other and not _LABEL.match(masked[other.start("label") :]):
        masked = masked[: other.start("label")] + " " * (len(masked) - other.start("label"))
    masked = _JOINED_NAME.sub(lambda m: m.group().replace("、", _KEPT), masked)
    masked = _TOGETHER.sub(lambda m: "、" * len(m.group()), masked)
    units: list[NamedUnit] = []
    others = ""
    for start, end, role, stated in _segments(masked):
        found, open_end = _names((text, masked), start, end, role, stated)
        units.extend(found)
        others = others or open_end
    joined = "".join(rules) + text
    return Note(
        tuple(units),
        others,
        bold_marks_lead=bool(re.search(r"(?:标黑|黑体|加粗)[^，,）)]{0,6}为牵头", joined)),
        first_is_lead=bool(re.search(r"排?在?(?:第一|首)[位个]?的?(?:部门|单位)?为牵头", joined)),
        local_rule=local.group().strip() if local else "",
        local_count=(numeral(local.group("count").replace("两", "二")) or 0) if local else 0,
    )


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _mask_nested(text: str) -> tuple[str, list[str]]:
    """The text with its outer brackets and nested remarks blanked, and the remarks.

    A nested bracket that a name goes on after (各县（市、区）人民政府) is part of the name: it is
    filled with _KEPT, so that no separator inside it divides the name.
    """
    outer = bool(text) and text[0] in _PAIRS
    chars, rules, depth, begin = list(text), [], 0, 0
    for at, char in enumerate(text):
        if char in _PAIRS:
            depth += 1
            begin = at if depth == 1 + outer else begin
        elif char in _PAIRS.values() and depth:
            if depth == 1 + outer:
                name_goes_on = re.match(r"[\u4e00-\u9fff]", text[at + 1 : at + 2])
                fill = _KEPT if name_goes_on else " "
                chars[begin : at + 1] = fill * (at + 1 - begin)
                if not name_goes_on:
                    rules.append(text[begin + 1 : at])
            depth -= 1
        elif char in _PAIRS.values():
            chars[at] = " "
    if depth > outer:  # a bracket that never closes: what follows it is no name
        chars[begin:] = " " * (len(text) - begin)
    if outer:
        chars[0] = " "
        chars[len(text.rstrip("。 \n")) - 1] = " "
    return "".join(chars), rules


def _segments(masked: str) -> list[tuple[int, int, Role, bool]]:
    """Stretches of one role each: by label, else by the verb that closes a stretch."""
    labels = list(_LABEL.finditer(masked))
    if labels:
        ends = [m.start() for m in labels[1:]] + [len(masked)]
        return [
            (m.end(), end, _ROLES.get(m.group(1), Role.RESPONSIBLE), m.group(1) in _ROLES)
            for m, end in zip(labels, ends, strict=True)
        ]
    found: list[tuple[int, int, Role, bool]] = []
    begin = 0
    for match in re.finditer(r"[^，,；;]+", masked):
        piece = match.group().rstrip()
        verb = _VERB.search(piece)
        if verb:
            role = _ROLES.get(verb.group(1), Role.RESPONSIBLE)
            found.append((begin, match.start() + verb.start(), role, role is not Role.RESPONSIBLE))
            begin = match.end() + 1
    return found


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
        open_end = _OTHERS.search(piece.rstrip())
        if open_end:
            others = open_end.group()
            piece = piece[: open_end.start()]
        name = piece.strip()
        if not name:
            continue
        if _OPEN_END.fullmatch(name):
            others = others or name
            continue
        if name.startswith("由") and len(name) > 2:
            name = name[1:].lstrip()
        offset = start + match.start() + piece.rindex(name)
        span = (offset, offset + len(name))
        written = re.sub(r"\s+", "", text[slice(*span)])
        units.append(NamedUnit(written, role, stated, span, group))
    return units, others
