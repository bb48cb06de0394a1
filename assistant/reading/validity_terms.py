"""Sentences of a document about its own term → Validity: 自…起施行, 有效期五年, 有效期至…, 试行.

Only the document's own term counts: 本办法自…起施行, or 《…》 of its own. What is said of another
document, of a certificate or of a single measure does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from assistant.model import CITABLE, ClauseKind, Document
from assistant.reading.dates import DATE, SPAN, after, written_dates
from assistant.reading.mentions import names, title_key
from assistant.reading.web_header import WebHeader
from assistant.text import sentences
from assistant.validity import Range, Validity

_GENRE = (
    r"(?:办法|规定|条例|细则|规则|意见|通知|措施|政策|方案|规划|计划|纲要|通告|公告|决定|决议|制度"
    r"|指引|指南|规程|规范|标准|预案|章程|目录|清单|解释|文件|函|批复|法|令|条款|机制|要点|若干|行动"
    r"|准则|大纲)"
)
_THIS = rf"(?:本|该|此|以上|上述|前述|本文)[\u4e00-\u9fff]{{0,8}}?{_GENRE}"
_OWN = re.compile(
    rf"{_THIS}(?:[\u4e00-\u9fff]{{0,8}}?{_GENRE})*(?:[（(][^（）()]*[)）])?[^，。；《》]{{0,8}}$"
)
_OPENS_OWN = re.compile(rf"[^\u4e00-\u9fff]*(?:第[^条]{{1,6}}条)?\s*[\d、.七八九十]*{_THIS}")
_PART = re.compile(
    r"第[〇零一二三四五六七八九十百\d]+[条款项章](?!\s*(?:本|该|此|[\u3000 ]))"
    r"|(?:标准|比例|补贴|证书?|许可证|资质|合同|协议|规划许可|凭证)[^，。；]{0,6}$"
)
_EVENT = (
    r"(?:修订)?(?P<event>发布|公布|颁布|印发|下发|发文|发出|成文|签发|通过|批准|即|今|文件?|实施"
    r"|施行|执行)(?:之)?日|即日|(?P<event2>发布|公布|印发|下发)后"
)
_FROM = rf"(?:{DATE})|(?:本?(?:[\u4e00-\u9fff]{{0,6}}?{_GENRE})?\s*(?:{_EVENT}))"
_VERB = r"(?:正式|全面|开始|试|统一)?(?:施行|实施|执行|生效|试行|实行|有效|起效|适用)"
_START = re.compile(
    rf"(?:自|从|于|由)?\s*(?P<from>{_FROM})\s*(?:零时|0时)?\s*(?:起|后|开始|以?后)?\s*(?:满|的)?"
    rf"\s*(?P<later>{SPAN})?\s*(?:之?日?后|起)?\s*(?:起)?\s*{_VERB}"
)
_TERM = (
    r"(?:有效期限?|有效时间|执行期限?|适用期限?|试行期限?|实行年限|实施期限?|施行期限?|执行时间"
    r"|政策期限|实施时间)"
)
_END = re.compile(
    rf"(?P<term>{_TERM})\s*(?:暂定|暂|定)?"
    r"(?:为|是|至|到|自|从|：|:|截至|截止至|延长至)?(?P<words>[^。；]*)"
)
_TRIAL_SPAN = re.compile(rf"试行(?:期(?:为|限为)?)?\s*(?P<words>{SPAN})")
_UNTIL = re.compile(
    r"(?:有效|施行|实施|执行|试行|适用)?(?:至|到|截至|截止到?|截止日期为?)\s*"
    rf"(?P<words>{DATE})[^，。；]{{0,3}}?(?:止|终止|失效|废止|期满|结束|届满|为止|停止执行)"
)
_OPEN_END = re.compile(
    r"(?:至|到|待|自|在|为)?[^，。；]{0,30}(?:疫情|响应|应急|解除|结束|防控期间|战时)[^。；]{0,30}"
    r"(?:有效|失效|废止|停止|终止|止|顺延|期间|解除|结束|执行)"
    r"|截止日期[^。；]{0,20}另行|(?:停止|解除|终止)(?:日期|时间)[^。；]{0,60}另行"
)
_CONDITIONAL = re.compile(
    rf"{_THIS}(?:[^，。；《》]{{0,30}}(?:期间|解除|结束)[^，。；]{{0,12}}(?:有效|失效|废止|停止执行)"
    r"|[^。；《》]{0,40}(?:自动失效|自行废止|自然失效|自行失效|自动废止))"
)
_NUMBERED = re.compile(
    r"^(?:第?[〇零一二三四五六七八九十百\d.]+[条、.]|[（(].*[)）]|[\s\u3000、.．\d]+)+"
)
_ATTRIBUTE = re.compile(r"^\s*的|^《")
_STATES_END = re.compile(r"失效|废止|无效|终止")


@dataclass(slots=True)
class _Terms:
    """What was found so far."""

    document: Document
    start: date | None = None
    end: date | None = None
    condition: str = ""
    starts: bool = False

    def base(self, event: str) -> date | None:
        """The day that 发布之日 or 印发之日 means; 成文日期 stands for an unknown 发布日期."""
        issued, published = self.document.issued_on, self.document.published_on
        first, second = (
            (published, issued) if event in ("发布", "公布", "颁布") else (issued, published)
        )
        if first and issued and first < issued:  # a page may show a wrong day
            first = issued
        return first or second


def read(document: Document, header: WebHeader | None = None) -> Validity:
    """The document's own term, from its words; a web table's dates where the words give none."""
    terms, ranges = _Terms(document), []
    own = _own_names(document)
    for span in _candidates(document):
        words = document.text[slice(*span)]
        if _take(terms, words, own):
            ranges.append(span)
    basis = "".join(re.sub(r"\s*\n\s*", "", document.text[a:b]) for a, b in ranges)
    trial = bool(re.search(r"试行|暂行", document.title)) or "试行" in basis
    found = Validity(terms.start, terms.end, trial, basis, tuple(ranges), terms.condition)
    return _with_table(found, header) if header else found


def _with_table(found: Validity, header: WebHeader) -> Validity:
    lapsed = header.state if _STATES_END.search(header.state) or header.state == "否" else ""
    start, end = found.start or header.effective_on, found.end or header.expires_on
    basis = found.basis
    if not basis and (start or end):
        words = [f"生效日期{start}" if start else "", f"失效日期{end}" if end else ""]
        basis = f"网页标注：{'，'.join(w for w in words if w)}"
    return replace(found, start=start, end=end, basis=basis, lapsed=lapsed)


def _own_names(document: Document) -> tuple[str, ...]:
    """The keys of the titles that the document and its attached texts bear."""
    titles = [c.text for c in document.clauses if c.kind is ClauseKind.TITLE]
    found = {name for title in (document.title, *titles) for name in names(title)}
    return tuple(sorted(found, key=len, reverse=True))


_HINT = re.compile(rf"{_VERB}|{_TERM}|另行|截止|截至|废止|停止执行")


def _candidates(document: Document) -> Iterator[Range]:
    """The sentences that speak of a term, in order of the text."""
    for clause in document.clauses:
        if clause.kind not in CITABLE and clause.kind is not ClauseKind.TITLE:
            continue
        start, end = clause.char_range
        for first, last in sentences(document.text[start:end], start):
            if last - first <= 600 and _HINT.search(document.text, first, last):
                yield first, last


def _take(terms: _Terms, sentence: str, own: tuple[str, ...]) -> bool:
    """Read one sentence; whether it says anything of the document's own term."""
    flat = re.sub(r"\s*\n\s*", "", sentence)
    taken = _take_start(terms, flat, own)
    mine = taken or bool(re.search(_THIS, flat) and not re.search(r"(?:条例|办法|规定)第", flat))
    for match in _END.finditer(flat):
        about = _is_own(flat[: match.start()], own) or (
            taken and _same_subject(flat, match.start())
        )
        if about:
            taken = _take_end(terms, match["term"], match["words"]) or taken
    if not terms.end and mine:
        until, span = _UNTIL.search(flat), _TRIAL_SPAN.search(flat)
        if until:
            terms.end = _last_day(until["words"])
            taken = True
        elif span and terms.start:
            terms.end = after(terms.start, span["words"])
            taken = True
    if not terms.end and (_OPEN_END.search(flat) if taken else _CONDITIONAL.search(flat)):
        terms.condition, taken = flat, True
    return taken


def _take_start(terms: _Terms, flat: str, own: tuple[str, ...]) -> bool:
    for match in _START.finditer(flat):
        before, behind = flat[: match.start()], flat[match.end() :]
        if _ATTRIBUTE.match(behind) or terms.start:
            continue
        if not _is_own(before, own) or not re.match(r"自|从|于|由|即|[\d〇零二]", match.group()):
            continue
        terms.start = terms.start or _first_day(terms, match)
        terms.starts = True
        return True
    return False


def _first_day(terms: _Terms, match: re.Match[str]) -> date | None:
    event = match["event"] or match["event2"] or ("即" if "即日" in match["from"] else "")
    if event:
        day = terms.base(event)
    else:
        day = next((w.first for w in written_dates(match["from"])), None)
    if day and match["later"]:
        day = after(day, match["later"])
    return day


def _is_own(before: str, own: tuple[str, ...]) -> bool:
    """Whether the words before a term make this document its subject."""
    before = re.sub(r"[（(][^（）()]*[)）]", "", before).rstrip()
    stretch = _NUMBERED.sub("", re.split(r"[。；]", before)[-1])
    if _PART.search(stretch[-30:]):
        return False
    titled = list(re.finditer(r"《([^《》]+(?:《[^《》]*》[^《》]*)*)》", stretch))
    tail = stretch[titled[-1].end() :] if titled else stretch
    goes_on = bool(re.search(r"[，,]\s*(?:并|且)?$", tail))
    if re.search(_THIS, tail):
        return goes_on or bool(_OWN.search(tail))
    if goes_on and _OPENS_OWN.match(stretch):  # 以上措施适用于《…》的企业，自印发之日起实施
        return True
    if titled:
        return any(title_key(titled[-1].group(1)) == name for name in own)
    return not stretch.strip("，, 　")


def _same_subject(flat: str, at: int) -> bool:
    """Whether nothing but commas and short words stands between 起施行 and the term."""
    return not re.search(r"《|证|许可|合同", re.split(r"[。；]", flat[:at])[-1].rpartition("，")[2])


def _take_end(terms: _Terms, term: str, words: str) -> bool:
    """Read what follows 有效期; whether it is a day, a span or a condition."""
    words = re.sub(r"[（(][^（）()]*[)）]?", "", words)
    dates = list(written_dates(_full_years(words)))
    span = re.search(SPAN, words)
    if len(dates) > 1 and re.search(r"[至到—－~-]", words):
        if terms.start is None or dates[0].first > terms.start:
            terms.start = dates[0].first
        terms.end = terms.end or dates[-1].last + timedelta(days=1)
        return True
    event = re.search(r"(发布|公布|印发|下发|实施|施行)(?:之日)?起?", words[:14])
    if event and not terms.start:
        terms.start = terms.base(event.group(1))
    if dates and not (span and span.start() < dates[0].start):
        terms.end = terms.end or dates[0].last + timedelta(days=1)
        return True
    if span and not re.search(r"解除|结束|届满", words[: span.start()]):
        base = terms.start or (None if terms.starts else terms.base("印发"))
        terms.end = terms.end or (after(base, span.group()) if base else None)
        return True
    if _OPEN_END.search(words) or re.search(r"期间|解除|结束", words):
        terms.condition = terms.condition or f"{term}{words}".strip()
        return True
    return False


def _full_years(words: str) -> str:
    """2016至2020年 → 2016年至2020年."""
    return re.sub(r"(?<!\d)(\d{4})(?=\s*[至到—－~-]+\s*\d{4}年)", r"\1年", words)


def _last_day(words: str) -> date | None:
    found = next(written_dates(words), None)
    return found.last + timedelta(days=1) if found else None
