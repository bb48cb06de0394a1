"""发文字号: every shape of a document's number, and the one form in which two are compared."""

from __future__ import annotations

import re
import unicodedata

from assistant.text import CN_NUMERAL, numeral

OPEN, CLOSE = "〔[［﹝（(【〈<", "〕]］﹞）)】〉>"
_WORD = r"[\u4e00-\u9fff]"
_AGENCY = rf"{_WORD}(?:{_WORD}|[ \u3000]?[（(]{_WORD}{{1,4}}[)）]){{0,13}}"
_COUNT = r"[〇零一二三四五六七八九十百千\d]{1,6}"
_YEAR = rf"(?:[{re.escape(OPEN)}]\s*\d{{4}}\s*[{re.escape(CLOSE)}]|\d{{4}}(?:年|(?=\s|第)))"
_PLAIN = rf"{_AGENCY}\s*{_YEAR}\s*第?\s*\d{{1,5}}\s*号"
_ORDER = (
    rf"{_WORD}[\u4e00-\u9fff、 \u3000]{{1,39}}(?:令|公告|通告)"
    rf"\s*(?:\d{{4}}\s*年\s*)?第?\s*{_COUNT}\s*号"
)
_LATER = rf"(?:{_WORD}{{2,30}}\s*)?\d{{4}}\s*年\s*第\s*{_COUNT}\s*号\s*(?:公告|令|通告)"
DOC_NUMBER = re.compile(f"{_PLAIN}|{_ORDER}|{_LATER}")
_BARE = re.compile(rf"[（(]?\s*((?:\d{{4}}\s*年\s*)?第\s*{_COUNT}\s*号)\s*[)）]?")
_BRACKETED = re.compile(rf"[（(【]\s*({_PLAIN}|{_ORDER}|{_LATER})\s*[)）】]")
_SIGNED_BY = re.compile(r"\s+签发人\s*[:：].*$")


def number_of(line: str) -> str:
    """The 文号 that a line consists of, without blanks and outer brackets; else ''.

    Several numbers of a joint document are joined with 、.
    """
    line = _SIGNED_BY.sub("", line.strip())
    inside = _BRACKETED.fullmatch(line)
    line = inside.group(1) if inside else line
    parts = [p for p in re.split(r"[，,、；;]\s*|\s{2,}", line) if p]
    if len(parts) > 1 and all(DOC_NUMBER.fullmatch(p.strip()) for p in parts):
        return "、".join(squeezed(p) for p in parts)
    return squeezed(line) if DOC_NUMBER.fullmatch(line) else ""


def bare_number(line: str) -> str:
    """第721号 or 2020年第5号 alone on a line, below its 令 or 公告; '' if it is not."""
    match = _BARE.fullmatch(line.strip())
    return squeezed(match.group(1)) if match else ""


def split_number(line: str) -> tuple[str, str]:
    """A title that carries its number (X的通知（淄政发〔2008〕41号）): words and number."""
    first = re.match(rf"\s*[（(【]?({_PLAIN})[)）】]?[ \u3000]*(?=\S)", line)
    if first:
        return line[first.end() :].strip(), squeezed(first.group(1))
    last = re.search(rf"[ \u3000]*[（(【]({_PLAIN}|{_ORDER})[)）】][ \u3000]*$", line)
    if last:
        return line[: last.start()].strip(), squeezed(last.group(1))
    return line, ""


def squeezed(number: str) -> str:
    """As written, without blanks."""
    return re.sub(r"\s", "", number)


def comparable(number: str) -> str:
    """One shape of bracket, half-width digits, no 第, no blanks: 淄政字〔2022〕40号."""
    number = "".join(unicodedata.normalize("NFKC", c) if c.isdecimal() else c for c in number)
    number = re.sub(rf"[{re.escape(OPEN)}](?=\s*\d{{4}}\s*[{re.escape(CLOSE)}])", "〔", number)
    number = re.sub(rf"(?<=\d{{4}})\s*[{re.escape(CLOSE)}]", "〕", number)
    number = re.sub(r"[\s第]|中华人民共和国", "", number).replace("国务院令", "国令")
    return re.sub(rf"({CN_NUMERAL})号", lambda m: f"{numeral(m.group(1))}号", number)
