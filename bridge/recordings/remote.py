"""What `deskbridge record` and `deskbridge replay` do at a server that runs."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from bridge.clock import milliseconds, pace
from bridge.paths import PREFIX
from bridge.recordings.file import LARGEST, MEDIA_TYPES, InvalidRecording, Writer, read_recording

if TYPE_CHECKING:
    import httpx2

NOW = 10**18 - 1
"""An offset above all."""

BETWEEN_ATTEMPTS = 1.0
"""Seconds between two attempts to reach a server that has gone."""

CONNECTS_WITHIN = 10.0
"""Seconds in which a connection is made."""

SILENCE = 40.0
"""Seconds without a byte after which nobody is at the other end any more: networks lose connections without a word, and an event
stream has a comment every 15."""

Say = Callable[[str], None]


class Failure(Exception):
    """What cannot be done, and why: a sentence for people."""


class _Problem(msgspec.Struct):
    detail: str


class _Entry(msgspec.Struct):
    """One event of an agent's event stream."""

    offset: int
    at: str
    event: msgspec.Raw
    more: bool = False


class _Source(msgspec.Struct, rename="camel"):
    agent_id: str
    epoch: str
    offset: int


class _Begun(msgspec.Struct):
    """What the header of a server's recording tells beside the format."""

    started: str
    issuer: str
    source: _Source


_entries = msgspec.json.Decoder(_Entry)
_begun = msgspec.json.Decoder(_Begun)


# Recording


def record(url: str, agent: str, out: Path | None, token: str | None, say: Say) -> None:
    """Write what happens at an agent to a file from now on, until Ctrl+C, SIGTERM or the file is full. Without `out` the file is
    named after the time, and `-` is the standard output. Raises `Failure`."""
    # Also where a shell that put it into the background has SIGINT ignored, and for who asks it to terminate: the file is whole.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_at(url, token, lambda client: _record(client, agent, out, say)))


async def _record(client: "httpx2.AsyncClient", agent: str, out: Path | None, say: Say) -> None:
    place = f"{PREFIX}/agents/{agent}"
    header, state = await _state_now(client, place)
    writer = Writer(milliseconds(header.started) or 0, header.issuer, msgspec.to_builtins(header.source))
    out = out or Path(f"deskbridge-recording-{datetime.now(UTC):%Y-%m-%d-%H%M%S}Z.jsonl")
    with _opened(out) as file:
        _write(file, writer.header)
        _write(file, writer.message(writer.started, state))
        say(f"recording agent {agent} to {'the standard output' if str(out) == '-' else out}; Ctrl+C ends it")
        try:
            await _follow(client, place, header.source, writer, file, say)
            say("the recording is full, and ends here")
        finally:
            say(f"{writer.messages} messages recorded")


async def _follow(client: "httpx2.AsyncClient", place: str, source: _Source, writer: Writer, file: BinaryIO, say: Say) -> None:
    """Write message by message, whatever becomes of the connection, until the recording is full."""
    from httpx2 import TransportError

    epoch, offset, is_connected = source.epoch, source.offset, True
    while True:
        try:
            if not is_connected:
                header, state = await _state_now(client, place)
                if header.source.epoch != epoch:  # another history, of which the state is the beginning
                    epoch, offset = header.source.epoch, header.source.offset
                    _write(file, writer.message(milliseconds(header.started) or 0, state))
                    say("the server has begun a new history; the recording goes on with the state in it")
                else:
                    say("the server is there again; nothing is missing")
                is_connected = True
            async for batch in _batches(client, place, offset):
                _write(file, writer.message(milliseconds(batch[0].at) or 0, [entry.event for entry in batch]))
                offset = batch[-1].offset
                if writer.is_full:
                    return
        except (TransportError, _Gone):
            pass
        if is_connected:
            say("the connection to the server has ended; trying again until there is one")
        is_connected = False
        await pace(BETWEEN_ATTEMPTS)


async def _batches(client: "httpx2.AsyncClient", place: str, after: int) -> AsyncIterator[list[_Entry]]:
    """The agent's events as they come, each list those that came together, until the connection ends."""
    import httpx2

    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
    async with client.stream("GET", f"{place}/events", headers=headers) as answer:
        if answer.status_code != 200:
            await answer.aread()
            raise _refused(answer)
        batch: list[_Entry] = []
        async for sent in httpx2.EventSource(answer, LARGEST):
            batch.append(_entries.decode(sent.data))
            if not batch[-1].more:
                yield batch
                batch = []


async def _state_now(client: "httpx2.AsyncClient", place: str) -> tuple[_Begun, list[msgspec.Raw]]:
    """The header of a recording that begins now, and the message that it begins with."""
    answer = await _asked(client, "GET", f"{place}/recording", params={"after": NOW})
    try:
        read = read_recording(answer.content)
        return _begun.decode(read.lines[0]), list(read.messages[0].events)
    except (InvalidRecording, msgspec.MsgspecError):
        raise Failure(f"what answers at {client.base_url} is no deskbridge, or another version than this one.") from None


def _opened(out: Path) -> contextlib.AbstractContextManager[BinaryIO]:
    """The file, which there must not be yet; what is in it is for its owner's eyes only."""
    if str(out) == "-":
        return contextlib.nullcontext(sys.stdout.buffer)
    try:
        return os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Failure(f"{out} is there already. Give another --out.") from None
    except OSError as problem:
        raise Failure(f"{out} cannot be written: {problem.strerror}. Give another --out.") from None


def _write(file: BinaryIO, line: bytes) -> None:
    """At once: whoever ends the process has what was recorded until then."""
    try:
        file.write(line)
        file.flush()
    except OSError as problem:
        raise Failure(f"the recording cannot be written any more: {problem.strerror}.") from None


# Replaying


def replay(url: str, file: Path, agent: str, speed: float, token: str | None, say: Say) -> None:
    """Send a recording to a server and have it played to an agent. Raises `Failure`."""
    try:
        text = file.read_bytes()
        recording = read_recording(text)
    except OSError as problem:
        raise Failure(f"{file} cannot be read: {problem.strerror}.") from None
    except InvalidRecording as invalid:
        raise Failure(f"{file} is no recording that can be played. {invalid}") from None
    if recording.is_cut:
        say(f"the last line of {file} was cut off; it is left out")
    asyncio.run(_at(url, token, lambda client: _replay(client, text, agent, speed)))
    seconds = recording.duration / 1000 / speed if speed else 0
    say(
        f"{len(recording.messages)} messages are played to agent {agent}: {url}/desk/{agent}"
        + (f"; that takes {seconds:,.0f} seconds" if seconds >= 1 else "")
    )


async def _replay(client: "httpx2.AsyncClient", text: bytes, agent: str, speed: float) -> None:
    import httpx2

    place = f"{PREFIX}/recordings"
    kept = await _asked(client, "POST", place, content=text, headers={"Content-Type": MEDIA_TYPES[0]})
    its_id = kept.json()["recordingId"]
    try:
        # At once means that all has been played when the answer comes, which takes as long as it takes.
        limits = httpx2.Timeout(SILENCE, connect=CONNECTS_WITHIN, read=SILENCE if speed else None)
        await _asked(client, "POST", f"{place}/{its_id}/replay", json={"agent": agent, "speed": speed}, timeout=limits)
    except Failure:
        await _asked(client, "DELETE", f"{place}/{its_id}")  # it came to be played, and is of no use otherwise
        raise


# The server


class _Gone(Failure):
    """The server is there, and cannot answer now."""


async def _at(url: str, token: str | None, work: "Callable[[httpx2.AsyncClient], Awaitable[None]]") -> None:
    """Do something at a server. Raises `Failure`."""
    import httpx2

    try:
        base = httpx2.URL(url)
    except httpx2.InvalidURL as problem:
        raise Failure(f"{url!r} is no server's address: {problem}. Give one like http://127.0.0.1:8700.") from None
    client = httpx2.AsyncClient(
        base_url=base,
        headers={} if token is None else {"Authorization": f"Bearer {token}"},
        timeout=httpx2.Timeout(SILENCE, connect=CONNECTS_WITHIN),
        mounts={f"all://{host}": None for host in ("127.0.0.1", "localhost", "[::1]")},  # no proxy for one's own machine
    )
    try:
        async with client:
            await work(client)
    except (httpx2.ReadTimeout, httpx2.WriteTimeout):
        raise Failure(f"what listens at {url} has said nothing for {SILENCE:g} seconds. Is that a deskbridge?") from None
    except httpx2.TransportError as problem:
        raise Failure(
            f"nothing answers at {url} ({problem or type(problem).__name__}). Does deskbridge serve run there?"
        ) from None


async def _asked(client: "httpx2.AsyncClient", method: str, path: str, **more: Any) -> "httpx2.Response":
    """The server's answer, if it is good. Raises `Failure`, and what httpx2 does."""
    answer = await client.request(method, path, **more)
    if not answer.is_success:
        raise _refused(answer)
    return answer


def _refused(answer: "httpx2.Response") -> Failure:
    """What an answer that was read and is not good means."""
    try:
        said = msgspec.json.decode(answer.content, type=_Problem).detail
    except msgspec.MsgspecError:
        said = f"{answer.url} answers {answer.status_code} {answer.reason_phrase}. Is that a deskbridge?"
    if answer.status_code in (502, 503, 504):
        return _Gone(said)
    if answer.status_code == 401:
        return Failure("the server wants its token: give --token TOKEN, or set DESKBRIDGE_TOKEN")
    return Failure(said)
