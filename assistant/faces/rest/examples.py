"""Examples for /openapi.json; the tests hold each to the shape that it is an example of."""

from __future__ import annotations

from typing import Any

ANSWER: dict[str, Any] = {
    "id": "ans-5d0c2f",
    "object": "policy.answer",
    "created": 1735689600,
    "as_of": "2025-01-01",
    "status": "answered",
    "question": {"text": "智能装备产业的目标是什么？", "rewritten": None},
    "answer": {"text": "打造千亿级新能源汽车产业集群[1]", "format": "text"},
    "claims": [{"span": [0, 14], "citation_ids": ["c1"], "support": "quoted"}],
    "citations": [
        {
            "id": "c1",
            "number": 1,
            "document": {
                "id": "2022-40-2e2d",
                "title": "淄博市人民政府关于加快推动济淄同城化科创大走廊先行区建设的意见",
                "doc_number": "淄政字〔2022〕40号",
                "issuer": "淄博市人民政府",
                "issued_on": "2022-04-20",
                "kind": "official",
                "sha256": "c87b8cc521e3e8b5317c4a6a1cadd00616f706ffb775f35093d3cac2284d6363",
            },
            "clause": {
                "id": "2022-40-2e2d:2.2.1",
                "path": ["正文", "二、重点任务", "（二）加快发展高端特色产业", "智能装备"],
                "label": "二（二）智能装备",
                "anchor": "c-2.2.1",
            },
            "quote": "打造千亿级新能源汽车产业集群",
            "char_range": [1322, 1336],
            "validity": {"status": "unknown", "basis": ""},
        }
    ],
    "responsible_units": [
        {
            "name": "市科技局",
            "role": "responsible",
            "basis": "listed",
            "clause_id": "2022-40-2e2d:2.2.1",
        }
    ],
    "refusal": None,
    "aigc": {"generated": False, "notice": "", "label": ""},
    "warnings": [],
    "model": {},
    "usage": {},
    "renderings": {"plain": "", "markdown": ""},
}

ANSWER_EVENTS = """event: sentence
data: {"text": "打造千亿级新能源汽车产业集群[1]"}

event: answer
data: {"id": "ans-5d0c2f", "object": "policy.answer", "status": "answered", "…": "…"}

"""

_CLAUSE: dict[str, Any] = {
    "id": "2022-40-2e2d:2.2.1",
    "document_id": "2022-40-2e2d",
    "kind": "lead",
    "number": "",
    "heading": "智能装备",
    "path": ["正文", "二、重点任务", "（二）加快发展高端特色产业", "智能装备"],
    "label": "二（二）智能装备",
    "text": "智能装备。打造千亿级新能源汽车产业集群",
    "char_range": [1317, 1336],
    "body_range": [1322, 1336],
    "parent_id": "2022-40-2e2d:2.2",
    "responsibility": {
        "assignments": [
            {
                "unit": "市科技局",
                "role": "responsible",
                "basis": "listed",
                "canonical": "市科技局",
                "level": "市",
            }
        ],
        "note_range": None,
        "note_clause_id": "2022-40-2e2d:2.2",
        "others": "等有关部门",
        "remarks": [],
    },
}
_SUMMARY: dict[str, Any] = {
    **ANSWER["citations"][0]["document"],
    "recipients": "各区县人民政府",
    "source": "policy.docx",
    "characters": 6200,
    "clauses": 60,
    "published_on": None,
    "keywords": [],
    "force": {"status": "unknown", "basis": "", "start": None, "end": None, "trial": False},
    "links": [],
    "anomalies": [],
}
_UNIT: dict[str, Any] = {
    "name": "市科技局",
    "full_name": "淄博市科学技术局",
    "aliases": ["市科学技术局"],
    "counts": {"lead": 3, "cooperate": 1, "responsible": 12, "local": 0},
}
_OUTLINE = ("id", "kind", "number", "heading", "label", "path", "char_range", "parent_id")
_ONE = {"count": 1, "limit": 200, "offset": 0, "next_offset": None}

SEARCH: dict[str, Any] = {
    "query": "新能源汽车产业集群",
    "hits": [{"clause": _CLAUSE, "score": 0.83, "signals": {"dense": 0.71, "lexical": 12.4}}],
    "limit": 10,
    "offset": 0,
    "next_offset": None,
}
FEEDBACK = {"status": "accepted", "answer_id": "ans_5d0c2f"}
DOCUMENTS: dict[str, Any] = {**_ONE, "documents": [_SUMMARY]}
DOCUMENT: dict[str, Any] = {
    "document": _SUMMARY,
    "url": "https://policy.example/documents/2022-40-2e2d",
    "text": "……",
    "outline": [{k: v for k, v in _CLAUSE.items() if k in _OUTLINE}],
}
CLAUSE: dict[str, Any] = {
    "clause": _CLAUSE,
    "document": _SUMMARY,
    "citation": f"《{_SUMMARY['title']}》（{_SUMMARY['doc_number']}）{_CLAUSE['label']}",
    "url": "https://policy.example/clauses/2022-40-2e2d:2.2.1",
}
UNITS: dict[str, Any] = {**_ONE, "units": [_UNIT]}
TASKS: dict[str, Any] = {
    "unit": _UNIT,
    "count": 1,
    "tasks": [{"clause": _CLAUSE, "role": "responsible", "basis": "listed", "covers": []}],
}
INDUSTRIES: dict[str, Any] = {
    **_ONE,
    "industries": [
        {
            "industry": "生物医药",
            "areas": ["淄川经济开发区"],
            "clause_id": "2022-40-2e2d:2.2.2",
            "char_range": [1400, 1432],
        }
    ],
}

_CONTENT = (
    "打造千亿级新能源汽车产业集群[1]\n"
    "【依据】《…》（淄政字〔2022〕40号）二（二）智能装备\n"
    "【责任单位】市科技局"
)
_URL = "https://policy.example/clauses/2022-40-2e2d:2.2.1"
COMPLETION: dict[str, Any] = {
    "id": "chatcmpl-5d0c2f",
    "object": "chat.completion",
    "created": 1735689600,
    "model": "policy-assistant",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": _CONTENT,
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "start_index": 0,
                            "end_index": 14,
                            "title": CLAUSE["citation"],
                            "url": _URL,
                        },
                    }
                ],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 13, "completion_tokens": 60, "total_tokens": 73},
    "citations": [_URL],
    "x_policy": ANSWER,
}
COMPLETION_EVENTS = """data: {"choices": [{"delta": {"content": "…"}, "index": 0}], "…": "…"}

data: {"choices": [{"delta": {"annotations": []}, "index": 0}], "x_policy": {}, "…": "…"}

data: [DONE]

"""
MODEL: dict[str, Any] = {
    "id": "policy-assistant",
    "object": "model",
    "created": 1735689600,
    "owned_by": "policy-assistant",
}
MODELS: dict[str, Any] = {"object": "list", "data": [MODEL]}
CHAT_MESSAGE: dict[str, Any] = {
    "event": "message",
    "task_id": "0b9a7c1e-6d0f-4f3e-9a57-3f0e3c1f2a10",
    "id": "ans_5d0c2f",
    "message_id": "ans_5d0c2f",
    "conversation_id": "5b1f6c52-8f0e-4a0f-9a43-0c3a2a7c1d11",
    "mode": "chat",
    "answer": _CONTENT,
    "metadata": {
        "usage": {
            "prompt_tokens": 13,
            "completion_tokens": 60,
            "total_tokens": 73,
            "total_price": "0",
            "currency": "CNY",
            "latency": 0.012,
        },
        "retriever_resources": [
            {
                "position": 1,
                "dataset_id": "corpus",
                "dataset_name": "政策文件",
                "document_id": "2022-40-2e2d",
                "document_name": f"《{_SUMMARY['title']}》（{_SUMMARY['doc_number']}）",
                "segment_id": _CLAUSE["id"],
                "score": None,
                "content": ANSWER["citations"][0]["quote"],
                "url": _URL,
                "label": _CLAUSE["label"],
            }
        ],
        "x_policy": ANSWER,
    },
    "created_at": 1735689600,
}
CHAT_EVENTS = """data: {"event": "message", "conversation_id": "…", "answer": "…", "…": "…"}

data: {"event": "message_end", "conversation_id": "…", "metadata": {}, "…": "…"}

"""
RESULT = {"result": "success"}
HEALTH: dict[str, Any] = {
    "status": "ok",
    "index": {"format": 1, "encoder": "static", "corpus": "…", "documents": 3, "clauses": 180},
}
