"""The overview's address and its socket."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bridge.access import Access
from bridge.acd.platform import Platform
from bridge.clock import Clock
from bridge.configuration import Configured
from bridge.desk.connection import greeted
from bridge.journal.base import Journal
from bridge.supervisor.feed import Feed
from bridge.supervisor.page import Page


def supervisor_routes(
    platform: Platform, journal: Journal, configured: Configured, clock: Clock, access: Access
) -> list[Route | WebSocketRoute]:
    """`/supervisor` is the overview of all agents, queues and contacts."""
    feed = Feed(platform, journal, configured)

    async def overview_page(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("supervisor/supervisor.html"))

    async def socket(socket: WebSocket) -> None:
        if (hello := await greeted(socket, access)) is not None:
            await Page(socket, feed, platform, journal, configured, clock).run(hello)

    return [Route("/supervisor", overview_page), WebSocketRoute("/supervisor/socket", socket)]
