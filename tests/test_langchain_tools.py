"""The LangChain faces: they compose with LangChain's own parts and say what the assistant says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.messages import ToolCall, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from numpy.typing import NDArray
from pydantic import ValidationError

from assistant.errors import UnknownUnit
from assistant.faces.langchain_tools import PolicyEmbeddings, PolicyRetriever, policy_tool
from assistant.model import DocumentKind
from assistant.retrieval.filters import Filters, IssuerLevel
from assistant.validity import DocumentStatus
from tests.fakes import DOCUMENT_ID, FakeAssistant

QUERY = "新能源汽车产业集群"


class FakeEncoder:
    """Counts characters: a passage by its first two axes, a question by the last."""

    name, dimension, fingerprint = "fake", 3, "fake"

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[0.0, 0.0, len(text)] for text in texts], dtype=np.float32)

    def encode_passages(self, texts: Sequence[str], progress: bool = False) -> NDArray[np.float32]:
        return np.array([[len(text), 1.0, 0.0] for text in texts], dtype=np.float32)


def test_the_retriever_returns_clauses_with_their_place_and_units() -> None:
    fake = FakeAssistant()
    documents = PolicyRetriever(assistant=fake, limit=3).invoke(QUERY)
    hits = fake.search(QUERY, 3)
    assert [d.id for d in documents] == [hit.clause.id for hit in hits]
    assert [d.page_content for d in documents] == [hit.clause.text for hit in hits]
    best = documents[0].metadata
    assert best["clause_id"] == f"{DOCUMENT_ID}:2.2.1"
    assert best["path"][-1] == "智能装备"
    assert best["doc_number"] == "淄政字〔2022〕40号"
    assert best["citation"] == fake.documents()[0].cite(hits[0].clause)
    assert best["units"][0] == {"name": "市科技局", "role": "lead", "basis": "stated"}
    assert best["score"] == hits[0].score
    start, stop = best["char_range"]
    assert fake.documents()[0].text[start:stop] == documents[0].page_content
    assert json.loads(json.dumps(best)) == best, "metadata is plain JSON"


def test_the_retriever_takes_filters_as_fields() -> None:
    fake = FakeAssistant()
    retriever = PolicyRetriever(
        assistant=fake,
        documents=("淄政字〔2022〕40号",),
        issuer_levels=("市",),
        statuses=("in_force",),
        as_of="2024-05-01",
        unit="市科技局",
        area="淄川",
        kinds=("official",),
    )
    assert retriever.invoke(QUERY)
    assert fake.filters == [
        Filters(
            documents=("淄政字〔2022〕40号",),
            issuer_levels=(IssuerLevel.CITY,),
            statuses=(DocumentStatus.IN_FORCE,),
            as_of=date(2024, 5, 1),
            unit="市科技局",
            area="淄川",
            kinds=(DocumentKind.OFFICIAL,),
        )
    ]
    with pytest.raises(ValidationError):
        PolicyRetriever(assistant=fake, issuer_levels=("村",))
    with pytest.raises(UnknownUnit):
        PolicyRetriever(assistant=fake, unit="市玄学局").invoke(QUERY)


def test_the_retriever_is_a_runnable_in_every_way() -> None:
    retriever = PolicyRetriever(assistant=FakeAssistant())
    once = retriever.invoke(QUERY)
    assert retriever.batch([QUERY, QUERY]) == [once, once]
    assert asyncio.run(retriever.ainvoke(QUERY)) == once


def test_a_retriever_needs_an_assistant_and_a_limit() -> None:
    with pytest.raises(ValidationError):
        PolicyRetriever(assistant="no assistant")
    with pytest.raises(ValidationError):
        PolicyRetriever(assistant=FakeAssistant(), limit=0)


def test_the_retriever_stands_in_a_chain() -> None:
    def numbered(documents: list[Document]) -> str:
        return "\n".join(f"[{n}] {d.page_content}" for n, d in enumerate(documents, 1))

    prompt = ChatPromptTemplate.from_template("只依据下列条款作答。\n{context}\n问：{question}")
    chain = (
        {
            "context": PolicyRetriever(assistant=FakeAssistant(), limit=2) | numbered,
            "question": RunnablePassthrough(),
        }
        | prompt
        | RunnableLambda(lambda value: str(value.to_messages()[0].content))
    )
    said = chain.invoke(QUERY)
    assert "[1] 智能装备。打造千亿级新能源汽车产业集群。" in said
    assert said.endswith(f"问：{QUERY}")


def test_the_embedder_keeps_questions_and_passages_apart() -> None:
    embeddings = PolicyEmbeddings(FakeEncoder())
    assert embeddings.embed_documents(["一", "二二"]) == [[1.0, 1.0, 0.0], [2.0, 1.0, 0.0]]
    assert embeddings.embed_query("三三三") == [0.0, 0.0, 3.0]
    assert embeddings.embed_documents([]) == []


def test_the_embedder_serves_a_vector_store_of_langchain() -> None:
    from langchain_core.vectorstores import InMemoryVectorStore

    store = InMemoryVectorStore(PolicyEmbeddings(FakeEncoder()))
    store.add_texts(["条款一", "条款"])
    assert len(store.similarity_search("问", k=2)) == 2


def test_the_tool_returns_the_answer_as_a_json_string() -> None:
    fake = FakeAssistant()
    tool = policy_tool(fake)
    assert tool.name == "ask_policy"
    assert set(tool.args) == {"question", "history"}
    said = tool.invoke({"question": "智能装备由谁牵头？", "history": ["上一问"]})
    assert fake.asked == [("智能装备由谁牵头？", ("上一问",), None)]
    assert json.loads(said) == json.loads(json.dumps(fake.ask("智能装备由谁牵头？").to_dict()))
    assert "智能装备" in said, "Chinese is not escaped"


def test_an_agent_calls_the_tool() -> None:
    call = ToolCall(name="ask_policy", args={"question": "智能装备"}, id="1", type="tool_call")
    message = policy_tool(FakeAssistant()).invoke(call)
    assert isinstance(message, ToolMessage)
    assert json.loads(str(message.content))["status"] == "answered"


@pytest.mark.parametrize("question", ["", "问" * 2001])
def test_the_tool_answers_a_bad_question_with_an_error(question: str) -> None:
    said = json.loads(policy_tool(FakeAssistant()).invoke({"question": question}))
    assert said["status"] == "error"
    assert said["answer"]["text"].endswith("。")
