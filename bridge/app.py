"""The application: the only place that knows every part."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge import __version__
from bridge.access import Access, AccessMiddleware
from bridge.acd.commands import StartSession
from bridge.acd.mock import MockPlatform
from bridge.acd.replay import Replays
from bridge.acd.rest import rest_routes
from bridge.api.problem import Problem, http_error, nobody_left_to_answer, problem_answer
from bridge.clock import Clock, RealClock
from bridge.configuration import Configured
from bridge.desk.desk import Desks
from bridge.desk.routes import desk_routes
from bridge.files import STATIC
from bridge.journal.base import Journal
from bridge.panels import panel_routes
from bridge.paths import PREFIX, register_convertors
from bridge.postmessage.profiles import MAX, Profile
from bridge.recordings.kept import Recordings
from bridge.supervisor.routes import supervisor_routes

if TYPE_CHECKING:
    from bridge.acd.live.platform import LivePlatform
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


@dataclass(frozen=True)
class Upstream:
    """A live tenant: its address before `/services`, the bearer token of its user, and the phone to start a session with."""

    base: str
    token: str = field(repr=False)
    station: StartSession | None = None


def create_app(
    journal: Journal,
    access: Access,
    configured: Configured,
    profile: Profile = MAX,
    clock: Clock | None = None,
    meanwhile: contextlib.AbstractAsyncContextManager[None] | None = None,
    upstream: Upstream | None = None,
) -> Starlette:
    """The server over an open journal, which it closes when it stops. `meanwhile` is entered while it runs. Whoever is about to
    stop it sets `state.stopping`, so that nobody waits for what is held open. With an `upstream` the platform is that tenant, and
    the Agent Session API is to be found there alone."""
    register_convertors()
    clock = clock or RealClock()
    platform: MockPlatform | LivePlatform
    if upstream is None:
        live = None
        platform = mock = MockPlatform(
            journal,
            clock,
            lambda: configured.now.skills,
            lambda: configured.now.qualifications,
            lambda: configured.now.dispositions,
        )

        def settle_soon() -> None:
            clock.call_at(clock.now(), mock.settle)

        configured.listen(settle_soon)
    else:
        platform = live = _live_platform(journal, clock, configured, upstream)
    desks = Desks(platform, journal, configured)

    recordings = Recordings(journal, clock)
    replays = Replays(platform, journal, clock, recordings.to_play) if isinstance(platform, MockPlatform) else None

    async def reset() -> None:
        desks.forget_wires()
        await journal.reset()
        if live is not None:
            await live.join_anew()

    def control_api() -> ASGIApp:
        from bridge.api.control import ControlApi  # and with it pydantic, which takes as long to import as all else together
        from bridge.api.floor import FloorApi
        from bridge.api.recordings import RecordingsApi

        kept = RecordingsApi(recordings, replays, journal, clock, profile)
        more = [*FloorApi(platform, configured, clock).operations(), *kept.operations()]
        return Router(
            ControlApi(platform, journal, desks, clock, configured, reset, stopping, more).routes(), redirect_slashes=False
        )

    stopping = asyncio.Event()

    @cache
    def rest() -> "RestApi":
        from bridge.acd.rest.api import RestApi

        return RestApi(
            platform,
            journal,
            clock,
            access,
            lambda: configured.now.skills,
            lambda: configured.now.unavailable_codes,
            lambda: configured.now.dispositions,
            stopping,
        )

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await platform.start()
        if replays is not None:
            await replays.start()
        async with meanwhile or contextlib.nullcontext():
            yield
        if replays is not None:
            replays.stop()
        await platform.stop()
        await journal.close()

    app = Starlette(
        routes=[
            Route("/healthz", health),
            Mount(PREFIX, Deferred(control_api)),
            *desk_routes(desks, profile, clock, access, None if live is None else live.home),
            *supervisor_routes(platform, journal, configured, clock, access),
            *(
                rest_routes(Deferred(lambda: rest().services), Deferred(lambda: rest().tokens))
                if upstream is None
                else rest_routes(*[_elsewhere(upstream)] * 2)
            ),
            *panel_routes(configured, journal, clock),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(AccessMiddleware, access=access, epoch=lambda: journal.epoch)],
        exception_handlers={HTTPException: http_error, Problem: problem_answer, ClientDisconnect: nobody_left_to_answer},
        lifespan=lifespan,
    )
    app.state.stopping = stopping
    app.router.redirect_slashes = False  # an address is right or wrong, and is told so
    return app


def _live_platform(journal: Journal, clock: Clock, configured: Configured, upstream: Upstream) -> "LivePlatform":
    from bridge.acd.live.platform import LivePlatform
    from bridge.acd.live.tenant import Tenant

    tenant = Tenant(upstream.base, upstream.token)
    return LivePlatform(
        journal, clock, tenant, upstream.station, lambda: configured.now.skills, lambda: configured.now.dispositions
    )


def _elsewhere(upstream: Upstream) -> Response:
    """What this server has of the Agent Session API in front of a tenant."""
    detail = f"This server works with a live tenant. Its Agent Session API is at {upstream.base}."
    return Problem(404, "Not here", detail).response()
