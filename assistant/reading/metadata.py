"""Title, 发文字号, issuer, date, recipients and 附注, read from the words of the document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.model import ClauseKind, Range
from assistant.reading.numbering import marker
from assistant.text import find_date

_OPEN, _CLOSE = r"[〔\[［﹝（(【]", r"[〕\]］﹞）)】]"
DOC_NUMBER = re.compile(
    rf"[\u4e00-\u9fff]{{1,14}}"
    rf"(?:{_OPEN}\s*\d{{4}}\s*{_CLOSE}|\d{{4}}(?:年|(?=\s|第)))\s*第?\s*\d{{1,5}}\s*号"
    r"|[\u4e00-\u9fff]{2,20}(?:令|公告)\s*第?\s*[〇零一二三四五六七八九十百\d]+\s*号"
)
_RECIPIENTS = re.compile(r"(?=.*(?:政府|部门|单位|企业|学校|局|厅|委|办|镇|街道)).{4,300}[：:]$")
_REMARK = re.compile(r"[（(].{0,30}(?:公开|附注|联系人).{0,60}[）)]")
_DATE_LINE = re.compile(r"[\s　]*[\d〇○一二三四五六七八九十]{2,4}\s*年.{1,6}月.{1,6}日[\s　]*")
_ORGAN = re.compile(
    r"[\u4e00-\u9fff、（）()\s　]{3,60}"
    r"(?:政府|办公厅|办公室|委员会|委|局|厅|部|院|中心|银行|法院|检察院|总署|管委会|领导小组|协会)"
)
_ISSUER_IN_TITLE = re.compile(
    r"(.{2,40}?(?:人民政府办公厅|人民政府办公室|人民政府|国务院办公厅|国务院|委员会|办公厅|办公室"
    r"|管委会|领导小组|[局厅部委院]))(?:、.{2,30}?)?(?:关于|印发|转发|对)"
)
_PASSED = re.compile(r"[（(]?\s*\d{4}\s*年.*(?:通过|批准|公布|修订|修正|施行)")


@dataclass(frozen=True, slots=True)
class Line:
    """One non-blank line without the blanks at its ends; ``start`` is its offset in the text."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset just after the line's last visible character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body; ``parts`` are named ranges, ``first`` the body's first line."""

    title: str
    doc_number: str
    recipients: str
    parts: tuple[tuple[ClauseKind, Range], ...]
    first: int


@dataclass(frozen=True, slots=True)
class Signature:
    """落款: the lines [first, last) that hold issuer and date, and the 附注 after them."""

    issuer: str
    issued_on: date | None
    first: int
    last: int
    remark: str = ""


def lines_of(text: str) -> list[Line]:
    """The visible lines of a text in order."""
    found: list[Line] = []
    offset = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            found.append(Line(stripped, offset + raw.index(stripped[0])))
        offset += len(raw) + 1
    return found


def read_head(lines: Sequence[Line]) -> Head:
    """Split title, 发文字号 and recipients from the body."""
    title: list[Line] = []
    parts: list[tuple[ClauseKind, Range]] = []
    number = recipients = ""
    at = 0
    for at, line in enumerate(lines[:25]):
        if DOC_NUMBER.fullmatch(line.text) and not number:
            number = re.sub(r"\s", "", line.text)
            parts.append((ClauseKind.DOC_NUMBER, (line.start, line.end)))
        elif title and _RECIPIENTS.fullmatch(line.text) and not marker(line.text):
            recipients = line.text.rstrip("：:")
            parts.append((ClauseKind.RECIPIENTS, (line.start, line.end)))
            at += 1
            break
        elif _opens_body(line.text, bool(title)):
            break
        else:
            title.append(line)
            parts.append((ClauseKind.TITLE, (line.start, line.end)))
    else:
        at = min(len(lines), 25)
    return Head(_join(title), number, recipients, tuple(_merged(parts)), at)


def read_marked_head(lines: Sequence[Line], marks: Mapping[int, int]) -> Head | None:
    """The head of a text whose format marks headings: its one top heading is the title."""
    if not lines or marks.get(lines[0].start) != 1:
        return None
    parts: list[tuple[ClauseKind, Range]] = [(ClauseKind.TITLE, (lines[0].start, lines[0].end))]
    number = recipients = ""
    for line in lines[1:3]:
        if DOC_NUMBER.fullmatch(line.text) and not number:
            number = re.sub(r"\s", "", line.text)
            parts.append((ClauseKind.DOC_NUMBER, (line.start, line.end)))
        elif _RECIPIENTS.fullmatch(line.text) and line.start not in marks:
            recipients = line.text.rstrip("：:")
            parts.append((ClauseKind.RECIPIENTS, (line.start, line.end)))
        else:
            break
    return Head(lines[0].text, number, recipients, tuple(parts), len(parts))


def _merged(parts: Sequence[tuple[ClauseKind, Range]]) -> list[tuple[ClauseKind, Range]]:
    """Neighbouring lines of the same kind become one range (a title set over several lines)."""
    merged: list[tuple[ClauseKind, Range]] = []
    for kind, (start, end) in parts:
        if merged and merged[-1][0] is kind:
            merged[-1] = (kind, (merged[-1][1][0], end))
        else:
            merged.append((kind, (start, end)))
    return merged


def _opens_body(line: str, has_title: bool) -> bool:
    if marker(line):
        return True
    return has_title and (len(line) > 60 or line.endswith(("。", "：", ":")) or "，" in line)


def _join(title: Sequence[Line]) -> str:
    """One title from lines that may repeat the issuer or carry 通过 and 修订 notes."""
    texts = [line.text for line in title if not _PASSED.match(line.text)]
    texts = [t for t in texts if not t.endswith("文件") or len(texts) == 1]
    about = next((i for i, t in enumerate(texts) if t.startswith("关于")), None)
    if about is not None and about > 0:
        texts = texts[about - 1 :]
    while len(texts) > 1 and texts[1].startswith(texts[0]) and texts[0] != texts[1]:
        texts = texts[1:]
    return re.sub(r"\s+", "", "".join(dict.fromkeys(texts)))


def find_signature(lines: Sequence[Line], after: int) -> Signature | None:
    """The first 落款 after line ``after``: one or more organs, then a line that is a date."""
    for at in range(after, len(lines)):
        if not _DATE_LINE.fullmatch(lines[at].text):
            continue
        issued_on = find_date(lines[at].text)
        first = at
        while first > after and _ORGAN.fullmatch(lines[first - 1].text):
            first -= 1
        if first == at or issued_on is None:
            continue
        issuer = "、".join(re.sub(r"\s+", "", line.text) for line in lines[first:at])
        last, remark = at + 1, ""
        if last < len(lines) and _REMARK.fullmatch(lines[last].text):
            remark = lines[last].text.strip("（）()")
        return Signature(issuer, issued_on, first, last, remark)
    return None


def issuer_of(title: str) -> str:
    """The organ that a title names before 关于 or 印发; '' when it names none."""
    match = _ISSUER_IN_TITLE.match(title)
    return match.group(1) if match else ""


def document_id(title: str, doc_number: str) -> str:
    """ASCII, short and the same on every parse: 2022-40-3f9c from 淄政字〔2022〕40号."""
    digest = hashlib.sha256((doc_number or title).encode()).hexdigest()
    found = re.findall(r"\d+", doc_number)
    return "-".join([*found[-2:], digest[:4]]) if found else f"doc-{digest[:8]}"
