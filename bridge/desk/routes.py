"""The desk's address and its socket."""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.access import Access
from bridge.clock import Clock
from bridge.desk.desk import Desks
from bridge.desk.frames import Hello, read_frames
from bridge.desk.page import Page
from bridge.postmessage.profiles import Profile

TOKEN_NEEDED = 4401
HELLO_WITHIN = 10
"""Seconds that a socket may stay silent: nobody holds one without having shown who it is."""


def desk_routes(desks: Desks, profile: Profile, clock: Clock, access: Access) -> list[Route | WebSocketRoute]:
    """`/` leads to the desk of agent 1001, `/desk/{agent}` is any agent's."""

    async def home(request: Request) -> Response:
        return RedirectResponse("/desk/1001")

    async def desk_page(request: Request) -> Response:
        from bridge.desk.view import page  # templates are first needed when a page is open

        return HTMLResponse(page("desk/desk.html", agent_id=request.path_params["agent_id"], issuer=profile.issuer))

    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                [hello] = read_frames(await socket.receive_text())
        except WebSocketDisconnect:
            return
        except (msgspec.DecodeError, KeyError, ValueError, TimeoutError):  # bytes, not text; several frames, not one
            hello = None
        if not isinstance(hello, Hello):
            await socket.close(1002, "a desk page begins with hello")
        elif not access.token_fits(hello.token):
            await socket.close(TOKEN_NEEDED, "token needed")
        else:
            await Page(socket, desks.of(socket.path_params["agent_id"]), profile, clock).run(hello)

    return [
        Route("/", home),
        Route("/desk/{agent_id:agent}", desk_page),
        WebSocketRoute("/desk/{agent_id:agent}/socket", socket),
    ]
