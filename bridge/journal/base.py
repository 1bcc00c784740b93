"""What a journal is: streams of records under one global offset.

Nothing in deskbridge stores state; state is folded from records. A change reads a stream at a version, decides, and appends
expecting that version; a `Conflict` means: read on and decide again (see `runner.py`).
"""

import os
from abc import ABC, abstractmethod
from asyncio import Event
from collections.abc import Sequence
from typing import Any, Self

import msgspec

WIRE = "wire"
"""The kind of a record that holds a vendor event: all that panels, pollers and recordings ever see."""


class Draft(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A record to be: what a decider returns. `data` is the JSON text of one object. In JSON it is `["wire", {...}]`."""

    kind: str
    data: msgspec.Raw

    @classmethod
    def of(cls, kind: str, value: Any) -> "Draft":
        return cls(kind, msgspec.Raw(msgspec.json.encode(value)))


class Record(msgspec.Struct, frozen=True, gc=False):
    """One entry of a stream.

    `offset` counts over all streams from 1 and never goes back, a reset included. `at` is in milliseconds since 1970 (UTC).
    `cause` names who asked (`page/<id>/<seq>`, `request/<id>`, `timer`). `data` is JSON text, encoded once and sent as it is.
    """

    offset: int
    at: int
    cause: str | None
    kind: str
    data: msgspec.Raw

    def value(self) -> Any:
        return msgspec.json.decode(self.data)


class Change(msgspec.Struct, frozen=True):
    """Records to append to one stream.

    `expected` is the stream's version (the offset of its last record, 0 when it has none) that the decision was made on; None
    appends whatever came before. `keep_open` False says that the stream wants no timers any more (see `open_streams`).
    """

    stream: str
    expected: int | None
    drafts: Sequence[Draft]
    keep_open: bool = True


class Conflict(Exception):
    """Somebody appended to `stream` since the version that the decision was made on. Nothing was appended."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"stream {stream!r} is at {actual}, not at {expected}")
        self.stream, self.expected, self.actual = stream, expected, actual


class JournalInUse(Exception):
    """Another process has this journal open."""


def new_epoch() -> str:
    return os.urandom(8).hex()


class Journal(ABC):
    """The whole history. Every method may be called from one event loop only.

    `epoch` is a random text that changes when the history starts afresh (a new journal, a reset): whoever remembers offsets
    remembers the epoch with them. `head` is the offset of the last record of any stream, ever. `notices` is what the user should
    be told about the opening, a sentence each; mostly there is nothing.
    """

    epoch: str
    head: int
    notices: list[str]

    def __init__(self) -> None:
        self.notices = []
        self._followers: dict[str, set[Follower]] = {}
        self._listeners: set[News] = set()

    @abstractmethod
    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        """Append to several streams, all or nothing; returns the records, one list for each change.

        The offsets of one append are consecutive in the order given. Followers are woken before this returns; they run when the
        caller next lets the loop turn. Raises `Conflict`. A stream stands in `changes` at most once; each has a draft or more.
        """

    @abstractmethod
    async def read(self, stream: str, after: int = 0) -> list[Record]:
        """The records of a stream with an offset above `after`, oldest first."""

    @abstractmethod
    def version(self, stream: str) -> int:
        """The offset of the stream's last record, 0 when it has none."""

    @abstractmethod
    def open_streams(self) -> list[str]:
        """The streams whose last append kept them open, in the order of their first record."""

    @abstractmethod
    async def forget(self, stream: str) -> None:
        """Forget one stream with all its records, as if it had never been; `head` stays. It is for a stream that is whole in
        itself and that nobody follows."""

    @abstractmethod
    async def reset(self) -> None:
        """Forget every record and begin a new epoch; `head` stays. Followers are woken and end."""

    @abstractmethod
    async def close(self) -> None:
        """Release what the journal holds; followers end. A second call does nothing."""

    def follow(self, stream: str, after: int = 0) -> "Follower":
        """What is in the stream after `after`, then what comes, in batches: `async for records in journal.follow(...)`."""
        return Follower(self, stream, after)

    def news(self, after: int = 0) -> "News":
        """That there is something in any stream after `after`, and then that more came: `async for head in journal.news(...)`."""
        return News(self, after)

    def _wake(self, streams: Sequence[str]) -> None:
        for stream in streams:
            for follower in self._followers.get(stream, ()):
                follower.wake()
        for listener in self._listeners:
            listener.wake()

    def _end_followers(self) -> None:
        for followers in list(self._followers.values()):
            for follower in list(followers):
                follower.close()
        for listener in list(self._listeners):
            listener.close()


class _Reader:
    """Somebody who waits for appends. `close` ends it from outside; use `async with` (or read to the end) so that the journal
    lets go of it."""

    def __init__(self, journal: Journal, after: int) -> None:
        self.offset = after
        self._journal, self._epoch = journal, journal.epoch
        self._wakened, self._closed = Event(), False

    def wake(self) -> None:
        self._wakened.set()

    def close(self) -> None:
        self._closed = True
        self._wakened.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    def _look(self) -> None:
        """Before a look at the journal: what comes from now on wakes. Raises StopAsyncIteration where nothing will come."""
        self._wakened.clear()
        if self._closed or self._epoch != self._journal.epoch:
            raise StopAsyncIteration


class Follower(_Reader):
    """An endless reader of one stream. Each step returns all that it has missed as one list, oldest first. It keeps nothing but
    its place, so a reader that lags costs no memory and holds nobody up."""

    def __init__(self, journal: Journal, stream: str, after: int) -> None:
        super().__init__(journal, after)
        self.stream = stream
        journal._followers.setdefault(stream, set()).add(self)

    def close(self) -> None:
        super().close()
        followers = self._journal._followers.get(self.stream)
        if followers is not None:
            followers.discard(self)
            if not followers:
                del self._journal._followers[self.stream]

    async def __anext__(self) -> list[Record]:
        while True:
            self._look()
            if self._journal.version(self.stream) > self.offset:
                # Empty when a reset came while they were read.
                if records := await self._journal.read(self.stream, self.offset):
                    self.offset = records[-1].offset
                    return records
            else:
                await self._wakened.wait()


class News(_Reader):
    """An endless listener to all streams, for who shows something of many. Each step returns the journal's `head`, once that is
    above the one before; what came is for the listener to find out. It ends as a `Follower` does."""

    def __init__(self, journal: Journal, after: int) -> None:
        super().__init__(journal, after)
        journal._listeners.add(self)

    def close(self) -> None:
        super().close()
        self._journal._listeners.discard(self)

    async def __anext__(self) -> int:
        while True:
            self._look()
            if self._journal.head > self.offset:
                self.offset = self._journal.head
                return self.offset
            await self._wakened.wait()
