"""The application: the only place that knows every part."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bridge import __version__
from bridge.access import Access, AccessMiddleware
from bridge.acd.agent import AgentDecider
from bridge.acd.mock import MockPlatform
from bridge.acd.skills import SKILLS
from bridge.api.control import ControlApi
from bridge.clock import Clock, RealClock
from bridge.crm import crm_routes
from bridge.desk.desk import Desks
from bridge.desk.panels import Panel
from bridge.desk.routes import desk_routes
from bridge.files import STATIC
from bridge.journal.base import Journal
from bridge.journal.runner import Runner
from bridge.paths import register_convertors
from bridge.postmessage.profiles import MAX, Profile

UNAVAILABLE_CODES = ("Break", "Lunch", "Meeting", "Training")


def create_app(
    journal: Journal, access: Access, panels: Sequence[Panel], profile: Profile = MAX, clock: Clock | None = None
) -> Starlette:
    """The server over an open journal, which it closes when it stops. `panels` are what the desk embeds."""
    register_convertors()
    clock = clock or RealClock()
    runner = Runner(journal, clock, {"agent": AgentDecider(SKILLS)})
    platform = MockPlatform(runner)
    desks = Desks(platform, journal, panels, SKILLS, UNAVAILABLE_CODES)

    async def reset() -> None:
        desks.forget_wires()
        await journal.reset()

    api = ControlApi(platform, journal, desks, clock, SKILLS, reset)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await runner.start()
        yield
        runner.stop()
        await journal.close()

    return Starlette(
        routes=[
            Route("/healthz", health),
            *desk_routes(desks, profile, clock, access),
            *crm_routes(),
            *api.routes(),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(AccessMiddleware, access=access)],
        lifespan=lifespan,
    )
