"""The port to the contact centre: commands and contacts in, records of the agent's stream out.

Who stands behind it is interchangeable (a mock that decides, a live tenant, a recording); the desk, the control API and the
channels know only this.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from bridge.acd.agent_state import Agent
from bridge.acd.commands import Command, Offer
from bridge.acd.routing_state import Routing
from bridge.journal.base import Record


def stream_of(agent_id: str) -> str:
    """The journal's stream of an agent."""
    return f"agent/{agent_id}"


class Refusal(msgspec.Struct, frozen=True, rename="camel"):
    """Why a command was not carried out: the data of a `refused` record.

    `code` is for programs (`wrong-state`, `unknown-contact`, `no-session`), `reason` a sentence for people.
    """

    command: str
    code: str
    reason: str
    contact_id: str | None = None


class _Told(msgspec.Struct, frozen=True):
    outcome: str
    reason: str


def uncertainty(records: Sequence[Record]) -> str | None:
    """Why nobody knows whether a command was carried out, a sentence, where its records say so; None: it is known."""
    for record in records:
        if record.kind == "told" and (told := msgspec.json.decode(record.data, type=_Told)).outcome == "unknown":
            return told.reason
    return None


def refusal(records: Sequence[Record]) -> Refusal | None:
    """The refusal among a command's records, if it was refused."""
    for record in records:
        if record.kind == "refused":
            return msgspec.json.decode(record.data, type=Refusal)
    return None


class Floor(NamedTuple):
    """Everybody at one moment: the queues, and by id the agents who are logged in or replayed to."""

    routing: Routing
    agents: Mapping[str, Agent]


class Platform(Protocol):
    async def attend(self, agent_id: str) -> None:
        """Somebody works as this agent now: start a session, or join the one that runs."""

    async def agent(self, agent_id: str) -> tuple[Agent, int]:
        """The agent's state and the version of the stream that it is of. An id never used before is an agent logged out."""
        ...

    async def execute(self, agent_id: str, command: Command, cause: str | None = None) -> list[Record]:
        """Carry a command out. Returns the records that it led to (see `refusal`), the first ones if `cause` was seen before."""
        ...

    async def outcome(self, agent_id: str, records: list[Record]) -> list[Record]:
        """A command's records with those that say how it went (see `refusal` and `uncertainty`), waited for where somebody else
        is to say so."""
        ...

    async def inject(self, agent_id: str, events: Sequence[msgspec.Raw], cause: str | None = None) -> list[Record]:
        """Let wire events happen as one batch, as if the contact centre had sent them."""
        ...

    async def floor(self) -> Floor:
        """All agents and queues."""
        ...

    async def enqueue(self, new: Offer, priority: int = 0, cause: str | None = None) -> int:
        """A contact for whoever serves its skill: it is offered at once, or waits. Returns its id, that of the first time if
        `cause` was seen before. Raises `CannotRoute` where the platform has no queues of its own."""
        ...

    async def abandon(self, contact_id: int) -> bool:
        """The customer of a contact that was put into a queue leaves, wherever it is now; in a call between agents, who called.
        False: there is none, or nobody who could leave."""
        ...


class CannotRoute(Exception):
    """The platform has no queues. The text says so in a sentence."""
