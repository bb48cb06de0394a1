"""LangChain faces over the assistant: a retriever, an embedder and a tool for agents.

``python -m assistant.faces.langchain_tools 问题`` shows what the retriever and the tool return.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import StructuredTool
from pydantic import BaseModel, Field

from assistant.errors import PolicyAssistantError
from assistant.faces.contract import Assistant
from assistant.model import DocumentKind, Encoder, Hit
from assistant.retrieval.filters import Filters, IssuerLevel
from assistant.validity import DocumentStatus


class PolicyRetriever(BaseRetriever):
    """The clauses found for a query as LangChain documents, best first.

    ``page_content`` is the clause's verbatim text; the metadata holds ``clause_id``, ``path``,
    ``label``, ``char_range``, ``document_id``, ``title``, ``doc_number``, ``citation``, ``units``
    (name, role, basis), ``score`` and ``signals``, all plain JSON values. The other fields are the
    filters of ``assistant.retrieval.filters.Filters``: every clause satisfies all of them.
    """

    assistant: Assistant
    limit: int = Field(10, ge=1)
    documents: tuple[str, ...] = ()
    issuer_levels: tuple[IssuerLevel, ...] = ()
    statuses: tuple[DocumentStatus, ...] = ()
    as_of: date | None = None
    unit: str = ""
    area: str = ""
    kinds: tuple[DocumentKind, ...] = ()

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        filters = Filters(
            documents=self.documents,
            issuer_levels=self.issuer_levels,
            statuses=self.statuses,
            as_of=self.as_of,
            unit=self.unit,
            area=self.area,
            kinds=self.kinds,
        )
        hits = self.assistant.search(query, self.limit, filters)
        return [
            Document(id=h.clause.id, page_content=h.clause.text, metadata=self._about(h))
            for h in hits
        ]

    def _about(self, hit: Hit) -> dict[str, Any]:
        clause = hit.clause
        document = self.assistant.document(clause.document_id)
        return {
            "clause_id": clause.id,
            "path": list(clause.path),
            "label": clause.label,
            "char_range": list(clause.char_range),
            "document_id": document.id,
            "title": document.title,
            "doc_number": document.doc_number,
            "citation": document.cite(clause),
            "units": [
                {"name": a.unit, "role": a.role.value, "basis": a.basis}
                for a in clause.responsibility.assignments
            ],
            "score": float(hit.score),
            "signals": {name: float(value) for name, value in hit.signals.items()},
        }


class PolicyEmbeddings(Embeddings):
    """An Encoder as LangChain's embedder; vectors are of unit length."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text, encoded as a passage."""
        return [[float(x) for x in row] for row in self._encoder.encode_passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return [float(x) for x in self._encoder.encode_queries([text])[0]]


class AskPolicy(BaseModel):
    """What an agent passes to ``ask_policy``."""

    question: str = Field(description="要问的问题，一次只问一件事")
    history: list[str] = Field(
        default_factory=list, description="用户此前的提问，由早到晚；问题独立成句时可不填"
    )


def policy_tool(assistant: Assistant) -> StructuredTool:
    """The tool ``ask_policy``: a question in, the Answer object out, as a JSON string.

    A question that cannot be asked comes back as an Answer of status ``error``, so that the agent
    reads why instead of failing.
    """

    def ask_policy(question: str, history: list[str] | None = None) -> str:
        try:
            answer = assistant.ask(question, history or ())
        except PolicyAssistantError as error:
            answer = assistant.failed(question, error)
        return json.dumps(answer.to_dict(), ensure_ascii=False)

    return StructuredTool.from_function(
        ask_policy,
        name="ask_policy",
        description=(
            "查询已收录的政策文件：返回逐字引用的条款原文、条款位置、文号与责任单位（JSON）。"
            "文件没有写的会明确答复没有，这时不要自行补充。"
        ),
        args_schema=AskPolicy,
    )


def main(arguments: Sequence[str], open_assistant: Callable[[], Assistant] | None = None) -> int:
    """Write the retriever's documents and the tool's answer to a question; the exit status."""
    if len(arguments) != 1:
        sys.stderr.write("用法：python -m assistant.faces.langchain_tools 问题\n")
        return 2
    try:
        assistant = (open_assistant or _open)()
        found = PolicyRetriever(assistant=assistant, limit=3).invoke(arguments[0])
        answer = json.loads(policy_tool(assistant).invoke({"question": arguments[0]}))
    except PolicyAssistantError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for document in found:
        sys.stdout.write(f"{document.metadata['citation']}\n{document.page_content}\n\n")
    sys.stdout.write(f"{answer['renderings']['plain']}\n")
    return 0


def _open() -> Assistant:
    from assistant.service import PolicyAssistant
    from assistant.settings import load

    return PolicyAssistant.open(load())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
