"""What people would download instead, each as its manual sets it up: BM25 and vectors, fused.

All get the product's tokens and the shipped encoder's vectors, through ``marked``: the text, then
every token behind a mark, which each peer's own tokenizer finds by a regular expression. LangChain
takes a function instead. Each retriever fetches as many as are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant import text
from assistant.model import Encoder
from tests.benchmarks.retrieval_corpus import Entry
from tests.benchmarks.retrieval_systems import Absent, System

MARK = "\x1e"
TOKEN = rf"(?<={MARK})[^{MARK}]+"
RRF = 60
LANGCHAIN = "LangChain EnsembleRetriever"
LLAMAINDEX = "LlamaIndex QueryFusion"
HAYSTACK = "Haystack in-memory"
TXTAI = "txtai hybrid"


def marked(passage: str) -> str:
    """The text with its tokens behind it."""
    clean = passage.replace(MARK, " ")
    return "".join([clean, *(MARK + token for token in text.tokens(clean))])


def unmarked(passage: str) -> str:
    """The text without its tokens."""
    return passage.partition(MARK)[0]


class LangChain:
    """EnsembleRetriever over rank_bm25 and a FAISS store: reciprocal rank fusion, equal weights."""

    name = LANGCHAIN
    packages = ("langchain-classic", "langchain-community", "rank-bm25", "faiss-cpu")

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._ensemble: Any = None

    def index(self, passages: Sequence[Entry]) -> None:
        """Both retrievers over the texts, told apart by their rows."""
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS

        texts = [entry.full for entry in passages]
        rows = [{"row": row} for row in range(len(texts))]
        words = BM25Retriever.from_texts(texts, rows, preprocess_func=text.tokens)
        vectors = self._encoder.encode_passages(texts)
        pairs = zip(texts, vectors, strict=True)
        store = FAISS.from_embeddings(pairs, _langchain_embeddings(self._encoder), rows)
        self._ensemble = EnsembleRetriever(
            retrievers=[words, store.as_retriever()], weights=[0.5, 0.5], c=RRF, id_key="row"
        )

    def search(self, query: str, limit: int) -> list[int]:
        """The fused rows."""
        words, vectors = self._ensemble.retrievers
        words.k = limit
        vectors.search_kwargs = {"k": limit}
        return [found.metadata["row"] for found in self._ensemble.invoke(query)][:limit]


class LlamaIndex:
    """QueryFusionRetriever over its BM25 and its simple vector store, one query, no LLM."""

    name = LLAMAINDEX
    packages = ("llama-index-core", "llama-index-retrievers-bm25")

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._index: Any = None
        self._words: Any = None

    def index(self, passages: Sequence[Entry]) -> None:
        """One node a passage, with its vector."""
        from llama_index.core import MockEmbedding, VectorStoreIndex
        from llama_index.core.schema import TextNode
        from llama_index.retrievers.bm25 import BM25Retriever

        unused = MockEmbedding(embed_dim=self._encoder.dimension)  # all vectors are given
        vectors = self._encoder.encode_passages([entry.full for entry in passages])
        nodes = [
            TextNode(
                id_=str(row),
                text=marked(entry.full),
                embedding=vectors[row].tolist(),
                metadata={"row": row},
                excluded_embed_metadata_keys=["row"],
            )
            for row, entry in enumerate(passages)
        ]
        self._index = VectorStoreIndex(nodes=nodes, embed_model=unused)
        self._words = BM25Retriever(
            nodes=nodes, language=[], skip_stemming=True, token_pattern=TOKEN
        )

    def search(self, query: str, limit: int) -> list[int]:
        """The fused rows."""
        from llama_index.core.llms.mock import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
        from llama_index.core.schema import QueryBundle

        self._words.similarity_top_k = min(limit, int(self._words.bm25.scores["num_docs"]))
        fused = QueryFusionRetriever(
            [self._words, self._index.as_retriever(similarity_top_k=limit)],
            llm=MockLLM(),
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=limit,
            num_queries=1,
            use_async=False,
        )
        vector = self._encoder.encode_queries([query])[0].tolist()
        asked = QueryBundle(marked(query), embedding=vector)
        return [int(found.node.node_id) for found in fused.retrieve(asked)]


class Haystack:
    """InMemoryDocumentStore: BM25 and embedding retrievers, joined by reciprocal rank fusion."""

    name = HAYSTACK
    packages = ("haystack-ai",)

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._store: Any = None

    def index(self, passages: Sequence[Entry]) -> None:
        """One document a passage, with its vector."""
        from haystack import Document
        from haystack.document_stores.in_memory import InMemoryDocumentStore

        vectors = self._encoder.encode_passages([entry.full for entry in passages])
        self._store = InMemoryDocumentStore(bm25_tokenization_regex=TOKEN, shared=False)
        self._store.write_documents(
            [
                Document(id=str(row), content=marked(entry.full), embedding=vectors[row].tolist())
                for row, entry in enumerate(passages)
            ]
        )

    def search(self, query: str, limit: int) -> list[int]:
        """The fused rows."""
        from haystack.components.joiners import DocumentJoiner
        from haystack.components.retrievers.in_memory import (
            InMemoryBM25Retriever,
            InMemoryEmbeddingRetriever,
        )

        words = InMemoryBM25Retriever(self._store, top_k=limit).run(query=marked(query))
        vector = self._encoder.encode_queries([query])[0].tolist()
        near = InMemoryEmbeddingRetriever(self._store, top_k=limit).run(query_embedding=vector)
        joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=limit)
        found = joiner.run(documents=[words["documents"], near["documents"]])
        return [int(document.id) for document in found["documents"]]


class Txtai:
    """Embeddings with ``hybrid``: its BM25 terms and a FAISS index, scores fused by halves."""

    name = TXTAI
    packages = ("txtai", "faiss-cpu")

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._embeddings: Any = None

    def index(self, passages: Sequence[Entry]) -> None:
        """Texts stream in; no content is kept."""
        from txtai import Embeddings

        def transform(texts: Iterable[str]) -> NDArray[np.float32]:
            return self._encoder.encode_passages([unmarked(one) for one in texts])

        self._embeddings = Embeddings(
            method="external",
            transform=transform,
            content=False,
            hybrid=True,
            scoring={
                "method": "bm25",
                "terms": True,
                "normalize": True,
                "tokenizer": {"regexp": TOKEN},
            },
            faiss={"components": "IDMap,Flat"},
        )
        self._embeddings.index((row, marked(e.full), None) for row, e in enumerate(passages))

    def search(self, query: str, limit: int) -> list[int]:
        """The fused rows."""
        return [int(row) for row, _ in self._embeddings.search(marked(query), limit)]


Peer = LangChain | LlamaIndex | Haystack | Txtai
PEERS: dict[str, Callable[[Encoder], Peer]] = {
    "langchain": LangChain,
    "llamaindex": LlamaIndex,
    "haystack": Haystack,
    "txtai": Txtai,
}
_PACKAGES = {
    "langchain": LangChain.packages,
    "llamaindex": LlamaIndex.packages,
    "haystack": Haystack.packages,
    "txtai": Txtai.packages,
}
_MODULES = {
    "langchain": ("langchain_classic", "langchain_community", "rank_bm25", "faiss"),
    "llamaindex": ("llama_index", "bm25s"),
    "haystack": ("haystack",),
    "txtai": ("txtai",),
}


def open_peer(key: str, encoder: Encoder, *, find: Callable[[str], object] = find_spec) -> System:
    """A peer by its option; ``find`` looks for a module and returns None where there is none.

    Raises:
        Absent: a package that it needs is not installed.
    """
    missing = [name for name in _MODULES[key] if find(name) is None]
    if missing:
        raise Absent(f"not installed: {', '.join(missing)} (pip install '.[peers]')")
    return PEERS[key](encoder)


def versions() -> dict[str, str]:
    """The installed version of every package that is compared."""
    found: dict[str, str] = {}
    for name in sorted({"bm25s", "jieba", *(p for part in _PACKAGES.values() for p in part)}):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _langchain_embeddings(encoder: Encoder) -> Any:
    from langchain_core.embeddings import Embeddings

    class Shipped(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = encoder.encode_passages(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            vector: list[float] = encoder.encode_queries([text])[0].tolist()
            return vector

    return Shipped()
