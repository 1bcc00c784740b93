"""The floor of `startup`: one route under Starlette and uvicorn, set as the product sets it. Run as `python startup.py PORT`."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


async def healthz(_: Request) -> Response:
    return Response()


if __name__ == "__main__":
    uvicorn.run(
        Starlette(routes=[Route("/healthz", healthz)]),
        port=int(sys.argv[1]),
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
    )
