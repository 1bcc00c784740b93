"""Where the panels of a benchmark come from, and where they report.

It serves `pages/` and holds a WebSocket to each panel: tasks go out on it, reports come back. A report's arrival is stamped
with the clock of this process. Its way here (panel, browser's network process, loopback, this loop) is the same for product
and floor; where it is part of a figure, the benchmark says so.
"""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from benchmarks.processes import HERE

Awaited = TypeVar("Awaited")

PATIENCE = 30.0
"""Seconds to wait for a panel before the benchmark is given up."""


class Report(NamedTuple):
    """`at` is `time.perf_counter_ns()` at arrival."""

    at: int
    text: str


class Panel:
    """A panel's end in this process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._connection: asyncio.Future[WebSocket] = asyncio.get_running_loop().create_future()
        self._reports: asyncio.Queue[Report] = asyncio.Queue()

    async def ask(self, task: str, **arguments: object) -> Any:
        """Give the panel a task of `pages/panel.js`; returns its result."""
        connection = await self._in_time(self._connection)
        await connection.send_text(json.dumps({"task": task, **arguments}))
        return json.loads((await self.report()).text)

    async def report(self) -> Report:
        """The next thing that the panel says."""
        return await self._in_time(self._reports.get())

    async def _in_time(self, awaited: Awaitable[Awaited]) -> Awaited:
        try:
            return await asyncio.wait_for(awaited, PATIENCE)
        except TimeoutError:
            raise TimeoutError(f"nothing came from the {self.name} panel in {PATIENCE:.0f} seconds") from None

    async def attend(self, connection: WebSocket) -> None:
        await connection.accept()
        self._connection.set_result(connection)
        async for text in connection.iter_text():
            self._reports.put_nowait(Report(time.perf_counter_ns(), text))


class Collector:
    def __init__(self) -> None:
        self._panels: dict[str, Panel] = {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.bind(("127.0.0.1", 0))
        # From here on a connection waits for the server instead of being refused.
        self.socket.listen()
        self.app = Starlette(
            routes=[
                WebSocketRoute("/report/{name}", self._report),
                Mount("/", StaticFiles(directory=HERE / "pages")),
            ]
        )

    def panel(self, name: str) -> tuple[Panel, str]:
        """A panel to be, and the address that makes it."""
        self._panels[name] = panel = Panel(name)
        return panel, self.address(f"panel.html?{name}")

    def address(self, page: str) -> str:
        """Where `pages/<page>` is: on the site `localhost`, while desks are on `127.0.0.1`, another."""
        return f"http://localhost:{self.socket.getsockname()[1]}/{page}"

    async def _report(self, connection: WebSocket) -> None:
        await self._panels[connection.path_params["name"]].attend(connection)


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    collector = Collector()
    server = uvicorn.Server(
        uvicorn.Config(
            collector.app,
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="warning",
        )
    )
    serving = asyncio.create_task(server.serve([collector.socket]))
    try:
        yield collector
    finally:
        server.should_exit = server.force_exit = True
        await serving
