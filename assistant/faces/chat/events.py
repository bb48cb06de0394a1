"""The events of the chat: what is said to the page when it opens, asks, cites, judges or clears.

With layout.py, which lays the page out, the only importer of gradio.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import gradio as gr
from markupsafe import Markup

from assistant.answer import Answer, Citation, Status
from assistant.errors import PolicyAssistantError, QuestionError
from assistant.faces import problems
from assistant.faces.chat import suggestions, turns
from assistant.faces.chat.next_questions import about_clause, answerable, candidates, several
from assistant.faces.chat.scope_choice import scope_chooser, scope_of
from assistant.faces.chat.source_panel import missing, source_panel
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.site import html
from assistant.faces.site.templates import Site, header, render
from assistant.model import Clause, Document, DocumentKind

REMEMBERED_QUESTIONS = 6
REMEMBERED_TURNS = 20
CHANNEL = "web"
_LONGEST_HISTORY = 9_000_000  # characters that a browser may send back

Turns = tuple[Answer, ...]


class Frame(NamedTuple):
    """The conversation as it stands: earlier turns, the present one, what is remembered.

    Always whole: to Gradio, leaving a part as it is costs more than saying it again.
    """

    past: str
    now: str
    state: Turns


class Chat:
    """The events of the page: values in, HTML out. One for all sessions: it keeps none of them."""

    def __init__(
        self, assistant: Assistant, site: Site, ledger: Ledger, max_question_chars: int
    ) -> None:
        self._assistant = assistant
        self._ledger = ledger
        self._site = site
        self._base = site.base
        self._longest = max_question_chars
        self._greeting: tuple[tuple[Document, ...], str] | None = None  # of which documents

    def first_view(self, question: str) -> str:
        """The page before its scripts have run: the welcome, or the question of ``/?q=…``."""
        limit = 2 * html.SHOWN_QUESTION
        asked = turns.growing(question[:limit], turns.WAITING, 1) if question else ""
        body = Markup(asked or self._welcome())  # noqa: S704
        return render("first_view.html", self._site, section="chat", body=body)

    def opened(self, kept: str, request: gr.Request) -> Frame:
        """The conversation that the browser has kept, or the welcome.

        A page that is opened with ``/?q=…`` waits for that question, which the browser sends next.
        """
        held = self._restored(kept)
        asked = str(request.query_params.get("q") or "").strip()
        if asked:
            return Frame(self._past(held), self._waiting(asked, len(held) + 1), held)
        return Frame(self._past(held), "" if held else self._welcome(), held)

    def asked(self, question: str, scope: str, held: Turns, request: gr.Request) -> Iterator[Frame]:
        """The conversation as the answer arrives to what was typed."""
        yield from self._talk(question, scope, held, request)

    def clicked(
        self, scope: str, held: Turns, event: gr.EventData, request: gr.Request
    ) -> Iterator[Frame]:
        """The same for a question that the page offers: an example, a unit, a clause."""
        yield from self._talk(str(getattr(event, "question", "")), scope, held, request)

    def _talk(self, question: str, scope: str, held: Turns, request: gr.Request) -> Iterator[Frame]:
        number, past = len(held) + 1, self._past(held)
        before = held

        def frame(body: str) -> Frame:
            return Frame(past, turns.growing(question, body, number), before)

        yield Frame(past, self._waiting(question, number), held)
        answer = yield from self._answering(question, scope, held, frame)
        self._ledger.record(answer, channel=CHANNEL, user=request.session_hash or "")
        held = (*held, answer)[-REMEMBERED_TURNS:]
        yield Frame(past, turns.newest(answer, number, self._base), held)

    def begun(self, scope: str, held: Turns) -> tuple[str, str]:
        """Once the page is open: what to ask next, and the panel with what was cited last."""
        cited = next((turn.citations[0] for turn in reversed(held) if turn.citations), None)
        return self._next(scope, held), self._cited(cited) if cited else self._first()

    def followed(self, scope: str, held: Turns) -> tuple[str, Any]:
        """After an answer: what to ask next, and the panel with its first citation."""
        cited = held[-1].citations if held else ()
        return self._next(scope, held), self._cited(cited[0]) if cited else gr.skip()

    def cleared(self) -> tuple[str, str, Turns, str]:
        """A new conversation; the browser forgets the old one by itself."""
        return *Frame("", self._welcome(), ()), ""

    def cited(self, event: gr.EventData) -> str:
        """The panel for the clause or document that was clicked; ids from a browser may be any."""
        clause_id = str(getattr(event, "clause", ""))
        try:
            if not clause_id:
                return self._panel(self._assistant.document(str(getattr(event, "document", ""))))
            clause = self._assistant.clause(clause_id)
            document = self._assistant.document(clause.document_id)
        except PolicyAssistantError as error:
            return missing(problems.told(error))
        start, stop = (_place(getattr(event, name, "")) for name in ("start", "stop"))
        marks = [(start, stop)] if 0 <= start < stop else []
        return self._panel(document, clause_id, marks)

    def rated(self, held: Turns, event: gr.EventData, request: gr.Request) -> str:
        """What the user says of an answer goes to the ledger; the words that thank for it."""
        told = {
            name: str(getattr(event, name, ""))
            for name in ("answer", "rating", "reason", "correction")
        }
        meant = next((t for t in held if t.id == told["answer"]), None)
        try:
            self._ledger.feedback(
                told["answer"],
                rating="up" if told["rating"] == "up" else "down",
                reason=told["reason"],
                correction=told["correction"],
                channel=CHANNEL,
                user=request.session_hash or "",
                question=meant.question.text if meant else "",
                answer_text=meant.answer.text if meant and meant.answer else "",
            )
        except PolicyAssistantError as error:
            return turns.said(problems.told(error))
        return turns.said("反馈已收到，谢谢。")

    def header(self) -> str:
        """The product's name, its sections and the switches of how it looks."""
        return header(self._site, "chat")

    def toolbar(self) -> str:
        """The scope of the next question, what can be done with the conversation, the AI notice."""
        chooser = scope_chooser(self._documents(), self._assistant.standings())
        values = {"chooser": Markup(chooser), "most": self._longest}  # noqa: S704
        return render("toolbar.html", self._site, **values)

    def _documents(self) -> list[Document]:
        """Official ones first, the latest of them at the head."""
        oldest = date.min
        latest = sorted(
            self._assistant.documents(), key=lambda d: d.issued_on or oldest, reverse=True
        )
        return sorted(latest, key=lambda d: d.kind != DocumentKind.OFFICIAL)

    def _first(self) -> str:
        """The panel before anything was cited."""
        documents = self._documents()
        return self._panel(documents[0]) if documents else missing("还没有收录文件。")

    def _welcome(self) -> str:
        """Made once for an index: every page that is opened shows it, some of them twice."""
        assistant = self._assistant
        documents = assistant.documents()
        made = self._greeting
        if made is None or made[0] is not documents:
            examples = suggestions.questions(
                self._documents(), assistant.units(), assistant.industries()
            )
            made = self._greeting = documents, turns.welcome(examples, self._base)
        return made[1]

    def _answering(
        self, question: str, scope: str, held: Turns, frame: Callable[[str], Frame]
    ) -> Generator[Frame, None, Answer]:
        """The turn as its body grows: the checked words of an LLM, or the quotes."""
        earlier = [turn.question.text for turn in held[-REMEMBERED_QUESTIONS:]]
        shown = ""
        try:
            chosen = scope_of(scope)
            asking = self._assistant.ask_stream(
                question, earlier, as_of=chosen.as_of, documents=chosen.documents
            )
            while True:
                try:
                    shown += next(asking)
                except StopIteration as end:
                    answer: Answer = end.value
                    break
                yield frame(turns.written(shown))
        except PolicyAssistantError as error:
            return self._assistant.failed(question, PolicyAssistantError(problems.told(error)))
        if not shown:
            yield from map(frame, turns.frames(answer, self._base))
        return answer

    def _next(self, scope: str, held: Turns) -> str:
        """What may be asked after the last turn, each answered without an LLM in its scope."""
        if not held or held[-1].status is Status.ERROR:
            return ""
        try:
            chosen = scope_of(scope)
        except QuestionError:
            return ""
        documents = {d.id: d for d in self._assistant.documents()}
        ask = partial(self._assistant.ask, as_of=chosen.as_of, documents=chosen.documents, budget=0)
        found = candidates(held[-1], documents, self._assistant.industries())
        earlier = [turn.question.text for turn in held[:-1]]
        return turns.following(answerable(found, ask, held[-1], earlier), self._base)

    def _waiting(self, question: str, number: int) -> str:
        return turns.said("正在查找依据") + turns.growing(question, turns.WAITING, number)

    def _restored(self, kept: str) -> Turns:
        """What the browser has kept of the conversation, each answer checked again."""
        try:
            records = json.loads(kept) if kept and len(kept) <= _LONGEST_HISTORY else []
        except (ValueError, RecursionError):
            return ()
        return self._assistant.restored(records)

    def _past(self, held: Turns) -> str:
        return "".join(turns.answered(t, n, self._base) for n, t in enumerate(held, 1))

    def _cited(self, citation: Citation) -> str:
        document = self._assistant.document(citation.document.id)
        return self._panel(document, citation.clause.id, [citation.char_range])

    def _panel(
        self, document: Document, current: str = "", marks: Sequence[tuple[int, int]] = ()
    ) -> str:
        documents = self._documents()
        named = several(documents)

        def asking(document: Document, clause: Clause) -> str:
            return about_clause(clause, document, named)

        return source_panel(
            document, documents, asking, base=self._base, current=current, marks=marks
        )


def _place(value: Any) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
