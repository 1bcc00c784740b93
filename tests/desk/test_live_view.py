"""What a desk in front of a live tenant shows."""

import msgspec

from bridge.acd.agent_state import Agent
from bridge.acd.commands import Act, SetState
from bridge.acd.live.answers import Outcome, unknown
from bridge.acd.live.decider import Stand
from bridge.configuration import Configuration
from bridge.desk.view import view
from tests.acd.live_line import TENANT, LiveLine


def shown(agent: Agent) -> dict[str, str]:
    return view(agent, 1, Configuration(())).regions


def test_trouble_stands_until_it_is_over_with_what_happens_next_and_since_when() -> None:
    trouble = "The tenant cannot be reached: it hangs. It is tried again, at most 30 seconds apart."
    line = LiveLine().do(Stand(msgspec.structs.replace(TENANT, trouble=trouble, since=5000)))
    problem = shown(line.agent)["problem"]
    assert trouble in problem
    assert 'Since <time data-at="5000"></time>. What the desk shows is as it was then.' in problem
    assert shown(line.do(Stand(TENANT)).agent)["problem"] == ""


def test_a_desk_without_a_session_shows_nothing_that_was() -> None:
    line = LiveLine(logged_in=False).do(Stand(msgspec.structs.replace(TENANT, trouble="There is none.", since=5000)))
    assert "There is none." in shown(line.agent)["problem"]
    assert "as it was then" not in shown(line.agent)["problem"]


def test_another_agents_desk_says_whose_session_it_is() -> None:
    line = LiveLine(logged_in=False).do(Stand(msgspec.structs.replace(TENANT, session_of="2002")))
    problem = shown(line.agent)["problem"]
    assert "one session of cluster.example: that of agent 2002." in problem
    assert '<a href="/desk/2002">' in problem


def test_what_nobody_knows_stands_until_the_contact_shows_it() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(unknown("hold of call 77", "it hangs"))
    assert "Nobody knows whether hold of call 77 reached the tenant: it hangs." in shown(line.agent)["problem"]
    assert shown(line.call("Holding").agent)["problem"] == ""


def test_what_nobody_knows_of_the_agent_stands_until_the_state_shows_it() -> None:
    line = LiveLine().ask(SetState("Unavailable", "Lunch")).tell(unknown("the state Unavailable (Lunch)", "it hangs"))
    assert "Nobody knows whether the state Unavailable (Lunch) reached the tenant: it hangs." in shown(line.agent)["problem"]
    line.happens({"Type": "AgentState", "CurrentState": "Unavailable", "CurrentOutReason": "Lunch"})
    assert shown(line.agent)["problem"] == ""


def test_of_a_contact_that_a_resync_did_not_tell_of_nothing_is_said() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(unknown("hold of call 77", "it hangs"))
    line.happens({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "Available"})
    assert shown(line.agent)["problem"] == ""


def test_what_was_asked_and_not_answered_is_not_asked_again() -> None:
    line = LiveLine().call().ask(Act("hold", 77))
    waiting = "The tenant was asked for hold of call 77, and has not answered yet."
    assert (
        f'data-do="hold" data-contact="77" data-key="Hold" aria-keyshortcuts="Alt+Shift+H" aria-pressed="false" '
        f'aria-disabled="true" title="{waiting}"' in shown(line.agent)["contact"]
    )
    assert waiting not in shown(line.tell(Outcome("done")).agent)["contact"]


def test_an_answer_that_is_under_way_is_not_given_again() -> None:
    regions = shown(LiveLine().call("Incoming").ask(Act("answer", 77)).agent)
    for region in ("contact", "ringing"):
        answer = regions[region].partition('data-do="answer"')[2].partition(">")[0]
        assert 'aria-disabled="true"' in answer
        assert "has not answered yet" in answer
        assert answer.count("title=") == 1


def test_what_was_asked_of_the_agent_holds_up_no_contact() -> None:
    line = LiveLine().call().ask(SetState("Available"))
    assert "has not answered yet" not in shown(line.agent)["contact"]


def test_nobody_plays_the_other_party() -> None:
    assert "The other party" not in shown(LiveLine().call().agent)["contact"]


def test_contacts_come_from_the_tenant() -> None:
    assert "They come from cluster.example." in shown(LiveLine().agent)["contacts"]
