"""One process: the API, the pages and the chat on one address, and an index that keeps up."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from assistant.errors import PolicyAssistantError, PortInUse, SettingsError
from assistant.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.faces.contract import Assistant
    from assistant.ledger.ledger import Ledger
    from assistant.service import PolicyAssistant

STOP_SECONDS = 3  # an open chat page holds a stream that never ends by itself

_log = logging.getLogger(__name__)


def create_app(assistant: PolicyAssistant, settings: Settings, ledger: Ledger) -> FastAPI:
    """Every web face over one assistant; the chat comes last, as it answers at ``/``."""
    from fastapi.routing import APIRoute
    from starlette.middleware.gzip import GZipMiddleware

    from assistant.administration.administration import Administration
    from assistant.faces.admin.pages import add_administration
    from assistant.faces.api import create_api
    from assistant.faces.chat.downloads import add_downloads
    from assistant.faces.chat.layout import mount_chat
    from assistant.faces.site.investor_page import add_investor_pages
    from assistant.faces.site.library_page import add_library
    from assistant.faces.site.missing_page import MissingPage
    from assistant.faces.site.pages import add_pages
    from assistant.faces.site.templates import Site
    from assistant.faces.site.unit_pages import add_unit_pages
    from assistant.faces.wechat.mounting import add_wechat

    app = create_api(assistant, settings, ledger, model=settings.api_model_name)
    site = Site.of(settings)
    administration = Administration(settings, assistant, encoder=assistant.encoder)
    add_pages(app, assistant, settings)
    add_library(app, assistant, site)
    add_unit_pages(app, assistant, site)
    add_investor_pages(app, assistant, site)
    add_downloads(app, assistant, site)
    add_administration(app, assistant, administration, ledger, settings, site)
    for route in app.routes:
        if isinstance(route, APIRoute) and not route.include_in_schema:
            methods = route.methods or set()
            route.methods = methods | ({"HEAD"} if "GET" in methods else set())
    app.state.talks = add_wechat(app, assistant, ledger, settings)
    mount_chat(app, assistant, settings, ledger)
    app.add_middleware(MissingPage, site=site)
    app.add_middleware(GZipMiddleware, minimum_size=1024)  # what streams is left as it is
    return app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C.

    The address is taken before anything slow is loaded, so that a taken port is said at once.

    Raises:
        PortInUse: another program listens there.
        SettingsError: the address cannot be used on this machine.
        LedgerError: the ledger's database is not one of ours.
        PolicyAssistantError: the corpus, the index or the encoder cannot be loaded.
    """
    with listener(settings.host, settings.port) as taken:
        from assistant.ledger.ledger import Ledger
        from assistant.service import PolicyAssistant

        assistant = PolicyAssistant.open(settings, progress=True)
        with (
            closing(Ledger.open(settings)) as ledger,
            watching(assistant, settings.refresh_seconds),
        ):
            app = create_app(assistant, settings, ledger)
            with app.state.talks:
                _run(app, taken, settings)


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens on the address.

    Raises:
        PortInUse: another program listens there.
        SettingsError: there is no such address on this machine, or no right to use it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError) as error:  # no name of a host
        raise SettingsError(f"设置 HOST 的值“{host}”不可用：应为本机的地址或主机名。") from error
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen()
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        if error.errno == errno.EACCES:
            raise SettingsError(
                f"设置 PORT 的值“{port}”不可用：没有使用这个端口的权限，请改用 1024 以上的端口。"
            ) from error
        raise SettingsError(f"设置 HOST 的值“{host}”不可用：本机没有这个地址。") from error
    return opened


@contextmanager
def watching(assistant: Assistant, seconds: float) -> Iterator[None]:
    """Meanwhile, take up changes of the corpus every few seconds."""
    stop = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(assistant, stop, seconds), name="corpus-watch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=1)  # a rebuild under way is dropped: it is written aside


def _watch(assistant: Assistant, stop: threading.Event, seconds: float) -> None:
    said = ""
    while not stop.wait(seconds):
        try:
            changed = assistant.refresh()
        except (PolicyAssistantError, OSError) as error:
            if str(error) != said:  # the same fault is said once, not every few seconds
                _log.error("文件有变化，但索引没有更新，继续使用原有索引：%s", error)
            said = str(error)
            continue
        said = ""
        if changed:
            _log.info("文件有变化，索引已更新。")


def _run(app: FastAPI, taken: socket.socket, settings: Settings) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            host = f"[{settings.host}]" if ":" in settings.host else settings.host
            _log.info("服务已启动：http://%s:%d/ （按 Ctrl-C 停止）", host, settings.port)

    config = uvicorn.Config(
        app, log_config=LOGGING, timeout_graceful_shutdown=STOP_SECONDS, server_header=False
    )
    # uvicorn stops gracefully, then raises the signal again; asked to stop, we end with status 0.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(KeyboardInterrupt):
        Server(config).run(sockets=[taken])


class WithoutQuery(logging.Filter):
    """Cuts the query string out of uvicorn's access records: it holds what people ask."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, address, *rest = record.args
            record.args = (client, method, str(address).partition("?")[0], *rest)
        return True


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"without_query": {"()": WithoutQuery}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "stream": "ext://sys.stderr",
        }
    },
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn.error": {"level": "INFO"},
        "uvicorn.access": {"level": "INFO", "filters": ["without_query"]},
        "assistant": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
