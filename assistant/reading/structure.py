"""Source → Document: its head, its tree of clauses, its 落款 and annexes, its numbering report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile

from assistant.model import CITABLE, Clause, ClauseKind, Document, DocumentKind, Range
from assistant.reading import (
    annexes,
    contents,
    imprint,
    links,
    metadata,
    numbering_report,
    validity_terms,
    web_header,
)
from assistant.reading.clause_labels import label
from assistant.reading.clause_nodes import Node, without_lone_leads
from assistant.reading.clause_tree import TreeBuilder
from assistant.reading.glued_numbers import unglued
from assistant.reading.lines import Line, lines_of
from assistant.reading.metadata import Head, Signature, read_head
from assistant.reading.notes import without_notes
from assistant.reading.numbering import marker
from assistant.reading.paragraph_groups import SIZE, passages
from assistant.reading.source import Source
from assistant.reading.web_header import WebHeader

_LONGEST_PREAMBLE = 3 * SIZE
_SERIAL = ("序号", "编号", "排序", "项次")


def parse(source: Source, sidecar: Mapping[str, object] | None = None) -> Document:
    """The document of a source; the values of the ``sidecar`` come before those of the text."""
    given = dict(sidecar or {})
    lines = unglued(lines_of(source.text))
    header = web_header.read(lines)
    if header:
        lines = [*lines[: header.first], *lines[header.last :]]
    rows = {span[0] for table in source.tables for span in table}
    above = list(takewhile(lambda line: line.start not in rows, lines))
    head = metadata.read_marked_head(above, dict(source.headings)) or read_head(above)
    signatures = _signatures(lines, head.first)
    facts = metadata.facts(head, signatures[0] if signatures else None, header, lines)
    title = str(given.get("title") or facts.title)
    number = str(given.get("doc_number") or facts.doc_number)
    issued = given.get("date") or facts.issued_on
    document = Document(
        id=str(given.get("id") or metadata.document_id(title, number)),
        title=title,
        doc_number=number,
        issuer=str(given.get("issuer") or facts.issuer),
        issued_on=issued if isinstance(issued, date) else None,
        recipients=facts.recipients,
        remark=facts.remark,
        kind=DocumentKind(str(given.get("kind") or DocumentKind.OFFICIAL)),
        source=str(given.get("source") or ""),
        sha256=source.sha256,
        text=source.text,
        published_on=facts.published_on,
        keywords=facts.keywords,
    )
    nodes = _Reader(source, lines, signatures).read(_named_parts(head, header))
    document = replace(document, clauses=tuple(_clause(document, node) for node in nodes))
    return replace(
        document,
        validity=validity_terms.read(document, header),
        links=links.find(document),
        anomalies=numbering_report.anomalies(document),
    )


def _signatures(lines: Sequence[Line], first: int) -> list[Signature]:
    """The 落款 of the document and, after it, those of its annexes."""
    found: list[Signature] = []
    while signature := metadata.find_signature(lines, found[-1].end if found else first):
        found.append(signature)
    return found


def _named_parts(head: Head, header: WebHeader | None) -> Head:
    """The head with the web table as a part; a title above the table and one below stay apart."""
    if header is None:
        return head
    start, end = header.char_range
    parts: list[tuple[ClauseKind, Range]] = [(ClauseKind.WEB_HEADER, header.char_range)]
    for kind, (left, right) in head.parts:
        if left < start < right:
            parts += [(kind, (left, start)), (kind, (end, right))]
        else:
            parts.append((kind, (left, right)))
    return replace(head, parts=tuple(parts))


class _Reader:
    """Walks the lines of a document and hands each to the tree as what it is."""

    def __init__(
        self, source: Source, lines: Sequence[Line], signatures: Sequence[Signature]
    ) -> None:
        self.lines = lines
        self.text = source.text
        self.tree = TreeBuilder(lines, dict(source.headings))
        self.signatures = {s.first: s for s in signatures}
        self.unsigned = not signatures
        self.parts = list(_last_numbers(lines, signatures))
        self.rows = {
            span[0]: (span, table, row)
            for table, spans in enumerate(source.tables, 1)
            for row, span in enumerate(spans, 1)
        }

    def read(self, head: Head) -> list[Node]:
        """All nodes in reading order."""
        for kind, span in head.parts:
            self.tree.part(kind, self._visible(span))
        begin, end = contents.find(self.lines, head.first)
        at = head.first
        while at < len(self.lines):
            if begin <= at < end:
                self.tree.part(ClauseKind.CONTENTS, self._span(at, end))
                at = end
            else:
                at = self._step(at)
        nodes = without_lone_leads(sorted(self.tree.done, key=lambda node: node.start))
        return [piece for node in nodes for piece in self._divided(node, nodes)]

    def _step(self, at: int) -> int:
        """Take the line ``at`` and those that belong to it; the line after them."""
        line = self.lines[at]
        if at in self.signatures:
            return self._sign(self.signatures[at])
        name = annexes.opening(line.text, before=self.tree.annex_number)
        if (
            name
            and (self.unsigned or self.tree.annexes)
            and not annexes.lists_below(self.lines, at)
        ):
            return self._annex(at, name)
        for kind, end in (
            (ClauseKind.ATTACHMENTS, annexes.listed(self.lines, at)),
            (ClauseKind.IMPRINT, imprint.end(self.lines, at)),
        ):
            if end > at:
                self.tree.part(kind, self._span(at, end))
                return end
        if line.start in self.rows:
            return self._row(at)
        following = self.lines[at + 1] if at + 1 < len(self.lines) else None
        end, last = next(p for p in self.parts if at < p[0])
        trailing = [later.text for later in self.lines[at:end]] if at > last else []
        self.tree.line(line, following, trailing)
        return at + 1

    def _sign(self, signature: Signature) -> int:
        self.tree.part(ClauseKind.SIGNATURE, self._span(signature.first, signature.last))
        after = signature.last
        if signature.end > after:
            self.tree.part(ClauseKind.REMARK, self._span(after, signature.end))
            after = signature.end
        end = imprint.end(self.lines, after)
        if end > after:
            self.tree.part(ClauseKind.IMPRINT, self._span(after, end))
        after = end
        if after >= len(self.lines):
            return after
        return self._annex(after, annexes.opening(self.lines[after].text, after_signature=True))

    def _annex(self, at: int, name: str | None) -> int:
        """Open an annex; its own line and its title are no clauses."""
        self.tree.annex(name or "")
        first = at + 1 if name is not None else at
        above = takewhile(lambda line: line.start not in self.rows, self.lines[first:])
        head = read_head(list(above))
        titles = [end for kind, (_, end) in head.parts if kind is ClauseKind.TITLE]
        end = first
        while titles and end < len(self.lines) and self.lines[end].end <= titles[0]:
            end += 1
        if end > at:
            self.tree.part(ClauseKind.TITLE, self._span(at, end))
        return end

    def _row(self, at: int) -> int:
        span, table, number = self.rows[self.lines[at].start]
        end = at
        while end < len(self.lines) and self.lines[end].end <= span[1]:
            end += 1
        self.tree.row(self._span(at, end), table, number, self._row_heading(at, end))
        return end

    def _row_heading(self, at: int, end: int) -> str:
        """The first cell of a row that says something short and is no serial number."""
        for line in self.lines[at:end]:
            name, _, cell = line.text.partition("：")
            if not name.endswith(_SERIAL) and not cell.strip().isdecimal():
                return cell.strip() if len(cell) <= 40 else ""
        return ""

    def _visible(self, span: Range) -> Range:
        """A range without the blanks at its ends."""
        words = self.text[slice(*span)]
        start = span[0] + len(words) - len(words.lstrip())
        return start, start + len(words.strip())

    def _span(self, first: int, end: int) -> Range:
        return self.lines[first].start, self.lines[end - 1].end

    def _divided(self, node: Node, nodes: Sequence[Node]) -> Iterator[Node]:
        """An unnumbered text as passages: a whole part without numbers, or a very long 序言."""
        length, root = node.end - node.start, node.parent
        if node.kind is not ClauseKind.PREAMBLE or root is None or length <= SIZE:
            yield node
            return
        numbered = any(n.parent is root and n.kind is ClauseKind.SECTION for n in nodes)
        if numbered and length <= _LONGEST_PREAMBLE:
            yield node
            return
        own = [line for line in self.lines if node.start <= line.start < node.end]
        for at, passage in enumerate(passages(own), 1):
            piece = replace(node, kind=ClauseKind.PASSAGE, heading=passage.heading)
            piece.key = f"{root.key}.p{at}".lstrip(".")
            piece.start, piece.end = passage.range
            piece.body_start, piece.name_in_label = passage.range[0], passage.name
            yield piece


def _last_numbers(
    lines: Sequence[Line], signatures: Sequence[Signature]
) -> Iterator[tuple[int, int]]:
    """The end of each part and the last line in it that opens with a number."""
    begin = 0
    listed = {n for at in range(len(lines)) for n in range(at, annexes.listed(lines, at))}
    for end in (*(s.first for s in signatures), len(lines)):
        numbered = (
            at
            for at in range(end - 1, begin - 1, -1)
            if at not in listed and marker(lines[at].text)
        )
        yield end, next(numbered, begin)
        begin = end


def _clause(document: Document, node: Node) -> Clause:
    chain: list[Node] = []
    above: Node | None = node
    while above is not None:
        chain.insert(0, above)
        above = above.parent
    path = tuple(n.name for n in chain)
    citable = node.kind in CITABLE
    parent = node.parent.key if node.parent and node.parent.parent else ""
    start, end = node.start, node.end
    return Clause(
        id=f"{document.id}:{node.key}",
        document_id=document.id,
        kind=node.kind,
        number=node.number,
        heading=node.heading,
        path=path if citable else (*path[:-1], node.heading),
        label=label(chain),
        text=document.text[start:end],
        char_range=(start, end),
        body_range=_body(document.text, node),
        parent_id=f"{document.id}:{parent}" if parent else "",
    )


def _body(text: str, node: Node) -> Range:
    """The clause's own words: from after its heading to before its closing notes."""
    start, end = min(node.body_start, node.end), node.end
    while start < end and text[start].isspace():
        start += 1
    if node.kind is ClauseKind.ROW:  # its units are a cell like the others
        return start, end
    return start, start + len(without_notes(text[start:end]))
