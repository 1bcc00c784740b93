"""The wire log: what passed between a desk and its panels. A capped ring, written after the message is on its way."""

import asyncio
import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from bridge.postmessage.messages import Envelope

KEPT_MESSAGES = 2_000
KEPT_BYTES = 8_000_000
MASK = "***"


class WireEntry(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One post message, or what is to be noted of one: a warning, a command's refusal. The `message` of a note is `{text}`.
    `offset` counts up from 1; `at` is in milliseconds since 1970 (UTC); `direction` is seen from the desk.

    `windows` are the numbers that the page gave its windows, `panel` the key of the panel (out: of none in particular). `ignored`
    says why the desk did not act on it.
    """

    offset: int
    at: int
    direction: Literal["in", "out", "note"]
    page: str
    windows: Sequence[int]
    message: Any
    panel: str | None = None
    origin: str | None = None
    ignored: str | None = None


class WireLog:
    """The last messages of one agent's desk pages, at most `KEPT_MESSAGES` and `KEPT_BYTES` of JSON text."""

    def __init__(self) -> None:
        self._entries: deque[tuple[WireEntry, int]] = deque()
        self._bytes = 0
        self._last = 0
        self._news = asyncio.Event()

    @property
    def last(self) -> int:
        """The number of the newest entry."""
        return self._last

    def came_in(self, at: int, page: str, windows: Sequence[int], data: msgspec.Raw, **rest: str | None) -> None:
        """A window posted `data`, JSON text; `rest` are the entry's `panel`, `origin` and `ignored`."""
        self._add(WireEntry(self._last + 1, at, "in", page, windows, data, **rest), len(data))

    def went_out(self, at: int, page: str, windows: Sequence[int], message: Envelope) -> None:
        """A message is on its way to these windows, each of which gets it with its own contact id."""
        self._add(WireEntry(self._last + 1, at, "out", page, windows, message), sum(map(len, message.events)))

    def noted(self, at: int, page: str, windows: Sequence[int], words: str, panel: str | None = None) -> None:
        """Something is to be said of what these windows posted last."""
        self._add(WireEntry(self._last + 1, at, "note", page, windows, {"text": words}, panel), len(words))

    def _add(self, entry: WireEntry, size: int) -> None:
        self._last = entry.offset
        self._entries.append((entry, size))
        self._bytes += size
        while len(self._entries) > KEPT_MESSAGES or self._bytes > KEPT_BYTES:
            self._bytes -= self._entries.popleft()[1]
        self._news.set()

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self._entries.clear()
        self._bytes = 0

    def read(self, after: int = 0, most: int = KEPT_MESSAGES) -> list[WireEntry]:
        """The entries with a number above `after` that are still kept, the newest `most` of them, oldest first, session tokens
        masked."""
        newer = itertools.takewhile(lambda entry: entry.offset > after, (entry for entry, _ in reversed(self._entries)))
        return [_shown(entry) for entry in reversed([*itertools.islice(newer, most)])]

    async def news(self, after: int) -> None:
        """Return once there is an entry above `after`."""
        while self._last <= after:
            self._news.clear()
            await self._news.wait()


def _shown(entry: WireEntry) -> WireEntry:
    # The text is decoded when somebody reads it: most entries drop off the ring unread.
    text = entry.message if isinstance(entry.message, msgspec.Raw) else msgspec.json.encode(entry.message)
    try:
        message = masked(msgspec.json.decode(text))
    except (msgspec.MsgspecError, RecursionError):  # what nobody has decoded may hold a number or a depth beyond reading
        message = f"{len(text)} bytes of JSON that cannot be shown"
    return msgspec.structs.replace(entry, message=message)


def masked(value: Any) -> Any:
    """The value with every session token in it replaced (a token is a key to the agent's whole session)."""
    if isinstance(value, dict):
        return {key: MASK if key == "sessionToken" else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value
