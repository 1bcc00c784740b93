"""The file of a recording, as docs/recordings.md describes it: what is in one, read from text and written as text. Pure.

Events are kept as the JSON text that they came as. Nothing here parses and prints them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from bridge.clock import iso, milliseconds

VERSION = 1

MOST_BYTES = 32 * 2**20
"""The size of a file, but for the one line that says that there was no room for more."""

LARGEST = MOST_BYTES + 1024
"""The size of a file with that line."""

MOST_LINES = 2**20
"""The lines of a file: more with an event on each do not fit into it. What reads lines holds each in memory."""

SUBSCRIPTION_TYPES = ("agent", "contacts")
"""What a recording is registered for: everything but the session token."""

MEDIA_TYPES = ("application/x-ndjson", "application/jsonl")

ACKNOWLEDGE = "ClientEventSubscriptionAcknowledge"

_SESSION_TOKEN = re.compile(rb'"session_?token\\*"\s*:', re.IGNORECASE)
"""As a key, also inside a string that holds JSON."""

_HEADROOM = 200
"""How many levels less deep than it could read a reader takes, since others read the same text with less room on their stack."""

encode = msgspec.json.encode


class InvalidRecording(ValueError):
    """The text is no recording. The message says where and what, for people."""


class Header(msgspec.Struct, frozen=True, rename="camel"):
    """The first line. `started` is the time of the first message, as wire events spell times."""

    started: str
    issuer: str
    masked: bool
    subscription_types: tuple[str, ...]

    @property
    def started_at(self) -> int:
        """The same in milliseconds since 1970."""
        return milliseconds(self.started) or 0


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """A message as it came: `at` is in milliseconds since the recording started. `contact_id` None: it had none at all."""

    at: int
    contact_id: msgspec.Raw | None
    events: tuple[msgspec.Raw, ...]

    @property
    def told(self) -> tuple[msgspec.Raw, ...]:
        """Its events but for the acknowledgement."""
        return tuple(event for event in self.events if not is_acknowledgement(event))

    @property
    def tells_state(self) -> bool:
        """Whether it carries the state at that time and not what happened: it acknowledges a registration."""
        return any(map(is_acknowledgement, self.events))


class LeftOut(msgspec.Struct, frozen=True):
    """In the place of a message that is not in the file: `dropped` says why."""

    at: int
    dropped: str


class Recording(msgspec.Struct, frozen=True):
    """A recording that was read. `lines` are those of the file, the header's first, each the text of a JSON object; `is_cut` says
    that behind them was a part of one more, which was cut off."""

    header: Header
    entries: tuple[Message | LeftOut, ...]
    lines: tuple[bytes, ...]
    is_cut: bool = False

    @property
    def messages(self) -> list[Message]:
        return [entry for entry in self.entries if isinstance(entry, Message)]

    @property
    def duration(self) -> int:
        """Milliseconds from its first message to its last line."""
        return self.entries[-1].at if self.entries else 0


class _MessageType(msgspec.Struct):
    messageType: Any = None  # noqa: N815


_message_types = msgspec.json.Decoder(_MessageType)
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
_lists = msgspec.json.Decoder(list[msgspec.Raw])
_raw = msgspec.json.Decoder(msgspec.Raw)
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError)


def is_acknowledgement(event: msgspec.Raw) -> bool:
    """Whether an event of a message says that a registration counts (max-post-message.md, section 3)."""
    if ACKNOWLEDGE.encode() not in bytes(event):  # mostly, and much faster than to decode
        return False
    try:
        return bool(_message_types.decode(event).messageType == ACKNOWLEDGE)
    except _UNREADABLE:
        return False


# Reading


def read_recording(text: bytes) -> Recording:
    """The recording in a file's text. Raises `InvalidRecording`."""
    if len(text) > LARGEST:
        raise InvalidRecording(f"It has {len(text):,} bytes, and a recording {MOST_BYTES:,} at most.")
    if text.count(b"\n") > MOST_LINES:
        raise InvalidRecording(f"It has more than {MOST_LINES:,} lines, and a recording that many at most.")
    *lines, rest = text.split(b"\n")
    if not lines:
        raise InvalidRecording("It is empty." if not rest else "Line 1: it has no end. Nothing of the file can be read.")
    return read_lines([_readable(line, number) for number, line in enumerate(lines, 1)], is_cut=rest.strip() != b"")


def read_lines(lines: Sequence[bytes], is_cut: bool = False) -> Recording:
    """The recording whose lines these are, each the text of a JSON value. Raises `InvalidRecording`."""
    header = _read_header(_object(lines[0], 1))
    entries: list[Message | LeftOut] = []
    for number, line in enumerate(lines[1:], 2):
        entry = _read_entry(_object(line, number), number)
        if entry is None:
            continue
        if entries and entry.at < entries[-1].at:
            raise InvalidRecording(
                f"Line {number}: its time is {entry.at}, and that of a line before it {entries[-1].at}. Times never fall."
            )
        entries.append(entry)
    return Recording(header, tuple(entries), tuple(lines), is_cut)


def _readable(line: bytes, number: int) -> bytes:
    """The line, if everybody can read it who will."""
    try:
        line.decode()
    except UnicodeDecodeError as invalid:
        raise InvalidRecording(f"Line {number}: it is no UTF-8 text, from byte {invalid.start + 1} on.") from None
    if not line.strip():
        raise InvalidRecording(f"Line {number}: it is empty. Each line is a JSON object.")
    try:
        return _checked(line)
    except RecursionError:
        raise InvalidRecording(f"Line {number}: it is nested too deep.") from None
    except msgspec.DecodeError as invalid:
        try:
            return _checked(_whole_characters(line))
        except _UNREADABLE:
            raise InvalidRecording(f"Line {number}: it is no JSON ({_in_line(str(invalid))}).") from None


def _in_line(words: str) -> str:
    """What the decoder says of a line behind `_HEADROOM`, with the line's own bytes, counted from 1 as its lines are."""
    return re.sub("(?<=byte )[0-9]+", lambda found: str(int(found[0]) - _HEADROOM + 1), words)


def _checked(line: bytes) -> bytes:
    _raw.decode(b"[" * _HEADROOM + line + b"]" * _HEADROOM)
    return line


def _whole_characters(line: bytes) -> bytes:
    """The line with U+FFFD for each half of a character. JavaScript's strings may hold such, and JSON text spells it; to most
    readers it is no text."""
    text = json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _object(line: bytes, number: int) -> dict[str, msgspec.Raw]:
    try:
        return _fields.decode(line)
    except _UNREADABLE:
        raise InvalidRecording(f"Line {number}: it is no JSON object.") from None


def _read_header(fields: dict[str, msgspec.Raw]) -> Header:
    if _value(fields, "deskbridge") != "recording":
        raise InvalidRecording('Line 1: it is no recording\'s header, which has "deskbridge":"recording".')
    version = _value(fields, "version")
    if type(version) is not int or version < 1:
        raise InvalidRecording(f"Line 1: its version is {_shown(fields, 'version')}, which is no whole number from 1.")
    if version != VERSION:
        raise InvalidRecording(
            f"Line 1: the recording is of version {version}, and this deskbridge reads version {VERSION}. Use a newer one."
        )
    started, issuer, masked, types = (_value(fields, name) for name in ("started", "issuer", "masked", "subscriptionTypes"))
    if not isinstance(started, str) or milliseconds(started) is None:
        raise _unfit(fields, "started", "a time like 2026-11-21T12:45:00.000Z")
    if not isinstance(issuer, str):
        raise _unfit(fields, "issuer", "a text")
    if not isinstance(masked, bool):
        raise _unfit(fields, "masked", "true or false")
    if not isinstance(types, list) or not all(isinstance(one, str) for one in types):
        raise _unfit(fields, "subscriptionTypes", "a list of texts")
    return Header(started, issuer, masked, tuple(types))


def _read_entry(fields: dict[str, msgspec.Raw], number: int) -> Message | LeftOut | None:
    """The message of a line, or why there is none; None for a line of a kind that is to come."""
    if "events" not in fields and "dropped" not in fields:
        return None
    at = _value(fields, "at")
    if type(at) is not int or not 0 <= at < 2**53:
        raise _unfit(fields, "at", "a whole number of milliseconds", number)
    if "events" not in fields:
        return LeftOut(at, str(_value(fields, "dropped")))
    try:
        return Message(at, fields.get("contactId"), tuple(_lists.decode(fields["events"])))
    except _UNREADABLE:
        raise _unfit(fields, "events", "a list", number) from None


def _value(fields: dict[str, msgspec.Raw], name: str) -> Any:
    try:
        return msgspec.json.decode(fields[name]) if name in fields else None
    except _UNREADABLE:  # a number beyond all bounds
        return None


def _unfit(fields: dict[str, msgspec.Raw], name: str, wanted: str, number: int = 1) -> InvalidRecording:
    return InvalidRecording(f"Line {number}: {name} is {_shown(fields, name)}, which is not {wanted}.")


def _shown(fields: dict[str, msgspec.Raw], name: str) -> str:
    if name not in fields:
        return "missing"
    text = bytes(fields[name]).decode(errors="replace")
    return text if len(text) <= 60 else f"{text[:60]}…"


# Writing


class Writer:
    """Writes a recording line by line, each with its line feed. `started` and all times are milliseconds since 1970, `source`
    says where the events are from.

    Once the next message would make it larger than `most` bytes it is full: it says so in its last line, and writes no more.
    """

    def __init__(self, started: int, issuer: str, source: Mapping[str, Any] | None = None, most: int = MOST_BYTES) -> None:
        self.started, self._at, self._most = started, 0, most
        self.is_full = False
        self.messages = 0
        fields = {"deskbridge": "recording", "version": VERSION, "started": iso(started), "issuer": issuer, "masked": False}
        self.header = encode({**fields, "subscriptionTypes": SUBSCRIPTION_TYPES} | ({"source": source} if source else {})) + b"\n"
        self._size = len(self.header)

    def message(self, at: int, events: Sequence[msgspec.Raw], contact_id: int | None = None) -> bytes:
        """The line of a message; of why it is left out, if it bears a session token; nothing, once the recording is full."""
        if self.is_full:
            return b""
        self._at = max(self._at, at - self.started)
        bears_token = any(map(_bears_session_token, events))
        line = (
            self._left_out("sessionToken")
            if bears_token
            else encode(Message(self._at, _as_raw(contact_id), tuple(events))) + b"\n"
        )
        if self._size + len(line) > self._most:
            self.is_full = True
            return self._left_out("limit")
        self._size += len(line)
        self.messages += not bears_token
        return line

    def _left_out(self, why: str) -> bytes:
        return encode(LeftOut(self._at, why)) + b"\n"


def _as_raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(encode(value))


def _bears_session_token(event: msgspec.Raw) -> bool:
    text = bytes(event)
    if b"\\u" in text:  # any letter of the key may be spelt so
        try:
            text = _whole_characters(text)
        except _UNREADABLE:
            return True
    return _SESSION_TOKEN.search(text) is not None
