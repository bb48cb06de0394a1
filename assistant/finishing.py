"""From a finished draft to the Answer that leaves the house: ids, dates, labels, renderings."""

from __future__ import annotations

import time
import uuid
from datetime import date

from assistant import clock
from assistant.answer import Answer, AnswerText, AskedQuestion
from assistant.answering.drafting import Draft
from assistant.parts import Parts
from assistant.rendering import renderings
from assistant.settings import Settings
from assistant.wording.generation import aigc

_EXTRACTIVE = {"name": "extractive"}


def finished(
    draft: Draft,
    asked: AskedQuestion,
    parts: Parts,
    settings: Settings,
    *,
    as_of: date | None,
    started: float,
) -> Answer:
    """The answer of a draft; ``started`` is when the question came, by ``time.perf_counter``."""
    now = clock.now()
    label = aigc(draft, settings.llm_model, settings.llm_record_number)
    worded = parts.composer is not None and label.generated
    made_with = parts.composer.made_with if parts.composer and worded else _EXTRACTIVE
    answer = Answer(
        id=f"ans_{uuid.uuid4().hex}",
        created=int(now.timestamp()),
        as_of=(as_of or now.date()).isoformat(),
        status=draft.status,
        question=asked,
        answer=AnswerText(draft.text),
        claims=tuple(draft.claims),
        citations=tuple(draft.citations),
        responsible_units=tuple(draft.units),
        refusal=draft.refusal,
        warnings=tuple(draft.warnings),
        aigc=label,
        model={**made_with, "encoder": parts.index.manifest.encoder},
        usage={"milliseconds": round((time.perf_counter() - started) * 1000)},
    )
    return renderings(answer, settings.public_base_url)
