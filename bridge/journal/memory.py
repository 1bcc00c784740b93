"""A journal that lives as long as its process: for tests, and for a desk in front of a real tenant."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter

from bridge.journal.base import Change, Conflict, Journal, Record, new_epoch


class MemoryJournal(Journal):
    """Keeps every record in memory until a reset. Epochs and offsets begin anew with each process."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch, self.head = new_epoch(), 0
        self._streams: dict[str, list[Record]] = {}
        self._open: dict[str, bool] = {}

    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        for change in changes:
            if change.expected is not None and change.expected != (actual := self.version(change.stream)):
                raise Conflict(change.stream, change.expected, actual)
        appended = []
        for change in changes:
            records = [
                Record(offset, at, cause, draft.kind, draft.data) for offset, draft in enumerate(change.drafts, self.head + 1)
            ]
            self._streams.setdefault(change.stream, []).extend(records)
            self._open[change.stream] = change.keep_open
            self.head += len(records)
            appended.append(records)
        self._wake([change.stream for change in changes])
        return appended

    async def read(self, stream: str, after: int = 0) -> list[Record]:
        records = self._streams.get(stream, [])
        return records[bisect_right(records, after, key=attrgetter("offset")) :]

    def version(self, stream: str) -> int:
        records = self._streams.get(stream)
        return records[-1].offset if records else 0

    def open_streams(self) -> list[str]:
        return [stream for stream, is_open in self._open.items() if is_open]

    async def forget(self, stream: str) -> None:
        self._streams.pop(stream, None)
        self._open.pop(stream, None)

    async def reset(self) -> None:
        self.epoch = new_epoch()
        self._streams.clear()
        self._open.clear()
        self._end_followers()

    async def close(self) -> None:
        self._end_followers()
