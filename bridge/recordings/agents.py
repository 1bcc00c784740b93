"""What an agent's stream holds, as a recording: what a panel got that had been registered since the session began. Pure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

import msgspec

from bridge.acd.agent_state import Agent, evolve, replay_of
from bridge.acd.events import decode
from bridge.journal.base import WIRE, Record
from bridge.postmessage.messages import Register
from bridge.postmessage.profiles import Profile
from bridge.postmessage.subscriptions import Desktop, register
from bridge.recordings.file import SUBSCRIPTION_TYPES, Writer


def come_together(first: Record, second: Record) -> bool:
    """Whether these neighbours of a stream are of one append, and so a part of one batch. Of two appends in one millisecond, one
    right after the other and without a cause, nobody can tell; batches may merge."""
    if second.kind == "replay":  # which begins a message of a recording
        return False
    return (second.offset, second.at, second.cause) == (first.offset + 1, first.at, first.cause)


def batches(records: Sequence[Record]) -> Iterator[list[Record]]:
    """A stream's records, append by append."""
    batch: list[Record] = []
    for record in records:
        if batch and not come_together(batch[-1], record):
            yield batch
            batch = []
        batch.append(record)
    if batch:
        yield batch


def followed_at_once(records: Sequence[Record]) -> list[tuple[Record, bool]]:
    """The wire events among these, each with whether another one came together with it."""
    told: list[tuple[Record, bool]] = []
    for batch in batches(records):
        events = [record for record in batch if record.kind == WIRE]
        told += [(event, True) for event in events[:-1]] + [(event, False) for event in events[-1:]]
    return told


def recording_of(agent_id: str, records: Sequence[Record], profile: Profile, epoch: str, now: int, after: int = 0) -> bytes:
    """The agent's current session as the text of a recording, or the last one; `records` are the whole stream. It begins with the
    state at the beginning of the session or, where that is later, with the one after the record of offset `after`."""
    start = max(_start(records), bisect_right(records, after, key=attrgetter("offset")))
    agent = Agent(agent_id)
    for record in records[:start]:
        agent = evolve(agent, record)
    following = [*batches(records[start:])]
    source = {"agentId": agent_id, "epoch": epoch, "offset": records[-1].offset if records else 0}
    writer = Writer(following[0][0].at if following else now, profile.issuer, source)
    lines = [writer.header]
    if not (following and _tells_state(following[0])):
        lines.append(writer.message(writer.started, _state_of(agent, profile)))
    for batch in following:
        events = [record.data for record in batch if record.kind == WIRE]
        if _tells_state(batch):
            events = [_state_of(Agent(agent_id), profile)[0], *events]
        if events:
            lines.append(writer.message(batch[0].at, events))
    return b"".join(lines)


def _start(records: Sequence[Record]) -> int:
    """The place at which the last session begins, or what is played of a recording."""
    for place in range(len(records) - 1, -1, -1):
        if records[place].kind == "session":
            return place
        if (
            records[place].kind == "replay"
            and (replay := replay_of(decode(records[place].data))) is not None
            and replay.played == 0
        ):
            return place + 1  # its first message tells the state
    return 0


def _tells_state(batch: Sequence[Record]) -> bool:
    return any(record.kind == "replay" and decode(record.data).get("anew") is True for record in batch)


def _state_of(agent: Agent, profile: Profile) -> list[msgspec.Raw]:
    """What a registration leads to: its acknowledgement, and the state."""
    desktop = Desktop(None, agent.state_raw, {contact.id: contact.raw for contact in agent.contacts.values()})
    asked = Register(None, [*SUBSCRIPTION_TYPES], "deskbridge")
    return register(asked, panel_contact=None, already=None, desktop=desktop, profile=profile).events
