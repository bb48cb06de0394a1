"""The API, the pages and the chat on one address, by one process or several, over one index.

Where there are several, all but one hand what belongs to the chat or to the administration on to
that one, as the state of both is in memory; see ``forwarding``.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import closing, nullcontext, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from assistant.access.addresses import trusted_proxies
from assistant.errors import SettingsError
from assistant.faces.background import purging, watching
from assistant.faces.listening import accepting, listener, most_connections, prompt
from assistant.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp


STOP_SECONDS = 3  # an open chat page holds a stream that never ends by itself
_DRAIN_SECONDS = 0.3  # from its last connection to its end, where others take the next
_KILL_SECONDS = STOP_SECONDS + 17  # the ledger may take some, too, and a busy machine more
_LONGEST_FOLDER = 80  # bytes; a socket in it has an address of 107 at most
_CHAT_WORKER = 0  # the place of the worker that holds the chat and the administration

_log = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C, by as many processes as the settings say.

    The address is taken before anything slow is loaded, so that a taken port is said at once.

    Raises:
        PortInUse: another program listens there.
        SettingsError: the address cannot be used on this machine, or another setting is wrong.
        LedgerError: the ledger's database is not one of ours.
        PolicyAssistantError: the corpus, the index or the encoder cannot be loaded.
    """
    trusted_proxies(settings.trusted_proxies)  # a wrong one is said now
    with listener(settings.host, settings.port) as taken:
        if settings.workers == 1:
            _work(settings, taken, None, _CHAT_WORKER, partial(_say_started, settings))
        else:
            _serve_by_workers(settings, taken)


def _serve_by_workers(settings: Settings, taken: socket.socket) -> None:
    from assistant.faces.workers import Workers
    from assistant.monitoring import logs

    logs.configure(settings.log_format)
    with TemporaryDirectory(prefix="policy-assistant-") as folder:
        if len(os.fsencode(folder)) > _LONGEST_FOLDER:
            raise SettingsError(f"临时文件夹“{folder}”的路径过长，请用环境变量 TMPDIR 换一个短的。")
        figures = Path(folder, "metrics")
        figures.mkdir()

        def gone(pid: int) -> None:
            for file in figures.glob(f"gauge_live*_{pid}.db"):
                file.unlink(missing_ok=True)  # what it said of its present state

        Workers(
            partial(_work, settings, taken, Path(folder, "chat.sock")),
            settings.workers,
            stop_seconds=_KILL_SECONDS,
            environment={"PROMETHEUS_MULTIPROC_DIR": str(figures)},
            begun=partial(_say_started, settings),
            gone=gone,
        ).run()


def _work(
    settings: Settings,
    taken: socket.socket,
    chat: Path | None,
    place: int,
    ready: Callable[[], None],
) -> None:
    """Serve in this process; at ``chat`` the worker in the first place listens for the others."""
    from assistant.faces.application import create_app, create_desk
    from assistant.faces.forwarding import Forwarder
    from assistant.faces.site.templates import Site
    from assistant.ledger.ledger import Ledger
    from assistant.monitoring import logs
    from assistant.service import PolicyAssistant

    logs.configure(settings.log_format)
    assistant = PolicyAssistant.open(settings, progress=True)
    holds_chat = place == _CHAT_WORKER
    with (
        closing(Ledger.open(settings)) as ledger,
        watching(assistant, settings.refresh_seconds),
        purging(ledger, settings.audit_retention_days) if holds_chat else nullcontext(),
    ):
        desk: ASGIApp
        if holds_chat or chat is None:
            desk = create_desk(assistant, settings, ledger)
        else:
            desk = Forwarder(chat, Site.of(settings))
        app = create_app(assistant, settings, ledger, desk)
        with app.state.talks:
            at = (desk, chat) if holds_chat and chat else None
            _run(app, taken, settings, at, ready)


def _say_started(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    _log.info("服务已启动：http://%s:%d/ （按 Ctrl-C 停止）", host, settings.port)


def _run(
    app: FastAPI,
    taken: socket.socket,
    settings: Settings,
    desk: tuple[ASGIApp, Path] | None = None,
    started: Callable[[], None] = lambda: None,
) -> None:
    """Answer at the socket; what other workers hand on to the desk is answered at its path."""
    import uvicorn
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    from assistant.faces.forwarding import protocols, receiver
    from assistant.faces.middleware.forwarded_headers import ForwardedHeaders

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=[])
            config.http_protocol_class = prompt(config.http_protocol_class)
            protocol = protocols(self, config, self.lifespan.state)
            limits: Any = {"most": most_connections(), "is_shared": settings.workers > 1}
            taking = accepting(taken, protocol, self.server_state.connections, **limits)
            self.taking = asyncio.ensure_future(taking)
            if desk:
                self.servers.append(await receiver(self, *desk))
            started()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            self.taking.cancel()
            await asyncio.sleep(_DRAIN_SECONDS)  # what was taken last has yet to say what it asks
            await super().shutdown(sockets=sockets)

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.readiness.stopping()
            super().handle_exit(sig, frame)

    trusted = trusted_proxies(settings.trusted_proxies)
    believing: Any = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type]
    config = uvicorn.Config(
        ForwardedHeaders(believing, trusted=trusted),
        log_config=None,
        access_log=False,  # ours says no address
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=False,  # they are read within
    )
    server = Server(config)
    # uvicorn stops gracefully, then raises the signal again; asked to stop, we end with status 0.
    signal.signal(signal.SIGTERM, server.handle_exit)
    with suppress(KeyboardInterrupt):
        server.run(sockets=[taken])
