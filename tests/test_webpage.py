"""Web pages → the document on them: what stays, what goes, and what a hostile page can not do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UnreadableFile
from assistant.model import Document
from assistant.reading import responsibility, structure
from assistant.reading.formats import plain, webpage
from assistant.reading.formats.markup import parse
from assistant.reading.source import Source
from tests.laws import SEED, SHARED, keeps_the_laws, texts
from tests.office import roles, seed_lines, tree

TITLE = "示例市人民政府关于推动工作的意见"
BODY = [
    TITLE,
    "示政发〔2024〕5号",
    "各区县人民政府，市政府各部门：",
    "为推动工作，现提出如下意见。",
    "一、总体要求",
    "（一）指导思想。以高质量发展为主题，统筹推进各项工作。",
    "（二）工作目标。到2025年，取得明显成效，群众更加满意。",
    "示例市人民政府",
    "2024年3月1日",
]
NAV = '<ul class="menu"><li><a href="/">网站首页</a></li><li><a href="/b">政务公开</a></li></ul>'
FOOT = (
    '<div class="wrap"><p>主办单位：示例市人民政府办公室　地址：示例路1号</p>'
    "<p>版权所有：示例市人民政府　京ICP备00000000号　网站标识码：1100000000</p></div>"
)
FACTS = [
    ("索 引 号：", "000014349/2024-00007"),
    ("主题分类：", "综合政务"),
    ("发文机关：", "示例市人民政府"),
    ("成文日期：", "2024年03月01日"),
    ("标　　题：", TITLE),
    ("发文字号：", "示政发〔2024〕5号"),
    ("发布日期：", "2024年03月05日"),
    ("主 题 词：", ""),
]


def paragraphs(lines: Sequence[str]) -> str:
    return "\n".join(
        f'<p style="text-indent: 2em;"><span>\u3000\u3000{escape(x)}</span></p>' for x in lines
    )


def whole(inside: str, title: str = "", more: str = "") -> bytes:
    head = f'<head><meta charset="utf-8">{more}<title>{title}</title></head>'
    return f"<!DOCTYPE html><html>{head}<body>{inside}</body></html>".encode()


def facts_table(facts: Sequence[tuple[str, str]]) -> str:
    cells = [f"<td><b>{label}</b></td><td>{value}</td>" for label, value in facts]
    rows = "".join(f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2))
    return f'<table class="bd1"><tr><td><table>{rows}</table></td></tr></table>'


def state_council(lines: Sequence[str], facts: Sequence[tuple[str, str]], title: str) -> bytes:
    """A page as the national portal makes it."""
    return whole(
        NAV
        + '<div class="BreadcrumbNav"><a href="/">首页</a>&nbsp;&gt;&nbsp;<a>政策</a></div>'
        + facts_table(facts)
        + '<table><tr><td><div class="pages_content" id="UCAP-CONTENT">'
        + paragraphs(lines)
        + "</div></td></tr></table><div class=editor><a href=#>【我要纠错】</a>责任编辑：某人</div>"
        + '<div id="qr_container">扫一扫在手机打开当前页</div>'
        + FOOT,
        f"{title}_综合政务_中国政府网",
    )


def city(lines: Sequence[str]) -> str:
    """A page whose parts carry the names of a common publishing system."""
    return (
        NAV
        + "<div>当前位置：<a>首页</a> &gt; <a>规范性文件</a></div><div class=main>"
        + "<p>发布日期：2024-03-05 来源：市政府办公室 浏览次数：12 字号：[ 大 中 小 ]</p>"
        + f'<div class="view TRS_UEDITOR trs_paper_default">{paragraphs(lines)}</div>'
        + "<p>上一篇：<a href=1>关于某事的通知</a></p><p><a>【打印本页】</a> <a>【关闭窗口】</a></p></div>"
        + FOOT
    )


def nameless(lines: Sequence[str]) -> str:
    """A page that names nothing, with other documents listed beside its own."""
    return (
        f"<div>{NAV}</div><div><div>{''.join(f'<div>&emsp;{escape(x)}</div>' for x in lines)}</div>"
        + "<div><h4>最新文件</h4><ul>"
        + "".join(
            f"<li><a href={at}>关于做好第{at}项工作的通知，请遵照执行。</a></li>" for at in range(9)
        )
        + f"</ul></div></div>{FOOT}"
    )


def old_tables(lines: Sequence[str]) -> str:
    """A page laid out with tables, its lines broken by <br>."""
    words = "<br>\n".join(f"&nbsp;&nbsp;{escape(x)}" for x in lines)
    return (
        f"<table><tr><td>{NAV}<a href=1>财政信息</a></td><td><table><tr><td>{words}</td></tr>"
        f"<tr><td>【<a>打印</a>】【<a>关闭</a>】</td></tr></table></td></tr></table>{FOOT}"
    )


def read(page: bytes | str) -> Source:
    return webpage.read(whole(page) if isinstance(page, str) else page, "a.html")


def lines_of(page: bytes | str) -> list[str]:
    return read(page).text.split("\n")


def document(page: bytes | str) -> Document:
    source = read(page)
    parsed = structure.parse(source)
    return responsibility.assign(parsed, source.bold, keeps_bold=source.keeps_bold)


def refused(page: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        webpage.read(page, "a.html")
    return str(caught.value)


# The document -------------------------------------------------------------------------------------


@pytest.mark.parametrize("site", [city, nameless, old_tables])
@pytest.mark.parametrize("body", [BODY, seed_lines()], ids=["short", "seed"])
def test_any_site_gives_the_document_and_nothing_around_it(site: object, body: list[str]) -> None:
    assert callable(site)
    assert lines_of(site(body)) == [line.strip() for line in body]


def test_the_seed_as_a_page_has_the_tree_and_the_units_of_its_text() -> None:
    text = plain.read(SEED.read_bytes(), "a.txt")
    wanted = responsibility.assign(structure.parse(text))
    lines = seed_lines()
    found = document(state_council(lines, [], "".join(lines[:3])))
    assert tree(found) == tree(wanted)
    assert roles(found) == roles(wanted)
    assert keeps_the_laws(found)


def test_metadata_become_one_line_above_the_document() -> None:
    first, *rest = lines_of(state_council(BODY, FACTS, TITLE))
    assert first == "\t".join(part for pair in FACTS if pair[1] for part in pair)
    assert rest == BODY


@pytest.mark.parametrize(
    "markup",
    [
        "<ul><li><b>索引号：</b><i>1/2024</i></li><li><b>发文机关：</b>某市</li><li>文号：某政〔2024〕5号</li></ul>",
        "<dl><dt>索引号</dt><dd>1/2024</dd><dt>发文机关</dt><dd>某市</dd><dt>文号</dt><dd>某政〔2024〕5号</dd></dl>",
        "<table><tr><th>索引号</th><td>1/2024</td><th>发文机关</th><td>某市</td></tr>"
        "<tr><th>文号</th><td colspan=3>某政〔2024〕5号</td></tr></table>",
    ],
)
def test_metadata_in_other_markup(markup: str) -> None:
    assert lines_of(markup + nameless(BODY))[0] == (
        "索引号：\t1/2024\t发文机关：\t某市\t文号：\t某政〔2024〕5号"
    )


@pytest.mark.parametrize(
    "path", sorted(SHARED.glob("with_header/gov_*.txt")) or [None], ids=lambda p: p and p.stem
)
def test_pages_of_the_national_portal(path: object) -> None:
    if path is None:
        pytest.skip("没有 shared/data/with_header，不能比较")
    lines = [x for x in path.read_text("utf-8").split("\n") if x.strip()]  # type: ignore[attr-defined]
    cells = lines[0].split("\t")
    body = [x.strip() for x in lines[2:] if not re.match("扫一扫|-->", x)]
    facts = [*zip(cells[::2], cells[1::2], strict=True), ("主 题 词：", "")]
    page = state_council(body, facts, dict(facts)["标　　题："])
    page = page.decode().replace("utf-8", "gb2312").encode("gb18030")
    assert lines_of(page) == [lines[0], *body]


def test_a_missing_title_is_taken_from_the_page() -> None:
    body = BODY[2:]
    for page in (
        whole(city(body), f"{TITLE}_示例市人民政府"),
        whole(city(body), f"示例市人民政府 - {TITLE}（示政发〔2024〕5号）"),
        whole(city(body), "文章详情", f'<meta name="ArticleTitle" content="{TITLE}">'),
        whole(f"<h1>\n {TITLE}\n</h1>" + city(body), "文章详情"),
    ):
        assert lines_of(page)[:2] == [TITLE, body[0]]


def test_a_title_that_is_there_is_not_repeated() -> None:
    page = f"<h1>{TITLE}</h1>" + paragraphs(["示例市人民政府", TITLE[7:], *BODY[1:]])
    assert lines_of(whole(f"<div>{page}</div>", f"{TITLE}-示例市"))[:3] == [
        "示例市人民政府",
        TITLE[7:],
        BODY[1],
    ]
    assert lines_of(whole(city(BODY), "示例市人民政府门户网站")) == BODY


def test_what_a_reader_does_not_see_is_left_out() -> None:
    hidden = (
        "<p style='color:red; display : none'>藏一，不可见。</p><div hidden>藏二，不可见。</div>"
        "<script>var a = '<p>藏三，不可见。</p>'</script><style>p{}</style><!-- 藏四，不可见。 -->"
        "<noscript>请启用脚本，否则不可见。</noscript><select><option>藏五</select>"
    )
    assert lines_of(f"<div>{paragraphs(BODY[:5])}{hidden}{paragraphs(BODY[5:])}</div>") == BODY


def test_a_host_in_a_policy_is_not_a_footer() -> None:
    body = [*BODY[:5], "主办单位：示例市科技局。", "承办单位：示例大学。", *BODY[5:]]
    assert lines_of(nameless(body)) == body


def test_number_and_date_that_stand_outside_of_the_text_belong_to_it() -> None:
    text = f"<div><div>{paragraphs(BODY[2:7])}</div></div>"
    page = f"<div>{NAV}<h1>{TITLE}</h1><h3>{BODY[1]}</h3>{text}<div>{'<br>'.join(BODY[7:])}</div></div>"
    assert lines_of(page + FOOT) == BODY


def test_attachments_stay_as_text() -> None:
    tail = ["附件：1.任务分工表.doc", "2.示例指标.xls"]
    links = "".join(f"<p><a href=x.doc>{words}</a></p>" for words in tail)
    assert lines_of(f"<div class=article-content>{paragraphs(BODY)}{links}</div>") == [*BODY, *tail]


# Words --------------------------------------------------------------------------------------------


def test_inline_parts_are_joined_without_blanks_and_line_breaks_split() -> None:
    page = "<div><p>责任<span>单</span><o:p></o:p>位：<font>市</font>科\n   技局，A\n  B。<br>第二行，&ldquo;引&rdquo;&amp;&#21495;。</p>第三行，完。</div>"
    assert lines_of(page) == ["责任单位：市科技局，A B。", "第二行，“引”&号。", "第三行，完。"]


def test_preformatted_lines_are_kept() -> None:
    assert lines_of("<pre>" + "\n".join(BODY) + "</pre>") == BODY


def bold_words(source: Source) -> list[str]:
    return [source.text[first:last] for first, last in source.bold]


@pytest.mark.parametrize(
    "markup",
    [
        "<b>市科技局</b>",
        "<strong>市</strong><b>科技局</b>",
        '<span style="font-weight: bold">市科技局</span>',
        '<span style="FONT-WEIGHT:700;color:red">市科技局</span>',
        '<span style="font-family: 黑体, SimHei">市科技局</span>',
        "<font face=黑体>市科技局</font>",
        '<b style="font-weight:normal">无</b><b>市科技局</b>',
    ],
)
def test_bold(markup: str) -> None:
    source = read(f"<p>为了发展，现就有关事项通知如下。</p><p>（责任单位：{markup}、市财政局）</p>")
    assert bold_words(source) == ["市科技局"]
    assert source.keeps_bold


def test_a_page_all_in_one_heavy_font_marks_nothing() -> None:
    page = "<div style='font-family:黑体'>" + paragraphs(BODY) + "</div>"
    assert read(page).bold == ()
    assert not read(page).keeps_bold
    assert not read(
        f"<div style='font-family:微软雅黑'><p>{BODY[3]}</p></div><p>{BODY[5]}</p>"
    ).bold


def test_bold_units_lead() -> None:
    lines = paragraphs([*BODY[:5], "（一）企业上云。推动企业上云。"])
    note = "<p>（责任单位：市财政局、<b>市科技局</b>，标黑字体为牵头单位，下同）</p>"
    assigned = [a for c in document(lines + note).clauses for a in c.responsibility.assignments]
    assert [(a.unit, a.basis) for a in assigned if a.basis == "bold"] == [("市科技局", "bold")]


def test_headings_count_only_without_official_numbers() -> None:
    free = "<h1>办事指南</h1><h2>适用范围</h2><p>适用于本市企业，长期有效。</p>"
    assert [level for _, level in read(free).headings] == [1, 2]
    assert (
        read(f"<h1>{TITLE}</h1><h2>一、总则</h2><p>（一）目的。为了发展，制定。</p>").headings == ()
    )


# Tables -------------------------------------------------------------------------------------------


def test_a_table_keeps_rows_and_repeats_merged_cells() -> None:
    table = (
        "<table><caption>任务分工表</caption><thead><tr><th>任务<th>责任单位</thead><tbody>"
        "<tr><td rowspan=2>企业上云<td><p>市科技局</p><p>市财政局</p></tr><tr><td>市工信局</td></tr></table>"
    )
    assert lines_of(f"<div>{paragraphs(BODY)}{table}</div>")[len(BODY) :] == [
        "任务分工表",
        "任务：企业上云",
        "责任单位：市科技局、市财政局",
        "任务：企业上云",
        "责任单位：市工信局",
    ]


def test_a_table_in_a_cell_is_read_as_its_words() -> None:
    inner = "<table><tr><td>甲<td>乙</table>"
    page = f"<table><tr><td>事项<td>内容<tr><td>一类<td>{inner}<tr><td>二类<td>丙</table>"
    assert lines_of(f"<div>{paragraphs(BODY)}{page}</div>")[len(BODY) :] == [
        "事项：一类",
        "内容：甲",
        "乙",
        "事项：二类",
        "内容：丙",
    ]


# Encodings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ('<meta charset="utf-8">', "utf-8"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030"),
        ("<meta charset=big5>", "big5"),
        ("<meta charset=gb2312>", "utf-8"),
        ("<meta charset=nonsense>", "utf-8"),
        ("", "gbk"),
        ("", "utf-8-sig"),
        ("", "utf-16"),
    ],
)
def test_encodings(declared: str, encoding: str) -> None:
    body = ["主旨：推動工作。"] if encoding == "big5" else BODY
    page = f"<html><head>{declared}</head><body>{paragraphs(body)}</body></html>"
    assert lines_of(page.encode(encoding)) == body


def test_xhtml_with_its_own_declaration() -> None:
    page = f'<?xml version="1.0" encoding="gb2312"?><html><body>{paragraphs(BODY)}</body></html>'
    assert lines_of(page.encode("gb18030")) == BODY


def test_a_few_broken_bytes_do_no_harm() -> None:
    page = whole(paragraphs(seed_lines())).replace("先行区".encode(), b"\xe5\xe5", 1)
    assert len(lines_of(page)) == len(seed_lines())


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ("只是文字".encode(), "不是网页"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR<a>", "不是网页"),
        (whole(""), "没有正文"),
        (whole("<p> </p>&nbsp;<br>"), "没有正文"),
        (whole("<div id=app></div><script>render()</script><p>正在加载…</p>"), "没有正文"),
        (whole(NAV), "没有正文"),
        (b"<div>" * 400_000, "异常庞大"),
        (b"<p>" + b"a" * 6_000_000, "异常庞大"),
        (b"<div>" * 3000 + "正文，完。".encode(), "嵌套过深"),
        (b"<p>" + b"\xff\xfd\x81" * 100, "编码无法识别"),
    ],
)
def test_refusals(page: bytes, reason: str) -> None:
    assert reason in refused(page)


def test_hostile_pages_are_read_as_what_they_show() -> None:
    entity = "<!DOCTYPE html [<!ENTITY a 'boom'><!ENTITY b '&a;&a;'>]><p>正文，&b;完。</p>"
    assert "boomboom" not in read(entity.encode()).text
    deep = "<div>" * 1900 + paragraphs(BODY) + "</div>" * 1900
    assert lines_of(deep) == BODY
    spans = "<table><tr>" + "<td colspan=1000 rowspan=65000>甲</td>" * 500 + "<tr><td>乙</table>"
    assert len(read(spans.encode()).text) < 5000
    flood = "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">正文，完。</p>"
    assert lines_of(flood.encode()) == ["正文，完。"]
    assert "\x00" not in read(whole(paragraphs(BODY * 9)) + b"\x00").text


@given(texts)
def test_any_text_on_a_page_keeps_the_laws(text: str) -> None:
    lines = [re.sub(r"[\s\x00-\x1f]+", " ", x).strip() for x in text.split("\n")]
    try:
        found = document(whole(paragraphs(lines)))
    except UnreadableFile:
        return
    assert keeps_the_laws(found)


@given(st.text(alphabet="<>/ap=\"' &;!-tdr甲。\n", max_size=120))
def test_any_markup_is_read_or_refused(text: str) -> None:
    try:
        source = webpage.read(text.encode(), "a.html")
    except UnreadableFile:
        return
    assert all(0 <= a < b <= len(source.text) for a, b in source.bold)


@given(
    st.lists(st.tuples(st.text("甲乙a \n\t", min_size=1, max_size=5), st.booleans()), max_size=8)
)
def test_bold_ranges_hold_the_bold_characters(parts: list[tuple[str, bool]]) -> None:
    page = "".join(f"<b>{escape(x)}</b>" if heavy else f"<i>{x}</i>" for x, heavy in parts)
    items = parse(f"<p>{page}</p>", "a.html").items
    wanted = "".join(x for x, heavy in parts if heavy)
    found = "".join(
        item.text[a:b]
        for item in items
        for a, b in item.block.bold  # type: ignore[union-attr]
    )
    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", wanted)
