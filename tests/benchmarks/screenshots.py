"""The pictures of the README, ``python -m tests.benchmarks.screenshots``: each page, two widths.

Taken in Debian's Chromium on the real corpus, and written as WebP into ``tests/screenshots``.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.faces.application import create_app
from assistant.ledger.ledger import Ledger
from assistant.service import PolicyAssistant
from assistant.settings import load
from tests.browser import ARGUMENTS, CHROMIUM, ask, served

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
PASSWORD = "only-for-pictures"  # noqa: S105 - of a server that lives for a minute
DESKTOP: Any = {"width": 1280, "height": 800}
PHONE: Any = {"width": 390, "height": 780}
QUALITY = 72


def chat(page: Any) -> None:
    """A question with its answer, the first citation marked."""
    ask(page, "氢能产业由谁负责？")
    page.wait_for_selector("#source mark", state="attached")


def refusal(page: Any) -> None:
    """What a refusal looks like."""
    ask(page, "氢能企业的补贴金额是多少？")


def signed_in(page: Any) -> None:
    """Past the password."""
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("main h1")


def nothing(page: Any) -> None:
    """As it opens."""


PAGES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "chat": ("/", chat),
    "refusal": ("/", refusal),
    "industries": ("/industries", nothing),
    "project": ("/industries?project=我们做氢燃料电池电堆，想找地方建厂", nothing),
    "units": ("/units", nothing),
    "unit": ("/units/市科技局", nothing),
    "documents": ("/documents?q=氢能", nothing),
    "clause": ("", nothing),
    "admin": ("/admin", signed_in),
}


def take(folder: Path) -> list[Path]:
    """Write all pictures; their files."""
    from playwright.sync_api import sync_playwright

    written = []
    with tempfile.TemporaryDirectory() as kept:
        places = {"index_dir": Path(kept, "index"), "state_dir": Path(kept, "state")}
        settings = load({**places, "admin_password": PASSWORD})
        assistant = PolicyAssistant.open(settings)
        entries = assistant.industries()
        with (
            closing(Ledger.open(settings)) as ledger,
            served(create_app(assistant, settings, ledger)) as address,
            sync_playwright() as driver,
        ):
            browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            for name, (path, act) in PAGES.items():
                path = path or f"/clauses/{entries[0].clause_id}"
                for kind, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                    context: Any = browser.new_context(viewport=viewport, locale="zh-CN")
                    page = context.new_page()
                    page.goto(address + path)
                    if path == "/":
                        page.wait_for_selector("#talk-now .welcome")
                    act(page)
                    page.wait_for_timeout(600)
                    target = folder / f"{name}-{kind}.webp"
                    target.write_bytes(compressed(page.screenshot()))
                    written.append(target)
                    context.close()
            browser.close()
    return written


def compressed(png: bytes) -> bytes:
    """The picture as WebP."""
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(out, "WEBP", quality=QUALITY, method=6)
    return out.getvalue()


def main() -> None:
    """Take the pictures and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for path in take(folder):
        print(f"{path.name}  {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
