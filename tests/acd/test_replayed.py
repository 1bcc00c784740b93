"""An agent to whom a recording is played: what it is told happens, and nobody decides."""

from typing import Any

import msgspec
import pytest

from bridge.acd.agent import Refused, allowed_verbs, check_session, why_not
from bridge.acd.commands import (
    Act,
    Attend,
    Command,
    CustomerAct,
    Dispose,
    EndAcw,
    EndSession,
    Focus,
    OfferCall,
    PanelCommand,
    PlayMessage,
    SetCard,
    SetState,
    StartReplay,
    StartSession,
    Typing,
)
from bridge.acd.events import event
from bridge.acd.replayed import CANNOT_COMMAND
from bridge.journal.base import Draft
from tests.acd.line import Line, call_event

STATE = event("AgentState", CurrentState="Available")
ON_CONTACT = event("AgentState", CurrentState="InboundContact")


def replayed(*messages: list[dict[str, Any]], of: int | None = None) -> Line:
    """An agent to whom these were played, the first of which tells the state."""
    line = Line(logged_in=False).do(StartReplay("r1", len(messages) if of is None else of, 1.0))
    for number, events in enumerate(messages, 1):
        play(line, number, *events)
    return line


def play(line: Line, number: int, *events: dict[str, Any], anew: bool | None = None, recording: str = "r1") -> Line:
    raw = tuple(msgspec.Raw(msgspec.json.encode(one)) for one in events)
    return line.do(PlayMessage(recording, number, raw, number == 1 if anew is None else anew))


def progress(line: Line) -> tuple[int, bool]:
    """How many messages have been played, and whether these are all."""
    assert line.agent.replay is not None
    return line.agent.replay.played, line.agent.replay.is_over


def on_a_call() -> Line:
    return replayed([STATE, call_event("Incoming")], [ON_CONTACT, call_event("Active")], of=9)


# What is played


def test_a_message_is_played_as_one_batch_and_nothing_else() -> None:
    line = replayed([STATE, call_event("Incoming")])
    assert line.events == [STATE, call_event("Incoming")]
    assert line.agent.current_state == "Available"
    assert line.statuses == ["Incoming"]
    assert line.agent.session is None


def test_a_message_out_of_turn_or_of_another_recording_changes_nothing() -> None:
    line = on_a_call()
    for number, recording in ((2, "r1"), (4, "r1"), (3, "r2")):
        assert play(line, number, STATE, recording=recording).last == []
    assert play(line, 3, STATE).events == [STATE]


def test_it_is_over_when_all_has_been_played_and_still_shows() -> None:
    line = replayed([STATE], [call_event("Active")], of=3)
    assert progress(line) == (2, False)
    play(line, 3, STATE)
    assert progress(line) == (3, True)
    assert line.statuses == ["Active"]
    assert line.agent.session is None


def test_a_state_told_anew_takes_the_place_of_all_before() -> None:
    """What happened between is not in the recording: a contact that ended then is in nothing any more."""
    line = on_a_call()
    play(line, 3, STATE, call_event("Active", contact_id="78"), anew=True)
    assert list(line.agent.contacts) == [78]
    assert line.agent.focus == 78
    assert line.agent.current_state == "Available"


def test_what_happens_adds_to_what_was() -> None:
    line = on_a_call()
    play(line, 3, call_event("Active", contact_id="78"))
    assert list(line.agent.contacts) == [77, 78]


@pytest.mark.parametrize("kind", ["AgentSessionStart", "AgentSessionEnd", "RemoteAgentSessionEnd"])
def test_a_session_that_begins_or_ends_in_the_recording_does_not_end_the_replay(kind: str) -> None:
    line = play(on_a_call(), 3, event(kind))
    assert line.statuses == []
    assert play(line, 4, STATE).events == [STATE]
    assert line.agent.session is None


def test_no_timer_runs() -> None:
    line = replayed([STATE, call_event("Incoming", Timeout="30", IsRequireManualAccept="True")], [call_event("Incoming")], of=9)
    play(
        line,
        3,
        event("AgentState", CurrentState="Unavailable", IsAcw="True", AcwTimeout="3", StartTimeUTC="2025-12-31T12:00:00Z"),
    )
    assert line.decider.due(line.agent) == []
    assert line.decider.is_open(line.agent), "so that the next start finds it"


# What is refused


@pytest.mark.parametrize(
    "command",
    [
        SetState("Available"),
        OfferCall(),
        Act("answer", 77),
        Act("hangup", 77, "api"),
        PanelCommand("HoldEvent"),
        CustomerAct("hangup", 77),
        EndAcw(),
        Dispose(77, "1"),
    ],
)
def test_a_command_is_refused_in_a_sentence(command: Command) -> None:
    line = on_a_call().do(command)
    assert (line.refusal["code"], line.refusal["reason"]) == ("replay", CANNOT_COMMAND)
    assert line.statuses == ["Active"]


def test_no_verb_is_allowed_and_the_reason_is_the_sentence() -> None:
    line = on_a_call()
    assert allowed_verbs(line.agent, line.newest) == frozenset()
    assert why_not(line.agent, line.newest, "hold") == CANNOT_COMMAND


def test_the_agent_may_turn_to_a_contact_and_panels_fill_its_card() -> None:
    line = play(on_a_call(), 3, call_event("Holding", contact_id="78"))
    assert line.do(Focus(78)).agent.focus == 78
    card = line.do(SetCard(78, "Dana")).newest.card
    assert card is not None
    assert card.name == "Dana"


def test_who_opens_the_desk_starts_no_session_and_attends() -> None:
    line = on_a_call()
    assert line.do(StartSession(ends_replay=False)).last == []
    assert line.do(Attend()).said == ["attended"]


def test_typing_says_nothing() -> None:
    assert on_a_call().do(Typing(77, True)).last == []


# Where it begins


def test_to_who_is_logged_in_nothing_is_played() -> None:
    line = Line().do(StartReplay("r1", 1))
    assert line.refusal["reason"] == (
        "Agent 1001 is logged in. Log the agent out, or choose another one to play the recording to."
    )
    assert line.agent.replay is None


def test_who_has_contacts_without_a_session_is_left_alone_too() -> None:
    assert Line(logged_in=False).happens(call_event("Active")).do(StartReplay("r1", 1)).refusal["code"] == "no-replay"


def test_a_second_recording_waits_for_the_end_of_the_first() -> None:
    refusal = on_a_call().do(StartReplay("r2", 1)).refusal
    assert refusal["reason"].startswith("Recording r1 is being played to agent 1001.")


def test_who_was_logged_out_can_be_replayed_to() -> None:
    line = Line().do(EndSession()).do(StartReplay("r1", 1))
    assert line.said == ["replay"]


def test_who_was_logged_out_of_a_live_tenant_can_be_replayed_to() -> None:
    tenants = Line(logged_in=False).append([Draft.of("upstream", {"address": "https://tenant.example"})])
    tenants.happens(event("AgentSessionStart")).happens(event("AgentSessionEnd")).do(StartReplay("r1", 1))
    assert tenants.said == ["replay"]


def test_after_one_that_is_over_another_begins_and_what_was_left_of_it_ends() -> None:
    line = replayed([STATE, call_event("Active")])
    line.do(StartReplay("r2", 2))
    assert line.said == ["CallContactEvent Disconnected final", "AgentSessionEnd", "replay"]
    assert line.agent.replay is not None
    assert (line.agent.replay.recording_id, line.agent.replay.played, line.statuses) == ("r2", 0, [])


# Where it ends


def test_logging_out_ends_it_and_what_is_left_of_it() -> None:
    line = on_a_call().do(EndSession(end_contacts=False))
    assert line.said == ["CallContactEvent Disconnected final", "AgentSessionEnd", "replay"]
    assert line.agent.replay is None
    assert line.agent.current_state == "LoggedOut"
    assert not line.decider.is_open(line.agent)
    assert play(line, 3, STATE).last == [], "and nothing of it is played any more"


def test_logging_out_of_what_has_ended_by_itself_tells_nobody_anything() -> None:
    line = replayed([STATE, event("AgentSessionEnd")])
    assert line.do(EndSession()).said == ["replay"]
    assert line.agent.replay is None


def test_a_login_ends_it_as_well() -> None:
    line = on_a_call().do(StartSession())
    assert line.said[:4] == ["CallContactEvent Disconnected final", "AgentSessionEnd", "replay", "session"]
    assert line.agent.replay is None
    assert line.agent.session is not None
    assert line.agent.current_state == "Unavailable"


@pytest.mark.parametrize(
    "data",
    [{}, {"recordingId": 1}, {"recordingId": "r", "speed": "x"}, {"recordingId": None}, {"recordingId": "r1", "anew": True}],
)
def test_a_record_that_says_nothing_of_use_is_survived(data: dict[str, Any]) -> None:
    assert on_a_call().append([Draft.of("replay", data)]).agent.replay is None


def test_calls_between_agents_are_refused_too() -> None:
    with pytest.raises(Refused) as refused:
        check_session(on_a_call().agent)
    assert refused.value.reason == CANNOT_COMMAND
