"""Lines → the tree of clauses, line by line. Pure; every visible character gets one owner.

Numbered lines open clauses by their level (一、→（一）→ 1. …; 编章节条 for statutes, whose items
stay inside their article). A paragraph that opens with a short lead sentence (智能装备。加快…) is a
clause of its own under the section it stands in. Text before the first number is the 序言.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.model import ClauseKind, Range
from assistant.reading.clause_nodes import (
    BODY,
    CLOSING,
    ISSUED,
    PART_NAMES,
    REST,
    Node,
    heading_and_body,
)
from assistant.reading.lines import Line
from assistant.reading.notes import note_at_end, stands_alone
from assistant.reading.numbering import (
    ARTICLE_LEVEL,
    BOOK_LEVEL,
    CHAPTER_LEVEL,
    ITEM_LEVEL,
    LEAD_LEVEL,
    Marker,
    follows,
    is_article,
    lead_sentence,
    loose_marker,
    marker,
)

_BETWEEN = frozenset({ClauseKind.ATTACHMENTS, ClauseKind.IMPRINT})
_CLOSES = re.compile(
    r"(?:以上|上述|本)(?:各项)?(?:通知|意见|措施|政策|办法|方案|规定|通告|公告|决定|细则|任务)[^。]{0,40}"
    r"(?:施行|实施|执行|生效|有效|解释|印发之日|公布之日|发布之日)"
)
_FIELD = re.compile(r"[^，。；：]{2,10}[：:]")
_DECIMAL_START = re.compile(r"[1１][.．][1１][ \t\u3000\u00a0.．]*(?=[^\d\s.．])")


@dataclass(slots=True)
class _Series:
    """The numbers met so far in one part (正文 or an annex), for those that only continue one."""

    article: tuple[int, ...] = ()
    item: tuple[int, ...] = ()
    article_level: float = ARTICLE_LEVEL


class TreeBuilder:
    """Grows the tree; ``open`` is the chain of clauses that are not closed yet.

    ``marks`` maps the offset of a line to the heading level that its format marks.
    """

    def __init__(self, lines: Sequence[Line], marks: Mapping[int, int]) -> None:
        self.marks = marks
        self.root = Node(ClauseKind.SECTION, 0, "", BODY, "", 0, 0, 0)
        self.open: list[Node] = [self.root]
        self.done: list[Node] = []
        self.series = _Series()
        self.decimals = any(_DECIMAL_START.match(line.text) for line in lines)
        self.noted_levels: set[float] = set()
        self.annexes = self.annex_number = 0
        self.numbered = False
        self.names: set[str] = set()

    def part(self, kind: ClauseKind, span: Range) -> None:
        """A named part that is no clause (标题, 落款 …)."""
        key = self._unique(self.root, kind.value)
        name = PART_NAMES[kind]
        self.done.append(Node(kind, 0, "", name, key, *span, span[0]))
        if kind not in _BETWEEN:
            self.open = [self.root]

    def annex(self, name: str) -> None:
        """A new root, whose numbers begin anew; an empty ``name`` is for a text without the word.

        A text printed with the notice that issues it is no 附件: where the notice has no numbers of
        its own, the text is the body.
        """
        self.annexes += 1
        name = name or (ISSUED if self.numbered or self.annexes > 1 else BODY)
        while name in self.names:
            name = f"{ISSUED}的{name}" if name != ISSUED else f"{ISSUED}{self.annexes}"
        self.names.add(name)
        number = name.removeprefix("附件")
        self.annex_number = int(number) if number.isdecimal() else int(name == "附件")
        self.root = Node(ClauseKind.SECTION, 0, "", name, f"a{self.annexes}", 0, 0, 0)
        self.open, self.series = [self.root], _Series()

    def row(self, span: Range, table: int, number: int, heading: str) -> None:
        """One row of a table, below the numbered clause that it stands in."""
        parent = self._parent(LEAD_LEVEL)
        key = self._unique(parent, f"row{table}-{number}")
        name = f"表{table}第{number}行"
        node = Node(ClauseKind.ROW, LEAD_LEVEL, "", heading, key, *span, span[0], parent)
        node.name_in_label = name
        self._add(node)

    def line(self, line: Line, following: Line | None = None, trailing: Sequence[str] = ()) -> None:
        """One line of the body; ``following`` is the line after it.

        ``trailing`` are the lines from this one to the end of its part where none of them opens
        with a number.
        """
        if stands_alone(line.text):
            self._note(line)
            return
        found, mark = marker(line.text) or self._continuing(line.text), self.marks.get(line.start)
        if mark and not found:
            level = mark - 10.0  # above all numbers
            self._open(line, level, "", line.text, str(self._next_lead(level)), line.end)
        elif found and not self._inside_article(found):
            self._numbered(line, found)
        elif self._is_division(line, following):
            in_book = line.text == "附则" and any(n.level == BOOK_LEVEL for n in self.open)
            level = BOOK_LEVEL if line.text.endswith("编") or in_book else CHAPTER_LEVEL
            self._open(line, level, "", line.text, str(self._next_lead(level)), line.end)
        elif lead := "" if self._keeps_paragraphs() else lead_sentence(line.text):
            key = str(self._next_lead(LEAD_LEVEL))
            node = self._open(line, LEAD_LEVEL, "", lead, key, line.start + len(lead) + 1)
            node.kind = ClauseKind.LEAD
        elif trailing and self._closes(trailing):
            self.open = [self.root]
            self._open(line, LEAD_LEVEL, "", CLOSING, "end", line.start)
        else:
            self._continue(line)

    def _closes(self, trailing: Sequence[str]) -> bool:
        """Whether a paragraph after the last numbered clause speaks for the whole part again."""
        node, words = self.open[-1], trailing[0]
        if not node.number or any(n.keeps_items for n in self.open):
            return False
        if node.body_start >= node.end and self.done[-1] is node:  # its first words
            return False
        if not words.endswith("。") or _FIELD.match(words):
            return False
        if node.noted or _CLOSES.match(words):
            return True
        return node.level >= ITEM_LEVEL and any(_CLOSES.match(later) for later in trailing)

    def _continuing(self, text: str) -> Marker | None:
        """A loose number, where it comes next in its series."""
        found = loose_marker(text)
        if not found:
            return None
        if is_article(found):
            return found if follows(found.value, self.series.article) else None
        counts = self.decimals or (self.series.item and text[found.end - 1].isdecimal())
        return found if counts and follows(found.value, self.series.item) else None

    def _inside_article(self, found: Marker) -> bool:
        if is_article(found):
            return False
        return any(node.keeps_items and node.level < found.level for node in self.open)

    def _numbered(self, line: Line, found: Marker) -> None:
        level = found.level
        if is_article(found):
            if not self.series.article:
                self._settle_article_level()
            level, self.series.article = self.series.article_level, found.value
        elif ITEM_LEVEL <= level < ITEM_LEVEL + 1:
            self.series.item = found.value
        heading, offset = heading_and_body(line.text[found.end :], is_article(found))
        body = line.start + found.end + offset
        node = self._open(line, level, found.mark, heading, found.key, body)
        node.keeps_items = is_article(found)

    def _settle_article_level(self) -> None:
        """Articles that begin below a heading like 一、关于管辖 stand lower than its kind."""
        above = self.open[-1]
        if above.level > ARTICLE_LEVEL and above.heading and above.body_start >= above.end:
            self.series.article_level = above.level + 0.1

    def _is_division(self, line: Line, following: Line | None) -> bool:
        """A heading without a number between articles (合同编, 附则): the next line is numbered."""
        if not following or len(line.text) > 20 or re.search(r"[。；，：、:;,]", line.text):
            return False
        if not any(node.keeps_items for node in self.open):
            return False
        found = marker(following.text)
        return found is not None and found.level <= ARTICLE_LEVEL

    def _keeps_paragraphs(self) -> bool:
        """Whether a paragraph stays in the clause that is open, whatever its first sentence."""
        last = self.open[-1]
        return last is self.root or any(
            n.keeps_items or not (n.number or n.level >= LEAD_LEVEL) for n in self.open[1:]
        )

    def _note(self, line: Line) -> None:
        """A note on its own line closes the section when no clause before it has its own."""
        last = self.open[-1]
        if self.done and self.done[-1].kind is ClauseKind.NOTE:
            self.done[-1].end = line.end
            return
        owner = self._sharing(last)
        if owner is None:
            self._continue(line)
            return
        while self.open[-1] is not owner:
            self.open.pop()
        key, span = self._unique(owner, "note"), (line.start, line.end)
        self._add(Node(ClauseKind.NOTE, 0, "", "责任分工", key, *span, span[0], owner))

    def _sharing(self, last: Node) -> Node | None:
        """The section whose sub-clauses share the note that comes after the last one of them."""
        parent = last.parent
        if parent is None or parent is self.root or any(n.keeps_items for n in self.open):
            return None
        if parent.noted_children > last.noted:
            return None
        if last.kind is ClauseKind.LEAD:
            return parent
        several = parent.children > 1
        return parent if last.number and several and last.level not in self.noted_levels else None

    def _continue(self, line: Line) -> None:
        node = self.open[-1]
        if node is self.root and not node.children:
            name = PART_NAMES[ClauseKind.PREAMBLE]
            node = self._open(line, LEAD_LEVEL + 1, "", name, "0", line.start)
            node.kind = ClauseKind.PREAMBLE
        elif (
            node is self.root or self.done[-1] is not node
        ):  # its sub-clauses and their note stand between
            node = self._open(line, LEAD_LEVEL, "", REST, "rest", line.start)
        elif (
            node.number
            and not node.heading
            and not node.keeps_items
            and node.body_start >= node.end
        ):
            heading, offset = heading_and_body(line.text, of_article=False)
            node.heading, node.body_start = heading, line.start + offset
        node.end = line.end
        self._remember_note(node, line)

    def _remember_note(self, node: Node, line: Line) -> None:
        if not node.noted and note_at_end(line.text):
            node.noted = True
            self.noted_levels.add(node.level)
            if node.parent:
                node.parent.noted_children += 1

    def _parent(self, level: float) -> Node:
        while self.open[-1].level >= level and self.open[-1] is not self.root:
            self.open.pop()
        return self.open[-1]

    def _open(
        self, line: Line, level: float, number: str, heading: str, key: str, body: int
    ) -> Node:
        parent = self._parent(level)
        full = self._unique(parent, key)
        kind = ClauseKind.SECTION
        node = Node(kind, level, number, heading, full, line.start, line.end, body, parent)
        self._add(node)
        self._remember_note(node, line)
        self.numbered |= bool(number)
        self.open.append(node)
        return node

    def _add(self, node: Node) -> None:
        self.done.append(node)
        if node.parent:
            node.parent.children += 1

    def _next_lead(self, level: float) -> int:
        parent = self._parent(level)
        parent.leads += 1
        return parent.leads

    def _unique(self, parent: Node, key: str) -> str:
        """The key below its parent; a number met again gets -2, then -3."""
        count, own = parent.keys.get(key, 0) + 1, key
        while count > 1 and (own := f"{key}-{count}") in parent.keys:
            count += 1
        parent.keys[key] = count
        parent.keys.setdefault(own, 1)
        return f"{parent.key}.{own}" if parent.key else own
