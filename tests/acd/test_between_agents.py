"""Calls between agents (cxone-agent-session.md, section 3): consult, conference, transfer."""

import pytest

from bridge.acd.between_agents import Together, why_not_reached, why_not_together
from bridge.acd.commands import (
    Act,
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    CustomerAct,
    EndSession,
    OfferCall,
    OfferChat,
    OfferDigital,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    Say,
    SetCard,
    SetCustomData,
    SetState,
    Transfer,
    TransferCalls,
    Verb,
)
from bridge.acd.qualifications import Qualification
from bridge.acd.skills import SKILLS, Skill

from .floor import Floor
from .line import SALES, SUPPORT

VARIABLES = (("OrderID", "4711"), ("Tier", "gold"))


def consulting(floor: Floor, skill: str = SALES) -> tuple[int, int, int]:
    """1001 on a customer's call consults 1002, who has answered: the customer's call, and the two ends of the consult."""
    customers = floor.active("1001", skill, ani="8015551234", dnis="8005550199", variables=VARIABLES, customer="Dana")
    floor.do("1001", CallAgent("1002", consult=True))
    mine, theirs = floor.newest("1001").id, floor.newest("1002").id
    floor.do("1002", Act("answer", theirs))
    return customers, mine, theirs


# Calling an agent


def test_a_call_to_an_agent_rings_there_and_is_dialing_here() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    assert floor.said == {
        "1001": ["AgentState OutboundContact", "CallContactEvent Dialing"],
        "1002": ["AgentState InboundContact", "CallContactEvent Incoming"],
    }


def test_its_ends_are_contacts_of_their_own_with_one_master() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    mine, theirs = floor.newest("1001"), floor.newest("1002")
    assert mine.id != theirs.id
    assert mine.event["MasterID"] == theirs.event["MasterID"] == str(mine.id)
    assert (mine.event["CallType"], theirs.event["CallType"]) == ("Regular", "Regular")
    assert (theirs.event["ANI"], mine.event["DNIS"]) == ("1001", "1002")


def test_it_is_talked_on_once_the_other_has_answered() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    floor.do("1002", Act("answer", floor.newest("1002").id))
    assert floor.said == {"1001": ["CallContactEvent Active"], "1002": ["CallContactEvent Active"]}


@pytest.mark.parametrize("by", ["1001", "1002"])
def test_who_hangs_up_ends_it_for_both(by: str) -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    floor.do("1002", Act("answer", floor.newest("1002").id))
    floor.do(by, Act("hangup", floor.newest(by).id))
    ended = ["CallContactEvent Disconnected final", "AgentState Available"]
    assert floor.said == {"1001": ended, "1002": ended}


def test_who_calls_can_give_up() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    floor.do("1001", Act("hangup", floor.newest("1001").id))
    assert floor.said["1002"] == ["CallContactEvent Disconnected final", "AgentState Available"]


def test_who_refuses_leaves_the_caller_without_an_answer() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    floor.do("1002", Act("refuse", floor.newest("1002").id))
    assert floor.said == {
        "1002": ["CallContactEvent Disconnected final", "AgentState Unavailable Refused"],
        "1001": ["CallContactEvent Disconnected final", "AgentState Available"],
    }
    assert floor.events["1001"][0]["DisconnectCode"] == "NoAnswer"


def test_who_lets_it_ring_does_too() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002")).wait(30)
    assert (floor.statuses("1001"), floor.statuses("1002")) == ([], [])
    assert floor.state("1001") == "Available"


def test_who_logs_out_takes_the_other_end_along() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    floor.do("1002", Act("answer", floor.newest("1002").id)).do("1001", EndSession())
    assert floor.statuses("1002") == []


@pytest.mark.parametrize("command", [CallAgent("1001"), CallAgent("1002"), CallAgent("nobody"), CallAgent("1003", consult=True)])
def test_nobody_calls_themself_the_logged_out_the_busy_or_about_nothing(command: CallAgent) -> None:
    floor = Floor("1001", "1002", "1003").do("1002", OfferCall(skill_id=SALES))
    assert floor.refusal("1001", command)["command"] == "CallAgent"


def test_no_customer_is_at_the_other_end() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    assert "between agents" in floor.refusal("1001", CustomerAct("answer", floor.newest("1001").id))["reason"]


# Consult


def test_a_consult_holds_the_customer() -> None:
    floor = Floor("1001", "1002")
    floor.active("1001")
    floor.do("1001", CallAgent("1002", consult=True))
    assert floor.said == {
        "1001": ["CallContactEvent Holding", "AgentState OutboundConsult", "CallContactEvent Dialing"],
        "1002": ["AgentState InboundConsult", "CallContactEvent Incoming"],
    }


def test_both_ends_are_of_type_consult_under_the_customers_master_and_parent() -> None:
    floor = Floor("1001", "1002")
    customers, _, _ = consulting(floor)
    for end in (floor.newest("1001"), floor.newest("1002")):
        assert end.event["CallType"] == "Consult"
        assert end.event["MasterID"] == end.event["ParentContactId"] == str(customers)


def test_the_consulted_agents_panels_can_pop_the_customer() -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    event = floor.newest("1002").event
    assert (event["ANI"], event["DNIS"], event["Skill"]) == ("8015551234", "8005550199", SALES)
    assert event["ScreenPopUrlVariables"] == [{"OrderID": "4711"}, {"Tier": "gold"}]
    assert floor.newest("1002").customer == "Dana"


def test_one_about_a_call_that_the_agent_dialed_names_the_customers_number_too() -> None:
    floor = Floor("1001", "1002").do("1001", OfferCall("outbound", ani="8005550199", dnis="8015551234"))
    floor.do("1001", CustomerAct("answer", floor.newest("1001").id)).do("1001", CallAgent("1002", consult=True))
    assert (floor.newest("1002").event["ANI"], floor.newest("1002").event["DNIS"]) == ("8015551234", "8005550199")


def test_the_card_that_a_panel_set_goes_along() -> None:
    floor = Floor("1001", "1002")
    call = floor.active("1001")
    floor.do("1001", SetCard(call, "Dana Reyes")).do("1001", CallAgent("1002", consult=True))
    assert floor.newest("1002").customer == "Dana Reyes"


def test_after_a_consult_the_agent_is_on_the_customers_call_again() -> None:
    floor = Floor("1001", "1002")
    customers, mine, _ = consulting(floor)
    floor.do("1001", Act("hangup", mine))
    assert floor.said["1001"] == ["CallContactEvent Disconnected final", "AgentState InboundContact"]
    assert floor.agents["1001"].contacts[customers].status == "Holding"
    assert floor.said["1002"] == ["CallContactEvent Disconnected final", "AgentState Available"]


def test_a_consult_leaves_no_after_call_work() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor, SUPPORT)
    floor.do("1002", Act("hangup", theirs))
    assert floor.state("1002") == "Available"


def test_what_the_agent_asked_for_meanwhile_still_comes_after_the_call() -> None:
    floor = Floor("1001", "1002")
    customers, mine, _ = consulting(floor)
    floor.do("1001", SetState("Unavailable", "Lunch")).do("1001", Act("hangup", mine))
    floor.do("1001", Act("resume", customers)).do("1001", Act("hangup", customers))
    assert floor.said["1001"][-1] == "AgentState Unavailable Lunch"


def test_the_agent_can_go_to_and_fro() -> None:
    floor = Floor("1001", "1002")
    customers, mine, _ = consulting(floor)
    floor.do("1001", Act("resume", customers))
    assert floor.statuses("1001") == ["Active", "Holding"]
    floor.do("1001", Act("resume", mine))
    assert floor.statuses("1001") == ["Holding", "Active"]


def test_a_customer_who_hangs_up_leaves_the_consult_to_go_on() -> None:
    floor = Floor("1001", "1002")
    customers, _, _ = consulting(floor)
    floor.do("1001", CustomerAct("hangup", customers))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Active"], ["Active"])


@pytest.mark.parametrize("status", ["Incoming", "Dialing"])
def test_a_consult_is_about_a_call_that_was_answered(status: str) -> None:
    floor = Floor("1001", "1002")
    floor.do("1001", OfferCall("inbound" if status == "Incoming" else "outbound", skill_id=SALES))
    call = floor.newest("1001")
    assert call.status == status
    assert status in floor.refusal("1001", CallAgent("1002", consult=True, parent_id=call.id))["reason"]


# Transfer


def test_after_a_transfer_the_other_agent_has_the_customer() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor)
    floor.do("1001", TransferCalls())
    assert floor.said["1001"] == ["CallContactEvent Disconnected final"] * 2 + ["AgentState Available"]
    assert floor.said["1002"] == ["CallContactEvent Active", "AgentState InboundContact"]
    call = floor.newest("1002")
    assert (call.id, call.status, call.event["CallType"]) == (theirs, "Active", "Regular")
    floor.do("1002", CustomerAct("hangup", theirs))
    assert floor.statuses("1002") == []


def test_what_was_noted_of_the_customer_during_the_consult_goes_along() -> None:
    floor = Floor("1001", "1002")
    customers, _, theirs = consulting(floor)
    floor.do("1002", SetCustomData(theirs, (("asked", "yes"), ("order", "?"))))
    floor.do("1001", SetCustomData(customers, (("order", "4711"),))).do("1001", SetCard(customers, "Dana Whitfield"))
    floor.do("1001", TransferCalls())
    there = floor.newest("1002")
    assert there.event["CustomData"] == "asked=yes|order=4711"
    assert there.card is not None
    assert there.card.name == "Dana Whitfield"


def test_who_is_left_with_a_consult_works_on_that() -> None:
    floor = Floor("1001", "1002")
    customers, _, _ = consulting(floor)
    floor.happens("1001", {"Type": "AgentState", "CurrentState": "OutboundContact"})
    floor.do("1001", Act("hangup", customers, by="api"))
    assert floor.state("1001") == "OutboundConsult"


def test_after_call_work_follows_a_transfer_on_both_sides() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor, SUPPORT)
    floor.do("1001", TransferCalls())
    assert floor.said["1001"][1:] == ["CallContactEvent Disconnected", "AgentState Unavailable ACW"]
    floor.do("1002", Act("hangup", theirs))
    assert floor.said["1002"] == ["CallContactEvent Disconnected", "AgentState Unavailable ACW"]


def test_who_asked_can_be_passed_on_by_who_was_asked() -> None:
    floor = Floor("1001", "1002")
    _, mine, _ = consulting(floor)
    floor.do("1002", OfferCall("outbound", dnis="8015550100", skill_id=SALES))
    floor.do("1002", CustomerAct("answer", floor.newest("1002").id)).do("1002", TransferCalls())
    assert floor.agents["1001"].contacts[mine].event["CallType"] == "Regular"
    assert (floor.state("1001"), floor.statuses("1001"), floor.statuses("1002")) == ("OutboundContact", ["Holding", "Active"], [])


def test_an_agent_who_is_given_the_customer_in_a_consult_of_their_own_goes_on_with_that() -> None:
    floor = Floor("1001", "1002", "1003")
    consulting(floor)
    floor.do("1002", CallAgent("1003", consult=True)).do("1003", Act("answer", floor.newest("1003").id))
    floor.do("1001", TransferCalls())
    assert (floor.state("1002"), floor.statuses("1002")) == ("OutboundConsult", ["Holding", "Active"])
    floor.do("1002", Act("hangup", floor.newest("1002").id))
    assert floor.state("1002") == "InboundContact"


def test_who_was_put_on_hold_stays_so() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor)
    floor.do("1002", Act("hold", theirs)).do("1001", TransferCalls())
    assert floor.statuses("1002") == ["Holding"]


def test_two_customers_can_be_connected() -> None:
    floor = Floor("1001")
    floor.active("1001")
    floor.do("1001", OfferCall("outbound", dnis="8015550100", skill_id=SALES))
    floor.do("1001", CustomerAct("answer", floor.newest("1001").id)).do("1001", TransferCalls())
    assert floor.said["1001"] == ["CallContactEvent Disconnected final"] * 2 + ["AgentState Available"]


def test_two_agents_can_be_connected() -> None:
    floor = Floor("1001", "1002", "1003")
    for other in ("1002", "1003"):
        floor.do("1001", CallAgent(other)).do(other, Act("answer", floor.newest(other).id))
    floor.do("1001", TransferCalls())
    assert floor.statuses("1001") == []
    floor.do("1002", Act("hangup", floor.newest("1002").id))
    assert floor.statuses("1003") == []


@pytest.mark.parametrize("command", [TransferCalls(), ConferenceCalls()])
def test_one_call_alone_cannot_be_passed_on_or_joined(command: Command) -> None:
    floor = Floor("1001", "1002")
    floor.active("1001")
    assert "two calls" in floor.refusal("1001", command)["reason"]


@pytest.mark.parametrize("command", [TransferCalls(), ConferenceCalls()])
def test_nor_one_that_still_rings(command: Command) -> None:
    floor = Floor("1001", "1002")
    floor.active("1001")
    floor.do("1001", CallAgent("1002", consult=True))
    assert "Dialing" in floor.refusal("1001", command)["reason"]


# Conference


def test_in_a_conference_all_are_joined() -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    floor.do("1001", ConferenceCalls())
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Joined", "Joined"], ["Joined"])


def test_it_is_one_already() -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    floor.do("1001", ConferenceCalls())
    assert "already" in floor.refusal("1001", ConferenceCalls())["reason"]


def test_when_the_customer_leaves_the_agents_talk_on() -> None:
    floor = Floor("1001", "1002")
    customers, _, _ = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1001", CustomerAct("hangup", customers))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Active"], ["Active"])


def test_when_the_other_agent_leaves_the_customer_stays() -> None:
    floor = Floor("1001", "1002")
    customers, _, theirs = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1002", Act("hangup", theirs))
    [call] = floor.contacts("1001")
    assert (call.id, call.status, floor.state("1001")) == (customers, "Active", "InboundContact")


def test_who_began_it_can_leave_the_others_together() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1001", TransferCalls())
    [call] = floor.contacts("1002")
    assert (floor.statuses("1001"), call.id, call.status) == ([], theirs, "Active")
    assert "CallContactEvent Active" not in floor.said["1001"]


def test_a_third_agent_can_join() -> None:
    floor = Floor("1001", "1002", "1003")
    customers, _, _ = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1001", CallAgent("1003", consult=True, parent_id=customers))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Holding", "Holding", "Dialing"], ["Joined"])
    floor.do("1003", Act("answer", floor.newest("1003").id)).do("1001", ConferenceCalls())
    assert [floor.statuses(one) for one in ("1001", "1002", "1003")] == [["Joined"] * 3, ["Joined"], ["Joined"]]
    floor.do("1003", Act("hangup", floor.newest("1003").id))
    assert [floor.statuses(one) for one in ("1001", "1002")] == [["Joined"] * 2, ["Joined"]]


def test_masking_a_call_leaves_a_conference_whole() -> None:
    floor = Floor("1001", "1002")
    customers, _, _ = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1001", Act("mask", customers))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Masking", "Joined"], ["Joined"])
    floor.do("1001", Act("unmask", customers))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Joined"] * 2, ["Joined"])


def test_so_does_masking_at_the_other_agent() -> None:
    floor = Floor("1001", "1002")
    _, _, theirs = consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1002", Act("mask", theirs)).do("1002", Act("unmask", theirs))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Joined"] * 2, ["Joined"])


@pytest.mark.parametrize("masked", ["customers", "mine", "theirs"])
def test_a_conference_that_the_customer_leaves_is_over_whatever_is_masked(masked: str) -> None:
    floor = Floor("1001", "1002")
    customers, mine, theirs = consulting(floor)
    floor.do("1001", ConferenceCalls())
    match masked:
        case "theirs":
            floor.do("1002", Act("mask", theirs))
        case _:
            floor.do("1001", Act("mask", customers if masked == "customers" else mine))
    floor.do("1001", CustomerAct("hangup", customers))
    for agent_id, call in (("1001", mine), ("1002", theirs)):
        if floor.agents[agent_id].contacts[call].status == "Masking":
            floor.do(agent_id, Act("unmask", call))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Active"], ["Active"])


def test_who_has_the_conference_on_hold_is_in_it_on_coming_back() -> None:
    floor = Floor("1001", "1002", "1003")
    _, _, theirs = consulting(floor)
    floor.do("1002", CallAgent("1003")).do("1003", Act("answer", floor.newest("1003").id))
    floor.do("1001", ConferenceCalls())
    assert floor.statuses("1002") == ["Holding", "Active"]
    floor.do("1002", Act("resume", theirs))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Joined"] * 2, ["Joined", "Holding"])


@pytest.mark.parametrize("by", ["1001", "1002"])
def test_a_raw_event_that_ends_one_end_of_it_ends_the_other(by: str) -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    floor.do("1001", ConferenceCalls()).happens(by, {**floor.newest(by).event, "Status": "Disconnected", "FinalState": "True"})
    assert [call.peer for agent_id in ("1001", "1002") for call in floor.contacts(agent_id)] == [None]


def test_so_does_one_that_ends_it_and_begins_another_under_its_id() -> None:
    floor = Floor("1001", "1002").do("1001", CallAgent("1002"))
    event = floor.newest("1002").event
    floor.happens("1002", {**event, "Status": "Disconnected", "FinalState": "True"}, event)
    assert (floor.statuses("1001"), floor.statuses("1002")) == ([], ["Incoming"])


@pytest.mark.parametrize("event", [{"Type": "AgentSessionEnd"}, {"Type": "AgentSessionStart"}], ids=lambda event: event["Type"])
def test_a_raw_end_or_beginning_of_a_session_leaves_the_other_end_alone(event: dict[str, str]) -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    floor.happens("1001", event)
    assert (floor.said["1002"], floor.statuses("1002")) == (["CallContactEvent Disconnected final", "AgentState Available"], [])


def test_a_call_that_is_refused_meanwhile_is_not_felt_in_it() -> None:
    floor = Floor("1001", "1002")
    consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1002", OfferCall(skill_id=SALES))
    floor.do("1002", Act("refuse", floor.newest("1002").id))
    assert floor.said == {"1002": ["CallContactEvent Disconnected final"]}


def in_a_chain(floor: Floor) -> None:
    """The customer, 1001, 1002 and 1003 all talk together, each with the next."""
    consulting(floor)
    floor.do("1001", ConferenceCalls()).do("1002", CallAgent("1003", consult=True, parent_id=floor.newest("1002").id))
    floor.do("1003", Act("answer", floor.newest("1003").id)).do("1002", ConferenceCalls())
    assert [floor.statuses(one) for one in ("1001", "1002", "1003")] == [["Joined"] * 2, ["Joined"] * 2, ["Joined"]]


def test_of_a_chain_the_first_can_leave() -> None:
    floor = Floor("1001", "1002", "1003")
    in_a_chain(floor)
    floor.do("1001", TransferCalls())
    assert [floor.statuses(one) for one in ("1001", "1002", "1003")] == [[], ["Joined"] * 2, ["Joined"]]


def test_without_the_customer_the_agents_of_a_chain_are_still_a_conference() -> None:
    floor = Floor("1001", "1002", "1003")
    in_a_chain(floor)
    floor.do("1001", CustomerAct("hangup", floor.contacts("1001")[0].id))
    assert [floor.statuses(one) for one in ("1001", "1002", "1003")] == [["Joined"], ["Joined"] * 2, ["Joined"]]


# A skill


def test_a_call_to_a_skill_rings_at_who_serves_it() -> None:
    floor = Floor("1001", "1002")
    floor.active("1001")
    floor.do("1001", CallSkill(SUPPORT, "Support", consult=True))
    assert floor.statuses("1001") == ["Holding", "Dialing"]
    assert floor.said["1002"] == ["AgentState InboundConsult", "CallContactEvent Incoming"]
    floor.do("1002", Act("answer", floor.newest("1002").id))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Holding", "Active"], ["Active"])


def test_it_waits_while_nobody_is_free_and_goes_when_the_caller_does() -> None:
    floor = Floor("1001", "1002")
    floor.active("1001")
    floor.active("1002")
    floor.do("1001", CallSkill(SUPPORT, consult=True))
    waiting = floor.newest("1001").peer
    assert waiting is not None
    assert floor.place(waiting.contact_id) is not None
    floor.do("1001", Act("hangup", floor.newest("1001").id))
    assert floor.routing.waiting == ()


@pytest.mark.parametrize("in_order", [("1001", "1002"), ("1002", "1001")])
def test_it_rings_at_who_becomes_available_whoever_is_looked_at_first(in_order: tuple[str, str]) -> None:
    floor = Floor(*in_order).do("1002", SetState("Unavailable"))
    floor.active("1001")
    floor.do("1001", CallSkill(SUPPORT, consult=True))
    floor.do("1002", SetState("Available"))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Holding", "Dialing"], ["Incoming"])


def test_who_refuses_it_leaves_it_for_the_next() -> None:
    floor = Floor("1001", "1002", "1003")
    floor.do("1001", CallSkill(SUPPORT))
    floor.do("1002", Act("refuse", floor.newest("1002").id))
    assert (floor.statuses("1001"), floor.statuses("1003")) == (["Dialing"], ["Incoming"])
    floor.do("1003", Act("answer", floor.newest("1003").id))
    assert floor.statuses("1001") == ["Active"]


def test_a_caller_who_gives_up_while_it_rings_is_no_refusal_of_the_agents() -> None:
    floor = Floor("1001", "1002").do("1001", CallSkill(SUPPORT))
    floor.do("1001", Act("hangup", floor.newest("1001").id))
    assert floor.said["1002"] == ["CallContactEvent Disconnected final", "AgentState Available"]
    assert floor.routing.contacts == {}


def test_where_the_skill_answers_by_itself_both_talk_at_once() -> None:
    skills = {**SKILLS, SUPPORT: Skill(SUPPORT, "Support", manual_accept=False)}
    floor = Floor("1001", "1002", skills=skills).do("1001", CallSkill(SUPPORT))
    assert (floor.statuses("1001"), floor.statuses("1002")) == (["Active"], ["Active"])


# Passing a contact on without a consult

OFFERS = [
    OfferChat(skill_id=SALES, sender="dana@example.com", recipient="shop", text="Hello", customer="Dana"),
    OfferDigital("whatsapp", "Hello", skill_id=SALES, customer="Dana"),
    OfferWorkItem("order", '{"id": 4711}', VARIABLES, skill_id=SALES),
    OfferVoicemail("8015551234", "8005550199", "message.wav", 45, skill_id=SALES),
    OfferEmail("dana@example.com", "shop@example.com", "An order", skill_id=SALES),
]
SAME = ("RoomId", "DFOContactId", "WorkItemId", "WorkItemPayload", "FromAddress", "From", "To", "FileName", "ChannelType")


@pytest.mark.parametrize("new", OFFERS, ids=lambda new: new.media)
def test_a_contact_goes_to_another_agent_as_it_is(new: OfferChat) -> None:
    floor = Floor("1001", "1002").do("1001", new)
    contact = floor.newest("1001")
    floor.do("1001", Act("answer", contact.id)).do("1001", Transfer(contact.id, "1002"))
    there = floor.newest("1002")
    assert (floor.contacts("1001"), there.id, there.status) == ([], contact.id, "Incoming")
    assert [there.event.get(field) for field in SAME] == [contact.event.get(field) for field in SAME]
    assert (there.details, there.customer) == (contact.details, contact.customer)


def test_what_was_written_goes_along() -> None:
    floor = Floor("1001", "1002").do("1001", OFFERS[0])
    chat = floor.newest("1001").id
    written = floor.now
    floor.do("1001", Act("answer", chat)).do("1001", Say(chat, "One moment.")).wait(5).do("1001", Transfer(chat, "1002"))
    floor.do("1002", Act("answer", chat)).do("1002", Say(chat, "Here I am."))
    assert [(one.sender, one.agent_id, one.text, one.at - written) for one in floor.newest("1002").messages] == [
        ("customer", "", "Hello", 0),
        ("agent", "1001", "One moment.", 0),
        ("agent", "1002", "Here I am.", 5000),
    ]


@pytest.mark.parametrize("new", [OfferCall(skill_id=SALES), OFFERS[0], OFFERS[2], OFFERS[3]], ids=lambda new: new.media)
def test_custom_data_goes_along(new: OfferChat) -> None:
    floor = Floor("1001", "1002").do("1001", new)
    contact = floor.newest("1001").id
    floor.do("1001", Act("answer", contact)).do("1001", SetCustomData(contact, (("order", "4711"),)))
    floor.do("1001", Transfer(contact, "1002"))
    assert floor.newest("1002").event["CustomData"] == "order=4711"


def test_a_work_item_says_that_it_was_transferred() -> None:
    floor = Floor("1001", "1002").do("1001", OfferWorkItem(skill_id=SALES))
    item = floor.newest("1001").id
    floor.do("1001", Act("answer", item)).do("1001", Transfer(item, "1002"))
    assert floor.said["1001"] == ["WorkItemContactEvent Transfer", "WorkItemContactEvent Disconnected final"]


def test_a_chat_goes_to_a_skill_and_to_whoever_serves_it() -> None:
    floor = Floor("1001", "1002").do("1001", OfferChat(skill_id=SALES))
    chat = floor.newest("1001").id
    floor.do("1001", Act("answer", chat)).do("1001", SetState("Unavailable")).do("1001", Transfer(chat, skill_id=SUPPORT))
    assert (floor.contacts("1001"), floor.newest("1002").id, floor.newest("1002").event["Skill"]) == ([], chat, SUPPORT)
    assert floor.newest("1002").skill_name == "Support"


def test_a_call_goes_on_under_another_id_and_the_same_master() -> None:
    floor = Floor("1001", "1002")
    call = floor.active("1001", SUPPORT, ani="8015551234")
    floor.do("1001", Transfer(call, "1002"))
    there = floor.newest("1002")
    assert floor.said["1001"] == ["CallContactEvent Disconnected", "AgentState Unavailable ACW"]
    assert (there.event["MasterID"], there.event["ANI"], there.id != call) == (str(call), "8015551234", True)


@pytest.mark.parametrize("new", [OfferChat(skill_id=SALES), OfferCall(skill_id=SALES)], ids=lambda new: new.media)
def test_what_the_other_agent_refuses_goes_on_to_whoever_serves_its_skill(new: OfferCall | OfferChat) -> None:
    floor = Floor("1001", "1002", "1003").do("1001", new)
    floor.do("1001", Act("answer", floor.newest("1001").id)).do("1001", Transfer(floor.newest("1001").id, "1002"))
    floor.do("1003", SetState("Unavailable"))
    passed_on = floor.newest("1002").id
    floor.do("1002", Act("refuse", passed_on))
    assert (floor.contacts("1002"), floor.newest("1001").id, floor.newest("1001").status) == ([], passed_on, "Incoming")


@pytest.mark.parametrize("new", OFFERS, ids=lambda new: new.media)
def test_it_goes_by_its_skill_whatever_its_medium(new: OfferChat) -> None:
    serving = {"1002": Qualification(frozenset({SUPPORT})), "1003": Qualification(frozenset({SALES}))}
    floor = Floor("1001", "1002", "1003", qualifications=serving).do("1001", new)
    contact = floor.newest("1001").id
    floor.do("1001", Act("answer", contact)).do("1001", Transfer(contact, "1002")).do("1001", SetState("Unavailable"))
    floor.do("1002", Act("refuse", contact))
    assert [one.id for one in floor.contacts("1003")] == [contact]


def test_a_contact_of_raw_events_goes_by_the_skill_that_they_name() -> None:
    floor = Floor("1001", "1002").do("1001", OFFERS[1])
    raw = {**floor.newest("1001").event, "ContactID": "77", "SkillName": "sales", "Status": "Active"}
    floor.happens("1001", raw).do("1001", Transfer(77, "1002"))
    assert floor.routing.contacts[77].skill_id == SALES


def test_a_call_that_the_other_agent_lets_ring_waits_where_nobody_else_is() -> None:
    floor = Floor("1001", "1002")
    call = floor.active("1001", SUPPORT, ani="8015551234")
    floor.do("1001", SetState("Unavailable")).do("1001", Transfer(call, "1002"))
    passed_on = floor.newest("1002").id
    floor.wait(60)
    assert floor.contacts("1002") == []
    assert floor.place(passed_on) is not None
    floor.do("1001", SetState("Available"))
    assert floor.newest("1001").event["ANI"] == "8015551234"


def test_a_customer_who_hangs_up_on_a_transferred_call_that_rings_is_in_no_queue() -> None:
    floor = Floor("1001", "1002")
    floor.do("1001", Transfer(floor.active("1001"), "1002"))
    passed_on = floor.newest("1002").id
    floor.do("1002", CustomerAct("hangup", passed_on))
    assert (floor.contacts("1002"), floor.routing.contacts) == ([], {})


@pytest.mark.parametrize("new", [OfferChat(skill_id=SALES), OfferCall(skill_id=SALES)], ids=lambda new: new.media)
@pytest.mark.parametrize("target", ["1001", "9999"])
def test_no_contact_goes_to_its_own_agent_or_to_nobody(new: OfferCall | OfferChat, target: str) -> None:
    floor = Floor("1001", "1002").do("1001", new)
    contact = floor.newest("1001").id
    floor.do("1001", Act("answer", contact))
    assert target in floor.refusal("1001", Transfer(contact, target))["reason"]


@pytest.mark.parametrize("new", [OfferChat(skill_id=SALES), OfferCall(skill_id=SALES)], ids=lambda new: new.media)
def test_nor_does_one_that_was_not_answered(new: OfferCall | OfferChat) -> None:
    floor = Floor("1001", "1002").do("1001", new)
    assert "Incoming" in floor.refusal("1001", Transfer(floor.newest("1001").id, "1002"))["reason"]


# Why not, before it is asked for


@pytest.mark.parametrize("status", ["Incoming", "Active", "Holding", "wrap-up"])
def test_what_stands_in_the_way_is_told_beforehand_as_it_is_when_it_is_asked_for(status: str) -> None:
    floor = Floor("1001", "1002")
    floor.do("1001", OfferCall(skill_id=SUPPORT))
    call = floor.newest("1001").id
    before: dict[str, tuple[Verb, ...]] = {
        "Incoming": (),
        "Active": ("answer",),
        "Holding": ("answer", "hold"),
        "wrap-up": ("answer", "hangup"),
    }
    for act in before[status]:
        floor.do("1001", Act(act, call))
    asked: list[tuple[Together, Command]] = [
        ("consult", CallAgent("1002", consult=True, parent_id=call)),
        ("transfer", Transfer(call, "1002")),
        ("transfer-calls", TransferCalls()),
        ("conference-calls", ConferenceCalls()),
    ]
    for verb, command in asked:
        agent = floor.agents["1001"]
        told = why_not_together(agent, verb, agent.contacts[call])
        if told is not None:
            assert floor.refusal("1001", command)["reason"] == told
        else:
            assert (verb, status) in {(verb, status) for verb in ("consult", "transfer") for status in ("Active", "Holding")}


def test_a_colleague_on_a_call_is_given_none_but_other_contacts() -> None:
    floor = Floor("1001", "1002")
    floor.active("1002")
    assert why_not_reached(floor.agents["1002"], "call") == "Agent 1002 is on a call."
    assert why_not_reached(floor.agents["1002"], "chat") is None
