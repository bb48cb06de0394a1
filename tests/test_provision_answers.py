"""第X条第Y款第Z项: only the words of that part, or a refusal that says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answer import Status
from assistant.service import PolicyAssistant
from assistant.settings import Settings

TEXT = """某市土地管理办法
第一章　总则
第一条　为了保护土地，制定本办法。
第二条　下列土地应当登记：
（一）耕地；
（二）林地。
登记应当在三十日内完成。
第三条　本办法自2023年5月1日起施行，有效期50年。
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> PolicyAssistant:
    folder = Path(tmp_path_factory.mktemp("statute"))
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.txt").write_text(TEXT, encoding="utf-8")
    return PolicyAssistant.open(Settings(corpus_dir=folder / "corpus", index_dir=folder / "index"))


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("第二条第二款说什么？", "登记应当在三十日内完成。"),
        ("第二条第（二）项是什么", "（二）林地。"),
        ("第二条第一款第一项的内容", "（一）耕地；"),
        ("第2条第1款", "下列土地应当登记：\n（一）耕地；\n（二）林地。"),
    ],
)
def test_one_part_of_an_article_is_quoted_alone(
    assistant: PolicyAssistant, question: str, quote: str
) -> None:
    answer = assistant.ask(question)
    assert [c.quote for c in answer.citations] == [quote]
    assert answer.citations[0].clause.label == "第二条"


@pytest.mark.parametrize("question", ["第二条第五款说什么", "第九条第一款说什么"])
def test_a_part_that_is_not_there_is_refused(assistant: PolicyAssistant, question: str) -> None:
    assert assistant.ask(question).status is Status.NO_SOURCE
