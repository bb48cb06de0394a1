"""The real corpus, opened once for all tests that only read; and its parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from assistant.indexing.index import Index
from assistant.indexing.static_encoder import StaticEncoder
from assistant.model import Document, Encoder
from assistant.parts import Parts
from assistant.service import PolicyAssistant
from tests.browser import ARGUMENTS, CHROMIUM
from tests.laws import ROOT
from tests.policies import CORPUS, both_cities, settings_for


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return StaticEncoder.shipped()


@pytest.fixture(scope="session")
def policy_assistant(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = tmp_path_factory.mktemp("real")
    return PolicyAssistant.open(settings_for(folder, corpus_dir=CORPUS))


@pytest.fixture(scope="session")
def two_cities(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    return PolicyAssistant.open(both_cities(tmp_path_factory.mktemp("two")))


@pytest.fixture(scope="session")
def parts(policy_assistant: PolicyAssistant) -> Parts:
    return policy_assistant._parts


@pytest.fixture(scope="session")
def index(parts: Parts) -> Index:
    return parts.index


@pytest.fixture(scope="session")
def seed(policy_assistant: PolicyAssistant) -> Document:
    return next(d for d in policy_assistant.documents() if d.doc_number == "淄政字〔2022〕40号")


@pytest.fixture(scope="module")  # its driver keeps an event loop running in this thread
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def questions() -> list[str]:
    """160 questions of every kind, answerable and not."""
    rows = []
    for name in ("tune", "test"):
        file = ROOT / "tests" / "data" / f"questions_seed_{name}.jsonl"
        rows += [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row["question"] for row in rows if not row.get("history")]
