"""The desk's address and its socket."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from bridge.access import Access
from bridge.clock import Clock
from bridge.desk.connection import greeted
from bridge.desk.desk import Desks
from bridge.desk.page import Page
from bridge.postmessage.profiles import Profile


def desk_routes(
    desks: Desks, profile: Profile, clock: Clock, access: Access, tenants: Callable[[], Awaitable[str]] | None = None
) -> list[Route | WebSocketRoute]:
    """`/` leads to the desk of agent 1001 or, in front of a live tenant, of the agent that `tenants` gives; `/desk/{agent}` is
    any agent's."""

    async def home(request: Request) -> Response:
        return RedirectResponse(f"/desk/{'1001' if tenants is None else await tenants()}")

    async def desk_page(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(
            page("desk/desk.html", agent_id=request.path_params["agent_id"], issuer=profile.issuer, is_live=tenants is not None)
        )

    async def socket(socket: WebSocket) -> None:
        if (hello := await greeted(socket, access)) is not None:
            await Page(socket, desks.of(socket.path_params["agent_id"]), profile, clock).run(hello)

    return [
        Route("/", home),
        Route("/desk/{agent_id:agent}", desk_page),
        WebSocketRoute("/desk/{agent_id:agent}/socket", socket),
    ]
