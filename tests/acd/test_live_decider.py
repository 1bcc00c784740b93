"""What is recorded of an agent of a live tenant, and what its state is then."""

import msgspec
import pytest

from bridge.acd.agent_state import Outcome as Noted
from bridge.acd.commands import (
    Act,
    Attend,
    Command,
    CustomerAct,
    Dispose,
    Focus,
    Offer,
    OfferCall,
    OfferChat,
    PanelCommand,
    Say,
    SetCard,
    SetState,
    StartSession,
    Typing,
)
from bridge.acd.live.answers import Outcome, not_sent, unknown
from bridge.acd.live.decider import Over, Stand, Tell
from bridge.journal.base import WIRE, Draft
from tests.acd.live_line import TENANT, LiveLine

LOST = unknown("hold of call 77", "the connection broke")


def test_a_call_is_recorded_before_it_is_made() -> None:
    line = LiveLine().call().ask(Act("hold", 77))
    assert line.said == ["asked"]
    assert line.asked == {
        "request": "request-1",
        "command": "hold",
        "contactId": "77",
        "words": "hold of call 77",
        "method": "POST",
        "path": "interactions/77/hold",
        "parameters": {},
        "after": None,
    }
    assert line.agent.contacts[77].status == "Active"


def test_what_went_well_shows_by_the_tenants_events_alone() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(Outcome("done"))
    assert line.said == ["told"]
    assert line.agent.requests == {}
    assert line.agent.contacts[77].status == "Active"


def test_what_the_tenant_refused_is_a_refusal() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(not_sent("hold of call 77", "nothing answers"))
    assert line.said == ["told", "refused"]
    assert line.refusal == {
        "command": "hold",
        "contactId": "77",
        "code": "refused-by-tenant",
        "reason": "The tenant was not asked for hold of call 77: nothing answers.",
    }
    assert line.agent.requests == {}


def test_what_nobody_knows_stays_so_until_the_contact_shows_what_became_of_it() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(LOST)
    assert line.unknown == [LOST.reason]
    line.call("Incoming", 78).happens({"Type": "AgentState", "CurrentState": "InboundContact"})
    assert line.unknown == [LOST.reason]
    line.call("Holding")
    assert line.unknown == []


def test_what_nobody_knows_of_the_agent_shows_by_the_agents_state() -> None:
    line = LiveLine().ask(SetState("Unavailable", "Lunch")).tell(unknown("the state Unavailable (Lunch)", "it hangs"))
    assert len(line.unknown) == 1
    line.happens({"Type": "AgentState", "CurrentState": "Unavailable"})
    assert line.unknown == []


def test_an_agents_state_that_is_told_again_settles_nothing() -> None:
    lost = unknown("mute", "it hangs")
    line = LiveLine().happens({"Type": "Mute", "AgentMuted": "True"}).ask(SetState("Unavailable", "Lunch")).tell(lost)
    line.happens({"Type": "Mute", "AgentMuted": "True"})
    line.happens({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "Available"})
    assert line.unknown == [lost.reason]
    line.happens({"Type": "AgentState", "CurrentState": "Unavailable"})
    assert line.unknown == []


def test_what_is_told_again_in_a_resync_settles_nothing() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(LOST)
    line.happens({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "Available"}).call("Active")
    assert line.unknown == [LOST.reason]
    line.happens({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "Available"}).call("Holding")
    assert line.unknown == []


def test_the_end_of_the_contact_ends_the_doubt() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(LOST).call("Disconnected", FinalState="True")
    assert line.agent.requests == {}


def test_what_is_told_once_is_told() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(LOST)
    assert line.do(Tell("request-1", Outcome("done"))).said == []
    assert line.do(Tell("never-asked", Outcome("done"))).said == []


def test_whether_typing_was_heard_of_nobody_needs_to_know() -> None:
    line = LiveLine().happens({"Type": "ChatContactEvent", "ContactID": "78", "Status": "Active"})
    line.ask(Typing(78, True)).tell(LOST)
    assert line.agent.requests == {}


def test_what_the_agent_wrote_is_in_the_transcript_once_the_tenant_has_it() -> None:
    line = LiveLine().happens({"Type": "ChatContactEvent", "ContactID": "78", "Status": "Active"}).ask(Say(78, "Hello"))
    assert not line.agent.contacts[78].messages
    line.tell(Outcome("done"))
    assert line.said == ["told", "transcript"]
    assert [message.text for message in line.agent.contacts[78].messages] == ["Hello"]


def test_a_disposition_is_noted_once_the_tenant_has_it() -> None:
    line = LiveLine().call().ask(Dispose(77, "5101", "All is well")).tell(Outcome("done"))
    noted = line.agent.contacts[77].outcome
    assert noted is not None
    assert (noted.primary_id, noted.name, noted.notes) == ("5101", "Resolved", "All is well")
    line.ask(Dispose(77, "5101", "", "99", "98", "12.50", "2026-10-21", "8015550100")).tell(Outcome("done"))
    assert line.agent.contacts[77].outcome == Noted("5101", "Resolved", "", "99", "98", "12.50", "2026-10-21", "8015550100")


def test_a_disposition_of_the_tenants_need_not_be_known_here() -> None:
    line = LiveLine().call().ask(Dispose(77, "99")).tell(Outcome("done"))
    noted = line.agent.contacts[77].outcome
    assert noted is not None
    assert noted.name == "99"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Act("resume", 77), "wrong-state"),
        (Act("hold", 5), "unknown-contact"),
        (Act("play", 77), "wrong-media"),
        (PanelCommand("AnswerEvent"), "no-contact"),
        (SetState("Working"), "invalid-state"),
        (Say(77, "Hello"), "wrong-media"),
        (Dispose(5, "5101"), "unknown-contact"),
    ],
)
def test_what_does_not_fit_the_state_is_not_asked(command: Command, code: str) -> None:
    line = LiveLine().call().ask(command)
    assert line.said == ["refused"]
    assert line.refusal["code"] == code


def test_a_call_that_rings_takes_no_disposition() -> None:
    assert LiveLine().call("Incoming").ask(Dispose(77, "5101")).refusal["code"] == "wrong-state"


@pytest.mark.parametrize(
    "command",
    [
        CustomerAct("hangup", 77),
        Say(77, "Hello", "customer"),
        Typing(77, True, "customer"),
        OfferCall(ani="8015551234"),
        OfferChat(text="Hello"),
        Offer(),
    ],
)
def test_nobody_plays_the_customers_of_a_live_tenant(command: Command) -> None:
    refusal = LiveLine().call().ask(command).refusal
    assert refusal["code"] == "not-ours"
    assert refusal["reason"].startswith("The contacts of a live tenant are real: ")


def test_a_skill_that_only_a_name_tells_must_be_known_here() -> None:
    line = LiveLine().ask(OfferCall("outbound", dnis="1", skill_id="17004711", skill_name="Billing"))
    assert line.refusal["code"] == "unknown-skill"
    assert line.ask(OfferCall("outbound", dnis="1", skill_id="4711", skill_name="4711")).said == ["asked"]


@pytest.mark.parametrize("command", [Act("hold", 77), SetState("Available"), OfferCall("outbound", dnis="1")])
def test_without_a_session_nothing_is_asked(command: Command) -> None:
    assert LiveLine(logged_in=False).ask(command).refusal["code"] == "no-session"


@pytest.mark.parametrize("command", [Act("hold", 77), SetState("Available"), OfferCall("outbound", dnis="1")])
def test_without_a_session_every_command_is_told_what_is_wrong(command: Command) -> None:
    line = LiveLine(logged_in=False).ask(command)
    assert line.refusal["reason"] == "Agent 1001 has no session at the tenant."
    line.do(Stand(msgspec.structs.replace(TENANT, trouble="The tenant does not accept the token.")))
    assert line.ask(command).refusal["reason"] == "The tenant does not accept the token."


def test_after_a_session_a_command_is_told_why_it_is_over() -> None:
    line = LiveLine().do(Over("the tenant says that it is over")).ask(SetState("Available"))
    assert line.refusal["reason"] == "Agent 1001 has no session at the tenant: the tenant says that it is over."


def test_focus_and_card_are_not_the_tenants() -> None:
    line = LiveLine().call().call("Holding", 78)
    assert line.ask(Focus(78)).said == ["focus"]
    assert line.ask(SetCard(78, "Dana Whitfield")).said == ["card"]
    assert line.ask(Attend()).said == []


def test_timers_are_the_tenants() -> None:
    line = LiveLine().call("Incoming", Timeout="30", IsRequireManualAccept="True")
    assert line.decider.due(line.agent) == ()
    assert line.decider.is_open(line.agent)
    line.do(Over("the tenant says that it is over"))
    assert not line.decider.is_open(line.agent)


def test_a_session_that_is_over_logs_the_agent_out_and_says_why() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).tell(LOST).do(Over("the tenant says that it is over"))
    assert line.said == ["over"]
    assert (line.agent.session, line.agent.current_state, line.agent.logged_out) == (
        None,
        "LoggedOut",
        "the tenant says that it is over",
    )
    assert line.agent.contacts == {}
    assert line.agent.requests == {}
    assert line.agent.upstream == TENANT
    assert line.do(Over("again")).said == []


def test_a_call_under_way_when_the_session_ends_is_still_told_of() -> None:
    line = LiveLine().call().ask(Act("hold", 77)).happens({"Type": "AgentSessionEnd"})
    assert list(line.agent.requests) == ["request-1"]
    assert line.decider.is_open(line.agent)
    assert line.tell(Outcome("done")).agent.requests == {}
    assert not line.decider.is_open(line.agent)


def test_how_it_stands_is_recorded_when_it_changes() -> None:
    line, lost = LiveLine(), msgspec.structs.replace(TENANT, trouble="The tenant cannot be reached.", since=1)
    assert line.do(Stand(TENANT)).said == []
    assert line.do(Stand(lost)).said == ["upstream"]
    assert line.agent.upstream == lost


def test_a_log_in_that_led_to_no_session_says_why() -> None:
    line = LiveLine(logged_in=False)
    assert line.ask(StartSession()).refusal["reason"] == "Agent 1001 has no session at the tenant."
    line.do(Stand(msgspec.structs.replace(TENANT, trouble="The tenant cannot be reached.")))
    assert line.ask(StartSession()).refusal["reason"] == "The tenant cannot be reached."
    line.do(Stand(msgspec.structs.replace(TENANT, session_of="2002")))
    assert line.ask(StartSession()).refusal["reason"] == "The tenant's session here is that of agent 2002: open /desk/2002."
    assert LiveLine().ask(StartSession()).said == []


@pytest.mark.parametrize("command", [SetState("Available"), Act("hold", 77), OfferCall("outbound", dnis="1")])
def test_a_desk_of_another_agent_says_whose_session_it_is(command: Command) -> None:
    line = LiveLine(logged_in=False).do(Stand(msgspec.structs.replace(TENANT, session_of="2002")))
    assert line.ask(command).refusal["reason"] == "The tenant's session here is that of agent 2002: open /desk/2002."


def test_what_is_told_anew_counts_from_its_beginning_wherever_the_session_start_stands_in_it() -> None:
    line = LiveLine().call(contact_id=76).call().ask(SetCard(77, "Dana Whitfield"))
    line.append(Draft.of("anew", {})).call("Holding").happens({"Type": "AgentState", "CurrentState": "InboundContact"})
    line.happens({"Type": "AgentSessionStart"})
    assert list(line.agent.contacts) == [77]
    assert line.agent.contacts[77].card is not None
    assert line.agent.current_state == "InboundContact"
    line.happens({"Type": "AgentSessionStart"})
    assert line.agent.contacts == {}


def test_a_recording_that_was_being_played_is_left() -> None:
    line = LiveLine(logged_in=False).append(
        Draft.of("replay", {"recordingId": "r", "speed": 1, "messages": 9, "played": 1, "anew": True}),
        Draft.of(WIRE, {"Type": "AgentState", "CurrentState": "Available"}),
    )
    assert line.do(Over("it was one of deskbridge's own")).said == ["wire", "replay"]
    assert line.agent.replay is None
    assert line.agent.current_state == "LoggedOut"


def test_a_digital_contact_of_the_vendors_ends_without_a_final_state() -> None:
    line = LiveLine().happens({"Type": "DigitalContactEvent", "ContactID": "81", "Status": "Active"})
    assert list(line.agent.contacts) == [81]
    line.happens({"Type": "DigitalContactEvent", "ContactID": "81", "Status": "Disconnected", "FinalState": "False"})
    assert list(line.agent.contacts) == [81]
    line.happens({"Type": "DigitalContactEvent", "ContactID": "81", "Status": "Disconnected"})
    assert line.agent.contacts == {}
    for last in ({"FinalState": ""}, {}):
        line.call().happens({"Type": "CallContactEvent", "ContactID": "77", "Status": "Disconnected", **last})
        assert list(line.agent.contacts) == [77]


def test_a_contact_that_is_told_of_again_goes_on_as_it_was() -> None:
    line = LiveLine().call(contact_id=76).call().ask(SetCard(77, "Dana Whitfield")).ask(Focus(77))
    line.happens({"Type": "AgentSessionStart"}, {"Type": "AgentState", "CurrentState": "InboundContact"})
    assert line.agent.contacts == {}
    line.call("Active", 76).call("Holding")
    card = line.agent.contacts[77].card
    assert card is not None
    assert card.name == "Dana Whitfield"
    assert line.agent.contacts[77].status == "Holding"
    assert line.agent.focus == 77
    line.happens({"Type": "AgentSessionStart"}).call("Active", 76)
    assert line.agent.focus == 76


def test_a_session_of_the_mocks_is_no_tenants() -> None:
    line = LiveLine().happens({"Type": "AgentSessionEnd"})
    line.append(Draft.of("session", {"token": "another"})).happens({"Type": "AgentSessionStart"})
    assert line.agent.upstream is None
