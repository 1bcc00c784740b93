"""Notes on contacts, kept in the journal.

Each contact has a stream `notes/<contact id>`. Its last record is the note, with what other windows wrote and nobody has seen to
yet; so a note that was saved a hundred times is read as fast as one that was saved once. Each caller has a stream
`caller/<digits of the number>` that names the contacts with a note, which is how earlier ones are found.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from bridge.clock import Clock, iso
from bridge.journal.base import Change, Conflict, Draft, Journal

LONGEST = 10_000
"""Characters that a note may have. A browser sends 64 KB at most while its page closes, and a character takes up to six bytes."""

EARLIER = 50
"""Earlier notes that are shown with a contact."""

OTHERS = 5
"""Texts written elsewhere that are kept beside a note until somebody has seen to them."""


class Edit(msgspec.Struct, frozen=True):
    """What a window wants the note to be. `version` is the last one that it saw; `window` and `save` are its own name and a
    number that grows with each save. With `settled` it has seen to what was written elsewhere."""

    text: str
    version: int
    window: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    save: int
    settled: bool = False


class Note(msgspec.Struct, frozen=True):
    """A note as its record has it. `elsewhere` are texts of other windows that it took the place of unseen, oldest first."""

    text: str = ""
    window: str = ""
    save: int = 0
    elsewhere: tuple[str, ...] = ()


class Kept(msgspec.Struct, frozen=True):
    """A note with its version (0: there is none) and the time of its last save, as wire events spell times."""

    note: Note
    version: int
    at: str


class Earlier(msgspec.Struct, frozen=True, rename="camel"):
    """A note on another contact of the same caller."""

    contact_id: str
    at: str
    text: str


class _Noted(msgspec.Struct, rename="camel"):
    contact_id: str


def edited(note: Note, version: int, edit: Edit) -> Note:
    """The note after this edit: the text that comes last wins. A text that it replaces although its window never saw it is kept
    beside it, unless it is part of the new one. A save that another of the same window has overtaken changes nothing."""
    own = edit.window == note.window
    if own and edit.save <= note.save:
        return note
    seen = own or edit.version == version
    others = [] if edit.settled and seen else list(note.elsewhere)
    if not seen:
        others.append(note.text)
    unseen = dict.fromkeys(other for other in others if other.strip() and other.strip() not in edit.text)
    return Note(edit.text, edit.window, edit.save, tuple(unseen)[-OTHERS:])


class Notes:
    """The notes of a journal. `contact` is a contact's id, `number` the digits of its caller's number or ""."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    async def on(self, contact: str) -> Kept:
        """The note on a contact."""
        stream = _stream(contact)
        last = await self._journal.read(stream, self._journal.version(stream) - 1)
        if not last:
            return Kept(Note(), 0, "")
        return Kept(msgspec.json.decode(last[-1].data, type=Note), last[-1].offset, iso(last[-1].at))

    async def save(self, contact: str, number: str, edit: Edit) -> Kept:
        """Edit the note on a contact; what it is then. An edit that changes nothing leaves no record."""
        while True:
            kept = await self.on(contact)
            note = edited(kept.note, kept.version, edit)
            if (note.text, note.elsewhere) == (kept.note.text, kept.note.elsewhere):
                return kept
            changes = [Change(_stream(contact), kept.version, [Draft.of("note", note)], keep_open=False)]
            if number and contact not in await self._contacts(number):
                changes.append(Change(_caller(number), None, [Draft.of("noted", _Noted(contact))], keep_open=False))
            now = self._clock.now()
            try:
                (record,), *_ = await self._journal.append(changes, at=now)
            except Conflict:
                continue
            return Kept(note, record.offset, iso(now))

    async def earlier(self, contact: str, number: str) -> tuple[list[Earlier], bool]:
        """The notes on the other contacts of this caller, newest first, and whether there are older ones than these."""
        if not number:
            return [], False
        found: list[Earlier] = []
        for other in reversed(await self._contacts(number)):
            kept = await self.on(other)
            if other != contact and kept.note.text.strip():
                found.append(Earlier(other, kept.at, kept.note.text))
            if len(found) > EARLIER:
                break
        newest = sorted(found[:EARLIER], key=lambda earlier: earlier.at, reverse=True)
        return newest, len(found) > EARLIER

    async def _contacts(self, number: str) -> Sequence[str]:
        """The caller's contacts with a note, in the order of their first notes."""
        records = await self._journal.read(_caller(number))
        return [msgspec.json.decode(record.data, type=_Noted).contact_id for record in records]


def _stream(contact: str) -> str:
    return f"notes/{contact}"


def _caller(number: str) -> str:
    return f"caller/{number}"
