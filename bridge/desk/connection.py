"""An operator page's socket: how it begins, and what goes on beside it while it is open."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.access import Access
from bridge.clock import pace
from bridge.desk.frames import Hello, frame, read_frames

TOKEN_NEEDED = 4401
HISTORY_STARTED_AFRESH = 4001
"""The close code that sends the page straight back, to find a new epoch."""

HELLO_WITHIN = 10
"""Seconds that a socket may stay silent: nobody holds one without having shown who it is."""

BETWEEN_BEATS = 15.0
"""Seconds; a page takes a socket that is silent for more than twice as long to be dead."""

log = logging.getLogger(__name__)


async def greeted(socket: WebSocket, access: Access) -> Hello | None:
    """Accept a page's socket and take its hello; None: it has been sent away, as it has no hello or not the token."""
    await socket.accept()
    try:
        async with asyncio.timeout(HELLO_WITHIN):
            [hello] = read_frames(await socket.receive_text())
    except WebSocketDisconnect:
        return None
    except (msgspec.DecodeError, KeyError, ValueError, TimeoutError):  # bytes, not text; several frames, not one
        hello = None
    if not isinstance(hello, Hello):
        await socket.close(1002, "a page begins with hello")
    elif not access.token_fits(hello.token):
        await socket.close(TOKEN_NEEDED, "token needed")
    else:
        return hello
    return None


class Connection:
    """The socket of a page that has been let in; `whose` names the page in the server's log."""

    def __init__(self, socket: WebSocket, whose: str) -> None:
        self._socket, self._whose = socket, whose
        self._in_turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, text: str) -> None:
        """Send a frame. Raises `WebSocketDisconnect` when the page has gone."""
        # In turn: a socket that is full lets those that wait for it go on in no order.
        async with self._in_turn:
            try:
                await self._socket.send_text(text)
            except RuntimeError:  # the server's word for a socket that has closed, before anyone has read that it did
                raise WebSocketDisconnect(1006) from None

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do this beside all else, for as long as the page is there. Where it fails, the page is sent away to begin anew."""

        async def doing() -> None:
            try:
                await work
            except WebSocketDisconnect:
                pass
            except Exception:
                log.exception("serving %s failed", self._whose)
                with suppress(Exception):
                    await self._socket.close(1011, "the server failed")

        task = asyncio.create_task(doing())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def beat(self) -> None:
        """Let the page hear that the socket lives: a network that fell silent closes none."""
        while True:
            await pace(BETWEEN_BEATS)
            await self.send(frame("beat"))

    async def start_afresh(self) -> None:
        """Send the page away to find the history that began anew."""
        await self._socket.close(HISTORY_STARTED_AFRESH, "the history starts afresh")

    async def end(self) -> None:
        """What has begun ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
