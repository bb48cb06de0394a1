"""The applications beside the product in the benchmarks of the API, each served alone.

They import as little as they can, as their memory is reported.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response

from assistant.ledger.entries import LedgerHealth

BARE, OPEN, LEDGER = "bare", "open", "ledger"
ANSWERS, CHAT, WECHAT = "/v1/answers", "/v1/chat/completions", "/wechat/mp"
ROUTES = (ANSWERS, CHAT, WECHAT)


class NullLedger:
    """A ledger that keeps nothing."""

    def record(self, answer: Any, **_said: Any) -> None:
        """Drop it."""

    def feedback(self, answer_id: str, **_said: Any) -> None:
        """Drop it."""

    def health(self) -> LedgerHealth:
        """Nothing waits."""
        return LedgerHealth(True, 0, 0, "")


def bare(folder: Path) -> FastAPI:
    """FastAPI routes that return the samples in ``folder`` and look nothing up."""
    samples = {route: sample_file(folder, route).read_bytes() for route in ROUTES}
    app = FastAPI()

    def answers(body: dict[str, Any]) -> Response:
        assert body
        return Response(samples[ANSWERS], media_type="application/json")

    def chat(body: dict[str, Any]) -> Response:
        assert body
        return Response(samples[CHAT], media_type="application/json")

    async def wechat(request: Request) -> Response:
        assert await request.body()
        return Response(samples[WECHAT], media_type="application/xml")

    def healthz() -> dict[str, str]:
        return {}

    for route, endpoint in zip(ROUTES, (answers, chat, wechat), strict=True):
        app.add_api_route(route, endpoint, methods=["POST"])  # type: ignore[arg-type]
    app.add_api_route("/healthz", healthz)
    return app


def alone(*, kept: bool) -> FastAPI:
    """The API's application and 公众号, with a ledger on disk or none."""
    from assistant.faces.api import create_api
    from assistant.faces.wechat.mounting import add_wechat
    from assistant.ledger.ledger import Ledger
    from assistant.service import PolicyAssistant
    from assistant.settings import load

    settings = load()
    ledger = Ledger.open(settings) if kept else NullLedger()
    assistant = PolicyAssistant.open(settings)
    app = create_api(assistant, settings, ledger)
    add_wechat(app, assistant, ledger, settings)
    return app


def sample_file(folder: Path, route: str) -> Path:
    """Where the answer is that the bare server returns on a route."""
    return folder / f"{route.replace('/', '-')}.sample"


def main() -> None:
    """Serve one until the process is ended."""
    import uvicorn

    name, port = sys.argv[1:]
    app = bare(Path(os.environ["STATE_DIR"])) if name == BARE else alone(kept=name == LEDGER)
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    main()
