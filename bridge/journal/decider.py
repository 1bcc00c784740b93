"""What decides: the pure half of everything that happens.

decide(state, command, now, ids) -> drafts     what a command leads to; may refuse, in a record that says why
evolve(state, record)            -> state      total: it never raises, whatever a record holds
due(state)                       -> timers     what this state wants done, and when
"""

import itertools
import secrets
from collections.abc import Sequence
from typing import Protocol, TypeVar

from bridge.journal.base import Draft, Record

State = TypeVar("State")
Command = TypeVar("Command")


class Ids:
    """New ids for things: the one source of chance that a decider is given.

    Contact ids are decimal numbers below 2^53 that grow, also over a restart (max-post-message.md, section 6).
    """

    def __init__(self, now: int) -> None:
        # Milliseconds since 2020: twelve digits, as real contact ids may have, and ahead of those of an earlier run unless that
        # gave out a thousand a second all along.
        self._numbers = itertools.count(now - 1_577_836_800_000)

    def number(self) -> int:
        return next(self._numbers)

    def token(self) -> str:
        """An unguessable API session id of 32 URL-safe characters (cxone-agent-session.md, section 4, pitfall 4)."""
        while "60" in (token := secrets.token_urlsafe(24)):  # the SDK replaces the first "60" in a URL that holds the id
            pass
        return token


class Decider(Protocol[State, Command]):
    """One kind of stream. All methods are pure; times are milliseconds since 1970 (UTC)."""

    def initial(self, stream: str) -> State: ...

    def decide(self, state: State, command: Command, now: int, ids: Ids) -> Sequence[Draft]: ...

    def evolve(self, state: State, record: Record) -> State: ...

    def due(self, state: State) -> Sequence[tuple[int, Command]]: ...

    def is_open(self, state: State) -> bool:
        """Whether the stream may still want a timer."""
        ...
