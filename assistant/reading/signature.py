"""落款 and 附注: who signed a document and when, and what is noted below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.reading.dates import DATE, find_day
from assistant.reading.lines import Line
from assistant.reading.numbering import marker

_DATE_LINE = re.compile(rf"(?:{DATE})")
_SUFFIX = (
    r"(?:政府|办公厅|办公室|委员会|委|局|厅|部|院|中心|银行|法院|检察院|总署|署|管委会|领导小组|小组|指挥部|协会|联合会"
    r"|学会|商会|总工会|公司|集团|大学|学院|学校|组|办|社|会|队|处|站|所|海关|党组|机制|政协|人大|军区|司令部)"
)
_ORGAN = re.compile(
    rf"[\u4e00-\u9fff、（）()\s]{{2,60}}?{_SUFFIX}\s*(?:[（(](?:代章|章|盖章|印章|代)[)）])?"
)
_ORGAN_AND_DATE = re.compile(rf"(?P<organ>{_ORGAN.pattern})[\s，,]*(?P<day>{DATE})")
_SIGNER = re.compile(
    r"(?:总\s*理|国务院总理|主\s*席|主\s*任|委员长|省\s*长|市\s*长|州\s*长|县\s*长|区\s*长|部\s*长|局\s*长|署\s*长|行\s*长|厅\s*长"
    r"|院\s*长|检察长)[\s:：]+[\u4e00-\u9fff]{1,2}[\s·]*[\u4e00-\u9fff]{1,4}"
)
_OPENING = re.compile(r"(?:中华|国务院|国家|中共|全国|[\u4e00-\u9fff]{1,8}?(?:省|市|县|区|州|旗))")
_UNFIT = re.compile(r"[。；：:;！？?!，,]|\d|^(?:附件|附|联系|特此|抄送|主题词)")
_REMARK = re.compile(
    r"[（(\[【][^（(]{0,40}(?:公开|附注|联系人|删减|略|此件|联系电话)[^\n]{0,200}[）)\]】]"
    r"|(?:信息)?公开(?:形式|方式|属性|选项|类别)\s*[:：]\s*[\u4e00-\u9fff]{2,8}"
)
_AFTER_END = re.compile(
    r"附件?[\s\d一二三四五六七八九十：:].*|附件?|抄送.*|.*印发|主题词.*|扫一扫.*|分享.*|相关.*|打印.*|【.*|-->|关闭.*|责任编辑.*"
    r"|[（(\[【]?(?:此件|信息公开|公开|本文有|联系人).*"
)
_DEBRIS = re.compile(r"(?<!\s)(?:\s*&[a-z]*;)+$|(?<!\s)\s*[（(]盖?章[)）]$")
_PRINTED = re.compile(rf"[\u4e00-\u9fff（）()、\s]{{0,40}}?(?P<day>{DATE})\s*印发")


@dataclass(frozen=True, slots=True)
class Signature:
    """落款: the lines [first, last) that hold issuer and date, then the 附注 to line ``end``.

    ``issuer`` is '' where only a date, or a person (总理 李克强), stands there.
    """

    issuer: str
    issued_on: date | None
    first: int
    last: int
    remark: str = ""
    end: int = 0


def find_signature(lines: Sequence[Line], after: int) -> Signature | None:
    """The first 落款 after line ``after``: organs, then a date on a line of its own or beside them.

    A date alone counts where the text ends with it, or where the attached text starts below it.
    """
    for at in range(after, len(lines)):
        words = _DEBRIS.sub("", lines[at].text)
        day = find_day(words)
        if day is None:
            continue
        beside = _ORGAN_AND_DATE.fullmatch(words)
        if beside:
            return _signed(lines, (_organ_name(beside["organ"]),), day, at, at + 1)
        if not _DATE_LINE.fullmatch(words):
            continue
        first, organs = _signers(lines, at, after)
        if first < at or _ends_here(lines, at, after):
            return _signed(lines, organs, day, first, at + 1)
    return None


def printed_on(lines: Sequence[Line]) -> date | None:
    """The day of the 版记 (…2022年4月20日印发): of the printing, not of the document."""
    for line in reversed(lines[-40:]):
        found = _PRINTED.fullmatch(line.text)
        if found:
            return find_day(found["day"])
    return None


def remarks(lines: Sequence[Line], at: int) -> tuple[str, int]:
    """The 附注 that stand from line ``at`` on, without brackets, and the line after them."""
    found: list[str] = []
    while at < len(lines) and _REMARK.fullmatch(lines[at].text):
        found.append(lines[at].text.strip("（）()[]【】"))
        at += 1
    return "；".join(found), at


def _signed(
    lines: Sequence[Line], organs: Sequence[str], day: date, first: int, last: int
) -> Signature:
    remark, end = remarks(lines, last)
    return Signature("、".join(dict.fromkeys(organs)), day, first, last, remark, end)


def _signers(lines: Sequence[Line], at: int, after: int) -> tuple[int, list[str]]:
    """The first line of the organs (or the person) above the date line, and their names."""
    organs: list[str] = []
    first = at
    while first > after:
        words = _DEBRIS.sub("", lines[first - 1].text)
        if _SIGNER.fullmatch(words):
            return first - 1, organs
        if len(words) == 1 and "\u4e00" <= words <= "\u9fff":  # 财 / 政 / 部, a letter a line
            organs[:1] = [words + (organs[0] if organs else "")]
        elif _ORGAN.fullmatch(words) and not marker(words):
            organs[:0] = _organ_names(words)
        else:
            break
        first -= 1
    if organs and first > after and _continues(lines[first - 1].text, organs[0]):
        first -= 1
        organs[0] = re.sub(r"\s+", "", lines[first].text) + organs[0]
    return first, organs


def _continues(words: str, rest: str) -> bool:
    """Whether a line is the beginning of an organ's name whose rest stands in the next line."""
    if _OPENING.match(rest):
        return False
    fit = 6 <= len(words) <= 40 and not _UNFIT.search(words) and not marker(words)
    return fit and bool(_OPENING.match(words)) and not re.search(_SUFFIX + "$", words)


def _ends_here(lines: Sequence[Line], at: int, after: int) -> bool:
    """Whether a bare date closes the text: nothing but an end follows, or the text it issues."""
    if at + 1 == len(lines):
        return at > after
    follows = lines[at + 1].text
    if _AFTER_END.fullmatch(follows):
        return True
    name = re.sub(r"[\s《》]", "", follows)
    above = re.sub(r"\s", "", "".join(line.text for line in lines[max(0, at - 20) : at]))
    return len(name) > 4 and f"《{name}" in above


def _organ_names(words: str) -> list[str]:
    """One name or several side by side; blanks between single letters mean nothing."""
    parts = words.split()
    whole = all(len(p) > 2 and re.search(_SUFFIX + "$", p) for p in parts)
    return [_organ_name(p) for p in (parts if whole else [words])]


def _organ_name(words: str) -> str:
    return re.sub(r"\s+|[（(](?:代章|章|盖章|印章|代)[)）]", "", words)
