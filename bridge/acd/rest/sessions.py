"""Which API sessions an agent's stream has had: what a poll with an id of the past is answered from, and a resync."""

from collections.abc import Sequence

import msgspec

from bridge.acd import beside_calls
from bridge.acd.agent_state import Agent
from bridge.acd.events import decode, event, head, text
from bridge.acd.platform import stream_of
from bridge.journal.base import WIRE, Journal, Record

ENDS = ("AgentSessionEnd", "RemoteAgentSessionEnd")

REMEMBERED = 8
"""Sessions of an agent; to an older one's id there is no session, as to one that never was."""


class Session(msgspec.Struct):
    """`began` is the offset of the record that tells its root, `ended` that of its end. `start` and `settings` are its last
    AgentSessionStart and MchAgentSettingsChangeEvent, which the agent's state does not keep."""

    root: str
    began: int
    ended: int | None = None
    start: msgspec.Raw | None = None
    settings: msgspec.Raw | None = None


class Sessions:
    """The sessions of all agents, read from their streams as far as somebody asks."""

    def __init__(self, journal: Journal) -> None:
        self._journal, self._epoch = journal, journal.epoch
        self._read: dict[str, tuple[int, list[Session]]] = {}

    async def find(self, agent_id: str, root: str) -> Session | None:
        """The session with this root, if it is one of the agent's last."""
        if self._epoch != self._journal.epoch:
            self._epoch = self._journal.epoch
            self._read.clear()
        stream = stream_of(agent_id)
        if self._journal.version(stream) == 0:
            return None  # whoever makes up agents shall fill no memory
        version, _ = self._read.get(agent_id, (0, []))
        records = await self._journal.read(stream, version)
        # Another reader may have been here meanwhile: take only what is still ahead.
        version, sessions = self._read.get(agent_id, (0, []))
        for record in records:
            if record.offset > version:
                _take(sessions, record)
                version = record.offset
        self._read[agent_id] = version, sessions[-REMEMBERED:]
        return next((session for session in reversed(sessions) if session.root == root), None)


def _take(sessions: list[Session], record: Record) -> None:
    newest = sessions[-1] if sessions else None
    if begins(record):
        if newest is not None and newest.ended is None:
            newest.ended = record.offset - 1
        sessions.append(Session(text(decode(record.data), "token"), record.offset))
    elif newest is not None and newest.ended is None and record.kind == WIRE:
        event_type = head(record.data).Type
        if event_type == "AgentSessionStart":
            newest.start = record.data
        elif event_type == "MchAgentSettingsChangeEvent":
            newest.settings = record.data
        elif event_type in ENDS:
            newest.ended = record.offset


def begins(record: Record) -> bool:
    return record.kind == "session"


def ends(record: Record) -> bool:
    return record.kind == WIRE and head(record.data).Type in ENDS


def snapshot(session: Session, agent: Agent, now: int) -> list[msgspec.Raw]:
    """The events that tell the current state to somebody who knows nothing of it: AgentSessionStart, then those of the agent,
    then each contact's last, oldest contact first, and where a voicemail stands that was played."""
    muted = msgspec.Raw(msgspec.json.encode(event("Mute", AgentMuted=str(agent.muted))))
    told = [session.start, session.settings, agent.state_raw, agent.leg_raw, muted]
    for contact in agent.contacts.values():
        played = () if contact.playback is None else (beside_calls.playback(contact, now).data,)
        told += [contact.raw, *played]
    return [raw for raw in told if raw is not None]


def within_session(records: Sequence[Record]) -> Sequence[Record]:
    """The records up to the end of the session that they begin in; what a next one brings is not its own."""
    for place, record in enumerate(records):
        if begins(record):
            return records[:place]
        if ends(record):
            return records[: place + 1]
    return records
