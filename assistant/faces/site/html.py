"""Answers and their parts as HTML: cards, unit chips, refusals. Pure; everything is escaped.

Links are built on ``base``, the path that the product is served under ("" at the root of a host).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote, urlsplit

from assistant.answer import Answer, Citation, ResponsibleUnit, Status
from assistant.model import ROLE_NAMES, Assignment, DocumentKind, Role, reference
from assistant.rendering import clause_url
from assistant.validity import NOT_IN_FORCE, STATUS_NAMES

EXPLANATORY = "项目编写的说明，非官方文件"
SHOWN_CARDS = 3
SHOWN_QUESTION = 200

_MARK = re.compile(r"\[(\d{1,4})\]")
_NUMBERED = re.compile(r"\d+[.．、] ?")
_ITEM = ' class="item"'
_BASIS = {"bold": "原文标黑注明", "stated": "原文写明", "listed": "责任单位注列明"}
VALIDITY_WORDS = {status.value: name for status, name in STATUS_NAMES.items()}
_OVER = frozenset(status.value for status in NOT_IN_FORCE)
STATUS_WORDS = {
    Status.ANSWERED: "已找到依据",
    Status.PARTIAL: "部分内容有依据",
    Status.CLARIFY: "需要补充问题",
    Status.NO_SOURCE: "没有找到依据",
    Status.OUT_OF_SCOPE: "不在可回答的范围",
    Status.EXPIRED_ONLY: "只有已失效的文件",
    Status.BLOCKED: "不能回答",
    Status.ERROR: "这个问题没有处理成功",
}
_NEXT_STEP = {
    Status.CLARIFY: "请补充想问的单位、事项或条款后再问一次。",
    Status.OUT_OF_SCOPE: "本助手只回答已收录文件里的内容，可以问条款内容、责任单位、重点产业。",
    Status.EXPIRED_ONLY: "请查阅现行文件，或向发文机关核实。",
    Status.BLOCKED: "请换一个与政策文件有关的问题。",
    Status.ERROR: "请按上面的提示再问一次。",
}
_OTHERWISE = (
    "可以换用文件里的说法再问（如单位、产业、地区的名称）；文件没有规定的事项，请向主管单位咨询。"
)


def document_url(document_id: str, base: str = "", anchor: str = "") -> str:
    """The page of a whole document, at ``anchor``."""
    return f"{base}/documents/{quote(document_id, safe='')}" + (f"#{anchor}" if anchor else "")


def ask_url(question: str, base: str = "") -> str:
    """The chat, asking ``question`` when it opens."""
    return f"{base}/?q={quote(question, safe='')}"


def unit_url(name: str, base: str = "") -> str:
    """The page of a unit: all its tasks."""
    return f"{base}/units/{quote(name, safe='')}"


def base_path(public_base_url: str) -> str:
    """The path part of the public address, without a slash at its end."""
    return urlsplit(public_base_url).path.rstrip("/")


def badge(kind: str) -> str:
    """The visible mark of a document that is not official; nothing for an official one."""
    return "" if kind == DocumentKind.OFFICIAL else f'<span class="badge">{EXPLANATORY}</span>'


def basis_words(basis: str) -> str:
    """How we know a unit's role, in words: 责任单位注列明, 承接二（一）的规定."""
    if basis.startswith("inherited from "):
        return f"承接{basis.removeprefix('inherited from ')}的规定"
    word, _, rest = basis.partition(" ")
    word = word.rstrip(":：")
    if word not in _BASIS:
        return basis
    return rest.strip(" :：—-") or _BASIS[word]


def unit_chips(units: Iterable[Assignment], base: str = "") -> str:
    """Chips grouped by role and basis; each asks for all tasks of its unit."""
    groups: dict[tuple[Role, str], list[str]] = {}
    for unit in units:
        groups.setdefault((unit.role, basis_words(unit.basis)), []).append(unit.unit)
    order = list(ROLE_NAMES)
    return "".join(
        f'<div class="units role-{role.value}"><p class="role">{ROLE_NAMES[role]}'
        f'<span class="basis">{escape(basis)}</span></p><ul class="chips">'
        + "".join(
            f"<li>{_chip(name, base, f'{ROLE_NAMES[role]}：{basis}')}</li>"
            for name in dict.fromkeys(names)
        )
        + "</ul></div>"
        for (role, basis), names in sorted(groups.items(), key=lambda g: order.index(g[0][0]))
    )


def answer_units(answer: Answer, base: str = "") -> str:
    """The units of all cited clauses; clauses with the same units are named together."""
    labels = {c.clause.id: c.clause.label for c in answer.citations}
    by_clause: dict[str, list[Assignment]] = {}
    for unit in answer.responsible_units:
        by_clause.setdefault(unit.clause_id, []).append(_assignment(unit))
    same: dict[tuple[Assignment, ...], list[str]] = {}
    for clause_id, units in by_clause.items():
        same.setdefault(tuple(units), []).append(labels.get(clause_id, ""))
    if not same:
        return ""
    blocks = []
    for shared, names in same.items():
        known = "、".join(name for name in names if name) if len(same) > 1 else ""
        title = f'<h4 class="of">{escape(known)}</h4>' if known else ""
        blocks.append(f'<div class="unit-block">{title}{unit_chips(shared, base)}</div>')
    shown = len(blocks) if len(blocks) < SHOWN_CARDS else 0
    inner = _folded(blocks, shown, "各条款的责任单位（{} 组）")
    return f'<section class="answer-units"><h3>谁来负责</h3>{inner}</section>'


def answer_text(answer: Answer, base: str = "", upto: int | None = None) -> str:
    """The text, or its first ``upto`` characters, with [n] linked to what it cites."""
    cited = {c.number: c for c in answer.citations}
    text = answer.answer.text[:upto] if answer.answer else ""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    paragraphs = "".join(
        f"<p{_ITEM if _NUMBERED.match(line) else ''}>{_linked(line, cited, base)}</p>"
        for line in lines
    )
    return f'<div class="answer-text">{paragraphs}</div>'


def citation_card(citation: Citation, base: str = "") -> str:
    """Number, document, path, the words themselves, and the way to the permanent page."""
    url = clause_url(citation.clause.id, base)
    title = escape(reference(citation.document.title, citation.document.doc_number))
    status = citation.validity.status
    over = " is-over" if status in _OVER else ""
    words = escape(VALIDITY_WORDS.get(status, status))
    state = f'<span class="validity{over}">{words}</span>' if status != "unknown" else ""
    return (
        f'<article class="card" data-number="{citation.number}"><header>'
        f'<a class="number" {_target(citation, base)}>{citation.number}</a>'
        f'<div><p class="path">{path_words(citation.clause.path)}</p>'
        f'<p class="title">{title}{badge(citation.document.kind)}{state}</p></div></header>'
        f"<blockquote>{_paragraphs(citation.quote)}</blockquote>"
        f'<footer><a {_target(citation, base)} class="show">看原文</a>'
        f'<a href="{escape(url)}" target="_blank" rel="noopener">条款页</a>'
        f'<button type="button" data-copy="{escape(cited_words(citation))}">复制引文</button>'
        '<span class="done" role="status"></span></footer></article>'
    )


def cited_words(citation: Citation) -> str:
    """“…”——《标题》（文号）二（四）: what is copied of a card."""
    source = reference(citation.document.title, citation.document.doc_number)
    return f"“{citation.quote.strip()}”——{source}{citation.clause.label}"


def path_words(path: Sequence[str]) -> str:
    """二、重点任务 › （二）… › 智能装备, escaped; 正文 goes without saying."""
    named = path[1:] if len(path) > 1 and path[0] == "正文" else path
    return '<span class="sep"> › </span>'.join(escape(part) for part in named)


def answer_html(answer: Answer, base: str = "") -> str:
    """One whole answer or refusal, as the chat shows it."""
    if is_refused(answer):
        return refusal_panel(answer, base)
    cards = [citation_card(citation, base) for citation in answer.citations]
    sources = f"<h3>依据</h3>{_folded(cards, SHOWN_CARDS, '其余 {} 处依据')}" if cards else ""
    label = f'<p class="aigc">{escape(answer.aigc.notice)}</p>' if answer.aigc.generated else ""
    notes = _warnings(answer)
    return (
        f'<div class="answer status-{answer.status.value}">'
        f'<p class="status">{STATUS_WORDS[answer.status]}</p>{understood(answer)}'
        f"{answer_text(answer, base)}{label}{notes}"
        f'{answer_units(answer, base)}<section class="cards">{sources}</section></div>'
    )


def _warnings(answer: Answer) -> str:
    return "".join(f'<p class="warning">{escape(w)}</p>' for w in answer.warnings)


def is_refused(answer: Answer) -> bool:
    """Whether nothing was answered; of several questions some may be, with a refusal beside."""
    return answer.status is Status.ERROR or (answer.refusal is not None and not answer.citations)


def refusal_panel(answer: Answer, base: str = "") -> str:
    """Why there is no answer, what to do next, and the nearest clauses, which are not an answer."""
    refusal = answer.refusal
    reason = (refusal.reason if refusal else "") or (answer.answer.text if answer.answer else "")
    nearest, contact = (refusal.nearest, refusal.contact_units) if refusal else ((), ())
    links = "".join(
        f'<li><a href="{escape(clause_url(c.id, base))}" data-clause="{escape(c.id)}">'
        f"{path_words(c.path) or escape(c.label)}</a></li>"
        for c in nearest
    )
    near = (
        f'<div class="nearest"><h3>相近条款（不是答案）</h3><ul>{links}</ul></div>' if links else ""
    )
    chips = "".join(f"<li>{_chip(unit, base)}</li>" for unit in contact)
    whom = f'<div class="units"><p class="role">可以咨询</p><ul class="chips">{chips}</ul></div>'
    return (
        f'<div class="refusal status-{answer.status.value}"><p class="status">'
        f"{STATUS_WORDS[answer.status]}</p>{understood(answer)}"
        f'<div class="reason">{_paragraphs(reason)}</div>{_warnings(answer)}'
        f'<p class="next">{_NEXT_STEP.get(answer.status, _OTHERWISE)}</p>{near}'
        f"{whom if chips else ''}</div>"
    )


def understood(answer: Answer) -> str:
    """已理解为：…, when a follow-up was completed from the earlier questions."""
    rewritten = answer.question.rewritten
    if not rewritten or rewritten == answer.question.text:
        return ""
    return f'<p class="understood">已理解为：{escape(_clipped(rewritten))}</p>'


def spoken(answer: Answer) -> str:
    """The answer in plain words for a screen reader."""
    if answer.refusal is not None and is_refused(answer):
        return escape(f"{STATUS_WORDS[answer.status]}。{answer.refusal.reason}")
    text = _MARK.sub("", answer.answer.text) if answer.answer else ""
    return escape(f"{STATUS_WORDS[answer.status]}。{text}引用{len(answer.citations)}处。")


def question_html(question: str) -> str:
    """The question as the user typed it, cut when it is very long."""
    return (
        f'<p class="question"><span class="sr-only">您问：</span>{escape(_clipped(question))}</p>'
    )


def _target(citation: Citation, base: str) -> str:
    start, stop = citation.char_range
    label = escape(f"引用{citation.number}：{citation.clause.label}，看原文")
    return (
        f'href="{escape(clause_url(citation.clause.id, base))}" aria-label="{label}"'
        f' data-clause="{escape(citation.clause.id)}" data-start="{start}" data-stop="{stop}"'
        f' data-cite="{citation.number}"'
    )


def _linked(line: str, cited: Mapping[int, Citation], base: str) -> str:
    parts, end = [], 0
    for match in _MARK.finditer(line):
        citation = cited.get(int(match[1]))
        if citation is None:
            continue
        parts.append(escape(line[end : match.start()]))
        parts.append(f'<a class="cite" {_target(citation, base)}>[{citation.number}]</a>')
        end = match.end()
    return "".join(parts) + escape(line[end:])


def _assignment(unit: ResponsibleUnit) -> Assignment:
    return Assignment(unit.name, Role(unit.role), unit.basis)


def _chip(name: str, base: str, basis: str = "") -> str:
    """A unit that asks for its tasks in the chat and leads to its page elsewhere."""
    question = f"{name}负责哪些任务？"
    told = f"{basis}。点击查看{name}的全部任务" if basis else question
    return (
        f'<a class="chip" href="{escape(unit_url(name, base))}" data-ask="{escape(question)}"'
        f' title="{escape(told)}">{escape(name)}</a>'
    )


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line.strip())}</p>" for line in text.split("\n") if line.strip())


def _clipped(text: str) -> str:
    return text if len(text) <= SHOWN_QUESTION else f"{text[:SHOWN_QUESTION]}……（共{len(text)}字）"


def _folded(blocks: Sequence[str], shown: int, more: str) -> str:
    """The first blocks open, two others or more behind a summary that counts them."""
    rest = blocks[shown:]
    if len(rest) < 2:
        return "".join(blocks)
    summary = f"<summary>{more.format(len(rest))}</summary>"
    return f"{''.join(blocks[:shown])}<details>{summary}{''.join(rest)}</details>"
