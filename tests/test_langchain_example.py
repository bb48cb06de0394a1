"""What the README tells users of LangChain works as it stands, and in their own chains."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from langchain_core.messages import BaseMessage, ToolCall
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable, RunnablePassthrough

from assistant.answer import Answer
from assistant.faces.langchain_tools import PolicyRetriever, main, policy_tool
from assistant.model import Hit
from assistant.service import PolicyAssistant
from tests.fakes import FakeAssistant
from tests.laws import ROOT

QUESTION = "氢能产业由谁牵头？"
_PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


class Recalling(FakeListChatModel):
    """A chat model that keeps what it was sent."""

    sent: list[list[BaseMessage]]

    def _call(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> str:
        self.sent.append(messages)
        return super()._call(messages, *args, **kwargs)


class Waiting(FakeAssistant):
    """Answers once it is released: by the event loop, if that is free to do so."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()

    def search(self, *args: Any, **kwargs: Any) -> tuple[Hit, ...]:
        assert self.released.wait(10), "the event loop was held up"
        return super().search(*args, **kwargs)

    def ask(self, *args: Any, **kwargs: Any) -> Answer:
        assert self.released.wait(10), "the event loop was held up"
        return super().ask(*args, **kwargs)


def chain_of(retriever: PolicyRetriever, model: FakeListChatModel) -> Runnable[str, str]:
    """Clauses into a prompt into a chat model: the chain of every tutorial."""

    def numbered(documents: list[Document]) -> str:
        return "\n".join(f"[{n}] {d.page_content}" for n, d in enumerate(documents, 1))

    prompt = ChatPromptTemplate.from_template("只依据下列条款作答。\n{context}\n问：{question}")
    given = {"context": retriever | numbered, "question": RunnablePassthrough()}
    return given | prompt | model | StrOutputParser()


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = [block for block in _PYTHON.findall(readme) if "PolicyRetriever" in block]
    places = {"INDEX_DIR": str(tmp_path / "index"), "STATE_DIR": str(tmp_path / "state")}
    ran = subprocess.run(
        [sys.executable, "-c", example],
        cwd=ROOT,
        env={**os.environ, **places, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    *clauses, said = ran.stdout.strip().splitlines()
    assert sum(line.startswith("《") for line in clauses) == 3
    answer = json.loads(said)
    assert answer["status"] == "answered"
    assert "氢能产业" in "".join(c["quote"] for c in answer["citations"])


def test_the_demonstration_shows_the_clauses_and_the_answer(
    policy_assistant: PolicyAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([QUESTION], lambda: policy_assistant) == 0
    shown = capsys.readouterr().out
    found = PolicyRetriever(assistant=policy_assistant, limit=3).invoke(QUESTION)
    for document in found:
        assert f"{document.metadata['citation']}\n{document.page_content}" in shown
    assert policy_assistant.ask(QUESTION).renderings.plain in shown


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["一", "二"], 2), ([" "], 1)])
def test_the_demonstration_says_what_is_wrong(
    arguments: list[str], status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, FakeAssistant) == status
    told = capsys.readouterr()
    assert not told.out
    assert told.err.strip()


def test_the_retriever_feeds_a_chat_model(policy_assistant: PolicyAssistant) -> None:
    retriever = PolicyRetriever(assistant=policy_assistant, limit=2)
    clauses = [d.page_content for d in retriever.invoke(QUESTION)]
    model = Recalling(responses=["甲", "乙", "丙", "丁"], sent=[])
    chain = chain_of(retriever, model)
    assert chain.invoke(QUESTION) == "甲"
    assert asyncio.run(chain.ainvoke(QUESTION)) == "乙"
    assert sorted(chain.batch([QUESTION, QUESTION])) == ["丁", "丙"]
    prompts = {str(messages[0].content) for messages in model.sent}
    (prompt,) = prompts
    assert all(f"[{n}] {text}" in prompt for n, text in enumerate(clauses, 1))
    assert prompt.endswith(f"问：{QUESTION}")


@pytest.mark.parametrize("what", ["retriever", "chain", "tool"])
def test_async_calls_leave_the_event_loop_free(what: str) -> None:
    fake = Waiting()
    retriever = PolicyRetriever(assistant=fake, limit=2)
    calls: dict[str, Runnable[Any, Any]] = {
        "retriever": retriever,
        "chain": chain_of(retriever, FakeListChatModel(responses=["答"])),
        "tool": policy_tool(fake),
    }
    asked: Any = {"question": "智能装备"} if what == "tool" else "智能装备"

    async def run() -> Any:
        task = asyncio.create_task(calls[what].ainvoke(asked))
        asyncio.get_running_loop().call_soon(fake.released.set)
        return await task

    assert asyncio.run(run())


def test_an_agent_gets_the_refusal_as_it_is(policy_assistant: PolicyAssistant) -> None:
    """The tool's message goes back to the model: what it may not add to stands in it."""
    call = ToolCall(
        name="ask_policy", args={"question": "明天天气怎么样？"}, id="1", type="tool_call"
    )
    message = policy_tool(policy_assistant).invoke(call)
    said = json.loads(message.content)
    assert said["status"] != "answered"
    assert said["citations"] == []
    assert said["refusal"]["reason"] in said["answer"]["text"]
