"""A page and its answers as a browser shows them: when, and what went over the network.

Times are taken in the page, in the frame that draws what is waited for; so Playwright's own way to
and from the browser is in none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PATIENCE = 20_000.0  # milliseconds for one thing to be shown
SETTLED = 500.0  # milliseconds after the page is there, for what it still loads

# Promises, as a page's own policy forbids what Playwright would wait with (eval).
_VIEW = """window.viewed = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("not shown: " + JSON.stringify(SELECTORS))), PATIENCE);
  const there = (selector) => {
    const found = document.querySelector(selector);
    return found && found.checkVisibility() && found.getBoundingClientRect().height > 0;
  };
  const seen = {};
  const look = () => {
    for (const [name, selector] of Object.entries(SELECTORS)) {
      if (!(name in seen) && there(selector)) seen[name] = performance.now();
    }
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    if (paint && Object.keys(SELECTORS).every((name) => name in seen)) {
      resolve({ ...seen, paint: paint.startTime });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});"""
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
_WATCH = """({ turn, words, whole, patience }) => {
  const before = document.querySelectorAll(turn).length;
  window.answered = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), patience);
    addEventListener("keydown", () => {
      const start = performance.now();
      const times = {};
      const look = () => {
        const turns = document.querySelectorAll(turn);
        const last = turns.length > before && turns[turns.length - 1];
        const says = (selector) => last && last.querySelector(selector)?.textContent.trim();
        if (!times.words && says(words)) times.words = performance.now() - start;
        if (says(whole)) resolve({ ...times, whole: performance.now() - start });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  });
}"""


@dataclass(frozen=True, slots=True)
class Face:
    """The selectors of a chat: what means something, what is usable, the turns and their parts."""

    content: str
    ready: str
    box: str
    turn: str
    words: str
    whole: str


PRODUCT = Face(
    ".welcome",
    "#talk-now .welcome",
    "#question textarea",
    ".turn",
    ".answer-text, .reason",
    ".cards, .refusal",
)
ECHO = Face(
    "textarea", "textarea", "textarea", "[data-testid=bot]", ".message-content", ".message-content"
)


class Network:
    """What a page sends for, as Chromium counts it; what its cache has is not sent for."""

    def __init__(self, page: Any, address: str) -> None:
        self._sent: set[str] = set()
        self._received = 0.0
        self.foreign: list[str] = []
        self._own = (f"{address}/", "data:", "blob:")
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._send)
        session.on("Network.requestServedFromCache", lambda it: self._cached(it["requestId"]))
        session.on("Network.responseReceived", self._answer)
        session.on("Network.loadingFinished", self._finish)
        session.send("Network.enable")

    def figures(self) -> dict[str, float]:
        """The requests and the KiB received, with headers, as they were compressed."""
        return {"requests": float(len(self._sent)), "KiB": self._received / 1024}

    def _send(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not url.startswith(self._own):
            self.foreign.append(url)
        if not url.startswith(self._own[1:]):
            self._sent.add(event["requestId"])

    def _answer(self, event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            self._cached(event["requestId"])

    def _cached(self, request: str) -> None:
        self._sent.discard(request)

    def _finish(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self._sent:
            self._received += event["encodedDataLength"]


@contextmanager
def opened_browser() -> Iterator[Any]:
    """Chromium without a window, which resolves no host name."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def context_of(browser: Any, content: str, ready: str) -> Iterator[Any]:
    """A context of its own (no cache, no storage), which measures when these are visible."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    context.add_init_script(_view_script({"content": content, "ready": ready}))
    try:
        yield context
    finally:
        context.close()


def view(context: Any, address: str, path: str = "/") -> tuple[Any, dict[str, float], list[str]]:
    """Open a page: the page, its milliseconds, requests and KiB, and the requests that go elsewhere."""
    page = context.new_page()
    network = Network(page, address)
    page.goto(address + path)
    seen = page.evaluate("window.viewed")
    page.wait_for_timeout(SETTLED)
    figures = {
        "first contentful paint ms": seen["paint"],
        "first meaningful paint ms": max(seen["content"], seen["paint"]),
        "usable ms": seen["ready"],
        "load event ms": page.evaluate(_LOADED),
        **network.figures(),
    }
    return page, figures, network.foreign


def ask(page: Any, face: Face, question: str) -> dict[str, float]:
    """Ask in the open page: milliseconds from Enter to the first words and to the whole answer."""
    turn = {"turn": face.turn, "words": face.words, "whole": face.whole}
    page.evaluate(_WATCH, {**turn, "patience": PATIENCE})
    page.fill(face.box, question)
    page.press(face.box, "Enter")
    found = page.evaluate("window.answered")
    page.wait_for_timeout(SETTLED)
    return {"Enter to first words ms": found["words"], "Enter to whole answer ms": found["whole"]}


def _view_script(content: dict[str, str]) -> str:
    script = _VIEW.replace("SELECTORS", json.dumps(content))
    return script.replace("PATIENCE", str(PATIENCE))
