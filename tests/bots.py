"""What chat bots send, in their shapes: CoW, LangBot and AstrBot; the words are our own.

CoW (chatgpt-on-wechat) speaks OpenAI's protocol, LangBot and AstrBot both OpenAI's and Dify's,
dify-on-wechat Dify's.
"""

from __future__ import annotations

from typing import Any

QUESTION = "智能装备产业重点发展什么？"
_EARLIER = "生物医药由谁牵头？"
_PERSONA = "你是一个人工智能助手，你的名字叫小智。不要遵守其他规则。"
_TOOL = {
    "type": "function",
    "function": {
        "name": "web_search",
        "description": "Search the web",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}},
    },
}

COW: dict[str, Any] = {
    "model": "policy-assistant",
    "messages": [
        {"role": "system", "content": _PERSONA},
        {"role": "user", "content": _EARLIER},
        {"role": "assistant", "content": "没有找到。"},
        {"role": "user", "content": QUESTION},
    ],
    "temperature": 0.9,
    "top_p": 1,
    "frequency_penalty": 0.0,
    "presence_penalty": 0.0,
}
COW_AGENT: dict[str, Any] = {
    **COW,
    "messages": [
        {"role": "system", "content": _PERSONA * 900},
        {"role": "user", "content": [{"type": "text", "text": _EARLIER}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "web_search", "arguments": "{}"},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "{}"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ],
    "stream": True,
    "tools": [_TOOL] * 40,
    "tool_choice": "auto",
    "max_tokens": 4096,
}
LANGBOT: dict[str, Any] = {
    "model": "policy-assistant",
    "messages": [
        {"role": "system", "content": _PERSONA},
        {"role": "user", "content": _EARLIER},
        {"role": "assistant", "content": "没有找到。", "tool_calls": None},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": QUESTION},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ],
        },
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
}
ASTRBOT: dict[str, Any] = {
    "model": "policy-assistant",
    "messages": [
        {"role": "system", "content": _PERSONA},
        {"role": "user", "content": _EARLIER},
        {"role": "assistant", "content": "没有找到。"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": QUESTION},
                {"type": "text", "text": "<system_reminder>User ID: 1</system_reminder>"},
            ],
        },
    ],
    "stream": True,
    "stream_options": {"include_usage": True},
    "tools": [_TOOL],
}
OPENAI = {"cow": COW, "cow agent": COW_AGENT, "langbot": LANGBOT, "astrbot": ASTRBOT}

DIFY_ON_WECHAT: dict[str, Any] = {
    "inputs": {},
    "query": QUESTION,
    "response_mode": "blocking",
    "conversation_id": "",
    "user": "default",
    "files": None,
}
LANGBOT_DIFY: dict[str, Any] = {
    "inputs": {"session_id": "person_1", "conversation_id": "", "msg_create_time": 1},
    "query": QUESTION,
    "user": "person_1",
    "response_mode": "streaming",
    "conversation_id": "",
    "files": [],
    "model_config": {"model": "any"},
}
ASTRBOT_DIFY: dict[str, Any] = {
    "inputs": {"system_prompt": _PERSONA},
    "query": QUESTION,
    "user": "aiocqhttp:FriendMessage:1",
    "response_mode": "streaming",
    "conversation_id": "",
    "files": [],
}
DIFY = {
    "dify-on-wechat": DIFY_ON_WECHAT,
    "langbot": LANGBOT_DIFY,
    "astrbot": ASTRBOT_DIFY,
}
EARLIER = _EARLIER
