"""The application: the only place that knows every part."""

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import cache, cached_property
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge import __version__
from bridge.access import Access, AccessMiddleware
from bridge.acd.agent import AgentDecider
from bridge.acd.mock import MockPlatform
from bridge.acd.rest import rest_routes
from bridge.api.problem import Problem, http_error, problem_answer
from bridge.clock import Clock, RealClock
from bridge.configuration import Configured
from bridge.desk.desk import Desks
from bridge.desk.routes import desk_routes
from bridge.files import STATIC
from bridge.journal.base import Journal
from bridge.journal.runner import Runner
from bridge.panels import panel_routes
from bridge.paths import PREFIX, register_convertors
from bridge.postmessage.profiles import MAX, Profile

if TYPE_CHECKING:
    from bridge.acd.rest.api import RestApi


class Deferred:
    """An application that is made when its first request comes."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make

    @cached_property
    def app(self) -> ASGIApp:
        return self._make()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


def create_app(
    journal: Journal,
    access: Access,
    configured: Configured,
    profile: Profile = MAX,
    clock: Clock | None = None,
    meanwhile: contextlib.AbstractAsyncContextManager[None] | None = None,
) -> Starlette:
    """The server over an open journal, which it closes when it stops. `meanwhile` is entered while it runs."""
    register_convertors()
    clock = clock or RealClock()
    runner = Runner(journal, clock, {"agent": AgentDecider(lambda: configured.now.skills)})
    platform = MockPlatform(runner)
    desks = Desks(platform, journal, configured)

    async def reset() -> None:
        desks.forget_wires()
        await journal.reset()

    def control_api() -> ASGIApp:
        from bridge.api.control import ControlApi  # and with it pydantic, which takes as long to import as all else together

        return Router(ControlApi(platform, journal, desks, clock, configured, reset).routes())

    @cache
    def rest() -> "RestApi":
        from bridge.acd.rest.api import RestApi

        return RestApi(platform, journal, clock, access, lambda: configured.now.skills, lambda: configured.now.unavailable_codes)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await platform.start()
        async with meanwhile or contextlib.nullcontext():
            yield
        runner.stop()
        await journal.close()

    app = Starlette(
        routes=[
            Route("/healthz", health),
            Mount(PREFIX, Deferred(control_api)),
            *desk_routes(desks, profile, clock, access),
            *rest_routes(Deferred(lambda: rest().services), Deferred(lambda: rest().tokens)),
            *panel_routes(configured, journal, clock),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(AccessMiddleware, access=access, epoch=lambda: journal.epoch)],
        exception_handlers={HTTPException: http_error, Problem: problem_answer},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # an address is right or wrong, and is told so
    return app
