"""The port to the contact centre: commands and contacts in, records of the agent's stream out.

Who stands behind it is interchangeable (a mock that decides, a live tenant, a recording); the desk, the control API and the
channels know only this.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from bridge.acd.agent_state import Agent
from bridge.acd.commands import Command
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


def refusal(records: Sequence[Record]) -> Refusal | None:
    """The refusal among a command's records, if it was refused."""
    for record in records:
        if record.kind == "refused":
            return msgspec.json.decode(record.data, type=Refusal)
    return None


class Platform(Protocol):
    async def attend(self, agent_id: str) -> None:
        """Somebody works as this agent now: start a session, or join the one that runs."""

    async def agent(self, agent_id: str) -> tuple[Agent, int]:
        """The agent's state and the version of the stream that it is of. An id never used before is an agent logged out."""
        ...

    async def execute(self, agent_id: str, command: Command, cause: str | None = None) -> list[Record]:
        """Carry a command out. Returns the records that it led to (see `refusal`), the first ones if `cause` was seen before."""
        ...

    async def inject(self, agent_id: str, events: Sequence[msgspec.Raw], cause: str | None = None) -> list[Record]:
        """Let wire events happen as one batch, as if the contact centre had sent them."""
        ...
