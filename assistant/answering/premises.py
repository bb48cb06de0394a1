"""What a question takes for granted and its clause does not hold: a year, a count, a kind of organ.

A clause may be about the topic and still say nothing of what is asked: how many, in which year,
which section of a ministry. Such a question has no answer there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from assistant.model import Clause, Document
from assistant.retrieval.retriever import Topic, degree
from assistant.text import fold, words
from assistant.understanding.quantities import counted
from assistant.vocabulary import Vocabulary, is_official

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕张孔曹严华魏陶姜戚谢邹苏潘葛范彭鲁韦马方俞任袁柳史唐薛雷贺倪汤"
    "罗毕郝安常齐康伍余顾孟黄穆萧尹姚邵汪毛米戴宋庞熊纪舒屈项祝董梁杜阮蓝贾江郭梅林钟徐邱骆高夏蔡田胡凌霍万"
    "卢莫房解丁邓洪包左石崔龚程邢裴陆荣翁段侯刘龙叶白赖乔温翟谭申冉桑桂牛习栗丛"
)
_WHO_IS = re.compile(
    rf"^(?:请问|问一?下)?(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?:同志)?"
    r"(?:这个人)?是(?:谁|什么人|哪位|何人|哪个人)[?。]*$"
    rf"|^谁是(?P<other>[{_SURNAMES}][\u4e00-\u9fff]{{1,2}})[?。]*$"
)
_NO_NAME = re.compile("[人者员方户长体主位门构关任局委厅办部组司]$|对象|单位|区|市|县|省|牵头|负责")
_AIMED = re.compile(
    "目标|力争|争取|预期|左右|确保|达到|力求|计划|突破|不低于|不少于|到20..年|20..年底"
)
HALF = 0.5  # of a word, in other words: less than this is another word
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:年|[-—~至到](?=\d))?(?![\d〕\]）)号])")
PART = 0.3  # of the topic, by weight; chosen on the tuning questions
_KIND_ASKED = re.compile(r"(?:哪[几些]?[个项种类]?|什么|啥)([\u4e00-\u9fff]{1,4})")
_WHY = re.compile(r"为(?:什么|何|啥)|凭(?:什么|啥)|怎么(?:会|就)?不让|什么原因|原因是")
_DENIED = re.compile(r"不(?!断|仅|同)|没有|未(?!来)|取消|停止")
_BECAUSE = re.compile(r"因|由于|鉴于|以便|旨在|目的|为了|为[^，。；]{2,30}[，,]|针对|解决")
_ORGAN = re.compile(
    r"哪一?[个家]?(?P<kind>司|处室|处|科室|科|股|支行|分局|窗口|银行|学校|医院|公司|区|县|市|镇|省|城市|街道)"
)


def absent_subject(
    asked: str, topics: Sequence[Topic], document: str, near: Callable[[str], bool]
) -> tuple[str, ...]:
    """What weighs in a question, has a word in official texts, and that a document never mentions.

    Nothing where it is a small part of the topic. ``near`` says whether the document speaks of a
    word in other words; words that only people use (院子) say nothing, since it has others.
    """
    kinds = "".join(_KIND_ASKED.findall(fold(asked)))  # 哪些材料 asks for 材料, and takes none
    absent = [
        t
        for t in topics
        if t.specific
        and is_official(t.term)
        and t.term not in kinds
        and not _mentioned(t, document)
        and not near(t.term)
    ]
    whole = sum(t.weight for t in topics) or 1.0
    weighs = sum(t.weight for t in absent) / whole >= PART
    return tuple(t.term for t in absent) if weighs else ()


def undescribed_person(asked: str, texts: Iterable[str]) -> str:
    """A person of whom a question asks who it is, and who has no office in the texts; else ''.

    A name that stands in that of a doctrine (…思想) says nothing of the person.
    """
    found = _WHO_IS.search(fold(asked))
    person = (found["name"] or found["other"]) if found else ""
    if not person or _NO_NAME.search(person):
        return ""
    name = re.escape(person)
    says = re.compile(
        rf"(?:理|长|书记|主任|主席|人|员|代表|[:])\s*{name}|{name}(?:同志)?(?:[,]?[男女]|[担兼]?任|[是为])"
    )
    return "" if any(says.search(fold(text)) for text in texts) else person


def _mentioned(topic: Topic, document: str) -> bool:
    """Whether a folded document has the word, most of it, or all its parts (项目, 用地)."""
    return degree(topic, document) >= HALF or all(w in document for w in words(topic.term))


def missing_premise(
    asked: str, clause: Clause, quoted: str, document: Document, vocabulary: Vocabulary
) -> str:
    """What is asked for and is not in the clause, its heading included; '' if all is there.

    A reason must stand in the words that would be ``quoted``.
    """
    text = fold(clause.heading + "\n" + document.text[slice(*clause.body_range)])
    for thing in counted(asked, vocabulary):
        if not thing.stated(text):
            return f"“{thing.words}”的数量"
    above = fold("".join(clause.path))
    about = above + fold(document.title + document.doc_number) + str(document.issued_on or "")
    of_years = _YEAR.search(text) is not None  # a clause that names no year may hold for any
    for year in _YEAR.findall(fold(asked)) if of_years else ():
        if year not in text and year not in about:
            return f"{year}年的情况"
    if _WHY.search(asked) and (_DENIED.search(asked) or not _BECAUSE.search(quoted)):
        return "原因"
    aimed = "目标" in above or _AIMED.search(quoted)
    if "目标" in asked and not aimed and (year := _YEAR.search(fold(asked))):
        return f"{year[1]}年的目标"
    organ = _ORGAN.search(asked)
    if organ and organ["kind"] not in text:
        return f"具体的{organ['kind']}"
    return ""
