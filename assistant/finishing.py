"""From a finished draft to the Answer that leaves the house: ids, dates, labels, renderings."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date

from assistant import clock
from assistant.answer import Answer, AnswerText, AskedQuestion
from assistant.answering.drafting import Draft
from assistant.parts import Parts
from assistant.rendering import renderings
from assistant.settings import Settings
from assistant.wording.generation import aigc, fits

_EXTRACTIVE = {"name": "extractive"}
_FALLBACK = {"fallback": 1}


def finished(
    draft: Draft,
    asked: AskedQuestion,
    parts: Parts,
    settings: Settings,
    *,
    as_of: date | None,
    usage: Mapping[str, int],
) -> Answer:
    """The answer of a draft; ``usage`` is what it took, in milliseconds, in all and by stage.

    An LLM whose words were asked for and not used adds ``fallback``: 1.
    """
    now = clock.now()
    label = aigc(draft, settings.llm_model, settings.llm_record_number)
    worded = parts.composer is not None and label.generated
    fell_back = "wording" in usage and not label.generated and fits(draft)
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
        usage={**usage, **_FALLBACK} if fell_back else dict(usage),
    )
    return renderings(answer, settings.public_base_url)
