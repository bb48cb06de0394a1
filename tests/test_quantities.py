"""How many of what is asked, and whether a text says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text import fold
from assistant.understanding.quantities import Counted, counted
from assistant.vocabulary import shipped

ASKED = [
    ("服务多少户居民", "居民"),
    ("有几个赛事城市", "城市"),
    ("建多少公里绿道", "公里"),
    ("培育多少家企业", "企业"),
    ("建设多少座5G基站", "座"),
    ("多少平方米的厂房", "平方米"),
    ("几位院士专家", "专家"),
    ("新增多少亩", "亩"),
    ("惠及多少万户", "户"),
    ("有多少个？", "个"),
    ("几个，在哪", "个"),
]
UNCOUNTED = """多少钱|几点开门|补贴几成|多少|多少元|要几年|几号开始|几楼办理|第几个|好几个部门|前几名|这几项任务|那几个园区|哪几个部门
没几个人|分几个部分|几个方面|几乎没有|几何图形|提高几倍""".replace("\n", "|").split("|")


@pytest.mark.parametrize(("asked", "things"), ASKED)
def test_what_is_to_be_counted(asked: str, things: str) -> None:
    (found,) = counted(asked, shipped())
    assert found.words == things


@pytest.mark.parametrize("asked", UNCOUNTED)
def test_sums_times_and_some_are_no_counts(asked: str) -> None:
    assert counted(asked, shipped()) == ()


def test_two_counts_in_one_question() -> None:
    found = counted("培育多少家企业，服务多少户居民", shipped())
    assert [c.words for c in found] == ["企业", "居民"]


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (Counted("户", "居民"), "服务居民1200户"),
        (Counted("户", "居民"), "服务1200户居民"),
        (Counted("户", ""), "惠及三千余户"),
        (Counted("个", "城市"), "2个足球赛事承办城市"),
        (Counted("家", "企业"), "培育规模以上企业100家"),
        (Counted("家", "企业"), "培育100余家高新技术企业"),
        (Counted("家", "企业"), "企业达到1,200个"),
        (Counted("公里", ""), "建设绿道30公里"),
        (Counted("公里", ""), "建设绿道 1.5 公里"),
        (Counted("人次", ""), "培训3万人次"),
        (Counted("个", "部门"), "三个部门"),
    ],
)
def test_a_number_of_it_is_stated(thing: Counted, text: str) -> None:
    assert thing.stated(fold(text))


@pytest.mark.parametrize(
    ("thing", "text"),
    [
        (Counted("户", "居民"), "服务居民"),
        (Counted("家", "企业"), "到2025年培育100个项目"),
        (Counted("家", "企业"), "建设20家医院；支持企业发展"),
        (Counted("公里", ""), "建设绿道"),
        (Counted("公里", ""), "投资30亿元"),
        (Counted("户", ""), ""),
        # A comma is no number.
        (Counted("家", "企业"), "加快改革，支持企业发展"),
        (Counted("家", "企业"), "建设20家医院，支持企业发展"),
    ],
)
def test_no_number_of_it_is_stated(thing: Counted, text: str) -> None:
    assert not thing.stated(fold(text))


NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str), st.sampled_from("三 十二 一百 两千 三千".split())
)


@given(NUMBERS, st.sampled_from("户 家 个 座 公里 亩 人次".split()))
def test_what_a_question_counts_its_own_answer_states(number: str, measure: str) -> None:
    (thing,) = counted(f"建成多少{measure}", shipped())
    if "两" not in number:
        assert thing.stated(fold(f"建成{number}{measure}"))
    assert not thing.stated(fold("建成了"))


@given(st.text(max_size=30))
def test_any_text_is_read(text: str) -> None:
    for thing in counted(text, shipped()):
        assert thing.measure
        assert thing.stated(fold(text)) in (True, False)
