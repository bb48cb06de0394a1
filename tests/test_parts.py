"""The parts of one index: an LLM takes part only where one is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.parts import Parts, assemble
from assistant.service import PolicyAssistant
from assistant.understanding.units import UnitName
from assistant.wording.chat_model import Message
from tests.policies import settings_for


class Silent:
    """A model that is never to be asked."""

    name = "silent"
    paused = False

    def stream(self, messages: Sequence[Message], *, deadline: float) -> Iterator[str]:
        raise AssertionError(messages, deadline)


def test_without_an_llm_nothing_words_or_completes(parts: Parts) -> None:
    assert parts.composer is None
    assert parts.rewriter is None


def test_an_llm_is_given_the_prompts_of_the_settings(
    policy_assistant: PolicyAssistant, tmp_path: Path
) -> None:
    old, encoder = policy_assistant._parts, policy_assistant.encoder
    settings = policy_assistant.settings
    made = assemble(old.index, old.stamp, encoder, settings, chat=Silent())
    assert made.composer
    assert made.rewriter
    assert made.composer.made_with["name"] == "silent"
    assert made.index is old.index
    with pytest.raises(SettingsError):
        assemble(
            old.index,
            old.stamp,
            encoder,
            settings_for(tmp_path, prompts_dir=tmp_path / "none"),
            chat=Silent(),
        )


def test_a_unit_has_its_other_names_and_an_unknown_one_only_its_own(parts: Parts) -> None:
    assert parts.name_of("市科技局").full_name
    assert parts.name_of("市茶叶局") == UnitName("市茶叶局")


def test_no_unit_or_area_may_stand_for_another(parts: Parts) -> None:
    sources = ["由市科技局负责，在淄川区实施。"]
    assert not parts.check.faults("由市科技局负责。", sources)
    assert parts.check.faults("由市财政局负责。", sources)
    assert parts.check.faults("在周村区实施。", sources)
