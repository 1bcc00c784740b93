"""API session ids (cxone-agent-session.md, section 1 and section 4, pitfalls 3 and 4)."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.session_id import CHANCE, Position, SessionId, new_follower, new_root, read, spell
from bridge.journal.decider import Ids
from bridge.paths import AGENT

AGENTS = st.from_regex(AGENT, fullmatch=True)
PLACES = st.integers(0, 2**63)


def test_a_login_has_as_much_chance_as_an_id_reads() -> None:
    assert len(Ids(1_767_225_600_000).token()) == CHANCE


@given(AGENTS, PLACES, st.binary(min_size=8, max_size=8))
def test_an_id_tells_the_agent_and_how_far_its_follower_has_read(agent_id: str, place: int, chance: bytes) -> None:
    root = new_root("x" * CHANCE, agent_id)
    position = Position(new_follower(chance), place)
    assert read(root) == SessionId(root, agent_id, None)
    assert read(spell(root, position)) == SessionId(root, agent_id, position)


@given(AGENTS, PLACES, st.binary(min_size=8, max_size=8), st.sampled_from(["6", "0", "x"]))
def test_pitfall_4_no_id_has_60_or_a_sign_that_a_url_reads(agent_id: str, place: int, chance: bytes, last: str) -> None:
    its_id = spell(new_root("x" * (CHANCE - 1) + last, agent_id), Position(new_follower(chance), place))
    assert "60" not in its_id
    assert re.fullmatch("[A-Za-z0-9_.-]+", its_id)


@given(st.text("ab.-_60/=é", max_size=60) | st.text(max_size=60))
def test_what_is_no_id_is_none(text: str) -> None:
    its_id = read(text)
    assert its_id is None or text.startswith(its_id.root)


def test_an_id_cut_short_is_none() -> None:
    its_id = spell(new_root("x" * CHANCE, "1001"), Position("abcd", 17))
    assert read(its_id) is not None
    assert [read(text) for text in (its_id[1:], its_id + ".", its_id.rpartition(".")[0], "x" * CHANCE, its_id + "=")] == [
        None
    ] * 5


def test_an_agent_in_no_encoding_is_none() -> None:
    assert read("x" * CHANCE + "pp") is None
