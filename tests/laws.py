"""What every document keeps, whatever its text; and texts that try to break it."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import strategies as st

from assistant.model import CITABLE, ClauseKind, Document, Role
from assistant.reading import responsibility, structure
from assistant.reading.source import Source

ROOT = Path(__file__).resolve().parent.parent
SEED = ROOT / "corpus" / "zibo-2022-40.txt"
SHARED = ROOT.parent / "shared" / "data"
BASIS = re.compile(r"bold|listed|stated: .+|inherited from .+")


def parsed(text: str, **of_source: object) -> Document:
    """A text as a document with units, without a file."""
    source = Source(text, "0" * 64, **of_source)  # type: ignore[arg-type]
    document = structure.parse(source)
    return responsibility.assign(document, source.bold, keeps_bold=source.keeps_bold)


def labels(document: Document) -> list[str]:
    """The labels of all clauses in reading order."""
    return [clause.label for clause in document.clauses]


def keys(document: Document) -> list[str]:
    """The ids of all clauses without the document's own."""
    return [clause.id.rpartition(":")[2] for clause in document.clauses]


def paths(document: Document) -> list[str]:
    """The paths of the numbered clauses, written with strokes."""
    return ["/".join(c.path) for c in document.clauses if c.kind is ClauseKind.SECTION]


def bodies(document: Document) -> list[str]:
    """The own words of all clauses."""
    return [document.text[slice(*clause.body_range)] for clause in document.clauses]


def shared_files() -> list[Path]:
    """The documents for measuring that may lie beside the repository; none where they do not."""
    return [
        p for sub in ("policies", "zibo_regs", "excerpts") for p in (SHARED / sub).glob("*.txt")
    ]


def keeps_the_laws(document: Document) -> bool:
    """Every law below; a broken one is an AssertionError that names the clause."""
    every_visible_character_has_one_owner(document)
    ids_form_a_tree(document)
    for clause in document.clauses:
        start, end = clause.char_range
        first, last = clause.body_range
        assert clause.text == document.text[start:end], clause.id
        assert clause.text == clause.text.strip(), clause.id
        assert start <= first <= last <= end, clause.id
        assert clause.path, clause.id
        assert clause.label, clause.id
    units_stand_in_the_note(document)
    return True


def every_visible_character_has_one_owner(document: Document) -> None:
    owners = [0] * len(document.text)
    for clause in document.clauses:
        start, end = clause.char_range
        assert 0 <= start < end <= len(document.text), clause.id
        for at in range(start, end):
            owners[at] += 1
    for at, char in enumerate(document.text):
        assert owners[at] == 1 or (owners[at] == 0 and char.isspace()), (at, char, owners[at])
    assert "".join(piece for _, piece in document.pieces()) == document.text
    starts = [clause.char_range for clause in document.clauses]
    assert starts == sorted(starts)


def ids_form_a_tree(document: Document) -> None:
    seen: set[str] = set()
    for clause in document.clauses:
        assert clause.id not in seen, clause.id
        assert not clause.parent_id or clause.parent_id in seen, clause.id
        assert re.fullmatch(r"[\w.-]+:[a-z0-9_.-]+", clause.id, re.ASCII), clause.id
        assert clause.document_id == document.id
        seen.add(clause.id)


def units_stand_in_the_note(document: Document) -> None:
    owners = {clause.id: clause for clause in document.clauses}
    for clause in document.clauses:
        found = clause.responsibility
        assert not found.assignments or clause.kind in CITABLE
        assert len(set(found.units())) == len(found.units()), clause.id
        note = ""
        if found.note_range:
            assert (
                document.holder(found.note_range) in document.clauses
            )  # a quote lies in one piece
            pieces = [
                c.text
                for c in document.clauses
                if c.parent_id == found.note_clause_id and c.kind is ClauseKind.NOTE
            ]
            note = re.sub(r"\s", "", document.text[slice(*found.note_range)] + "".join(pieces))
            assert note, clause.id
            assert found.note_clause_id in owners, clause.id
            if found.note_clause_id != clause.id:
                assert clause.id.startswith(found.note_clause_id + "."), clause.id
        for part in found.assignments:
            assert BASIS.fullmatch(part.basis), part
            assert part.unit in note or part.role is Role.LOCAL, (clause.id, part)


_PIECES = """
一、总体要求|二、重点任务|（一）打造先行区|(二)高端产业。加快发展|1.企业上云|2、减负|（1）小项|①小小项|第一章 总则
第一条　为了|第一条|第一条之二　另有|第二条　本法自公布之日起施行。|（责任单位：市科技局、市财政局）|责任单位:市教育局
〔责任单位：市科技局（标黑字体为牵头单位，下同），市财政局，淄川区、周村区，以下各项任务均需上述二区负责落实，不再一一列出〕
（市科技局牵头，各县（市、区）人民政府等配合）|牵头单位：市工信局|配合单位：市商务局|（|）|[|〕|。|，|：|；|等有关部门
智能装备。加快发展电动汽车。|生物医药。重点发展疫苗。（责任单位：市科技局）|以上措施长期有效，请执行。|淄博市人民政府|2022年4月20日
第二条本办法适用于|第二条规定的事项|第八百条　末条|第三节|第一分编 通则|合同编|附则|第一，要抓好。|第二、要做实|1)半括号|１．全角
1　总则|1.1　目的|1.1.1 依据|１．１ 全角|2.1亿元|目　录|一、总体要求……3|附件1|附件2：清单|附件：1.方案|2.清单|附件 三|附录|一、明确范围1.|1.|2.
（此件公开发布）|淄政字〔2022〕40号|关于推动工作的意见|各区县人民政府：|2022年|1.5倍|附件|第三章规定的行为|\x00|\x0b|\x1c|\u3000|\u2028|\u200b
"""
_PIECE = st.sampled_from([p for line in _PIECES.strip().split("\n") for p in line.split("|")])
_BREAK = st.sampled_from(["\n", "\n", "\n\n", "", " ", "\u3000"])
texts = st.lists(st.tuples(st.one_of(_PIECE, st.text(max_size=6)), _BREAK), max_size=30).map(
    lambda pairs: "".join(piece + gap for piece, gap in pairs)
)
