"""The turns of the chat as HTML: question, answer, what to do with it, what to ask next. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from html import escape

from assistant.answer import Answer, Status
from assistant.faces.site import html
from assistant.text import sentences

FRAMES = 10
WAITING = '<p class="waiting">正在查找依据……</p>'

_MARKS = re.compile(r"(?:\[\d{1,4}\])*")

# What can be wrong with an answer, in the words of who reads it; kept in the ledger as they are.
REASONS = ("条款引错了", "内容不全", "责任单位不对", "答非所问", "文件里有却说没有", "其他")


def growing(question: str, body: str, number: int) -> str:
    """A question whose answer is still on its way."""
    return _turn(question, body, number, ' aria-busy="true"')


def answered(answer: Answer, number: int, base: str = "") -> str:
    """A finished turn."""
    return _turn(answer.question.text, _body(answer, base), number)


def newest(answer: Answer, number: int, base: str = "") -> str:
    """The turn that has just been finished: the browser keeps it, a screen reader says it."""
    record = json.dumps(answer.to_dict(), ensure_ascii=False, separators=(",", ":"))
    kept = f' data-answer="{escape(record)}"'
    shown = _turn(answer.question.text, _body(answer, base), number, kept)
    return f"{said(html.spoken(answer))}{shown}"


def said(words: str) -> str:
    """The place that a screen reader speaks, with what it says."""
    return f'<p class="sr-only" role="status" aria-live="polite">{words}</p>'


def written(text: str) -> str:
    """The checked sentences of an LLM so far; their [n] lead nowhere before the answer is whole."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())
    return f'<div class="answer"><div class="answer-text">{lines}</div></div>'


def frames(answer: Answer, base: str = "") -> Iterator[str]:
    """The growing answer, a sentence or more at a time, at most FRAMES of them; no cards yet."""
    if answer.answer is None or html.is_refused(answer):
        return
    text = answer.answer.text
    ends = list(dict.fromkeys(_past_marks(text, stop) for _, stop in sentences(text)))
    step = -(-len(ends) // FRAMES) or 1
    for stop in ends[step - 1 :: step]:
        yield f'<div class="answer">{html.answer_text(answer, base, stop)}</div>'


def _past_marks(text: str, stop: int) -> int:
    found = _MARKS.match(text, stop)
    return found.end() if found else stop


def welcome(questions: Sequence[str], base: str = "") -> str:
    """What stands there before the first question."""
    return (
        '<div class="welcome"><h2>想了解文件里的什么内容？</h2>'
        "<p>用自己的话提问即可。每个回答都引用文件原文，点引用编号可在原文中核对；"
        "文件里没有的，会直接说没有。</p>"
        f'<p class="try">可以这样问</p><ul class="examples">{_offered(questions, base)}</ul></div>'
    )


def following(questions: Sequence[str], base: str = "") -> str:
    """What may be asked next; nothing where there is nothing."""
    if not questions:
        return ""
    return (
        '<div class="following" role="group" aria-label="接着可以问"><p>接着可以问</p>'
        f'<ul class="examples">{_offered(questions, base)}</ul></div>'
    )


def _turn(question: str, body: str, number: int, more: str = "") -> str:
    return (
        f'<section class="turn" aria-label="问答{number}" data-turn="{number}"{more}>'
        f"{html.question_html(question)}{body}</section>"
    )


def _body(answer: Answer, base: str) -> str:
    return f"{html.answer_html(answer, base)}{_actions(answer)}"


def _offered(questions: Sequence[str], base: str) -> str:
    return "".join(
        f'<li><a href="{escape(html.ask_url(q, base))}" data-ask="{escape(q)}">{escape(q)}</a></li>'
        for q in questions
    )


def _actions(answer: Answer) -> str:
    """Copy and judge; an error is neither."""
    if answer.status is Status.ERROR:
        return ""
    copied = escape(f"问：{answer.question.text}\n答：{answer.renderings.plain}")
    words = "复制（含引用）" if answer.citations else "复制"
    radios = "".join(
        f'<label><input type="radio" name="reason" value="{reason}">{reason}</label>'
        for reason in REASONS
    )
    return (
        '<div class="turn-actions" role="group" aria-label="对这个回答">'
        f'<button type="button" data-copy="{copied}">{words}</button>'
        f'<button type="button" data-rate="up" aria-pressed="false">有帮助</button>'
        '<button type="button" data-rate="down" aria-pressed="false" aria-expanded="false">'
        "有问题</button>"
        '<span class="done" role="status"></span></div>'
        f'<form class="feedback" data-feedback="{escape(answer.id)}" hidden>'
        f'<fieldset><legend>哪里有问题？</legend><div class="reasons">{radios}</div></fieldset>'
        '<label class="correction">正确的应当是（可不填，请不要写个人信息）'
        '<textarea name="correction" rows="3" maxlength="2000"></textarea></label>'
        '<p class="ends"><button type="submit">提交反馈</button>'
        '<button type="button" data-cancel>取消</button></p></form>'
    )
