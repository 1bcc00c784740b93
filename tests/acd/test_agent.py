"""One agent's calls: cxone-agent-session.md, section 3. Each test names the row or the sentence that it walks."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent import allowed_verbs
from bridge.acd.agent_state import Agent
from bridge.acd.commands import (
    Act,
    CallVerb,
    Command,
    CustomerAct,
    EndAcw,
    EndSession,
    Focus,
    OfferCall,
    PanelCommand,
    PanelMessage,
    RefusalTimeout,
    SetCard,
    SetState,
    StartSession,
)
from bridge.acd.events import FIELDS, event
from bridge.clock import iso
from bridge.journal.base import WIRE, Draft
from bridge.journal.decider import Ids

from . import JSON, TEXT
from .line import SALES, START, SUPPORT, Line, call_event, wire

# Login and logout


def test_login() -> None:
    line = Line(logged_in=False).do(StartSession())
    assert line.said == [
        "session",
        "AgentSessionStart",
        "MchAgentSettingsChangeEvent",
        "AgentState Unavailable",
        "AgentLeg Dialing",
        "AgentLeg Active",
    ]
    assert line.agent.session is not None
    assert line.agent.current_state == "Unavailable"
    assert line.agent.leg is not None
    assert line.agent.leg["Status"] == "Active"


def test_a_running_session_is_joined() -> None:
    assert Line().do(StartSession()).said == []


def test_a_session_id_fits_into_a_url_and_has_no_60() -> None:
    tokens = [Ids(START).token() for _ in range(2000)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", token) and "60" not in token for token in tokens)
    assert len(set(tokens)) == len(tokens)


def test_a_session_start_clears_what_an_earlier_session_left_but_not_the_token_recorded_before_it() -> None:
    line = Line()
    line.active()
    line.do(Act("mute", line.newest.id))
    line.append([Draft.of("session", {"token": "new"})]).happens(event("AgentSessionStart"))
    assert line.agent == Agent("1001", session="new")


@pytest.mark.parametrize("ending", ["AgentSessionEnd", "RemoteAgentSessionEnd"])
def test_a_session_end_takes_contacts_and_token_away(ending: str) -> None:
    line = Line()
    line.active()
    line.happens({"Type": ending})
    assert line.agent.session is None
    assert line.agent.current_state == "LoggedOut"
    assert not line.agent.contacts
    assert line.agent.focus is None


def test_logout_ends_contacts_of_any_media_and_the_leg_first() -> None:
    line = Line()
    line.active()
    line.happens({"Type": "VoiceMailContactEvent", "ContactId": "88", "Status": "Active", "FinalState": "False"})
    assert line.do(EndSession()).said == [
        "CallContactEvent Disconnected final",
        "VoiceMailContactEvent Discarded final",
        "AgentLeg Disconnected final",
        "AgentSessionEnd",
    ]


@pytest.mark.parametrize(("by", "message"), [("supervisor", "RemoteLogoff"), ("timeout", "SessionTimeout")])
def test_a_session_that_the_server_ends_says_why(by: Literal["supervisor", "timeout"], message: str) -> None:
    line = Line().do(EndSession(by))
    assert line.said[-1] == "RemoteAgentSessionEnd"
    assert line.last[-1].value()["Message"] == message
    assert line.agent.logged_out == message
    assert line.do(StartSession()).agent.logged_out == ""


def test_an_agent_with_contacts_may_be_kept_from_logging_out() -> None:
    line = Line()
    call = line.active()
    [refused] = line.do(EndSession(end_contacts=False)).last
    assert refused.value()["reason"] == f"Agent 1001 cannot log out: contact {call} is still there."
    assert line.agent.session is not None
    line.do(OfferCall(skill_id=SALES))
    [refused] = line.do(EndSession(end_contacts=False)).last
    assert refused.value()["reason"] == "Agent 1001 cannot log out: 2 contacts are still there."
    line.do(EndSession())
    assert line.do(StartSession()).do(EndSession(end_contacts=False)).said[-1] == "AgentSessionEnd"


def test_the_contact_that_ended_last_is_remembered_with_its_last_event() -> None:
    line = Line().do(OfferCall(direction="outbound", dnis="8005550199"))
    call = line.newest
    line.do(CustomerAct("busy", call.id))
    assert line.agent.ended is not None
    assert (line.agent.ended.id, line.agent.ended.event["DisconnectCode"]) == (call.id, "Busy")


def test_logout_does_not_end_a_leg_that_has_ended() -> None:
    line = Line().happens(event("AgentLeg", Status="Disconnected", FinalState="True"))
    assert line.do(EndSession()).said == ["AgentSessionEnd"]


def test_a_stream_wants_timers_while_a_session_runs_or_something_is_due() -> None:
    line = Line(logged_in=False)
    assert not line.decider.is_open(line.agent)
    line.happens(call_event("Incoming", Timeout="5", IsRequireManualAccept="True"))
    assert line.decider.is_open(line.agent)
    line.wait(5)
    assert not line.decider.is_open(line.agent)
    line.do(StartSession())
    assert line.decider.is_open(line.agent)


# Inbound


def test_a_call_rings() -> None:
    line = Line().do(SetState("Available"))
    line.do(OfferCall(ani="8015550123", dnis="8005550199", skill_id=SUPPORT, variables=(("order", "7"), ("tier", "gold"))))
    assert line.said == ["AgentState InboundContact", "contact", "CallContactEvent Incoming"]
    call = line.events[-1]
    assert call["IsRequireManualAccept"] == "True"
    assert call["Timeout"] == "30"
    assert call["IsInbound"] == "True"
    assert call["StartTimeUTC"] == iso(START)
    assert (call["ANI"], call["DNIS"], call["Skill"]) == ("8015550123", "8005550199", SUPPORT)
    assert call["ScreenPopUrlVariables"] == [{"order": "7"}, {"tier": "gold"}]
    assert call["MasterID"] == call["ContactID"] == str(line.newest.id)


def test_skill_name_and_customer_are_known_with_the_first_event() -> None:
    line = Line().do(OfferCall(skill_id=SUPPORT, customer="Ada"))
    assert (line.newest.skill_name, line.newest.customer) == ("Support", "Ada")
    line.do(OfferCall(skill_id="4999", skill_name="Returns"))
    assert (line.newest.skill_name, line.newest.customer) == ("Returns", None)
    assert not line.agent.announced


def test_answer() -> None:
    line = Line()
    contact_id = line.incoming()
    line.wait(2).do(Act("answer", contact_id))
    assert line.said == ["CallContactEvent Active"]
    assert line.events[0]["LastStateChangeTimeUTC"] == line.events[0]["LastStateChangeTime"] == iso(START + 2000)
    assert line.events[0]["StartTimeUTC"] == iso(START)


def test_answering_puts_the_other_call_on_hold_first_and_moves_the_focus() -> None:
    line = Line()
    first = line.active()
    second = line.incoming()
    assert line.agent.focus == first
    line.do(Act("answer", second))
    assert line.said == ["CallContactEvent Holding", "CallContactEvent Active", "focus"]
    assert [one["ContactID"] for one in line.events] == [str(first), str(second)]
    assert line.agent.focus == second


def test_a_masked_call_is_held_as_well_when_another_is_answered() -> None:
    line = Line()
    line.do(Act("mask", line.active()))
    line.active()
    assert line.statuses == ["Holding", "Active"]


def test_refused() -> None:
    line = Line().do(SetState("Available"))
    line.do(Act("refuse", line.incoming()))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Unavailable Refused"]
    assert not line.agent.contacts


def test_rung_out() -> None:
    line = Line().do(SetState("Available"))
    line.incoming()
    line.wait(29.999)
    assert line.statuses == ["Incoming"]
    line.wait(0.001)
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Unavailable Refused"]


@pytest.mark.parametrize(("state", "reason"), [("Available", ""), ("Unavailable", "Lunch")])
def test_a_caller_who_gives_up_leaves_the_agent_in_the_state_before(state: str, reason: str) -> None:
    line = Line().do(SetState(state, reason))
    line.do(CustomerAct("hangup", line.incoming()))
    assert line.said[0] == "CallContactEvent Disconnected final"
    assert (line.agent.current_state, line.agent.reason) == (state, reason)


def test_a_call_for_an_unavailable_agent_says_what_comes_after_it() -> None:
    line = Line().do(SetState("Unavailable", "Lunch"))
    line.incoming()
    assert line.agent.next_states == (("Unavailable", "Lunch"),)


def test_a_second_call_leaves_the_agents_state_alone() -> None:
    line = Line()
    line.active()
    line.incoming()
    assert line.said == ["contact", "CallContactEvent Incoming"]


def test_the_agent_stays_on_contact_while_another_call_is_there() -> None:
    line = Line()
    first, second = line.active(SUPPORT), line.active(SUPPORT)
    line.do(Act("hangup", second))
    assert line.said == ["CallContactEvent Disconnected final"]
    assert line.agent.current_state == "InboundContact"
    line.do(Act("resume", first)).do(Act("hangup", first))
    assert line.agent.is_acw


def test_refusing_a_second_call_leaves_the_agent_on_the_first() -> None:
    line = Line()
    line.active()
    line.do(Act("refuse", line.incoming()))
    assert line.said == ["CallContactEvent Disconnected final"]
    assert line.agent.current_state == "InboundContact"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([call_event("Active"), event("AgentState", CurrentState="Available")], id="a call, but not on contact"),
        pytest.param([event("AgentState", CurrentState="OutboundContact")], id="on contact, but no call"),
    ],
)
def test_a_call_brings_the_agent_on_contact_whatever_a_tester_posted_before(before: list[dict[str, Any]]) -> None:
    line = Line().happens(*before).do(OfferCall())
    assert line.said[0] == "AgentState InboundContact"


# Outbound


def test_a_dialed_call_is_answered() -> None:
    line = Line()
    contact_id = line.dialing()
    assert line.said == ["AgentState OutboundContact", "contact", "CallContactEvent Dialing"]
    assert line.events[-1]["IsInbound"] == "False"
    assert line.events[-1]["DNIS"] == "8015550100"
    line.do(CustomerAct("answer", contact_id))
    assert line.said == ["CallContactEvent Active"]


@pytest.mark.parametrize(("verb", "code"), [("busy", "Busy"), ("no-answer", "NoAnswer")])
def test_a_dialed_call_is_not_answered(verb: Any, code: str) -> None:
    line = Line().do(SetState("Available"))
    line.do(CustomerAct(verb, line.dialing(SUPPORT)))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Available"]
    assert line.events[0]["DisconnectCode"] == code


def test_dialing_puts_the_other_call_on_hold_and_takes_the_focus() -> None:
    line = Line()
    first = line.active()
    second = line.dialing()
    assert line.said == ["CallContactEvent Holding", "contact", "CallContactEvent Dialing", "focus"]
    assert line.agent.focus == second
    line.do(Act("resume", first)).do(CustomerAct("answer", second))
    assert line.said == ["CallContactEvent Holding", "CallContactEvent Active"]


def test_hanging_up_before_anybody_answered_leaves_no_after_call_work() -> None:
    line = Line().do(SetState("Available"))
    line.do(Act("hangup", line.dialing(SUPPORT)))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Available"]


# During a call


def test_hold_and_resume() -> None:
    line = Line()
    contact_id = line.active()
    assert line.do(Act("hold", contact_id)).said == ["CallContactEvent Holding"]
    assert line.do(Act("resume", contact_id)).said == ["CallContactEvent Active"]


def test_mask_and_unmask() -> None:
    line = Line()
    contact_id = line.active()
    assert line.do(Act("mask", contact_id)).said == ["CallContactEvent Masking"]
    assert line.do(Act("unmask", contact_id)).said == ["CallContactEvent Active"]


def test_record_is_sticky_and_no_change_of_status() -> None:
    line = Line()
    contact_id = line.active()
    changed = line.events[-1]["LastStateChangeTimeUTC"]
    line.wait(1).do(Act("record", contact_id))
    assert line.said == ["CallContactEvent Active"]
    assert line.events[0]["IsLogging"] == "True"
    assert line.events[0]["LastStateChangeTimeUTC"] == changed
    assert line.do(Act("hold", contact_id)).events[0]["IsLogging"] == "True"
    line.do(Act("resume", contact_id)).do(Act("record", contact_id))
    assert line.refusal["reason"] == f"Call {contact_id} is being recorded already; a recording cannot be stopped."


def test_mute_is_an_event_of_its_own() -> None:
    line = Line()
    contact_id = line.active()
    assert line.do(Act("mute", contact_id)).said == ["Mute True"]
    assert line.agent.muted
    assert line.do(Act("unmute", contact_id)).said == ["Mute False"]
    assert not line.agent.muted


def test_resuming_one_call_holds_the_other() -> None:
    line = Line()
    first, _ = line.active(), line.active()
    line.do(Act("resume", first))
    assert line.statuses == ["Active", "Holding"]


def test_fields_that_a_tester_put_in_are_kept() -> None:
    line = Line().happens({**call_event("Incoming"), "Tier": "gold", "Label": "VIP"})
    line.do(Act("answer", 77))
    assert (line.events[0]["Tier"], line.events[0]["Label"]) == ("gold", "VIP")


def test_a_testers_event_with_few_fields_gets_no_more_than_what_changes() -> None:
    line = Line().happens({"Type": "CallContactEvent", "ContactID": "77", "Status": "Active"}).do(Act("hold", 77))
    assert line.events == [{"Type": "CallContactEvent", "ContactID": "77", "Status": "Holding"}]


# Hanging up


def test_hanging_up_without_after_call_work() -> None:
    line = Line()
    line.do(Act("hangup", line.active(SALES)))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Unavailable"]
    assert not line.agent.contacts


@pytest.mark.parametrize("who", ["agent", "customer"])
def test_hanging_up_with_after_call_work(who: str) -> None:
    line = Line().do(SetState("Available"))
    contact_id = line.active(SUPPORT)
    line.do(Act("hangup", contact_id) if who == "agent" else CustomerAct("hangup", contact_id))
    assert line.said == ["CallContactEvent Disconnected", "AgentState Unavailable ACW"]
    assert line.events[0]["FinalState"] == "False"
    assert line.events[1]["AcwTimeout"] == "3"
    assert line.statuses == ["Disconnected"]
    assert line.agent.is_acw
    line.wait(2.999)
    assert line.agent.is_acw
    line.wait(0.001)
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Available"]
    assert not line.agent.contacts


def test_the_agent_ends_after_call_work() -> None:
    line = Line().do(SetState("Available"))
    line.do(Act("hangup", line.active(SUPPORT)))
    assert line.do(EndAcw()).said == ["CallContactEvent Disconnected final", "AgentState Available"]
    assert line.do(EndAcw()).refusal["code"] == "wrong-state"


def test_asking_for_a_state_ends_after_call_work() -> None:
    line = Line()
    line.do(Act("hangup", line.active(SUPPORT)))
    line.do(SetState("Unavailable", "Lunch"))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Unavailable Lunch"]
    assert not line.decider.due(line.agent)


def test_a_new_call_ends_after_call_work_and_the_next_state_survives_it() -> None:
    line = Line().do(SetState("Unavailable", "Lunch"))
    line.do(Act("hangup", line.active(SUPPORT)))
    line.do(OfferCall(skill_id=SALES))
    assert line.said == [
        "CallContactEvent Disconnected final",
        "AgentState InboundContact",
        "contact",
        "CallContactEvent Incoming",
    ]
    line.do(CustomerAct("hangup", line.newest.id))
    assert (line.agent.current_state, line.agent.reason) == ("Unavailable", "Lunch")


def test_the_last_call_takes_the_mute_with_it() -> None:
    line = Line()
    first, second = line.active(), line.active()
    line.do(Act("mute", second)).do(Act("hangup", second))
    assert line.agent.muted
    line.do(Act("hangup", first, by="api"))
    assert line.said == ["CallContactEvent Disconnected final", "Mute False", "AgentState Unavailable"]


def test_a_call_with_after_call_work_takes_the_mute_with_it_too() -> None:
    line = Line()
    contact_id = line.active(SUPPORT)
    line.do(Act("mute", contact_id)).do(Act("hangup", contact_id))
    assert line.said == ["CallContactEvent Disconnected", "Mute False", "AgentState Unavailable ACW"]


# States


def test_a_state_is_set_at_once_without_a_call() -> None:
    line = Line().wait(1).do(SetState("Available", "ignored"))
    assert line.said == ["AgentState Available"]
    assert line.events[0]["StartTimeUTC"] == iso(START + 1000)


def test_a_state_waits_while_a_call_is_there() -> None:
    line = Line()
    contact_id = line.active()
    line.wait(5).do(SetState("Unavailable", "Lunch"))
    assert line.said == ["AgentState InboundContact"]
    assert line.events[0]["NextStates"] == [{"State": "Unavailable", "OutReason": "Lunch"}]
    assert line.events[0]["StartTimeUTC"] == iso(START)
    line.do(Act("hangup", contact_id))
    assert line.said == ["CallContactEvent Disconnected final", "AgentState Unavailable Lunch"]
    assert line.agent.next_states == ()


def test_a_state_that_waits_waits_for_after_call_work_too() -> None:
    line = Line()
    contact_id = line.active(SUPPORT)
    line.do(SetState("Unavailable", "Lunch")).do(Act("hangup", contact_id))
    assert line.agent.next_states == (("Unavailable", "Lunch"),)
    assert line.wait(3).agent.reason == "Lunch"


def test_the_last_state_asked_for_counts() -> None:
    line = Line()
    contact_id = line.active()
    line.do(SetState("Unavailable", "Lunch")).do(SetState("Available")).do(Act("hangup", contact_id))
    assert line.agent.current_state == "Available"


def test_next_states_that_an_agent_cannot_ask_for_are_passed_over() -> None:
    nonsense = [5, {"State": 5}, {"OutReason": "x"}, {"State": "Dialer"}, {"State": "Unavailable", "OutReason": "Lunch"}]
    line = Line()
    contact_id = line.active()
    line.happens({**event("AgentState", CurrentState="InboundContact"), "NextStates": nonsense})
    assert line.agent.next_states == (("Dialer", ""), ("Unavailable", "Lunch"))
    line.do(Act("hangup", contact_id))
    assert line.agent.reason == "Lunch"


@pytest.mark.parametrize("state", ["LoggedOut", "InboundContact", "available", ""])
def test_an_agent_can_ask_for_two_states_only(state: str) -> None:
    assert Line().do(SetState(state)).refusal["code"] == "invalid-state"


# Which command is valid when

# The rows of the reference's table: what answer/refuse, the toggles of hold, mute and mask, record and hangup do.
COMMANDS_BY_STATUS: dict[str, set[str]] = {
    "Incoming": {"answer", "refuse"},
    "Dialing": {"hangup"},
    "Active": {"hold", "mute", "unmute", "mask", "record", "hangup"},
    "Holding": {"resume", "mute", "unmute"},
    "Masking": {"mute", "unmute", "unmask", "record"},
    "Joined": {"mute", "unmute", "mask", "record", "hangup"},
    "Disconnected": set(),
    "Ringing": set(),
    "CallBackDisconnected": set(),
    "Preview": set(),
    "NaturalCallDialing": set(),
    "NaturalCallRinging": set(),
    "NaturalCallAMD": set(),
    "": set(),
}
VERBS = get_args(CallVerb)


@pytest.mark.parametrize("by", ["desk", "api"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", COMMANDS_BY_STATUS)
def test_command_by_status(status: str, verb: Any, by: Any) -> None:
    line = Line().happens(call_event(status), event("Mute", AgentMuted=str(verb == "unmute")))
    before = line.agent
    valid = verb in COMMANDS_BY_STATUS[status] or (by == "api" and verb == "hangup" and status in ("Holding", "Masking"))
    assert (verb in allowed_verbs(line.agent, line.newest, by)) == valid
    line.do(Act(verb, 77, by))
    if valid:
        assert line.events
    else:
        assert (line.refusal["command"], line.refusal["contactId"], line.refusal["code"]) == (verb, "77", "wrong-state")
        assert line.agent == before


TOGGLES = {"HoldEvent": ("hold", "resume"), "MuteEvent": ("mute", "unmute"), "MaskEvent": ("mask", "unmask")}


@pytest.mark.parametrize("message_type", get_args(PanelMessage))
@pytest.mark.parametrize("status", COMMANDS_BY_STATUS)
def test_panel_command_by_status(status: str, message_type: Any) -> None:
    line = Line().happens(call_event(status))
    verbs = TOGGLES.get(message_type, (message_type.removesuffix("Event").lower(),))
    line.do(PanelCommand(message_type))
    if COMMANDS_BY_STATUS[status].isdisjoint(verbs):
        assert line.refusal["command"] == message_type
        assert line.refusal["code"] == ("no-contact" if message_type in ("AnswerEvent", "RefuseEvent") else "wrong-state")
    else:
        assert line.events


@pytest.mark.parametrize("verb", ["answer", "busy", "no-answer", "hangup"])
@pytest.mark.parametrize("status", COMMANDS_BY_STATUS)
def test_what_the_other_party_does_by_status(status: str, verb: Any) -> None:
    line = Line().happens(call_event(status)).do(CustomerAct(verb, 77))
    if status not in ("Disconnected", "CallBackDisconnected") if verb == "hangup" else status == "Dialing":
        assert line.events
    else:
        assert (line.refusal["command"], line.refusal["code"]) == (f"customer {verb}", "wrong-state")


def test_a_refusal_says_what_status_would_be_needed() -> None:
    line = Line()
    contact_id = line.incoming()
    assert line.do(Act("mask", contact_id)).refusal == {
        "command": "mask",
        "contactId": str(contact_id),
        "code": "wrong-state",
        "reason": f"mask needs a call that is Active or Joined; call {contact_id} is Incoming.",
    }


@pytest.mark.parametrize(
    ("muted", "verb", "reason"),
    [(True, "mute", "Agent 1001 is muted already."), (False, "unmute", "Agent 1001 is not muted.")],
)
def test_explicit_mute_verbs_do_not_toggle(muted: bool, verb: Any, reason: str) -> None:
    line = Line().happens(call_event("Active"), event("Mute", AgentMuted=str(muted)))
    assert line.do(Act(verb, 77)).refusal["reason"] == reason


@pytest.mark.parametrize(
    "command",
    [EndSession(), SetState("Available"), OfferCall(), Act("answer", 77), PanelCommand("HoldEvent"), CustomerAct("hangup", 77)],
    ids=lambda command: type(command).__name__,
)
def test_nothing_can_be_done_without_a_session(command: Command) -> None:
    assert Line(logged_in=False).happens(call_event("Incoming")).do(command).refusal["code"] == "no-session"


@pytest.mark.parametrize(
    "command",
    [Act("answer", 5), CustomerAct("hangup", 5), Focus(5), SetCard(5, "Ada")],
    ids=lambda command: type(command).__name__,
)
def test_a_contact_that_is_not_there_is_named(command: Command) -> None:
    refusal = Line().do(command).refusal
    assert (refusal["contactId"], refusal["code"]) == ("5", "unknown-contact")
    assert refusal["reason"] == "Agent 1001 has no contact 5."


def test_call_commands_are_for_calls() -> None:
    line = Line().happens({"Type": "ChatContactEvent", "ContactID": "77", "Status": "Active"})
    assert line.do(Act("mute", 77)).refusal["code"] == "wrong-media"
    assert line.do(CustomerAct("busy", 77)).refusal["code"] == "wrong-media"
    assert line.do(PanelCommand("HangupEvent")).refusal["code"] == "wrong-media"
    line.happens({"Type": "CarrierPigeonContactEvent", "ContactID": "77", "Status": "Active"})
    assert allowed_verbs(line.agent, line.newest) == frozenset()


# Panels


def test_panel_toggles_go_back_and_forth() -> None:
    line = Line()
    line.active()
    for message_type, there, back in (
        ("HoldEvent", "CallContactEvent Holding", "CallContactEvent Active"),
        ("MaskEvent", "CallContactEvent Masking", "CallContactEvent Active"),
        ("MuteEvent", "Mute True", "Mute False"),
    ):
        toggle = PanelCommand(message_type)  # type: ignore[arg-type]  # a literal that the loop widens
        assert line.do(toggle).said == [there]
        assert line.do(toggle).said == [back]


def test_a_panels_second_record_changes_nothing() -> None:
    line = Line()
    line.active()
    line.do(PanelCommand("RecordEvent"))
    assert line.do(PanelCommand("RecordEvent")).refusal["code"] == "wrong-state"


@pytest.mark.parametrize("message_type", get_args(PanelMessage))
def test_a_panel_command_without_a_contact_changes_nothing(message_type: Any) -> None:
    assert Line().do(PanelCommand(message_type)).refusal["code"] == "no-contact"


def test_a_panel_answers_the_incoming_call_in_focus_else_the_oldest() -> None:
    line = Line()
    first, second, third = line.active(), line.incoming(), line.incoming()
    line.do(PanelCommand("AnswerEvent"))
    assert [contact.status for contact in line.agent.contacts.values()] == ["Holding", "Active", "Incoming"]
    fourth = line.incoming()
    line.do(Focus(fourth)).do(PanelCommand("RefuseEvent"))
    assert list(line.agent.contacts) == [first, second, third]


def test_other_panel_commands_act_on_the_contact_in_focus() -> None:
    line = Line()
    first, second = line.active(), line.active()
    line.do(Focus(first)).do(PanelCommand("HoldEvent"))
    assert line.agent.contacts[first].status == "Active"
    assert line.agent.contacts[second].status == "Holding"


# Focus and card


def test_the_first_contact_gets_the_focus() -> None:
    line = Line()
    first = line.incoming()
    line.incoming()
    assert line.agent.focus == first


def test_when_the_contact_in_focus_goes_the_most_recent_one_gets_the_focus() -> None:
    line = Line()
    first, _, third = line.incoming(), line.incoming(), line.incoming()
    assert line.do(Act("refuse", first)).agent.focus == third
    line.do(EndSession())
    assert line.agent.focus is None


def test_a_contact_that_is_not_there_cannot_have_the_focus() -> None:
    line = Line()
    contact_id = line.incoming()
    assert line.append([Draft.of("focus", {"contactId": "5"})]).agent.focus == contact_id


def test_turning_to_the_contact_in_focus_is_recorded_so_that_it_is_not_done_again_later() -> None:
    line = Line()
    contact = line.incoming()
    line.do(Focus(contact))
    assert line.agent.focus == contact


def test_a_card_without_a_contact_is_the_call_in_focus() -> None:
    line = Line()
    line.incoming()
    line.do(SetCard(name="Ada")).do(SetCard(picture="ada.png"))
    assert line.said == ["card"]
    assert line.newest.card is not None
    assert (line.newest.card.name, line.newest.card.picture) == ("Ada", "ada.png")


def test_a_card_stays_while_the_call_goes_on() -> None:
    line = Line()
    contact_id = line.incoming()
    line.do(SetCard(contact_id, "Ada")).do(Act("answer", contact_id))
    assert line.newest.card is not None
    assert line.newest.card.name == "Ada"


def test_a_card_without_a_contact_needs_a_call_in_focus() -> None:
    assert Line().do(SetCard(name="Ada")).refusal["code"] == "no-contact"
    chat = Line().happens({"Type": "ChatContactEvent", "ContactID": "77", "Status": "Active"})
    assert chat.do(SetCard(name="Ada")).refusal["code"] == "no-contact"
    assert chat.do(SetCard(77, name="Ada")).said == ["card"]


# Timers


def test_a_refusal_timer_is_stale_once_the_call_is_answered() -> None:
    line = Line()
    line.incoming()
    [(_, timer)] = line.decider.due(line.agent)
    line.do(Act("answer", line.newest.id))
    assert line.decider.due(line.agent) == []
    assert line.do(timer).said == []


def test_an_acw_timer_is_stale_in_the_next_acw() -> None:
    line = Line()
    line.do(Act("hangup", line.active(SUPPORT)))
    [(_, timer)] = line.decider.due(line.agent)
    line.wait(1).do(EndAcw()).do(Act("hangup", line.active(SUPPORT)))
    assert line.do(timer).said == []
    assert line.agent.is_acw


def test_timers_come_from_events_whoever_wrote_them() -> None:
    line = Line(logged_in=False)
    line.happens(
        call_event("Incoming", Timeout="20", IsRequireManualAccept="True"),
        event("AgentState", CurrentState="Unavailable", IsAcw="On", AcwTimeout="60", StartTimeUTC=iso(START + 500)),
    )
    assert line.decider.due(line.agent) == [
        (START + 20_000, RefusalTimeout(77, START + 20_000)),
        (START + 60_500, EndAcw(START + 60_500)),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"Timeout": ""},
        {"Timeout": "0"},
        {"Timeout": "soon"},
        {"Timeout": "-5"},
        {"Timeout": "9999999"},
        {"Timeout": "٣"},
        {"Timeout": 5},
        {"Timeout": ["5"]},
        {"StartTimeUTC": ""},
        {"StartTimeUTC": "yesterday"},
        {"StartTimeUTC": 5},
        {"IsRequireManualAccept": "False"},
        {"Status": "Active"},
        {"Type": "ChatContactEvent"},
    ],
    ids=str,
)
def test_no_timer_without_a_ringing_call_a_time_and_seconds(fields: dict[str, Any]) -> None:
    line = Line().happens({**call_event("Incoming", Timeout="5", IsRequireManualAccept="True"), **fields})
    assert line.decider.due(line.agent) == []


# Contacts of any origin


@pytest.mark.parametrize(
    ("contact_type", "key"),
    [
        ("CallContactEvent", "ContactID"),
        ("ChatContactEvent", "ContactID"),
        ("TextContactEvent", "ContactID"),
        ("WorkItemContactEvent", "ContactID"),
        ("DigitalContactEvent", "ContactID"),
        ("EmailContactEvent", "ContactId"),
        ("VoiceMailContactEvent", "ContactId"),
    ],
)
def test_a_contact_lives_from_its_first_event_to_its_final_one(contact_type: str, key: str) -> None:
    first = {"Type": contact_type, key: "900719925474010002", "Status": "Active", "FinalState": "False"}
    last = "Discarded" if contact_type == "VoiceMailContactEvent" else "Disconnected"
    line = Line().happens(first)
    contact = line.newest
    assert (contact.id, contact.type, contact.status, contact.event) == (900719925474010002, contact_type, "Active", first)
    assert line.happens({**first, "Status": last}).statuses == [last]
    assert not line.happens({**first, "Status": last, "FinalState": "true"}).agent.contacts


def test_a_contact_that_is_unknown_and_over_is_none() -> None:
    line = Line()
    before = line.agent
    assert line.happens(call_event("Disconnected", FinalState="True")).agent == before


def test_an_event_about_no_contact_or_of_another_type_leaves_contacts_alone() -> None:
    line = Line()
    before = line.agent
    line.happens(
        call_event("Active", contact_id=""),
        {"Type": "PopURL", "ContactId": "5", "Status": "Active"},
        {"type": "CallContactEvent", "ContactID": "5"},
    )
    assert line.agent == before


def test_contacts_stay_in_order_and_know_since_when() -> None:
    line = Line().happens(call_event("Active", "9"), call_event("Active", "5")).wait(1).happens(call_event("Holding", "9"))
    assert list(line.agent.contacts) == [9, 5]
    first, second = line.agent.contacts.values()
    assert (first.since, first.status_since) == (START, START + 1000)
    assert (second.since, second.status_since) == (START, START)
    assert line.wait(1).happens(call_event("Holding", "9")).agent.contacts[9].status_since == START + 1000


def test_the_agents_state_is_the_last_event_as_it_came() -> None:
    line = Line(logged_in=False)
    assert line.agent.state is None
    assert (line.agent.current_state, line.agent.reason, line.agent.is_acw, line.agent.next_states) == ("", "", False, ())
    record = wire({"Type": "AgentState", "CurrentState": "Unavailable", "IsAcw": "True", "NextStates": [{"State": "Available"}]})
    agent = line.decider.evolve(line.agent, record)
    assert agent.state_raw == record.data
    assert (agent.current_state, agent.is_acw, agent.next_states) == ("Unavailable", True, (("Available", ""),))


def test_a_call_that_cannot_be_decoded_can_still_be_ended() -> None:
    raw = msgspec.Raw(b'{"Type":"CallContactEvent","ContactID":"77","Status":"Active","Label":1e999}')
    line = Line().append([Draft(WIRE, raw)])
    line.do(Act("hangup", 77))
    assert not line.agent.contacts


# For any history

NAMES = [
    "Type",
    "ContactID",
    "ContactId",
    "Status",
    "FinalState",
    "Timeout",
    "StartTimeUTC",
    "IsRequireManualAccept",
    "CurrentState",
    "IsAcw",
    "AcwTimeout",
    "NextStates",
    "AgentMuted",
    "token",
    "contactId",
    "name",
]
LIKELY = st.sampled_from(
    [
        *FIELDS,
        "ChatContactEvent",
        "VoiceMailContactEvent",
        "1",
        "2",
        "True",
        "Incoming",
        "Active",
        "Disconnected",
        "Unavailable",
        "5",
        iso(START),
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+23:59",
    ]
)
KINDS = st.sampled_from([WIRE, "session", "contact", "focus", "card", "refused", "note"])
ANYTHING = st.dictionaries(st.sampled_from(NAMES), LIKELY | JSON) | JSON

Step = tuple[str, int]
"""What to do, and which of the things it could be done to."""

OFFERS = (
    OfferCall(skill_id=SUPPORT),
    OfferCall(skill_id=SALES, variables=(("a", "b"),)),
    OfferCall("outbound", skill_id=SUPPORT),
    OfferCall("outbound", skill_id="unknown"),
)
STATES = (SetState("Available"), SetState("Unavailable", "Lunch"), SetState("Nonsense"))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["offer", "state", "focus", "card", "panel", "wait", "timer", "end-acw", "start", "end", *VERBS]
            + [f"customer {verb}" for verb in ("answer", "busy", "no-answer", "hangup")]
        ),
        st.integers(0, 11),
    ),
    max_size=30,
)


def command_of(line: Line, step: Step) -> Command:
    name, number = step
    contact_id = [*line.agent.contacts, 1][number % (len(line.agent.contacts) + 1)]
    timers = [command for _, command in line.decider.due(line.agent)] or [RefusalTimeout(contact_id, START), EndAcw(START)]
    match name:
        case "offer":
            return OFFERS[number % len(OFFERS)]
        case "state":
            return STATES[number % len(STATES)]
        case "focus":
            return Focus(contact_id)
        case "card":
            return SetCard(None if number % 2 else contact_id, name="Ada")
        case "panel":
            return PanelCommand(get_args(PanelMessage)[number % len(get_args(PanelMessage))])
        case "timer":
            return timers[number % len(timers)]
        case "end-acw":
            return EndAcw()
        case "start":
            return StartSession()
        case "end":
            return EndSession()
    if name.startswith("customer "):
        return CustomerAct(name.removeprefix("customer "), contact_id)  # type: ignore[arg-type]  # drawn from its literals
    return Act(name, contact_id, "api" if number % 2 else "desk")  # type: ignore[arg-type]  # drawn from its literals


def walk(steps: Sequence[Step]) -> Line:
    line = Line()
    for step in steps:
        if step[0] == "wait":
            line.wait(step[1])
            continue
        before = line.agent
        line.do(command_of(line, step))
        if any(record.kind == "refused" for record in line.last):
            assert len(line.last) == 1
            assert line.agent == before
        assert sum(status in ("Active", "Masking") for status in line.statuses) <= 1
    return line


@given(STEPS)
def test_a_refused_command_changes_nothing_and_the_agent_talks_on_one_call_at_most(steps: list[Step]) -> None:
    walk(steps)


@given(STEPS)
def test_every_event_is_complete_and_made_of_strings(steps: list[Step]) -> None:
    for record in walk(steps).records:
        if record.kind == WIRE:
            value = record.value()
            event_type = value.pop("Type")
            assert list(value) == list(FIELDS[event_type])
            event(event_type, **value)  # refuses any value that is no string


@given(STEPS)
def test_wire_events_alone_tell_the_state(steps: list[Step]) -> None:
    line = walk(steps)
    told = line.decider.initial("agent/1001")
    for record in line.records:
        if record.kind == WIRE:
            told = line.decider.evolve(told, record)
    assert [(one.id, one.type, one.status, one.raw) for one in told.contacts.values()] == [
        (one.id, one.type, one.status, one.raw) for one in line.agent.contacts.values()
    ]
    assert (told.state_raw, told.leg_raw, told.muted) == (line.agent.state_raw, line.agent.leg_raw, line.agent.muted)


@given(STEPS)
def test_when_all_calls_and_timers_are_over_the_agent_is_idle(steps: list[Step]) -> None:
    line = walk(steps).do(StartSession())
    for call in line.agent.live_calls:
        line.do(CustomerAct("hangup", call.id))
    line.wait(3600)
    assert not line.agent.contacts
    assert not line.agent.muted
    assert line.agent.current_state in ("Available", "Unavailable")
    assert not line.agent.is_acw
    assert line.decider.due(line.agent) == []


@given(
    st.lists(st.tuples(KINDS | TEXT, ANYTHING), max_size=12), st.sampled_from([SetState("Available"), OFFERS[0], EndSession()])
)
def test_any_record_can_be_folded_and_decided_upon(records: list[tuple[str, Any]], command: Command) -> None:
    line = Line()
    for kind, value in records:
        line.append([Draft.of(kind, value)])
        line.decider.due(line.agent)
        assert line.agent.focus is None or line.agent.focus in line.agent.contacts
    for call, verb in itertools.product(line.agent.live_calls, VERBS):
        line.decider.decide(line.agent, Act(verb, call.id, "api"), START, line.ids)
    line.do(command).wait(60)
