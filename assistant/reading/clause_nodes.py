"""A clause while the tree grows, and what is mended when all of them are there. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.model import ClauseKind
from assistant.reading.notes import note_at_end
from assistant.reading.numbering import heading_of

BODY = "正文"
ISSUED = "印发文本"
REST = "续段"
CLOSING = "结语"
PART_NAMES = {
    ClauseKind.WEB_HEADER: "网页信息",
    ClauseKind.TITLE: "标题",
    ClauseKind.DOC_NUMBER: "发文字号",
    ClauseKind.RECIPIENTS: "主送机关",
    ClauseKind.CONTENTS: "目录",
    ClauseKind.PREAMBLE: "序言",
    ClauseKind.ATTACHMENTS: "附件说明",
    ClauseKind.SIGNATURE: "落款",
    ClauseKind.REMARK: "附注",
    ClauseKind.IMPRINT: "版记",
}


@dataclass(slots=True)
class Node:
    """A clause while it grows; ``name_in_label`` stands for the number that it lacks."""

    kind: ClauseKind
    level: float
    number: str
    heading: str
    key: str
    start: int
    end: int
    body_start: int
    parent: Node | None = None
    leads: int = 0
    children: int = 0
    noted: bool = False
    noted_children: int = 0
    keys: dict[str, int] = field(default_factory=dict)
    keeps_items: bool = False
    name_in_label: str = ""

    @property
    def name(self) -> str:
        """The step of the path that this clause is."""
        return self.number + self.heading if self.number else self.heading or self.name_in_label


def without_lone_leads(nodes: Sequence[Node]) -> list[Node]:
    """The nodes in reading order, without lead sentences that nothing else in their section has.

    One paragraph alone that opens with a short sentence is no member of a list.
    """
    leads = Counter(id(node.parent) for node in nodes if node.kind is ClauseKind.LEAD)
    kept: list[Node] = []
    for node in nodes:
        lone = node.kind is ClauseKind.LEAD and leads[id(node.parent)] == 1
        before = kept[-1] if kept else node
        if lone and (before is node.parent or before.kind is ClauseKind.PREAMBLE):
            before.end = node.end
        else:
            kept.append(node)
    return kept


def heading_and_body(words: str, of_article: bool) -> tuple[str, int]:
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
