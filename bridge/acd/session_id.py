"""API session ids: how one is spelt, and what it tells (cxone-agent-session.md, section 1 and section 4, pitfalls 3 and 4).

    root                 what a login records: chance, then the agent's id. It has seen nothing.
    root.follower.place  one that a poll gave: it has seen the agent's stream up to this place.

So any id finds its agent's stream without an index, and every id of a session has its root. All but the chance is spelt in
letters: the SDK replaces the first "60" in the URL that holds an id, and no "60" can arise. To a client an id is opaque.
"""

import re
from typing import NamedTuple

CHANCE = 32
"""How many characters of a root are chance: those of `Ids.token`."""

_ID = re.compile(
    rf"(?P<root>[A-Za-z0-9_-]{{{CHANCE}}}(?P<agent>(?:[a-p]{{2}})+))(?:\.(?P<follower>[a-p]+)\.(?P<place>[a-p]{{1,16}}))?"
)
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")


class Position(NamedTuple):
    """How far a follower has read: `place` is an offset of the journal. `follower` tells apart who read the same session."""

    follower: str
    place: int


class SessionId(NamedTuple):
    """An id that was read. `position` None: that of a root, which has seen nothing."""

    root: str
    agent_id: str
    position: Position | None


def new_root(token: str, agent_id: str) -> str:
    """The root of a session that begins; `token` is one of `Ids.token`."""
    return token + agent_id.encode().hex().translate(_LETTERS)


def new_follower(chance: bytes) -> str:
    return chance.hex().translate(_LETTERS)


def spell(root: str, position: Position) -> str:
    """The id of somebody who has read the session up to there."""
    return f"{root}.{position.follower}.{f'{position.place:x}'.translate(_LETTERS)}"


def read(text: str) -> SessionId | None:
    """None for what cannot be an id. Whether there is such a session, only the agent's stream knows."""
    parts = _ID.fullmatch(text)
    if parts is None:
        return None
    try:
        agent_id = bytes.fromhex(parts["agent"].translate(_DIGITS)).decode()
    except UnicodeDecodeError:
        return None
    follower, place = parts["follower"], parts["place"]
    position = None if follower is None else Position(follower, int(place.translate(_DIGITS), 16))
    return SessionId(parts["root"], agent_id, position)
