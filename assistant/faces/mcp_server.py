"""The MCP server: Gradio serves the tools, from an application of its own beside the chat.

Apart from the chat, so that its page carries nothing of them and none of the chat's handlers can be
reached through them, nor the tools, past the keys, through the chat.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.events import api
from starlette.concurrency import run_in_threadpool

from assistant.faces import problems
from assistant.faces.contract import Assistant, Ledger
from assistant.faces.mcp_alias import MOUNTED, TARGET
from assistant.faces.mcp_tools import INSTRUCTIONS, PolicyTools, failure, user
from assistant.faces.middleware.authentication import caller_of
from assistant.faces.middleware.json_bodies import JsonBodies
from assistant.faces.site.templates import PRODUCT
from assistant.settings import Settings

TOOLS_VERSION = "1.0"  # of the tools, not of the product
MAX_BODY_BYTES = 64 * 1024

_log = logging.getLogger(__name__)


def mount_tools(
    app: FastAPI,
    assistant: Assistant,
    settings: Settings,
    ledger: Ledger,
) -> None:
    """Serve the tools: ``McpAlias`` leads to them, and a chat at ``/`` comes after them."""
    tools = PolicyTools(assistant, settings, ledger)
    # What is no JSON at all gets the answer of the protocol.
    app.add_middleware(JsonBodies, prefix=TARGET, is_sound=lambda _: True)
    app.add_middleware(problems.BodyLimit, limit=MAX_BODY_BYTES, prefix=TARGET)
    # Where no loop runs, Gradio makes one for each of its locks and never closes it.
    with ThreadPoolExecutor(1) as builder:
        builder.submit(asyncio.run, _mount(app, tools)).result()


async def _mount(app: FastAPI, tools: PolicyTools) -> None:
    blocks = gr.Blocks(title=PRODUCT, analytics_enabled=False)
    with blocks:
        for name, tool in tools.all.items():
            api(tool, api_name=name, queue=False)
    gr.mount_gradio_app(
        app,
        blocks,
        path=MOUNTED,
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=True,
    )
    if blocks.mcp_server_obj is None:  # Gradio goes on without, and tells nobody
        raise ImportError(blocks.mcp_error)
    _answer_calls(blocks.mcp_server_obj.mcp_server, tools)


def _answer_calls(server: Any, tools: PolicyTools) -> None:
    """Say what the server is for, and call the tools directly.

    Gradio's own way makes a session of its page for each call, has the schema of the schema checked
    each time, all of it on the event loop, and tells errors in English.
    """
    from mcp.types import CallToolRequest, CallToolResult, ServerResult, TextContent

    server.instructions = INSTRUCTIONS
    server.version = TOOLS_VERSION

    def result(said: str, *, failed: bool = False) -> ServerResult:
        content = [TextContent(type="text", text=said)]
        return ServerResult(CallToolResult(content=content, isError=failed))

    async def call(request: CallToolRequest) -> ServerResult:
        wanted = request.params
        # Models write null for what they leave out.
        given = {k: v for k, v in (wanted.arguments or {}).items() if v is not None}
        if fault := tools.fault(wanted.name, given):
            return result(fault, failed=True)
        user.set(caller_of(server.request_context.request).user(""))
        calling = run_in_threadpool(tools.all[wanted.name], **given)
        (said,) = await asyncio.gather(calling, return_exceptions=True)
        if isinstance(said, str):
            return result(said)
        _log.error("MCP 工具“%s”出错。", wanted.name, exc_info=said)
        return result(
            failure(problems.INTERNAL.code, "服务内部出错，已写入日志，请稍后再试。"), failed=True
        )

    server.request_handlers[CallToolRequest] = call
