"""Lines → a Document with its tree of clauses. Pure; every visible character has one owner.

Numbered lines open clauses by their level (一、→（一）→ 1. …; 编章节条 for statutes, whose items
stay inside their article). A paragraph that opens with a short lead sentence (智能装备。加快…) is a
clause of its own under the section it stands in. Text before the first number is the 序言.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.model import CITABLE, Clause, ClauseKind, Document, DocumentKind, Range
from assistant.reading import metadata
from assistant.reading.loaders import Source
from assistant.reading.metadata import Head, Line, Signature, read_head
from assistant.reading.notes import note_at_end, stands_alone, without_notes
from assistant.reading.numbering import (
    LEAD_LEVEL,
    heading_of,
    is_article,
    lead_sentence,
    marker,
)

BODY = "正文"
REST = "续段"
_PART_NAMES = {
    ClauseKind.TITLE: "标题",
    ClauseKind.DOC_NUMBER: "发文字号",
    ClauseKind.RECIPIENTS: "主送机关",
    ClauseKind.PREAMBLE: "序言",
    ClauseKind.SIGNATURE: "落款",
    ClauseKind.REMARK: "附注",
}


@dataclass(slots=True)
class _Node:
    """A clause while it grows."""

    kind: ClauseKind
    level: int
    number: str
    heading: str
    key: str
    start: int
    end: int
    body_start: int
    parent: _Node | None = None
    leads: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    keeps_items: bool = False

    @property
    def name(self) -> str:
        return self.number + self.heading if self.number else self.heading


def parse(source: Source, sidecar: Mapping[str, object] | None = None) -> Document:
    """The document of a text; the values of the ``sidecar`` come before those of the text."""
    given = dict(sidecar or {})
    lines = metadata.lines_of(source.text)
    marks = dict(source.headings)
    head = metadata.read_marked_head(lines, marks) or read_head(lines)
    signature = metadata.find_signature(lines, head.first)
    title = str(given.get("title") or head.title)
    number = str(given.get("doc_number") or head.doc_number)
    issuer = str(
        given.get("issuer") or (signature.issuer if signature else "") or metadata.issuer_of(title)
    )
    issued = given.get("date") or (signature.issued_on if signature else None)
    document = Document(
        id=str(given.get("id") or metadata.document_id(title, number)),
        title=title,
        doc_number=number,
        issuer=issuer,
        issued_on=issued if isinstance(issued, date) else None,
        recipients=head.recipients,
        remark=signature.remark if signature else "",
        kind=DocumentKind(str(given.get("kind") or DocumentKind.OFFICIAL)),
        source=str(given.get("source") or ""),
        sha256=source.sha256,
        text=source.text,
    )
    nodes = _Builder(marks).grow(lines, head, signature)
    return replace(document, clauses=_clauses(document, nodes))


class _Builder:
    """Grows the tree line by line; ``open`` is the chain of clauses that are not closed yet."""

    def __init__(self, marks: Mapping[int, int]) -> None:
        self.marks = marks
        self.root = _Node(ClauseKind.SECTION, 0, "", BODY, "", 0, 0, 0)
        self.open: list[_Node] = [self.root]
        self.done: list[_Node] = []
        self.annexes = 0

    def grow(self, lines: Sequence[Line], head: Head, signature: Signature | None) -> list[_Node]:
        for kind, (start, end) in head.parts:
            self._part(kind, start, end)
        at = head.first
        while at < len(lines):
            if signature and at == signature.first:
                at = self._sign(lines, signature)
                continue
            self._line(lines[at])
            at += 1
        return self.done

    def _part(self, kind: ClauseKind, start: int, end: int) -> None:
        key = self._unique(self.root, kind.value)
        self.done.append(_Node(kind, 0, "", _PART_NAMES[kind], key, start, end, start))

    def _sign(self, lines: Sequence[Line], signature: Signature) -> int:
        first, last = lines[signature.first], lines[signature.last - 1]
        self._part(ClauseKind.SIGNATURE, first.start, last.end)
        after = signature.last
        if signature.remark:
            self._part(ClauseKind.REMARK, lines[after].start, lines[after].end)
            after += 1
        if after < len(lines):
            self.annexes += 1
            name = f"附件{self.annexes}" if self.annexes > 1 else "附件"
            self.root = _Node(ClauseKind.SECTION, 0, "", name, f"a{self.annexes}", 0, 0, 0)
            self.open = [self.root]
            head = read_head(lines[after:])
            for _, (start, end) in (p for p in head.parts if p[0] is ClauseKind.TITLE):
                self._part(ClauseKind.TITLE, start, end)
                return after + sum(1 for line in lines[after:] if line.end <= end)
        return after

    def _line(self, line: Line) -> None:
        if stands_alone(line.text):
            self._note(line)
            return
        found, mark = marker(line.text), self.marks.get(line.start)
        level = mark - 10 if mark else found.level if found else LEAD_LEVEL  # marked: above all
        if mark and not found:
            key = str(self._next_lead(self._parent(level)))
            self._open(line, level, "", line.text, key, line.end)
            return
        if found and not any(node.keeps_items and node.level < level for node in self.open):
            heading, offset = _heading(line.text[found.end :], is_article(found))
            body = line.start + found.end + offset
            node = self._open(line, level, found.mark, heading, found.key, body)
            node.keeps_items = is_article(found)
            return
        last = self.open[-1]
        free = last is self.root or any(
            n.keeps_items or not (n.number or n.level >= LEAD_LEVEL) for n in self.open[1:]
        )
        lead = "" if free else lead_sentence(line.text)
        if lead:
            parent = self._parent(LEAD_LEVEL)
            key = str(self._next_lead(parent))
            node = self._open(line, LEAD_LEVEL, "", lead, key, line.start + len(lead) + 1)
            node.kind = ClauseKind.LEAD
            return
        self._continue(line)

    def _note(self, line: Line) -> None:
        """A note on its own line closes the section when no clause before it has its own."""
        last = self.open[-1]
        if self.done and self.done[-1].kind is ClauseKind.NOTE:
            self.done[-1].end = line.end
            return
        if (
            last.kind is ClauseKind.LEAD
            and last.parent is not self.root
            and not self._noted_siblings(last)
        ):
            while self.open[-1].kind is ClauseKind.LEAD:
                self.open.pop()
            owner = self.open[-1]
            key = self._unique(owner, "note")
            self.done.append(
                _Node(
                    ClauseKind.NOTE, 0, "", "责任分工", key, line.start, line.end, line.start, owner
                )
            )
            return
        self._continue(line)

    def _noted_siblings(self, last: _Node) -> bool:
        return any(n.parent is last.parent and n.keys.get("noted") for n in self.done)

    def _continue(self, line: Line) -> None:
        node = self.open[-1]
        if node is self.root:
            node = self._open(
                line, LEAD_LEVEL + 1, "", _PART_NAMES[ClauseKind.PREAMBLE], "0", line.start
            )
            node.kind = ClauseKind.PREAMBLE
        elif self.done[-1] is not node:  # its sub-clauses and their note stand between
            node = self._open(line, LEAD_LEVEL, "", REST, "rest", line.start)
        node.end = line.end
        if note_at_end(line.text):
            node.keys["noted"] = 1

    def _parent(self, level: int) -> _Node:
        while self.open[-1].level >= level and self.open[-1] is not self.root:
            self.open.pop()
        return self.open[-1]

    def _open(
        self, line: Line, level: int, number: str, heading: str, key: str, body: int
    ) -> _Node:
        parent = self._parent(level)
        full = self._unique(parent, key)
        node = _Node(
            ClauseKind.SECTION, level, number, heading, full, line.start, line.end, body, parent
        )
        if note_at_end(line.text):
            node.keys["noted"] = 1
        self.open.append(node)
        self.done.append(node)
        return node

    def _next_lead(self, parent: _Node) -> int:
        parent.leads += 1
        return parent.leads

    def _unique(self, parent: _Node, key: str) -> str:
        """The key below its parent; a number met again gets -2, then -3."""
        count, own = parent.keys.get(key, 0) + 1, key
        while count > 1 and (own := f"{key}-{count}") in parent.keys:
            count += 1
        parent.keys[key] = count
        parent.keys.setdefault(own, 1)
        return f"{parent.key}.{own}" if parent.key else own


def _clauses(document: Document, nodes: Sequence[_Node]) -> tuple[Clause, ...]:
    return tuple(_clause(document, node) for node in sorted(nodes, key=lambda n: n.start))


def _clause(document: Document, node: _Node) -> Clause:
    chain: list[_Node] = []
    above: _Node | None = node
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
        label=_label(chain),
        text=document.text[start:end],
        char_range=(start, end),
        body_range=_body(document.text, node),
        parent_id=f"{document.id}:{parent}" if parent else "",
    )


def _heading(words: str, of_article: bool) -> tuple[str, int]:
    """Heading and offset of the body; a closing note is no part of a heading.

    The one sentence of a short article is its rule, not its name.
    """
    heading, offset = heading_of(words)
    if of_article and heading and words[words.index(heading) + len(heading) :].startswith("。"):
        return "", len(words) - len(words.lstrip())
    note = note_at_end(heading)
    if note:
        heading = heading[: note[0]].rstrip()
        offset = words.index(heading) + len(heading)
    return heading, offset


def _body(text: str, node: _Node) -> Range:
    """The clause's own words: from after its heading to before its closing notes."""
    start, end = min(node.body_start, node.end), node.end
    while start < end and text[start].isspace():
        start += 1
    return start, start + len(without_notes(text[start:end]))


def _label(chain: Sequence[_Node]) -> str:
    """二（二）智能装备, 三、9, 第十二条: the numbers down the path, or a heading without one."""
    last, numbers = chain[-1], ""
    for node in chain[1:]:
        bare = node.number.rstrip("、.．") or (node.heading if node is not last else "")
        numbers += f"、{bare}" if bare.isdecimal() and numbers and numbers[-1] != "）" else bare
    annex = chain[0].heading if chain[0].heading not in (BODY, last.heading) else ""
    if not last.number:
        return annex + numbers + last.heading
    if last.number.endswith("、") and len(chain) == 2:
        return annex + last.name
    return annex + (last.number if last.number.startswith("第") else numbers)
