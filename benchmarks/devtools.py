"""A browser under DevTools, for what a page cannot do to itself: run a script before the page's own, and keep a trace.

The trace has each `performance.mark` with its time in microseconds, on one clock for all of the browser's processes. What pages
read off their own clocks ticks at 100 us, and the origins of those clocks are rounded as much. Nothing else is traced and no
domain of the protocol but Page is on, so that the socket and the messages take the way that they take without DevTools.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.browser import chromium

ANSWERS_WITHIN = 30.0
"""Seconds."""

CATEGORY = "blink.user_timing"

Marks = Mapping[str, list[int]]
"""The times of marks by their name, in microseconds, the earliest first."""


class DevTools:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._ids = count(1)

    async def show(self, url: str, script: str) -> None:
        """Lead the browser's page to `url`, and run `script` there before any script of its own."""
        targets = (await self._ask("Target.getTargets"))["targetInfos"]
        (page,) = [target["targetId"] for target in targets if target["type"] == "page"]
        session = (await self._ask("Target.attachToTarget", targetId=page, flatten=True))["sessionId"]
        await self._ask("Page.enable", session)
        await self._ask("Page.addScriptToEvaluateOnNewDocument", session, source=script)
        await self._ask("Page.navigate", session, url=url)

    @asynccontextmanager
    async def marks(self) -> AsyncIterator[Marks]:
        """The marks that pages set within the block; they are there after it."""
        marks: defaultdict[str, list[int]] = defaultdict(list)
        config = {"includedCategories": [CATEGORY], "excludedCategories": ["*"]}
        await self._ask("Tracing.start", traceConfig=config)
        yield marks
        async with asyncio.timeout(ANSWERS_WITHIN):
            await self._send("Tracing.end")
            while (message := await self._receive()).get("method") != "Tracing.tracingComplete":
                if message.get("method") == "Tracing.dataCollected":
                    for event in message["params"]["value"]:
                        if event["cat"] == CATEGORY:
                            marks[event["name"]].append(event["ts"])
        if message["params"]["dataLossOccurred"]:
            raise RuntimeError("the browser lost a part of its trace")
        for times in marks.values():
            times.sort()

    async def _ask(self, method: str, session: str | None = None, **params: object) -> dict[str, Any]:
        async with asyncio.timeout(ANSWERS_WITHIN):
            number = await self._send(method, session, **params)
            while (message := await self._receive()).get("id") != number:
                pass
        result: dict[str, Any] = message["result"]
        return result

    async def _send(self, method: str, session: str | None = None, **params: object) -> int:
        number = next(self._ids)
        addressed = {} if session is None else {"sessionId": session}
        await self._connection.send(json.dumps({"id": number, "method": method, "params": params, **addressed}))
        return number

    async def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self._connection.recv())
        if (error := message.get("error")) is not None:
            raise RuntimeError(f"the browser's DevTools: {error['message']}")
        return message


@asynccontextmanager
async def devtools(program: str) -> AsyncIterator[DevTools]:
    """A browser with a new profile and an empty page."""
    with chromium(program, "about:blank", "--remote-debugging-port=0") as profile:
        # A trace is large, and both ends are on this machine: no limit, and nothing to compress.
        async with connect(_address(profile), compression=None, max_size=None) as connection:
            yield DevTools(connection)


def _address(profile: Path) -> str:
    """Where DevTools listens, once the browser has written port and path into its profile."""
    file = profile / "DevToolsActivePort"
    begun = time.monotonic()
    while not file.exists() or len(lines := file.read_text().split()) < 2:
        if time.monotonic() - begun > ANSWERS_WITHIN:
            raise RuntimeError("the browser did not come up: its DevTools listen nowhere")
        time.sleep(0.01)
    port, path = lines
    return f"ws://127.0.0.1:{port}{path}"
