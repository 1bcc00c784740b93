"""The server of the floors with a browser: Starlette and uvicorn as the product runs them, and nothing else.

Run as `python server.py PORT`. `/echo` answers a registration with an acknowledgement made beforehand; what is posted to
`/events` goes to the page's socket as it is.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

ACKNOWLEDGEMENT = (
    '{"issuer":"MAX","contactId":null,"events":[{"messageType":"ClientEventSubscriptionAcknowledge",'
    '"contactId":null,"status":"OK","reason":"Success"}]}'
)

pages: list[WebSocket] = []


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        if '"RegisterForClientEvents"' in text:
            await socket.send_text(ACKNOWLEDGEMENT)


async def push(socket: WebSocket) -> None:
    await socket.accept()
    pages.append(socket)
    async for _ in socket.iter_text():
        pass


async def events(request: Request) -> Response:
    await pages[0].send_text((await request.body()).decode())
    return Response(status_code=202)


async def healthz(_: Request) -> Response:
    return Response()


if __name__ == "__main__":
    uvicorn.run(
        Starlette(
            routes=[
                Route("/healthz", healthz),
                Route("/events", events, methods=["POST"]),
                WebSocketRoute("/echo", echo),
                WebSocketRoute("/push", push),
                Mount("/", StaticFiles(directory=Path(__file__).parent.parent / "pages")),
            ]
        ),
        port=int(sys.argv[1]),
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
