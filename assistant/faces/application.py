"""Every web face over one assistant, composed into one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from assistant.access.rate_limits import RateLimits
from assistant.administration.administration import Administration
from assistant.faces import problems
from assistant.faces.admin.pages import add_administration
from assistant.faces.api import create_api, refuse_the_rest
from assistant.faces.chat.downloads import add_downloads
from assistant.faces.chat.layout import mount_chat
from assistant.faces.conversations import StoredConversations
from assistant.faces.mcp_alias import McpAlias
from assistant.faces.mcp_server import mount_tools
from assistant.faces.middleware.head_requests import HeadRequests
from assistant.faces.middleware.installing import install
from assistant.faces.pending import RedisStore
from assistant.faces.site.investor_page import add_investor_pages
from assistant.faces.site.library_page import add_library
from assistant.faces.site.missing_page import MissingPage
from assistant.faces.site.pages import add_pages
from assistant.faces.site.templates import Site
from assistant.faces.site.unit_pages import add_unit_pages
from assistant.faces.wechat.mounting import add_wechat
from assistant.ledger.ledger import Ledger
from assistant.monitoring.metrics import Metrics
from assistant.service import PolicyAssistant
from assistant.settings import Settings


def create_app(
    assistant: PolicyAssistant, settings: Settings, ledger: Ledger, desk: ASGIApp | None = None
) -> FastAPI:
    """Every web face over one assistant; ``desk`` comes last, as the chat answers at ``/``.

    The desk is made here unless another process has it.
    """
    url, metrics, limits = settings.redis_url, Metrics(), RateLimits.open(settings)
    redis = RedisStore.open(url.get_secret_value()) if url else None
    app = create_api(
        assistant,
        settings,
        ledger,
        conversations=StoredConversations(redis) if redis else None,
        model=settings.api_model_name,
        metrics=metrics,
        stores={"redis": redis.answers} if redis else {},
    )
    ledger.listen(metrics.answered)
    site = Site.of(settings)
    add_pages(app, assistant, settings)
    add_library(app, assistant, site)
    add_unit_pages(app, assistant, site)
    add_investor_pages(app, assistant, site)
    add_downloads(app, assistant, site)
    _answer_head(app)
    app.state.talks = add_wechat(app, assistant, ledger, settings, admit=limits.hit_user)
    refuse_the_rest(app, "/wechat/{rest:path}", "/wecom/{rest:path}")
    mount_tools(app, assistant, settings, ledger)
    _mount(app, create_desk(assistant, settings, ledger) if desk is None else desk)
    _surround(app, settings, site, limits)
    return app


def _surround(app: FastAPI, settings: Settings, site: Site, limits: RateLimits) -> None:
    """Put around everything what looks at each request; what is added last comes first."""
    app.add_middleware(HeadRequests)
    app.add_middleware(MissingPage, site=site)
    app.add_middleware(GZipMiddleware, minimum_size=1024)  # what streams is left as it is
    install(app, settings, limits=limits)
    app.add_middleware(McpAlias, site=site)


def create_desk(assistant: PolicyAssistant, settings: Settings, ledger: Ledger) -> FastAPI:
    """What keeps its state in one process: the administration and, at ``/``, the chat."""
    desk = FastAPI(openapi_url=None)
    problems.install(desk)
    administration = Administration(settings, assistant, encoder=assistant.encoder)
    add_administration(desk, assistant, administration, ledger, settings, Site.of(settings))
    _answer_head(desk)
    mount_chat(desk, assistant, settings, ledger)
    return desk


def _answer_head(app: FastAPI) -> None:
    """Let every page be asked for its headers alone."""
    for route in app.routes:
        if isinstance(route, APIRoute) and not route.include_in_schema:
            methods = route.methods or set()
            route.methods = methods | ({"HEAD"} if "GET" in methods else set())


def _mount(app: FastAPI, desk: ASGIApp) -> None:
    """Put the desk at ``/``, after all else; it begins and ends with the app."""
    app.mount("/", desk)
    if not isinstance(desk, Starlette):
        return
    around, within = app.router.lifespan_context, desk.router.lifespan_context

    @asynccontextmanager
    async def both(app: FastAPI) -> AsyncIterator[Any]:
        async with around(app) as state, within(desk):
            yield state

    app.router.lifespan_context = both
