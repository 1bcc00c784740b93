"""The recordings that a server keeps, in its journal.

Each has a stream `recording/<id>` with a record for each line of its file, appended in one step. The stream `recordings` says in
the order in which they came what they are; one whose stream is gone has been deleted.
"""

import asyncio
from collections.abc import Callable, Sequence
from secrets import token_hex

import msgspec

from bridge.acd.replay import ToPlay
from bridge.clock import Clock, iso
from bridge.journal.base import Change, Draft, Journal
from bridge.recordings.file import LeftOut, Recording, read_lines, read_recording

INDEX = "recordings"


class Kept(msgspec.Struct, frozen=True, rename="camel"):
    """A recording that is kept, without its messages. `kept` and `started` are times as wire events spell them, `duration` is in
    milliseconds. `left_out` counts the messages that are not in it, by why; `is_cut` says that its end was cut off."""

    recording_id: str
    kept: str
    started: str
    issuer: str
    masked: bool
    subscription_types: tuple[str, ...]
    messages: int
    events: int
    duration: int
    bytes: int
    left_out: dict[str, int]
    is_cut: bool


class Recordings:
    def __init__(self, journal: Journal, clock: Clock, chance: Callable[[], str] = lambda: token_hex(2)) -> None:
        self._journal, self._clock, self._chance = journal, clock, chance

    async def keep(self, text: bytes) -> Kept:
        """Keep the recording in a file's text. Raises `InvalidRecording`."""
        recording = await asyncio.to_thread(read_recording, text)  # a large one takes long enough to be noticed
        now = self._clock.now()
        kept = _about(recording, self._new_id(now), iso(now))
        lines = [Draft("line", msgspec.Raw(line)) for line in recording.lines]
        changes = [
            Change(_stream(kept.recording_id), 0, lines, keep_open=False),
            Change(INDEX, None, [Draft.of("kept", kept)], keep_open=False),
        ]
        await self._journal.append(changes, at=now)
        return kept

    async def all(self) -> list[Kept]:
        """Those that are kept, newest first."""
        records = await self._journal.read(INDEX)
        told = [msgspec.json.decode(record.data, type=Kept) for record in reversed(records)]
        return [kept for kept in told if self._is_kept(kept.recording_id)]

    async def file(self, recording_id: str) -> bytes | None:
        """The file; None where there is none with this id."""
        lines = await self._lines(recording_id)
        return b"".join(line + b"\n" for line in lines) if lines else None

    async def to_play(self, recording_id: str) -> list[ToPlay] | None:
        """Its messages, as they are played."""
        lines = await self._lines(recording_id)
        return await asyncio.to_thread(_to_play, lines) if lines else None

    async def delete(self, recording_id: str) -> bool:
        """Forget it. False: there is none with this id."""
        if not self._is_kept(recording_id):
            return False
        await self._journal.forget(_stream(recording_id))
        return True

    async def _lines(self, recording_id: str) -> list[bytes]:
        return [bytes(record.data) for record in await self._journal.read(_stream(recording_id))]

    def _is_kept(self, recording_id: str) -> bool:
        return self._journal.version(_stream(recording_id)) > 0

    def _new_id(self, now: int) -> str:
        """By the time at which it came, and never given to two."""
        moment = iso(now)[:19].replace("-", "").replace(":", "").replace("T", "-")
        while self._is_kept(new := f"{moment}-{self._chance()}"):
            pass
        return new


def _to_play(lines: Sequence[bytes]) -> list[ToPlay]:
    return [ToPlay(message.at, message.tells_state, message.told) for message in read_lines(lines).messages]


def _stream(recording_id: str) -> str:
    return f"recording/{recording_id}"


def _about(recording: Recording, recording_id: str, kept: str) -> Kept:
    header, messages = recording.header, recording.messages
    left_out: dict[str, int] = {}
    for entry in recording.entries:
        if isinstance(entry, LeftOut):
            left_out[entry.dropped] = left_out.get(entry.dropped, 0) + 1
    return Kept(
        recording_id,
        kept,
        header.started,
        header.issuer,
        header.masked,
        header.subscription_types,
        len(messages),
        sum(len(message.events) for message in messages),
        recording.duration,
        sum(len(line) + 1 for line in recording.lines),
        left_out,
        recording.is_cut,
    )
