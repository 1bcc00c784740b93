"""What the latency benchmarks run on: product and floor, each a server and a browser that shows its desk with one panel in it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlencode

from benchmarks.browser import chromium, find_chromium
from benchmarks.collector import Panel, collecting
from benchmarks.processes import floor_command, free_port, product_command, serving

AGENT = "1001"


class Connection:
    """A kept-alive HTTP/1.1 connection with no more of a client than a benchmark needs; open within `async with`."""

    def __init__(self, port: int, path: str) -> None:
        self._port, self._path = port, path

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._writer.close()

    async def post(self, body: bytes) -> None:
        """POST JSON; returns once the 202 has been read whole. Raises RuntimeError at any other answer."""
        self._writer.write(
            b"POST %b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (self._path.encode(), self._port, len(body), body)
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").lower().split("\r\n")
        lengths = [int(field.partition(":")[2]) for field in fields if field.startswith("content-length:")]
        answer = await self._reader.readexactly(sum(lengths))
        if " 202 " not in status:
            raise RuntimeError(f"POST {self._path}: {status} {answer.decode()}")


@dataclass(frozen=True)
class Side:
    """Product or floor. `connection()` leads to where a JSON array of wire events is posted."""

    panel: Panel
    port: int
    path: str

    def connection(self) -> Connection:
        return Connection(self.port, self.path)


@asynccontextmanager
async def both_sides(floor_page: str, subscription_types: Sequence[str]) -> AsyncIterator[tuple[Side, Side]]:
    """Product and floor with their panels registered; everything is fresh.

    `floor_page` is the floor's parent page, one of those in `pages/floor.js`.
    """
    async with collecting() as collector:
        with ExitStack() as stack:
            program = find_chromium()

            port = free_port()
            panel, address = collector.panel("product")
            # The panel under measurement is the workspace. What calls open asks for nothing: one panel gets the events.
            options = ("--workspace", address, "--panel", collector.address("blank.html"))
            stack.enter_context(serving(product_command(port, *options), port))
            stack.enter_context(chromium(program, f"http://127.0.0.1:{port}/desk/{AGENT}"))
            product = Side(panel, port, f"/api/v1/agents/{AGENT}/events")

            port = free_port()
            panel, address = collector.panel("floor")
            stack.enter_context(serving(floor_command("server", port), port))
            query = urlencode({"page": floor_page, "panel": address})
            stack.enter_context(chromium(program, f"http://127.0.0.1:{port}/floor.html?{query}"))
            floor = Side(panel, port, "/events")

            for side in (product, floor):
                await side.panel.ask("subscribe", types=list(subscription_types))
            yield product, floor
