"""The desk's tests, and an agent as its events tell it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from bridge.acd.agent_state import Agent, evolve
from bridge.journal.base import WIRE, Draft, Record

AT = 1_767_225_600_000
"""When everything happens, in milliseconds since 1970."""


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def agent(*happened: dict[str, Any] | Draft) -> Agent:
    """Agent 1001, logged in, after these wire events and records of our own."""
    drafts = [one if isinstance(one, Draft) else Draft.of(WIRE, one) for one in happened]
    return evolved(Agent("1001"), [Draft.of("session", {"token": "token-1"}), *drafts])


def evolved(before: Agent, drafts: Iterable[Draft]) -> Agent:
    for offset, draft in enumerate(drafts, 1):
        before = evolve(before, Record(offset, AT, None, draft.kind, draft.data))
    return before


def call(contact_id: int = 101, status: str = "Active", **fields: Any) -> dict[str, Any]:
    """A CallContactEvent; what a test does not name is absent."""
    return {"Type": "CallContactEvent", "ContactID": str(contact_id), "Status": status, **fields}


def state(current: str = "Available", **fields: Any) -> dict[str, Any]:
    return {"Type": "AgentState", "CurrentState": current, **fields}
