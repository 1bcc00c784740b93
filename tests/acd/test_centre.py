"""What one command leads to everywhere: the queues and the agents in one step (`centre.py`, `routing.py`)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.acd.agent_state import Contact
from bridge.acd.batches import TALKING, talked_on_beside
from bridge.acd.commands import (
    Act,
    CallAgent,
    CallSkill,
    ConferenceCalls,
    CustomerAct,
    CustomerVerb,
    EndSession,
    OfferCall,
    OfferChat,
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


def test_a_queued_call_rings_at_who_is_idle_longest() -> None:
    floor = Floor("1001", "1002")
    call = floor.enqueue()
    assert floor.said == {"1001": ["AgentState InboundContact", "CallContactEvent Incoming"]}
    assert floor.newest("1001").id == call


def test_it_waits_while_nobody_is_available() -> None:
    floor = Floor("1001").do("1001", SetState("Unavailable", "Lunch"))
    call = floor.enqueue()
    place = floor.place(call)
    assert place is not None
    assert (floor.said, place.position) == ({}, 1)
    floor.do("1001", SetState("Available"))
    assert floor.said["1001"][-1] == "CallContactEvent Incoming"


def test_it_comes_with_what_is_known_of_it() -> None:
    floor = Floor("1001")
    floor.enqueue(OfferCall(ani="8015551234", skill_id=SUPPORT, skill_name="Support", customer="Dana", variables=(("A", "1"),)))
    contact = floor.newest("1001")
    assert (contact.event["ANI"], contact.skill_name, contact.customer) == ("8015551234", "Support", "Dana")
    assert contact.event["ScreenPopUrlVariables"] == [{"A": "1"}]


def test_who_refuses_leaves_it_for_the_next_in_the_same_step() -> None:
    floor = Floor("1001", "1002")
    call = floor.enqueue()
    floor.do("1001", Act("refuse", call))
    assert floor.said["1001"] == ["CallContactEvent Disconnected final", "AgentState Unavailable Refused"]
    assert floor.said["1002"] == ["AgentState InboundContact", "CallContactEvent Incoming"]


def test_who_lets_it_ring_does_too() -> None:
    floor = Floor("1001", "1002")
    call = floor.enqueue()
    floor.wait(30)
    assert (floor.state("1001"), floor.newest("1002").id) == ("Unavailable", call)


def test_who_logs_out_gives_it_back() -> None:
    floor = Floor("1001", "1002")
    call = floor.enqueue()
    floor.do("1001", EndSession())
    assert floor.newest("1002").id == call


def test_a_customer_who_leaves_while_it_rings_goes_to_nobody_else() -> None:
    floor = Floor("1001", "1002")
    call = floor.enqueue()
    floor.do("1001", CustomerAct("hangup", call))
    assert list(floor.said) == ["1001"]
    assert floor.routing.contacts == {}


def test_a_customer_who_leaves_while_waiting_is_gone() -> None:
    floor = Floor()
    call = floor.enqueue()
    floor.abandon(call).log_in("1001").do("1001", SetState("Available"))
    assert floor.contacts("1001") == []


def test_who_waits_is_not_hung_up_through_an_agent_who_has_not_got_the_call() -> None:
    floor = Floor("1001").do("1001", SetState("Unavailable"))
    call = floor.enqueue()
    assert floor.refusal("1001", CustomerAct("hangup", call))["code"] == "unknown-contact"
    assert floor.place(call) is not None


def test_a_call_straight_to_an_agent_who_refuses_goes_to_nobody_else() -> None:
    floor = Floor("1001", "1002").do("1001", OfferCall(skill_id=SALES))
    floor.do("1001", Act("refuse", floor.newest("1001").id))
    assert list(floor.said) == ["1001"]


@pytest.mark.parametrize("new", [OfferCall(skill_id=SALES), OfferChat(skill_id=SALES)], ids=lambda new: new.media)
def test_a_raw_event_that_nobody_has_followed_yet_comes_before_the_next_command(new: OfferCall | OfferChat) -> None:
    floor = Floor("1001", "1002")
    contact = floor.enqueue(new)
    floor.just_happens("1001", {**floor.newest("1001").event, "Status": "Active"})
    floor.do("1001", Act("hangup" if new.media == "call" else "end", contact))
    assert (floor.contacts("1001"), floor.contacts("1002"), floor.routing.contacts) == ([], [], {})


def test_a_transfer_after_such_an_event_goes_to_whom_it_is_meant_for() -> None:
    floor = Floor("1001", "1002", "1003")
    chat = floor.enqueue(OfferChat(skill_id=SALES))
    floor.just_happens("1001", {**floor.newest("1001").event, "Status": "Active"}).do("1001", Transfer(chat, "1003"))
    assert [len(floor.contacts(agent_id)) for agent_id in ("1001", "1002", "1003")] == [0, 0, 1]


def test_a_call_that_ends_its_agents_after_call_work_makes_room_at_once() -> None:
    floor = Floor("1002").log_in("1001")
    ended = floor.enqueue(OfferCall(skill_id=SUPPORT))
    floor.do("1002", Act("answer", ended)).do("1002", Act("hangup", ended))
    waiting = floor.enqueue(OfferChat(skill_id=SALES))
    floor.do("1001", Transfer(floor.active("1001"), "1002"))
    assert ended not in floor.routing.contacts
    assert waiting in floor.agents["1002"].contacts


def test_what_was_written_and_noted_while_it_rang_goes_to_the_next() -> None:
    floor = Floor("1001", "1002")
    chat = floor.enqueue(OfferChat(skill_id=SALES, text="Hello", customer="Ann"))
    floor.do("1001", Say(chat, "My order is 4711.", "customer")).do("1001", SetCustomData(chat, (("order", "4711"),)))
    floor.do("1001", SetCard(chat, "Ann Example")).do("1001", Act("refuse", chat))
    there = floor.newest("1002")
    assert [one.text for one in there.messages] == ["Hello", "My order is 4711."]
    assert (there.event["CustomData"], there.customer) == ("order=4711", "Ann Example")


def test_and_so_it_does_when_its_agent_is_logged_out() -> None:
    floor = Floor("1001", "1002")
    chat = floor.enqueue(OfferChat(skill_id=SALES, text="Hello"))
    floor.do("1001", Say(chat, "Anybody?", "customer")).do("1001", EndSession(end_contacts=True))
    assert [one.text for one in floor.newest("1002").messages] == ["Hello", "Anybody?"]


def test_after_call_work_comes_before_the_next_call() -> None:
    floor = Floor("1001")
    first = floor.enqueue(OfferCall(skill_id=SUPPORT))
    floor.do("1001", Act("answer", first))
    second = floor.enqueue()
    floor.do("1001", CustomerAct("hangup", first))
    assert floor.place(second) is not None
    floor.wait(3)
    assert floor.newest("1001").id == second


AUTO = {**SKILLS, SUPPORT: Skill(SUPPORT, "Support", manual_accept=False)}


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (OfferCall(skill_id=SUPPORT), ["AgentState InboundContact", "CallContactEvent Active"]),
        (OfferChat(skill_id=SUPPORT), ["ChatContactEvent Active"]),
    ],
    ids=["call", "chat"],
)
def test_where_the_skill_says_so_it_is_answered_by_itself(new: Any, said: list[str]) -> None:
    floor = Floor("1001", skills=AUTO)
    floor.enqueue(new)
    assert floor.said == {"1001": said}


def test_an_answer_to_what_was_answered_by_itself_is_refused() -> None:
    floor = Floor("1001", skills=AUTO)
    call = floor.enqueue(OfferCall(skill_id=SUPPORT))
    assert floor.newest("1001").event["IsRequireManualAccept"] == "False"
    assert floor.refusal("1001", Act("answer", call))["code"] == "wrong-state"


def test_limits_and_skills_are_kept() -> None:
    floor = Floor(
        "1001",
        "1002",
        qualifications={"1001": Qualification(frozenset({SALES}), {"chat": 1}), "1002": Qualification(frozenset())},
    )
    first, second = floor.enqueue(OfferChat(skill_id=SALES)), floor.enqueue(OfferChat(skill_id=SALES))
    unserved = floor.enqueue(OfferChat(skill_id=SUPPORT))
    assert [contact.id for contact in floor.contacts("1001")] == [first]
    assert floor.contacts("1002") == []
    assert floor.place(second) is not None
    assert floor.place(unserved) is not None


# Whatever happens, the floor holds together

AGENT_IDS = ("1001", "1002", "1003")
STEPS = ["enqueue", "chat", "dial", "act", "act", "act", "call", "consult", "skill", "transfer", "conference", "pass-on"]
STEPS += ["customer", "state", "out", "in", "wait"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_happens_every_call_between_agents_has_two_ends_and_every_routed_contact_one_place(data: st.DataObject) -> None:
    floor = Floor(*AGENT_IDS)
    if data.draw(st.booleans()):  # what takes many steps, and leads to most
        floor.active("1001")
        floor.do("1001", CallAgent("1002", consult=True)).do("1002", Act("answer", floor.newest("1002").id))
    for _ in range(data.draw(st.integers(1, 25))):
        agent_id = data.draw(st.sampled_from(AGENT_IDS))
        contacts = [contact.id for contact in floor.contacts(agent_id)]
        match data.draw(st.sampled_from(STEPS)):
            case "enqueue":
                floor.enqueue(OfferCall(skill_id=data.draw(st.sampled_from([SALES, SUPPORT]))))
            case "chat":
                floor.enqueue(OfferChat(skill_id=SALES))
            case "act" if contacts:
                verb: Verb = data.draw(st.sampled_from(["answer", "refuse", "hold", "resume", "mask", "unmask", "hangup", "end"]))
                floor.do(agent_id, Act(verb, data.draw(st.sampled_from(contacts)), by="api"))
            case "call":
                floor.do(agent_id, CallAgent(data.draw(st.sampled_from(AGENT_IDS))))
            case "consult":
                floor.do(agent_id, CallAgent(data.draw(st.sampled_from(AGENT_IDS)), consult=True))
            case "skill":
                floor.do(agent_id, CallSkill(SALES, consult=data.draw(st.booleans())))
            case "transfer":
                floor.do(agent_id, TransferCalls())
            case "conference":
                floor.do(agent_id, ConferenceCalls())
            case "pass-on" if contacts:
                target = data.draw(st.sampled_from([*AGENT_IDS, None]))
                floor.do(agent_id, Transfer(data.draw(st.sampled_from(contacts)), target, SALES))
            case "dial":
                floor.do(agent_id, OfferCall("outbound", dnis="8015550100", skill_id=SUPPORT))
            case "customer" if contacts:
                says: CustomerVerb = data.draw(st.sampled_from(["answer", "busy", "hangup"]))
                floor.do(agent_id, CustomerAct(says, data.draw(st.sampled_from(contacts))))
            case "state":
                floor.do(agent_id, SetState(data.draw(st.sampled_from(["Available", "Unavailable"]))))
            case "out":
                floor.do(agent_id, EndSession())
            case "in":
                floor.log_in(agent_id).do(agent_id, SetState("Available"))
            case "wait":
                floor.wait(data.draw(st.integers(1, 40)))
        holds_together(floor)
        floor.do(None, None)
        assert (floor.said, floor.queue_said) == ({}, []), "nothing is left to follow"


def holds_together(floor: Floor) -> None:
    for agent_id in AGENT_IDS:
        for call in floor.agents[agent_id].live_calls:
            if call.peer is not None and call.peer.agent_id is not None:
                far = floor.agents[call.peer.agent_id].contacts[call.peer.contact_id]
                assert far.peer is not None
                assert (far.peer.agent_id, far.peer.contact_id, far.is_live_call) == (agent_id, call.id, True)
                assert (call.status == "Dialing") == (far.status == "Incoming") or "Incoming" in (call.status, far.status)
            elif call.peer is not None:
                assert call.status == "Dialing"
                assert floor.routing.contacts[call.peer.contact_id].agent_id is None
    for routed in floor.routing.contacts.values():
        holders = [agent_id for agent_id in AGENT_IDS if routed.id in floor.agents[agent_id].contacts]
        assert holders == ([] if routed.agent_id is None else [routed.agent_id])
    for agent_id in AGENT_IDS:
        agent = floor.agents[agent_id]
        talked_on = [call for call in agent.live_calls if call.status in TALKING]
        assert len(talked_on) <= 1 or all(call.status in ("Joined", "Masking") for call in talked_on)
        if [call.status for call in talked_on] == ["Joined"]:
            assert is_joined_elsewhere(floor, talked_on[0]), "one call alone is no conference"
        if agent.live_calls:
            assert agent.current_state in ("InboundContact", "OutboundContact", "InboundConsult", "OutboundConsult")


def is_joined_elsewhere(floor: Floor, call: Contact) -> bool:
    """Whether the other end is on hold, or joined with somebody else."""
    assert call.peer is not None
    assert call.peer.agent_id is not None
    there = floor.agents[call.peer.agent_id]
    far = there.contacts[call.peer.contact_id]
    return far.status == "Holding" or (far.status in ("Joined", "Masking") and len(talked_on_beside(there, far)) > 0)
