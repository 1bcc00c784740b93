"""One open overview page: its socket, what it is shown, what it asks for."""

from contextlib import aclosing

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.acd.platform import Platform
from bridge.clock import Clock
from bridge.configuration import Configured
from bridge.desk.connection import Connection
from bridge.desk.frames import Do, Hello, frame, read_frames
from bridge.journal.base import Journal
from bridge.supervisor.controls import carry_out
from bridge.supervisor.feed import Feed


class Page:
    """Its frames are those of a desk page, of which it needs few: `hello` and `do` from it, `welcome`, `view`, `ok`, `beat` and
    `error` to it (bridge/desk/frames.py)."""

    def __init__(
        self, socket: WebSocket, feed: Feed, platform: Platform, journal: Journal, configured: Configured, clock: Clock
    ) -> None:
        self._socket, self._feed, self._platform = socket, feed, platform
        self._journal, self._configured, self._clock = journal, configured, clock
        self._connection = Connection(socket, "an overview page")

    async def run(self, hello: Hello) -> None:
        """Serve the page until it goes. Raises nothing when it does."""
        epoch = self._journal.epoch
        welcome = frame("welcome", epoch=epoch, resumed=hello.epoch == epoch, now=self._clock.now())
        try:
            await self._connection.send(welcome)
            for lasting in (self._show(), self._connection.beat()):
                self._connection.begin(lasting)
            while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                await self._receive(message.get("text") or "", hello.page)
        except WebSocketDisconnect:
            pass
        finally:
            await self._connection.end()

    async def _show(self) -> None:
        """Send what changed, at the pace at which this page takes it, until the history starts afresh."""
        async with aclosing(self._feed.watch()) as frames:
            async for text in frames:
                await self._connection.send(text)
        await self._connection.start_afresh()

    async def _receive(self, text: str, page: str) -> None:
        try:
            frames = read_frames(text)
        except msgspec.DecodeError as invalid:
            await self._connection.send(frame("error", text=f"The server does not understand a frame of this page: {invalid}."))
            return
        for read in frames:
            if isinstance(read, Do):
                # Under a cause of page and sequence number, so that a frame sent twice is carried out once.
                refused = await carry_out(read, self._platform, self._configured.now.skills, f"page/{page}/{read.seq}")
                await self._connection.send(frame("ok", seq=read.seq, refused=refused))
            else:
                await self._connection.send(frame("error", text=f"An overview page sends no {type(read).__name__!r} here."))
