"""The table that a web page sets before a document: 索引号, 发文机关, 成文日期, 标题, 有效性."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from assistant.reading.dates import find_day
from assistant.reading.doc_numbers import squeezed
from assistant.reading.lines import Line
from assistant.validity import Range

_NAMES = {
    "title": "标题|名称|信息名称|文件名称|公文名称|文件标题",
    "doc_number": "发文字号|发布文号|文号|发文文号|文件编号|文件号|发文号",
    "issuer": "发文机关|发布机构|发文单位|发布部门|制定机关|公开责任部门|发布机关|发文机构"
    "|制发单位|发布单位|印发机关|公开主体|信息来源",
    "issued_on": "成文日期|发文日期|生成日期|印发日期|制发日期|签发日期|成文时间|发文时间|生成时间",
    "published_on": "发布日期|公开日期|发布时间|公布日期|公开时间|时间|日期",
    "effective_on": "生效日期|施行日期|实施日期|生效时间|实施时间",
    "expires_on": "失效日期|废止日期|失效时间|废止时间|有效期至|截止日期",
    "state": "有效性|是否有效|状态|效力状态|时效性|效力|时效|文件状态|有效状态",
    "keywords": "主题词|关键词|关键字",
    "": "索引号|主题分类|主题|分类|体裁|体裁分类|组配分类|统一编号"
    "|登记号|规范性文件登记号|统一登记号|公开方式|公开形式|公开范围"
    "|公开属性|信息类别|信息分类|浏览量|浏览次数|阅读次数|点击数"
    "|访问量|来源|信息索引号|字体|字号|打印|作者|责任编辑|公文种类"
    "|公文类别|内容分类|内容概述|内容概要|所属主题|效力级别|法规类别"
    "|服务对象|有效期|解读|备注|文件类型|发布文种|密级",
}
_FIELD = {name: field for field, names in _NAMES.items() for name in names.split("|")}
_SPACED = "|".join(r"[ \u3000\u00a0]*".join(n) for n in sorted(_FIELD, key=len, reverse=True))
_LABEL = re.compile(
    rf"(?:(?<=^)|(?<=[\s\u3000|】]))(?:[【\[]\s*(?P<boxed>{_SPACED})\s*[】\]][:：]?|(?P<plain>{_SPACED})\s*[:：])"
)
_ALONE = re.compile(rf"(?:[【\[]\s*)?(?P<label>{_SPACED})\s*(?:[】\]])?\s*[:：]?")
_GLUED = re.compile(rf"(?P<value>.*\S)[\s]*[【\[]?(?P<label>{_SPACED})[】\]]?[:：]?")
_LONGEST_START = 6
_SHORTEST_TABLE = 2


@dataclass(frozen=True, slots=True)
class WebHeader:
    """The values of the table, '' and None where it lacks them; lines [first, last) hold it.

    ``state`` is what the page says of the document's force (有效, 失效 …), in its own words.
    """

    first: int
    last: int
    char_range: Range
    title: str = ""
    doc_number: str = ""
    issuer: str = ""
    issued_on: date | None = None
    published_on: date | None = None
    effective_on: date | None = None
    expires_on: date | None = None
    state: str = ""
    keywords: tuple[str, ...] = ()


def read(lines: Sequence[Line]) -> WebHeader | None:
    """The table near the top of a text; None where there is none of at least two labels.

    The title of the page may stand above it.
    """
    for first in range(min(_LONGEST_START, len(lines))):
        values, last, labels = _table(lines, first)
        if labels >= _SHORTEST_TABLE:
            return _header(lines, first, last, values)
        if labels:
            return None
    return None


def _table(lines: Sequence[Line], first: int) -> tuple[dict[str, str], int, int]:
    """The values from line ``first`` on, the line after the table, and how many labels it has."""
    values: dict[str, str] = {}
    labels, at, pending, beside = 0, first, "", False
    while at < len(lines):
        text = lines[at].text
        cells = _cells(text)
        alone = _ALONE.fullmatch(text)
        if cells:
            for label, value in cells:
                values[label] = values.get(label) or value
            beside = beside or any(value for _, value in cells)
            pending = "" if beside else cells[-1][0]  # blank where others have values beside: empty
            labels += len(cells)
        elif alone and (labels or text.startswith(("【", "[")) or _next_is_value(lines, at)):
            pending = "" if beside else _plain(alone["label"])
            labels += 1
        elif pending and len(text) <= 120:
            glued = _GLUED.fullmatch(text)
            value = glued["value"] if glued else text
            values[pending] = values.get(pending) or value.strip()
            pending = _plain(glued["label"]) if glued else ""
            labels += bool(glued)
        else:
            break
        at += 1
    return values, at, labels


def _next_is_value(lines: Sequence[Line], at: int) -> bool:
    """Whether a bare label (标题) is followed by its value and then by another label."""
    below = [line.text for line in lines[at + 1 : at + 3]]
    return len(below) == 2 and bool(_GLUED.fullmatch(below[0]) or _ALONE.fullmatch(below[1]))


def _cells(text: str) -> list[tuple[str, str]]:
    """The labels of one line with what follows each of them; none unless it opens with one."""
    found = list(_LABEL.finditer(text))
    if not found or found[0].start() > 0:
        return _columns(text)
    ends = [m.start() for m in found[1:]] + [len(text)]
    return [
        (_plain(m["boxed"] or m["plain"]), text[m.end() : end].strip(" \t\u3000|;；"))
        for m, end in zip(found, ends, strict=True)
    ]


def _columns(text: str) -> list[tuple[str, str]]:
    """索引号⇥113…⇥发文机关⇥…: labels without colons in every other column."""
    parts = [p.strip() for p in text.split("\t")]
    labels = [_plain(p) for p in parts[::2]]
    if len(parts) < 2 or not all(label in _FIELD for label in labels):
        return []
    return list(zip(labels, [*parts[1::2], ""], strict=False))


def _plain(label: str) -> str:
    return re.sub(r"\s", "", label)


def _header(lines: Sequence[Line], first: int, last: int, values: dict[str, str]) -> WebHeader:
    fields: dict[str, str] = {}
    for label, value in values.items():
        name = _FIELD.get(label, "")
        if name and value and not re.fullmatch(r"[-—/无]+", value):
            fields.setdefault(name, value)
    day = {name: find_day(fields.get(name, "")) for name in fields if name.endswith("_on")}
    return WebHeader(
        first,
        last,
        (lines[first].start, lines[last - 1].end),
        re.sub(r"\s+", "", fields.get("title", "")),
        squeezed(fields.get("doc_number", "")),
        re.sub(r"\s+", "", fields.get("issuer", "")),
        day.get("issued_on"),
        day.get("published_on"),
        day.get("effective_on"),
        day.get("expires_on"),
        fields.get("state", ""),
        keywords(fields.get("keywords", "")),
    )


def keywords(words: str) -> tuple[str, ...]:
    """The 主题词 of a line, which stand apart by blanks or commas."""
    return tuple(dict.fromkeys(w for w in re.split(r"[\s,，、;；]+", words) if w))
