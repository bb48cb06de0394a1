"""What is asked, for many phrasings of each kind."""

from __future__ import annotations

import pytest

from assistant.parts import Parts
from assistant.understanding.question import Kind, Reader, without_place

PHRASINGS = """
unit|工业互联网由哪个部门负责|智慧能源基地归谁管|大气污染防治是谁的责任|轨道交通衔接哪家单位牵头|自动驾驶的责任单位有哪些|市财政局参与智能装备吗|市公安局管不管自动驾驶
overview|文件讲了什么|主要内容是什么|有哪些责任单位|收录了哪些文件|淄政字〔2022〕40号讲了什么|淄政字〔2022〕40号
tasks|市科技局负责哪些任务|市教育局要做哪些事|水利局都承担什么工作|列出商务局的任务清单|市民政局|那么市民政局呢|市财政局牵头的事项有哪些|市科技局和市公安局共同负责什么|济南市财政局有哪些任务
meta|文件的文号是什么|这个意见是什么时候印发的|谁发的这个文|主送哪些单位|能公开吗|还有效吗|一共几个部分|淄政字〔2022〕40号的文号
clause|二（四）说了什么|第二部分第四条|三（一）谁负责|第三部分讲什么|（八）是什么内容|二（九）强化金融保障谁负责
where|氢能产业放在哪里|激光产业布局在哪个园区|现代物流中心建在哪|新能源汽车落在哪个开发区
industries|淄川经济开发区发展什么产业|文昌湖适合投资什么|王村镇的主导产业|淄博经开区重点支持哪些产业
purpose|为什么要出台这个文件|制定的目的是什么|这个意见的背景|淄政字〔2022〕40号为什么制定
definition|什么是“四新”经济|揭榜挂帅是什么意思|“一群两心三圈”指的是什么
assistant|你是谁|你能做什么|你们这个系统是谁开发的
fact|自动驾驶重点做什么|青年人才有哪些政策|到2035年的目标|胶济铁路要怎么改造|碳排放权交易|淄博支持什么产业|请问一下城镇化怎么推进
"""
CASES = [(line.split("|")[0], text) for line in PHRASINGS.split() for text in line.split("|")[1:]]


@pytest.fixture(scope="module")
def reader(parts: Parts) -> Reader:
    return parts.reader


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_the_kind_of_a_question(reader: Reader, kind: str, text: str) -> None:
    for asked in (text, f"{text}？", f"请问{text}？" if kind != "assistant" else text):
        assert reader.read(asked).kind is Kind(kind), asked


def test_each_kind_has_its_phrasings() -> None:
    assert {kind for kind, _ in CASES} == {kind.value for kind in Kind}


def test_the_topic_is_what_is_left_of_the_asking(reader: Reader) -> None:
    assert reader.read("自动驾驶由哪个部门负责？").topic.strip("？ ") == "自动驾驶"
    assert "市财政局" not in reader.read("市财政局参与智能装备吗").topic
    assert reader.read("谁负责").topic.strip() == ""


def test_units_areas_numbers_and_details_are_kept(reader: Reader) -> None:
    question = reader.read("市科技局和济南市财政局")
    assert [(u.name, u.written) for u in question.units] == [
        ("市科技局", "市科技局"),
        ("", "济南市财政局"),
    ]
    assert reader.read("文昌湖和王村镇发展什么").areas == ("文昌湖省级旅游度假区", "周村区王村镇")
    assert reader.read("第二部分第（九）条").clause_numbers == ("二", "九")
    assert [d.value for d in reader.read("人工智能的联系电话").details] == ["contact"]
    assert reader.read("济政发〔2019〕3号讲了什么").unknown_number == "济政发〔2019〕3号"


def test_a_unit_s_place_names_its_documents(reader: Reader) -> None:
    (own,) = reader.documents
    assert reader.read("淄博市财政局负责什么").documents == (own.id,)
    assert reader.read("市财政局负责什么").documents == ()
    assert reader.read(f"市财政局在{own.doc_number}里负责什么").documents == (own.id,)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("自动驾驶重点做什么？", "自动驾驶"),
        ("工业互联网由哪个部门负责", "工业互联网"),
        ("什么是揭榜挂帅", "揭榜挂帅"),
        ("市科技局负责什么", "市科技局"),
        ("有没有", ""),
        ("", ""),
    ],
)
def test_the_subject_of_a_question(reader: Reader, text: str, subject: str) -> None:
    assert reader.subject(text) == subject


def test_every_question_is_read_as_it_stands(reader: Reader, questions: list[str]) -> None:
    for text in questions:
        question = reader.read(text)
        assert question.text == question.asked == text
        assert question.rewritten is None
        assert reader.read(text) == question


def test_words_that_ask_where_can_be_left_out() -> None:
    assert "哪" not in without_place("氢能产业放在哪里")
