"""One law for every format that is read: the same text gives the same clauses and the same units."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import pytest

from assistant.model import ClauseKind, Role
from assistant.reading.corpus import read_document
from assistant.reading.loaders import SUFFIXES
from tests import office
from tests.laws import SEED, keeps_the_laws
from tests.ofd_files import ofd
from tests.printed import policy, written

Lines = list[str]
TABLE = [
    ["序号", "任务", "责任单位", "完成时限"],
    ["1", "建设氢能示范园区", "市发展改革委、市科技局", "2025年底"],
    ["2", "组织科技特派员下乡", "市科技局", "长期"],
]
ROWS = [("表1第1行", ("市发展改革委", "市科技局")), ("表1第2行", ("市科技局",))]


def page(lines: Lines) -> bytes:
    """A web page with a menu and a footer around the text."""
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    menu = "<ul><li><a href=/>首页</a></li><li><a href=/zc>政策文件</a></li></ul>"
    foot = "<div class=footer>主办单位：某市人民政府办公室 网站标识码：3703000001</div>"
    html = (
        f"<html><head><meta charset=utf-8></head><body>{menu}<div>{body}</div>{foot}</body></html>"
    )
    return html.encode()


def text(lines: Lines) -> bytes:
    return "\n".join(lines).encode()


def word(lines: Lines) -> bytes:
    return office.saved(office.word(lines))


def from_word(suffix: str) -> Callable[[Lines], bytes]:
    return lambda lines: office.converted(word(lines), suffix)


MAKERS: dict[str, Callable[[Lines], bytes]] = {
    ".txt": text,
    ".md": text,
    ".html": page,
    ".htm": page,
    ".docx": word,
    ".ofd": ofd,
    ".doc": from_word("doc"),
    ".wps": from_word("wps"),
    ".pdf": lambda lines: written(policy(lines)),
}


def test_every_format_is_tried() -> None:
    assert set(MAKERS) == set(SUFFIXES)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_seed_has_one_tree_and_one_set_of_units(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"seed{suffix}"
    path.write_bytes(MAKERS[suffix](office.seed_lines()))
    found, wanted = read_document(path), read_document(SEED)
    assert office.tree(found) == office.tree(wanted)
    assert office.roles(found) == office.roles(wanted)
    assert (found.title, found.doc_number, found.issuer, found.issued_on, found.recipients) == (
        wanted.title, wanted.doc_number, wanted.issuer, wanted.issued_on, wanted.recipients,
    )  # fmt: skip
    assert keeps_the_laws(found)


@pytest.mark.parametrize("suffix", [".docx", ".html", ".md", ".doc"])
def test_a_table_of_tasks_gives_the_same_rows_and_units(suffix: str, tmp_path: Path) -> None:
    title = "某市人民政府关于印发任务分工的通知"
    path = tmp_path / f"table{suffix}"
    path.write_bytes(TABLES[suffix](title))
    document = read_document(path)
    rows = [c for c in document.clauses if c.kind is ClauseKind.ROW]
    assert [(row.label, row.responsibility.units()) for row in rows] == ROWS
    assert rows[0].heading == "建设氢能示范园区"
    assert rows[0].text == "\n".join(f"{k}：{v}" for k, v in zip(*TABLE[:2], strict=True))
    assert all(a.role is Role.RESPONSIBLE for row in rows for a in row.responsibility.assignments)
    assert keeps_the_laws(document)


def table_in_word(title: str) -> bytes:
    made = office.word([title])
    table = made.add_table(rows=len(TABLE), cols=len(TABLE[0]), style="Table Grid")
    for row, cells in zip(table.rows, TABLE, strict=True):
        for cell, words in zip(row.cells, cells, strict=True):
            cell.text = words
    made.add_paragraph("特此通知。")  # LibreOffice writes no table to .doc that nothing follows
    return office.saved(made)


def table_in_page(title: str) -> bytes:
    rows = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in cells)}</tr>" for cells in TABLE)
    return f"<html><body><p>{title}</p><table>{rows}</table></body></html>".encode()


def table_in_markdown(title: str) -> bytes:
    head, *rows = ("| " + " | ".join(cells) + " |" for cells in TABLE)
    return "\n".join([f"# {title}", "", head, "|---|---|---|---|", *rows]).encode()


TABLES: dict[str, Callable[[str], bytes]] = {
    ".docx": table_in_word,
    ".html": table_in_page,
    ".md": table_in_markdown,
    ".doc": lambda title: office.converted(table_in_word(title), "doc"),
}
