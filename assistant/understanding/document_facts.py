"""Which facts of a document (文号, date, issuer …) and which clause number a question names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.model import Document
from assistant.text import CN_NUMERAL

_WHEN = r"(?:几几年|什么时[候间]|啥时候?|何时|几时|哪[一]?[年天日]|几[号月]|哪年哪月)"
_ISSUED = r"(?:印发|出台|成文|公布|下发|签发|制定|发布|发文|发出|发|出)"
_FACTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("doc_number", re.compile(r"文号|发文字号|字号|第?几号文|文件编?号")),
    (
        "issued_on",
        re.compile(
            rf"几几年|{_WHEN}[^，。？?]{{0,6}}{_ISSUED}(?:的|出来|布)?|{_ISSUED}(?:的|于)?(?:是|在)?{_WHEN}"
            r"|(?:发文|成文|印发|发布|出台|公布|落款|签发)的?(?:日期|时间)"
        ),
    ),
    (
        "issuer",
        re.compile(
            r"(?:谁|哪[个一几两三]?(?:家|级)?(?:市|省|区|县)?级?(?:单位|部门|政府|机关)|哪[几两三]?家)(?:一起|联合|共同)?(?:制定|印发|发布|出台|下发|发|出)(?:的|布|出|文)*"
            r"|(?:文件|意见|通知|办法|方案|这)?是[^，。？?多哪谁什几]{2,10}(?:印发|制定|发布|出台|下发|发)的(?:吗|吧|？|\?|$)"
            r"|发文(?:机关|单位|机构)|印发(?:机关|单位)|落款(?:单位|是谁)?$|(?:制定|发布)(?:机关|单位)"
        ),
    ),
    (
        "recipients",
        re.compile(r"主送|(?:印|下|转)?发给(?:谁|哪|了)?|受文|收文|送给?哪些|给哪些单位"),
    ),
    (
        "title",
        re.compile(
            r"(?:文件|意见|通知|政策|办法|方案|标题)的?(?:全称|全名|标题|名称|名字)|(?<![长人员组])叫什么(?:名字|名)?|标题"
        ),
    ),
    (
        "remark",
        re.compile(
            r"(?:是否|能否|能不能|可以|可不可以|是不是|能|是|会)(?:对外|向社会)?公开(?:的|发布)?|公开发布|公开(?:吗|属性|方式)|附注|保密"
        ),
    ),
    (
        "status",
        re.compile(
            r"有效期|失效|现行有效|还有效|到期|期满|作废|是否有效|废止|过期|(?:何时|几时|啥时候?|什么时[候间]|哪[一]?[天年])(?:开始|起)?(?:生效|[施实执]行|实施)"
            r"|(?:[施实执]行|实施|生效)(?:的)?(?:日期|时间)"
        ),
    ),
    (
        "count",
        re.compile(
            r"(?:几|多少)(?:个部分|部分|大部分|章|条款)|(?:文件|全文|意见).{0,4}(?:几|多少)条$"
        ),
    ),
)
_SURE = re.compile(
    r"几号文|(?:文件|意见|通知|政策)的?(?:全称|全名|标题|名称)|文号|发文字号|主送|发文机关|成文日期|落款|附注|(?:文|文件|意见|通知)(?:是|都)?(?:印|下|转)?发给"
)
_NOW = re.compile("现在|目前|如今|今天")
_OF_ANYTHING = re.compile(r"到期|期满|作废")
_ABOUT_DOCUMENT = re.compile(
    r"这[份个项篇]|该|此|本|文件|意见|政策|通知|办法|方案|公文|规定|文(?:是|号|字|的)?|《[^》]*》|是|什么|多少|哪|的|吗|了|呢|？|\?|，|,|。|、|和|请问|我们?|这|能|和|给|发|对|谁|里|上|下|级|一|到底|想知道|知道|时候|政府|单位|都|有|在"
)
_CLAUSE_REF = re.compile(
    rf"(?:第(?P<part>{CN_NUMERAL}|\d+)部分)?[的，,]?第?(?P<one>{CN_NUMERAL}|\d+)?[、,，.]?"
    rf"[（(](?P<two>{CN_NUMERAL}|\d+)[)）]"
    rf"(?:的?第?(?P<three>\d+)[.．、条项点]|的?第(?P<nth>{CN_NUMERAL})[条项点])?"
)
_HEADING_REF = re.compile(rf"(?P<one>{CN_NUMERAL})、(?!{CN_NUMERAL})[\u4e00-\u9fff]{{2}}")
_ORDINAL_REF = re.compile(
    rf"第(?P<first>{CN_NUMERAL}|\d+)(?P<kind>部分|大?条|章|款)(?:之(?P<sub>{CN_NUMERAL}))?(?:的?第(?P<second>{CN_NUMERAL}|\d+)[条款项点])?"
)
TALLIES = frozenset({"busiest", "no_lead"})  # what is counted over all tasks
_UNIT = "(?:单位|部门|委办局|局|机构)"
_WORK = "(?:任务|事项|工作|职责|条款|活)"
_PART = "(?:牵头|负责|承担|配合)"
_MOST = "最(?:多|重(?![要大点视]))"
WHOLE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "busiest",
        re.compile(
            rf"(?:(?:哪一?[个家些]|什么){_UNIT}|谁)[^，。？?]{{0,8}}{_WORK}[^，。？?]{{0,6}}{_MOST}"
            rf"|(?:{_WORK}|{_PART})[^，。？?]{{0,6}}最多的?(?:{_UNIT}|是?(?:谁|(?:哪一?[个家些]|什么){_UNIT}))"
            rf"|(?:哪一?[个家]{_UNIT}|哪家|谁)[^，。？?]{{0,2}}{_PART}的?最多"
        ),
    ),
    (
        "no_lead",
        re.compile(
            rf"(?:哪[些几]|多少)[条项个]?{_WORK}?[是都还里中]?(?:没有?|未|缺|不)"
            r"(?:写明|列明|明确|指定|有)?(?:是谁|由谁|谁)?牵头(?:单位|部门|的)?"
            rf"|(?:没有?|未)(?:写明|列明|明确)?牵头(?:单位|部门)?的{_WORK}?[^，。？?]{{0,2}}(?:哪[些几]|多少|有)"
        ),
    ),
    (
        "documents",
        re.compile(
            r"(?:收录|有|包括|能查)了?(?:哪些|多少份?|几份)(?:政策)?文件|哪些(?:政策)?文件|文件(?:列表|清单)"
        ),
    ),
    (
        "units",
        re.compile(
            r"(?:全部|所有|哪些|列出|多少个?|几个|涉及)[^，。？?]{0,5}单位"
            r"|单位[^，。？?]{0,4}(?:哪些|名单|清单|一览|几个|多少)"
        ),
    ),
    (
        "contents",
        re.compile(
            r"(?:讲|说|写|规定)了?(?:些|的是)?(?:什么|啥|哪些)|(?:主要|大致|基本|核心)内容"
            r"|内容(?:概要|摘要)|概括|概述|总结|大意|目录|提纲|框架|结构"
            r"|(?:重点|主要)任务|哪些任务|几项任务"
        ),
    ),
)


_NUMBER = re.compile(
    r"[\u4e00-\u9fff]{1,10}?[〔\[［﹝（(【]\s*\d{4}\s*[〕\]］﹞）)】]\s*第?\s*\d{1,5}\s*号"
)


_ISSUED_TEXT = re.compile(
    r"(?:印发|公布|发布|转发)(?:《([^《》]{4,})》|([^《》]{6,}?)的(?:通知|函|决定)$)"
)


_SHORTEST_BARE = 6  # characters of a title that is one without 《》: 重庆 is in many a question


def named_documents(text: str, documents: Sequence[Document]) -> tuple[tuple[str, ...], str, str]:
    """The documents that a question names by 文号 or title.

    Returns their ids, the question without those names, and a 文号 that no document has ('').
    """
    found: list[str] = []
    rest, unknown = text, ""
    numbered = bool(_NUMBER.search(text))
    for document in documents:
        bare = rest
        names = [n for n in names_of(document) if holds_title(text, n)]
        for name in names:
            bare = bare.replace(f"《{name}》", " ").replace(name, " ")
        if bare == rest and names:
            found.append(document.id)  # another version of the one that was just found
            continue
        for match in _NUMBER.finditer(bare) if numbered else ():
            written = _as_written(match.group(), document.doc_number)
            bare = bare.replace(written, " ") if written else bare
        if bare != rest:
            found.append(document.id)
            rest = bare
    left = _NUMBER.search(rest)
    if left and not found:
        unknown = left.group()
    return tuple(found), rest, unknown


def holds_title(text: str, title: str) -> bool:
    """Whether a text holds a title: a short one only between 《 and 》, or alone."""
    if not title or title not in text:
        return False
    return len(title) >= _SHORTEST_BARE or f"《{title}》" in text or text.strip() == title


def names_of(document: Document) -> tuple[str, ...]:
    """What a document is called: its title, and the text that it issues (印发《…》的通知)."""
    issued = _ISSUED_TEXT.search(document.title)
    return (document.title, *filter(None, [issued and (issued[1] or issued[2])]))


def _as_written(text: str, number: str) -> str:
    """The ending of a text that is this 文号, in its own brackets; '' if it does not end so."""
    endings = (text[at:] for at in range(len(text)))
    return next((e for e in endings if number and squeezed(e) == squeezed(number)), "")


def squeezed(number: str) -> str:
    """A 文号 with one shape of bracket and no blanks, to compare."""
    return re.sub(
        r"[〔\[［﹝（(【]", "〔", re.sub(r"[〕\]］﹞）)】]", "〕", re.sub(r"\s|第", "", number))
    )


def without_facts(text: str) -> str:
    """A text without the words that ask for a fact of a document (什么时候到期)."""
    for _, pattern in _FACTS:
        text = pattern.sub(" ", text)
    return _NOW.sub(" ", text)


def document_facts(text: str, has_topic: bool) -> tuple[str, ...]:
    """Which facts of a document are asked for; none when the question has a topic of its own."""
    found = tuple(name for name, pattern in _FACTS if pattern.search(text))
    if not found:
        return ()
    if _SURE.search(text):
        return found
    if has_topic and found == ("status",) and _OF_ANYTHING.search(text):
        return ()  # 补贴什么时候到期
    rest = re.sub(r"\s+", "", _ABOUT_DOCUMENT.sub("", without_facts(text)))
    return found if len(rest) <= 3 or not has_topic else ()


def whole_of(text: str) -> str:
    """What is asked of a whole, by the words alone: a key of ``WHOLE``, or ''."""
    return next((name for name, pattern in WHOLE if pattern.search(text)), "")


def written_number(numbers: Sequence[str]) -> str:
    """The numbers of a clause as one writes them: ("二", "四") → 二（四）."""
    return "".join(
        f"（{n}）" if at == 1 and not numbers[0].startswith(("（", "第")) else n
        for at, n in enumerate(numbers)
    )


def clause_numbers(text: str) -> tuple[str, ...]:
    """The numbers of a clause that the question names, from the top: 二（四） → ("二", "四").

    A bracketed number without one above it keeps its brackets: （四） → ("（四）",).
    """
    found = _CLAUSE_REF.search(text)
    if found:
        top = found["part"] or found["one"]
        given = (
            top,
            found["two"] if top else f"（{found['two']}）",
            found["three"] or found["nth"],
        )
        return tuple(number for number in given if number)
    heading = _HEADING_REF.match(text)
    if heading:
        return (heading["one"],)
    ordinal = _ORDINAL_REF.search(text)
    if ordinal:
        kind = "条" if ordinal["kind"] in ("条", "大条") else ordinal["kind"]
        first = (
            f"第{ordinal['first']}条"
            if kind == "条" and not ordinal["second"]
            else ordinal["first"]
        )
        if kind == "条" and ordinal["sub"]:
            first += f"之{ordinal['sub']}"
        return (first, ordinal["second"]) if ordinal["second"] else (first,)
    return ()
