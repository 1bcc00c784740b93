"""What the latency benchmarks run on: product and floor, each a server and a browser that shows its desk with panels in it."""

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
    """Product or floor. `page` is the address of the parent page, `connection()` leads to where a JSON array of wire events is
    posted."""

    page: str
    panels: Sequence[Panel]
    port: int
    path: str

    @property
    def panel(self) -> Panel:
        """The only one."""
        (panel,) = self.panels
        return panel

    def connection(self) -> Connection:
        return Connection(self.port, self.path)

    async def ask(self, task: str, **arguments: object) -> None:
        """Give all panels a task of `pages/panel.js` at the same time."""
        await asyncio.gather(*(panel.ask(task, **arguments) for panel in self.panels))


@asynccontextmanager
async def servers(floor_page: str, panels: int = 1) -> AsyncIterator[tuple[Side, Side]]:
    """Product and floor, so many panels each, everything fresh; no browser shows them yet.

    `floor_page` is the floor's parent page, one of those in `pages/floor.js`.
    """
    async with collecting() as collector:
        with ExitStack() as stack:
            port = free_port()
            registering, addresses = zip(*(collector.panel(f"product-{number}") for number in range(panels)), strict=True)
            # The panels under measurement are workspaces. What calls open asks for nothing: those alone get the events.
            options = ["--panel", collector.address("blank.html")]
            for address in addresses:
                options += ("--workspace", address)
            stack.enter_context(serving(product_command(port, *options), port))
            product = Side(f"http://127.0.0.1:{port}/desk/{AGENT}", registering, port, f"/api/v1/agents/{AGENT}/events")

            port = free_port()
            registering, addresses = zip(*(collector.panel(f"floor-{number}") for number in range(panels)), strict=True)
            stack.enter_context(serving(floor_command("server", port), port))
            query = urlencode({"page": floor_page, "panel": addresses}, doseq=True)
            floor = Side(f"http://127.0.0.1:{port}/floor.html?{query}", registering, port, "/events")

            yield product, floor


@asynccontextmanager
async def both_sides(floor_page: str, subscription_types: Sequence[str]) -> AsyncIterator[tuple[Side, Side]]:
    """The same with one panel each, which is registered, and a browser for each that shows its page."""
    program = find_chromium()
    async with servers(floor_page) as (product, floor):
        with chromium(program, product.page), chromium(program, floor.page):
            for side in (product, floor):
                await side.ask("subscribe", types=list(subscription_types))
            yield product, floor
