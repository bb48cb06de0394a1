"""The title among the first lines: running heads, page titles and repeated issuers left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reading.doc_numbers import split_number
from assistant.reading.lines import Line
from assistant.reading.numbering import loose_marker, marker

_ISSUER = re.compile(
    r"(.{2,40}?(?:人民政府办公厅|人民政府办公室|人民政府|国务院办公厅|国务院|人民代表大会常务委员会|人大常委会|委员会|办公厅|办公室"
    r"|管委会|领导小组|指挥部|[局厅部委院]))(?:、.{2,30}?|\s.{2,60}?)?(?:关于|印发|转发|批转|对|出台)"
)
_GENRE = re.compile(
    r"(?:意见|通知|办法|规定|条例|细则|规则|方案|规划|纲要|公告|通告|通报|决定|决议|命令|令|函|批复|答复|报告|请示|措施|政策|指南|指引|标准"
    r"|规范|计划|要点|预案|章程|制度|清单|目录|法|解释|准则|工作安排|倡议书|公报|条)(?:[（(《].{1,12}[)）》]|》.{0,16})?$"
)
_RUNNING = re.compile(r".{2,60}(?:\s*文\s*件|公\s*报)$")
_NOISE = re.compile(
    r"[-—–_=＿─━*★☆\s]+|\d{4,8}|特\s*急|加\s*急|平\s*急|急\s*件|签发人\s*[:：].*|——.{4,}|目\s*录|CATALOG"
    r"|发布时间.*|来源\s*[:：].*"
)
_ROLE = re.compile(r"[\u4e00-\u9fff]{0,12}(?:总理|省长|市长|县长|区长|主席|主任|局长|部长)")
_CONTENTS = re.compile(r"目\s*录|附\s*件\s*[\d一二三四五六七八九十]*\s*[：:]?")
_PERSON = re.compile(r"[\u4e00-\u9fff]{2,4}")
_LONGEST_LINE = 60


def is_whole(text: str) -> bool:
    """Whether a title could end with this line (…的通知)."""
    return bool(_GENRE.search(text))


def opens_body(text: str, has_title: bool) -> bool:
    """Whether the body begins with this line rather than the title going on."""
    if marker(text) or "\t" in text:  # a tab stands between cells of a table
        return True
    loose = loose_marker(text) if has_title else None  # 1　总则
    if loose and set(loose.value) == {1}:
        return True
    if not has_title:
        return text.endswith("。") and len(text) > 20
    if _CONTENTS.fullmatch(text):
        return True
    whole = bool(_GENRE.search(text)) and len(text) <= 120
    ends = text.endswith(("。", "：", ":", "；", "，"))
    return ends or (not whole and (len(text) > _LONGEST_LINE or "，" in text))


def issuer_of(title: str) -> str:
    """The organ that a title names before 关于 or 印发; '' when it names none."""
    match = _ISSUER.match(title)
    return match.group(1) if match else ""


def chosen_title(lines: Sequence[str], above: int) -> tuple[str, str]:
    """One title from the lines of the head, and a 文号 that stands in one of them.

    ``above`` counts the lines before the 文号: under a running head (X文件) they are no title.
    """
    texts, number = _without_running(lines, above), ""
    for at, text in enumerate(texts):
        texts[at], found = split_number(text)
        number = number or found
    speaker = next((at for at, t in enumerate(texts) if at and _ROLE.fullmatch(t)), len(texts) - 1)
    if speaker + 1 < len(texts) and _PERSON.fullmatch(texts[speaker + 1]):  # 国务院总理 / 李克强
        del texts[speaker : speaker + 2]
    texts = [t for t in texts if t and not _NOISE.fullmatch(t)]
    while len(texts) > 1 and _repeats(texts[0], texts[1:]):
        texts = _longer(texts)
    about = next((i for i, t in enumerate(texts) if t.startswith("关于")), None)
    if about is not None and about > 0:
        joint = about > 1 and texts[about - 2].startswith("中共")  # 中共X省委 / X省人民政府 / 关于
        texts = texts[about - 1 - joint :]
    while len(texts) > 1 and texts[1].startswith(texts[0]) and texts[0] != texts[1]:
        texts = texts[1:]
    return _bare("".join(dict.fromkeys(texts))), number


def running_head(lines: Sequence[str]) -> str:
    """The organ of the running head (X文件); '' where there is none or more than one."""
    heads = [re.sub(r"\s|文\s*件$", "", text) for text in lines if _RUNNING.fullmatch(text)]
    return (
        heads[0] if len(heads) == 1 and len(lines) > 1 and _GENRE.search(heads[0]) is None else ""
    )


def _without_running(lines: Sequence[str], above: int) -> list[str]:
    """The lines without the running head; with it go all organs that stand above the 文号."""
    heads = [at for at, text in enumerate(lines) if _RUNNING.fullmatch(text) and len(lines) > 1]
    below = any(_GENRE.search(text) for text in lines[above:])
    if heads and below and heads[-1] < above:
        first = next((at for at, t in enumerate(lines[:above]) if _GENRE.search(t)), above)
        return [*lines[first : heads[0]], *lines[above:]]
    return [text for at, text in enumerate(lines) if at not in heads]


def _repeats(first: str, rest: Sequence[str]) -> bool:
    """Whether the page's title and the title below it are the same, but for the issuer."""
    one, other = _key(first), _key("".join(dict.fromkeys(rest)))
    names = _key(rest[-1]) if len(rest) > 1 else other
    return len(one) > 5 and len(other) > 5 and (one in other or other in one or names in one)


def _longer(texts: Sequence[str]) -> list[str]:
    """The lines of the two titles that name more."""
    rest = list(texts[1:])
    one, other = _key(texts[0]), _key("".join(dict.fromkeys(rest)))
    return [texts[0]] if len(one) > len(other) and other in one else rest


def _key(text: str) -> str:
    return re.sub(r"[\s《》〈〉“”\"()（）—-]", "", text)


def _bare(title: str) -> str:
    title = re.sub(r"\s+", "", title)
    return title[1:-1] if re.fullmatch(r"《[^《》]*》", title) else title


def issued_text(lines: Sequence[Line], body: int, title: str, order: bool) -> str:
    """The text that a 令 or 公告 publishes (《X》…现予公布), which is the document; else ''.

    Its own title must follow on a line of its own.
    """
    if title and not order:
        return ""
    above = "".join(line.text for line in lines[body : body + 4])
    said = re.search(r"《?([^《》]{4,80})》(?:（[^（）]*）)?[^。]{0,80}?(?:公布|发布|施行)", above)
    if not said:
        return ""
    name = _key(said.group(1))
    below = (line.text for line in lines[body + 1 : body + 40])
    return next((_bare(text) for text in below if _key(text) == name), "")
