"""Title, 发文字号, recipients and what else the head of a document says; the facts put together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.model import ClauseKind
from assistant.reading import passing_notes, signature, web_header
from assistant.reading.doc_numbers import DOC_NUMBER, bare_number, number_of
from assistant.reading.lines import Line, lines_of
from assistant.reading.numbering import marker
from assistant.reading.signature import Signature, find_signature
from assistant.reading.titles import (
    chosen_title,
    is_whole,
    issued_text,
    issuer_of,
    opens_body,
    running_head,
)
from assistant.reading.web_header import WebHeader
from assistant.validity import Range

__all__ = [
    "DOC_NUMBER", "Facts", "Head", "Line", "Signature", "document_id", "facts", "find_signature",
    "issuer_of", "lines_of", "read_head", "read_marked_head",
]  # fmt: skip

LONGEST_HEAD = 25
_RECIPIENTS = re.compile(r".{2,600}[：:]")
_ADDRESS = re.compile(
    r"^(?:各|尊敬的|本?[市省区县]直?各|辖)|(?:政府|部门|单位|企业|学校|[局厅委办部院会组处]|镇|街道|公司|纳税人|缴费人|主席|委员"
    r"|代表|同志|同事|科室|中心|机构|国务院|先生|女士|职工|公民|居民|市民|村|乡|大学|银行|成员|商户)(?:[（(][^（）()]*[)）])?[：:]?$"
)
_ADDRESSEES = re.compile(r"各.{2,80}(?:部门|单位|政府|[局厅委办])")  # whose colon was forgotten
_NOT_ADDRESS = re.compile(
    r"如下|以下|下列|^(?:为|根据|按照|依照|经|近年|目前|当前|现)|[。；！？]|现将|现就|通知|工作要求|要求[：:]|原则[：:]|条件[：:]"
)
_ORDER_NAME = re.compile(
    r"(?P<organ>[\u4e00-\u9fff、 \u3000]{2,40}?)\s*(?:文件|令|公告|通告|公\s*报)"
)


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the body; ``parts`` are named ranges, ``first`` the body's first line.

    ``issued_on`` and ``issuer`` are what the head itself says: a date or a passing note below the
    title, the organ of a 令.
    """

    title: str
    doc_number: str
    recipients: str
    parts: tuple[tuple[ClauseKind, Range], ...]
    first: int
    issued_on: date | None = None
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A document's metadata, from its head, its 落款 and its web table."""

    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    published_on: date | None
    recipients: str
    remark: str
    keywords: tuple[str, ...]


def read_head(lines: Sequence[Line]) -> Head:
    """Split title, 发文字号 and recipients from the body.

    ``lines`` should begin after the web table, or hold it nowhere.
    """
    reader = _HeadReader(lines)
    while reader.at < min(len(lines), LONGEST_HEAD) and reader.step():
        pass
    return reader.head()


class _HeadReader:
    """Reads the head line by line; ``at`` is the line that comes next."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.title: list[str] = []
        self.above_number = 0
        self.parts: list[tuple[ClauseKind, Range]] = []
        self.number = self.recipients = self.order = ""
        self.issued_on: date | None = None
        self.at = 0
        self.passed = False

    def step(self) -> bool:
        """Take the next lines; False when the body begins there."""
        line = self.lines[self.at]
        if self._number(line) or self._notes() or self._signed():
            return True
        if self.title and self._address():
            return False
        if self.passed or opens_body(line.text, bool(self.title)):
            return False
        self.title.append(line.text)
        self._take(ClauseKind.TITLE, 1)
        return True

    def _take(self, kind: ClauseKind, count: int) -> None:
        taken = self.lines[self.at : self.at + count]
        self.parts += [(kind, (line.start, line.end)) for line in taken]
        self.at += count

    def _number(self, line: Line) -> bool:
        number = number_of(line.text)
        bare = bare_number(line.text) if self.title and not number else ""
        organ = _ORDER_NAME.fullmatch(self.title[-1]) if bare else None
        if organ and not self.title[-1].endswith("文件"):
            number = re.sub(r"\s", "", self.title[-1]) + bare
            self.order = re.sub(r"\s|中华人民共和国(?=国务院)", "", organ["organ"])
        if not number:
            return False
        if "公告" in number or "令" in number:  # 财政部 / 税务总局公告2020年第8号
            while len(self.title) > 1 and re.fullmatch(
                r"[\u4e00-\u9fff\s]{2,20}[局厅委部院署会]", self.title[-1]
            ):
                number = re.sub(r"\s", "", self.title.pop()) + "、" + number
        if not self.number:
            self.number, self.above_number = number, len(self.title)
        self._take(ClauseKind.DOC_NUMBER, 1)
        return True

    def _notes(self) -> bool:
        notes = passing_notes.read(self.lines, self.at) if self.title else None
        if notes is None or not notes.lines:
            return False
        self._take(ClauseKind.TITLE, notes.lines)
        self.issued_on = notes.day or self.issued_on
        self.order = self.order or notes.organ
        self.number = self.number or notes.doc_number
        self.passed = True
        return True

    def _signed(self) -> bool:
        """Take organ and date that stand directly below the title."""
        signed = find_signature(self.lines[self.at : self.at + 4], 0) if self.title else None
        if signed is None or signed.first > 0 or not signed.issuer:
            return False
        self._take(ClauseKind.SIGNATURE, signed.last)
        self.issued_on, self.order = signed.issued_on, self.order or signed.issuer
        self.passed = True
        return True

    def _address(self) -> bool:
        """Take the recipients, which may run over several lines."""
        words = ""
        for count, line in enumerate(self.lines[self.at : self.at + 6], 1):
            words += line.text
            if marker(line.text) or _NOT_ADDRESS.search(line.text):
                return False
            bare = count == 1 and line.text.startswith("各") and is_whole(self.title[-1])
            if line.text.endswith(("：", ":")) or (bare and _ADDRESSEES.fullmatch(line.text)):
                break
            if not words.startswith("各") or not re.search(r"[，,、]", words):
                return False
        if not (_RECIPIENTS.fullmatch(words) or bare) or not _ADDRESS.search(words):
            return False
        self.recipients = words.rstrip("：:").strip()
        self._take(ClauseKind.RECIPIENTS, count)
        return True

    def head(self) -> Head:
        """What was read."""
        title, number = chosen_title(self.title, self.above_number)
        issued = issued_text(self.lines, self.at, title, bool(self.order) and not self.passed)
        return Head(
            issued or title,
            self.number or number,
            self.recipients,
            tuple(_merged(self.parts)),
            self.at,
            self.issued_on,
            self.order or running_head(self.title),
        )


def read_marked_head(lines: Sequence[Line], marks: Mapping[int, int]) -> Head | None:
    """The head of a text whose format marks headings: its one top heading is the title."""
    if not lines or marks.get(lines[0].start) != 1:
        return None
    reader = _HeadReader(lines)
    reader.title.append(lines[0].text)
    reader._take(ClauseKind.TITLE, 1)
    while reader.at < len(lines) and lines[reader.at].start not in marks:
        if not reader._number(lines[reader.at]) and not reader._notes():
            reader._address()
            break
    return reader.head()


def _merged(parts: Sequence[tuple[ClauseKind, Range]]) -> list[tuple[ClauseKind, Range]]:
    """Neighbouring lines of the same kind become one range (a title set over several lines)."""
    merged: list[tuple[ClauseKind, Range]] = []
    for kind, (start, end) in parts:
        if merged and merged[-1][0] is kind:
            merged[-1] = (kind, (merged[-1][1][0], end))
        else:
            merged.append((kind, (start, end)))
    return merged


def facts(
    head: Head, signed: Signature | None, header: WebHeader | None, lines: Sequence[Line]
) -> Facts:
    """The metadata of a document; its own words come before those of the web page around it.

    成文日期 is the day of the 落款, else of the head, else of the web table. 发布日期 is the web
    table's, else the day of printing in the 版记 (…印发), which is never taken for the 成文日期.
    """
    table = header or web_header.WebHeader(0, 0, (0, 0))
    title = head.title or table.title
    named, organ = issuer_of(title), signed.issuer if signed else ""
    if organ and named.endswith(organ):  # the first line of the organ's name was lost
        organ = named
    issuer = organ or head.issuer or named or table.issuer
    return Facts(
        title,
        head.doc_number or table.doc_number,
        issuer,
        (signed.issued_on if signed else None) or head.issued_on or table.issued_on,
        table.published_on or signature.printed_on(lines),
        head.recipients,
        signed.remark if signed else "",
        table.keywords or _keywords(lines),
    )


def _keywords(lines: Sequence[Line]) -> tuple[str, ...]:
    """主题词 of the 版记 of older documents."""
    for line in reversed(lines[-40:]):
        found = re.fullmatch(r"主\s*题\s*词\s*[:：](.+)", line.text)
        if found:
            return web_header.keywords(found.group(1))
    return ()


def document_id(title: str, doc_number: str) -> str:
    """ASCII, short and the same on every parse: 2022-40-3f9c from 淄政字〔2022〕40号."""
    digest = hashlib.sha256((doc_number or title).encode()).hexdigest()
    found = re.findall(r"[0-9]+", doc_number)
    return "-".join([*found[-2:], digest[:4]]) if found else f"doc-{digest[:8]}"
