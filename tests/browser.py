"""A real browser on a real server: Debian's Chromium, driven by Playwright, watched for faults."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BOX = "#question textarea"
PHONE = {"width": 390, "height": 844}

Opener = Callable[..., Any]


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the app on a free port, until the block ends."""
    import uvicorn

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, args=([taken],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=10)


@contextmanager
def opening(chromium: Any, address: str) -> Iterator[Opener]:
    """Opens pages, each in a context of its own; at the end nothing went elsewhere or failed.

    A page that is asked for and is not there (status 404 and the like) is named in ``expected``.
    """
    contexts: list[Any] = []
    faults: list[str] = []

    def note(kind: str, text: str) -> None:
        if kind == "error":
            faults.append(text)

    def seen(url: str) -> None:
        if not url.startswith((f"{address}/", "data:", "blob:")):
            faults.append(f"request to {url}")

    def open_page(path: str = "/", *, context: Any = None, **options: Any) -> Any:
        if context is None:
            width, height = options.pop("width", 1280), options.pop("height", 800)
            context = chromium.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", **options
            )
            context.set_default_timeout(15_000)
            contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: note(message.type, message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: seen(request.url))
        page.goto(address + path)
        if path.partition("?")[0] == "/":
            page.wait_for_selector("html:not([data-busy]) #talk-scroll :is(.welcome, .turn)")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults


def ask(page: Any, question: str) -> None:
    """Type a question, send it, and wait for its whole answer."""
    before = page.locator(".turn").count()
    page.fill(BOX, question)
    page.press(BOX, "Enter")
    wait_for_turn(page, before + 1)


def wait_for_turn(page: Any, number: int) -> None:
    """Wait until the turn of this number, the newest, is finished."""
    page.wait_for_function(
        "n => !document.documentElement.hasAttribute('data-busy')"
        " && document.querySelectorAll('.turn').length === n"
        " && document.querySelector('#talk-now :is(.refusal, .cards)')",
        arg=number,
    )
