"""A conversation as a record to keep: its lines, the same for every format, and as Markdown.

Words of an LLM carry its notice and the file the ``AIGC`` metadata of GB 45438-2025; quotes are
原文 and carry none. The same turns make the same text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from assistant import clock
from assistant.answer import Answer, Citation, Refusal, ResponsibleUnit
from assistant.faces.site.html import STATUS_WORDS, VALIDITY_WORDS, basis_words, is_refused
from assistant.model import ROLE_NAMES, Role, reference
from assistant.rendering import clause_url
from assistant.text import chinese_date
from assistant.understanding.clause_references import chinese_numeral

TITLE = "政策问答记录"
EXTRACTED = "本回答摘自文件原文，由程序整理，请以原文为准。"
PLAIN_NOTE = "本文件摘自原文、程序整理，仅供参考，请以原文为准。"
AIGC_NOTE = "本文件含人工智能生成合成内容，已逐处注明，仅供参考，请以原文为准。"
_HEADING = 40  # characters of a question that its heading shows
_MARK = re.compile(r"\[(\d{1,4})\]")


class Kind(StrEnum):
    """What a line of the record is; every format has a look for each."""

    TITLE = "title"
    ABOUT = "about"
    TURN = "turn"
    SECTION = "section"
    TEXT = "text"
    NOTICE = "notice"
    ITEM = "item"
    SOURCE = "source"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of plain words; ``url`` is where its clause stands for good, if known."""

    kind: Kind
    text: str
    url: str = ""


def record(turns: Sequence[Answer], site_name: str, public_base_url: str = "") -> Iterator[Line]:
    """The conversation, a line a paragraph; without a base URL there are no links."""
    yield Line(Kind.TITLE, TITLE)
    yield Line(Kind.ABOUT, f"{site_name}　共{len(turns)}个问答")
    yield Line(Kind.ABOUT, file_note(turns))
    for number, answer in enumerate(turns, 1):
        yield from _turn(number, answer, public_base_url)


def file_note(turns: Sequence[Answer]) -> str:
    """What the whole file is: it has words of an LLM, or the documents' own and a program's."""
    return AIGC_NOTE if any(t.aigc.generated for t in turns) else PLAIN_NOTE


def aigc_metadata(turns: Sequence[Answer], site_name: str) -> dict[str, str]:
    """The fields of the implicit label (GB 45438-2025, appendix E); {} without an LLM's words.

    ``ProduceID`` is a digest of the ids of the answers: the same file has the same number.
    """
    if not any(t.aigc.generated for t in turns):
        return {}
    ids = "\n".join(turn.id for turn in turns)
    return {
        "Label": "1",  # is generated, not only may be
        "ContentProducer": site_name,
        "ProduceID": sha256(ids.encode()).hexdigest()[:32],
        "ReservedCode1": "",
        "ContentPropagator": "",
        "PropagateID": "",
        "ReservedCode2": "",
    }


def as_markdown(turns: Sequence[Answer], site_name: str, public_base_url: str = "") -> str:
    """The record as Markdown (CommonMark) with YAML front matter."""
    facts: dict[str, object] = {"title": TITLE, "site": site_name, "note": file_note(turns)}
    label = aigc_metadata(turns, site_name)
    facts |= {"AIGC": label} if label else {}
    front = "".join(f"{name}: {_yaml(value)}\n" for name, value in facts.items())
    lines = (_markdown(line) for line in record(turns, site_name, public_base_url))
    return f"---\n{front}---\n\n" + "\n\n".join(lines) + "\n"


def moment(seconds: int) -> str:
    """2025年1月2日 09:30（北京时间）."""
    at = clock.at(seconds)
    return f"{chinese_date(at.date())} {at:%H:%M}（北京时间）"


# The lines of a turn -----------------------------------------------------------------------------


def _turn(number: int, answer: Answer, base_url: str) -> Iterator[Line]:
    asked = " ".join(answer.question.text.split())
    clipped = asked if len(asked) <= _HEADING else f"{asked[:_HEADING]}……"
    yield Line(Kind.TURN, f"{chinese_numeral(str(number))}、{clipped}")
    if clipped != asked:
        yield Line(Kind.TEXT, f"问题全文：{asked}")
    understood = answer.question.rewritten
    if understood and understood != answer.question.text:
        yield Line(Kind.TEXT, f"已理解为：{understood}")
    yield Line(Kind.TEXT, f"{STATUS_WORDS[answer.status]}。{moment(answer.created)}")
    refused = is_refused(answer)
    yield Line(Kind.SECTION, "没有作答的原因" if refused else "回答")
    text = answer.answer.text if answer.answer else ""
    reason = answer.refusal.reason if answer.refusal and refused else ""
    yield from (Line(Kind.TEXT, line) for line in _lines(reason or text))
    if answer.aigc.notice:
        yield Line(Kind.NOTICE, answer.aigc.notice)
    elif answer.citations:
        yield Line(Kind.NOTICE, EXTRACTED)
    yield from (Line(Kind.NOTICE, f"注：{warning}") for warning in answer.warnings)
    yield from _units(answer)
    if answer.citations:
        yield Line(Kind.SECTION, "依据（原文）")
    for citation in answer.citations:
        yield from _source(citation, base_url)
    if answer.refusal:
        yield from _nearest(answer.refusal, base_url)


def _source(citation: Citation, base_url: str) -> Iterator[Line]:
    """[1] 《标题》（文号） path, its force; then the quote, verbatim."""
    document = citation.document
    name = reference(document.title, document.doc_number)
    force = VALIDITY_WORDS.get(citation.validity.status, citation.validity.status)
    place = _path(citation.clause.path)
    url = clause_url(citation.clause.id, base_url) if base_url else ""
    yield Line(Kind.SOURCE, f"[{citation.number}] {name} {place}（{force}）", url)
    yield from (Line(Kind.QUOTE, line) for line in _lines(citation.quote))


def _units(answer: Answer) -> Iterator[Line]:
    """A line for each role and basis; clauses with the same units are named together."""
    labels = {c.clause.id: c.clause.label for c in answer.citations}
    by_clause: dict[str, list[ResponsibleUnit]] = {}
    for unit in answer.responsible_units:
        by_clause.setdefault(unit.clause_id, []).append(unit)
    same: dict[tuple[str, ...], list[str]] = {}
    for clause_id, units in by_clause.items():
        same.setdefault(tuple(_by_role(units)), []).append(labels.get(clause_id, ""))
    if same:
        yield Line(Kind.SECTION, "责任单位")
    for lines, names in same.items():
        known = "、".join(name for name in names if name) if len(same) > 1 else ""
        yield from (Line(Kind.ITEM, f"{known}　{line}" if known else line) for line in lines)


def _by_role(units: Sequence[ResponsibleUnit]) -> Iterator[str]:
    """牵头单位：A、B（原文写明), in the order of the roles."""
    groups: Mapping[tuple[str, str], dict[str, None]] = {
        (role.value, basis): {}
        for role in ROLE_NAMES
        for basis in dict.fromkeys(basis_words(u.basis) for u in units if u.role == role.value)
    }
    for unit in units:
        groups[unit.role, basis_words(unit.basis)][unit.name] = None
    for (role, basis), names in groups.items():
        yield f"{ROLE_NAMES[Role(role)]}：{'、'.join(names)}（{basis}）"


def _nearest(refusal: Refusal, base_url: str) -> Iterator[Line]:
    if refusal.nearest:
        yield Line(Kind.SECTION, "相近条款（不是答案）")
    for clause in refusal.nearest:
        url = clause_url(clause.id, base_url) if base_url else ""
        yield Line(Kind.ITEM, _path(clause.path) or clause.label, url)
    if refusal.contact_units:
        yield Line(Kind.TEXT, f"可以咨询：{'、'.join(refusal.contact_units)}")


def _path(path: Sequence[str]) -> str:
    """二、重点任务 › （二）… › 智能装备; 正文 goes without saying."""
    return " › ".join(path[1:] if len(path) > 1 and path[0] == "正文" else path)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


# Markdown ----------------------------------------------------------------------------------------

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~$&!]")
_OPENING = re.compile(r"^([-+=])|^(\d{1,9})([.)])")  # what makes a list or a line at its beginning
_LOOKS = {
    Kind.TITLE: "# {}",
    Kind.TURN: "## {}",
    Kind.SECTION: "### {}",
    Kind.NOTICE: "*{}*",
    Kind.ITEM: "- {}",
    Kind.QUOTE: "> {}",
}


def _markdown(line: Line) -> str:
    words = _escaped(line.text)
    if line.kind in (Kind.TEXT, Kind.SOURCE):  # [1] is a mark and no link: nothing defines it
        words = re.sub(r"\\\[(\d{1,4})\\\](?![(:])", r"[\1]", words)
    if line.url:
        words += f" [条款页](<{line.url}>)"
    return _LOOKS.get(line.kind, "{}").format(words)


def _escaped(text: str) -> str:
    """The words of a line with nothing in them that Markdown or HTML would take for its own."""
    marked = _MARKUP.sub(r"\\\g<0>", re.sub(r"[\r\n]+", " ", text).strip())
    return _OPENING.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", marked)


def _yaml(value: object) -> str:
    """JSON is YAML, once the characters that YAML cannot print are written as escapes."""
    written = json.dumps(value, ensure_ascii=False)
    return re.sub(
        r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda m: f"\\u{ord(m[0]):04x}", written
    )
