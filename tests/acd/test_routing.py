"""Who gets the next contact. Each test is one rule of bridge/acd/routing.py."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Agent
from bridge.acd.commands import Act, CustomerAct, OfferCall, OfferChat, SetState, StartSession
from bridge.acd.events import FIELDS, event
from bridge.acd.qualifications import LIMITS, TOTAL_LIMIT, Qualification
from bridge.acd.routing import (
    REST,
    Abandon,
    Distribute,
    EndRest,
    Enqueue,
    Offer,
    Place,
    Queue,
    Report,
    RoutingDecider,
    Standing,
    standing_of,
)
from bridge.acd.routing_state import PRIORITY_POINT, ROUTING, Readiness, Routing
from bridge.acd.skills import Skill
from bridge.clock import VirtualClock
from bridge.journal import MemoryJournal
from bridge.journal.base import WIRE, Draft, Record
from bridge.journal.decider import Ids
from bridge.journal.runner import Runner

from . import JSON, TEXT

START = 1_767_225_600_000
SUPPORT, SALES, AUTO = "4101", "4102", "4103"
SKILLS = {
    SUPPORT: Skill(SUPPORT, "Support"),
    SALES: Skill(SALES, "Sales"),
    AUTO: Skill(AUTO, "Hotline", manual_accept=False),
}
ANN, BOB, CAT = "1001", "1002", "1003"


class Centre:
    """A contact centre: agents as their streams would tell of them, customers, and routing between the two."""

    def __init__(self, qualifications: Mapping[str, Qualification] | None = None) -> None:
        self.qualifications = qualifications or {}
        self.rules = RoutingDecider(lambda: SKILLS, lambda: self.qualifications)
        self.state, self.now, self.ids = self.rules.initial(ROUTING), START, Ids(START)
        self.agents: dict[str, Standing] = {}
        self.records: list[Record] = []
        self.offers: list[Offer] = []
        """Those of the last change."""

    @property
    def offered(self) -> list[tuple[int, str]]:
        return [(offer.contact_id, offer.agent_id) for offer in self.offers]

    @property
    def waiting(self) -> list[int]:
        return [contact.id for contact in self.state.waiting]

    @property
    def said(self) -> list[str]:
        return [record.kind for record in self.records]

    def settle(self, *commands: Enqueue | Abandon) -> "Centre":
        drafts, self.offers = self.rules.settle(self.state, commands, self.agents.values(), self.now)
        self.append(drafts)
        for offer in self.offers:
            self.receives(offer)
        return self

    def append(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            self.records.append(Record(len(self.records) + 1, self.now, None, draft.kind, draft.data))
            self.state = self.rules.evolve(self.state, self.records[-1])

    def receives(self, offer: Offer) -> None:
        before = self.agents[offer.agent_id]
        self.agents[offer.agent_id] = msgspec.structs.replace(
            before,
            contacts={**before.contacts, offer.contact_id: offer.media},
            ringing=before.ringing | {offer.contact_id} if offer.manual_accept else before.ringing,
        )

    def is_now(self, agent_id: str, readiness: Readiness) -> None:
        before = self.agents.get(agent_id, Standing(agent_id, "logged-out"))
        self.agents[agent_id] = (
            Standing(agent_id, readiness) if readiness == "logged-out" else msgspec.structs.replace(before, readiness=readiness)
        )

    def becomes(self, readiness: Readiness, *agent_ids: str) -> "Centre":
        for agent_id in agent_ids:
            self.is_now(agent_id, readiness)
        return self.settle()

    def available(self, *agent_ids: str) -> "Centre":
        """The agents become available one second after the other, and idle in this order."""
        for agent_id in agent_ids:
            self.becomes("available", agent_id).wait(1)
        return self

    def arrives(
        self, contact_id: int, media: str = "call", skill_id: str = SUPPORT, priority: int = 0, agent_id: str | None = None
    ) -> "Centre":
        return self.settle(Enqueue(contact_id, media, skill_id, priority, agent_id=agent_id))

    def holder(self, contact_id: int) -> Standing | None:
        holders = [agent for agent in self.agents.values() if contact_id in agent.contacts]
        assert len(holders) < 2, f"contact {contact_id} is with {holders}"
        return holders[0] if holders else None

    def let_go(self, contact_id: int) -> str:
        agent = self.holder(contact_id)
        assert agent is not None
        contacts = {its_id: media for its_id, media in agent.contacts.items() if its_id != contact_id}
        self.agents[agent.agent_id] = msgspec.structs.replace(agent, contacts=contacts, ringing=agent.ringing - {contact_id})
        return agent.agent_id

    def answers(self, contact_id: int) -> "Centre":
        agent = self.holder(contact_id)
        assert agent is not None
        self.agents[agent.agent_id] = msgspec.structs.replace(agent, ringing=agent.ringing - {contact_id})
        return self.settle()

    def refuses(self, contact_id: int) -> "Centre":
        """And stays available, as nothing but a rest keeps the contact away then."""
        self.let_go(contact_id)
        return self.settle()

    def ends(self, contact_id: int) -> "Centre":
        self.let_go(contact_id)
        return self.settle()

    def leaves(self, contact_id: int) -> "Centre":
        if self.holder(contact_id):
            self.let_go(contact_id)
        return self.settle(Abandon(contact_id))

    def wait(self, seconds: float) -> "Centre":
        """Time passes; what falls due is done."""
        end, done = self.now + round(seconds * 1000), list[tuple[int, EndRest]]()
        while due := [timer for timer in self.rules.due(self.state) if timer[0] <= end]:
            when, command = min(due, key=lambda timer: timer[0])
            assert (when, command) not in done, "a timer that was done is wanted again"
            done.append((when, command))
            self.now = max(self.now, when)
            self.append(self.rules.decide(self.state, command, self.now, self.ids))
            self.settle()
        self.now = end
        return self

    def place(self, contact_id: int) -> Place | None:
        return self.rules.place(self.state, contact_id)

    def replayed(self) -> Routing:
        state = self.rules.initial(ROUTING)
        for record in self.records:
            state = self.rules.evolve(state, record)
        return state


# Which contact comes first


def test_the_contact_that_waits_longest_is_offered_first() -> None:
    centre = Centre().arrives(2).wait(1).arrives(1)
    assert centre.available(ANN).state.contacts[2].agent_id == ANN
    assert centre.waiting == [1]


def test_of_contacts_that_came_together_the_lower_id_is_offered_first() -> None:
    assert Centre().arrives(10).arrives(9).becomes("available", ANN).offered == [(9, ANN)]


def test_priority_goes_before_time() -> None:
    assert Centre().arrives(1).wait(60).arrives(2, priority=1).becomes("available", ANN).offered == [(2, ANN)]


def test_a_point_of_priority_is_worth_ten_minutes_of_waiting_and_no_more() -> None:
    centre = Centre().arrives(1).wait(PRIORITY_POINT / 1000).arrives(2, priority=1)
    assert centre.waiting == [1, 2]


def test_a_contact_nobody_can_take_does_not_hold_up_those_behind_it() -> None:
    centre = Centre({ANN: Qualification(frozenset({SALES}))}).arrives(1, skill_id=SUPPORT).arrives(2, skill_id=SALES)
    assert centre.becomes("available", ANN).offered == [(2, ANN)]


def test_one_decision_serves_many_contacts_and_many_agents() -> None:
    centre = Centre()
    for number in range(1, 5):
        centre.arrives(number)
    assert centre.becomes("available", CAT, ANN, BOB).offered == [(1, ANN), (2, BOB), (3, CAT)]


# Which agent gets it


def test_the_agent_idle_longest_is_chosen() -> None:
    assert Centre().available(BOB, ANN).arrives(1).offered == [(1, BOB)]


def test_of_agents_idle_equally_long_the_lower_id_is_chosen() -> None:
    assert Centre().becomes("available", BOB).becomes("available", ANN).arrives(1).offered == [(1, ANN)]


def test_an_agent_who_finished_a_contact_is_idle_from_then_on() -> None:
    centre = Centre().available(ANN, BOB).arrives(1).answers(1).wait(1).ends(1)
    assert centre.arrives(2).offered == [(2, BOB)]


def test_an_agent_who_finished_a_contact_that_was_not_routed_is_idle_from_then_on() -> None:
    centre = Centre().available(ANN, BOB)
    centre.agents[ANN] = Standing(ANN, "available", {99: "chat"})
    assert centre.settle().wait(1).ends(99).arrives(1).offered == [(1, BOB)]


def test_an_agent_who_was_away_is_idle_from_the_return_on() -> None:
    centre = Centre().available(ANN, BOB).becomes("unavailable", ANN).becomes("available", ANN)
    assert centre.arrives(1).offered == [(1, BOB)]


def test_a_contact_that_rang_in_vain_leaves_the_agent_idle_as_long_as_before() -> None:
    centre = Centre().available(ANN, BOB).arrives(1).wait(1).leaves(1)
    assert centre.arrives(2).offered == [(2, ANN)]


def test_who_has_a_contact_comes_after_all_who_have_none() -> None:
    centre = Centre().available(ANN, BOB).arrives(1, "chat")
    assert centre.offered == [(1, ANN)]
    assert centre.arrives(2, "chat").offered == [(2, BOB)]


def test_an_agent_gets_contacts_of_own_skills_only() -> None:
    qualified = {ANN: Qualification(frozenset({SALES})), BOB: Qualification(frozenset({SUPPORT, SALES}))}
    assert Centre(qualified).available(ANN, BOB).arrives(1, skill_id=SUPPORT).offered == [(1, BOB)]


def test_an_agent_whom_nobody_set_up_has_every_skill() -> None:
    assert Centre({BOB: Qualification(frozenset())}).available(BOB, ANN).arrives(1, skill_id="10123456").offered == [(1, ANN)]


@pytest.mark.parametrize("readiness", ["acw", "unavailable", "logged-out"])
def test_an_agent_who_is_not_available_gets_nothing(readiness: Readiness) -> None:
    centre = Centre().available(ANN).becomes(readiness, ANN).arrives(1, "chat")
    assert centre.offered == []
    assert centre.waiting == [1]


@pytest.mark.parametrize("media", LIMITS)
def test_an_agent_gets_contacts_of_a_medium_up_to_its_limit(media: str) -> None:
    centre = Centre({ANN: Qualification(total=10)}).available(ANN)
    given_to_ann = [centre.arrives(number, media).offered for number in range(1, 6)]
    assert given_to_ann == [[(number, ANN)] if number <= LIMITS[media] else [] for number in range(1, 6)]


def test_an_agent_has_one_call_at_most_whatever_the_limit_says() -> None:
    assert Centre({ANN: Qualification(limits={"call": 2})}).available(ANN).arrives(1).arrives(2).waiting == [2]


def test_a_call_that_was_not_routed_counts_as_well() -> None:
    centre = Centre().available(ANN)
    centre.agents[ANN] = Standing(ANN, "available", {99: "call"})
    assert centre.arrives(1).offered == []


def test_an_agent_on_a_call_still_gets_other_media() -> None:
    assert Centre().available(ANN).arrives(1).answers(1).arrives(2, "chat").offered == [(2, ANN)]


def test_an_agents_own_limit_replaces_that_of_the_medium() -> None:
    centre = Centre({ANN: Qualification(limits={"chat": 1, "email": 0})}).available(ANN)
    assert centre.arrives(1, "email").arrives(2, "chat").arrives(3, "chat").waiting == [1, 3]


def test_contacts_of_all_media_stay_within_the_total() -> None:
    centre = Centre().available(ANN).arrives(1, "chat").arrives(2, "email").arrives(3, "digital")
    assert centre.arrives(4).waiting == [4]
    assert centre.answers(1).ends(1).offered == [(4, ANN)]


def test_the_limits_are_those_that_the_agents_session_tells() -> None:
    told = FIELDS["MchAgentSettingsChangeEvent"]
    assert {media: str(LIMITS[media]) for media in LIMITS if media != "voicemail"} == {
        "call": told["VoiceThreshold"],
        "chat": told["ChatThreshold"],
        "digital": told["DigitalThreshold"],
        "workitem": told["WorkItemThreshold"],
        "email": told["EmailThreshold"],
    }
    assert str(TOTAL_LIMIT) == told["TotalContactCount"]


# Refusals


def test_a_refused_contact_goes_to_the_next_agent_at_once() -> None:
    assert Centre().available(ANN, BOB).arrives(1).refuses(1).offered == [(1, BOB)]


def test_a_refused_contact_keeps_its_place_in_the_queue() -> None:
    centre = Centre().available(ANN).arrives(1).wait(1).arrives(2).becomes("unavailable", ANN)
    assert centre.refuses(1).waiting == [1, 2]


def test_who_refused_a_contact_gets_the_next_one() -> None:
    assert Centre().available(ANN).arrives(1).refuses(1).arrives(2).offered == [(2, ANN)]


def test_who_refused_is_not_asked_again_before_all_who_are_able_have_refused() -> None:
    centre = Centre().available(ANN, BOB, CAT).arrives(1).refuses(1).wait(REST / 1000)
    assert centre.refuses(1).offered == [(1, CAT)]


def test_when_all_have_refused_a_new_round_begins_with_who_rested_first() -> None:
    centre = Centre().available(ANN, BOB).arrives(1).refuses(1).wait(1).refuses(1)
    assert (centre.offered, centre.waiting) == ([], [1])
    assert centre.wait(REST / 1000 - 1).offered == [(1, ANN)]
    assert centre.state.contacts[1].round == 2


def test_in_a_new_round_everybody_is_asked_again_before_anybody_is_twice() -> None:
    centre = Centre().available(ANN, BOB, CAT).arrives(1).refuses(1).refuses(1).refuses(1).wait(REST / 1000)
    assert centre.state.contacts[1].agent_id == ANN
    assert centre.refuses(1).offered == [(1, BOB)]
    assert centre.wait(REST / 1000).refuses(1).offered == [(1, CAT)]  # though Ann has rested, and is idle longest


def test_the_only_agent_is_asked_again_after_a_rest() -> None:
    centre = Centre().available(ANN).arrives(1).refuses(1)
    assert centre.wait(REST / 1000 - 0.001).waiting == [1]
    assert centre.wait(0.001).offered == [(1, ANN)]


def test_who_becomes_available_anew_is_asked_without_a_rest() -> None:
    centre = Centre().available(ANN).arrives(1).becomes("unavailable", ANN).refuses(1)
    assert centre.becomes("available", ANN).offered == [(1, ANN)]


def test_who_stays_available_rests_whatever_else_comes_meanwhile() -> None:
    centre = Centre().available(ANN).arrives(1, "chat").refuses(1)
    centre.agents[ANN] = Standing(ANN, "available", {9: "chat"})  # one that was not routed
    assert centre.settle().said[-1] == "agent"
    assert centre.waiting == [1]


def test_an_agent_who_rests_from_a_contact_does_not_hold_up_the_next() -> None:
    centre = Centre().available(ANN).arrives(1).arrives(2).refuses(1)
    assert centre.offered == [(2, ANN)]


def test_a_rest_that_was_asked_for_too_early_goes_on() -> None:
    centre = Centre().available(ANN).arrives(1).refuses(1)
    due = centre.now + REST
    assert centre.rules.due(centre.state) == [(due, EndRest(1, ANN, due))]
    assert centre.rules.decide(centre.state, EndRest(1, ANN, due - 1), centre.now, centre.ids) == []


def test_a_contact_that_left_the_queue_wants_no_timer() -> None:
    centre = Centre().available(ANN).arrives(1).refuses(1)
    assert centre.rules.is_open(centre.state)
    centre.leaves(1)
    assert not centre.rules.is_open(centre.state)


def test_a_contact_that_was_taken_wants_no_timer() -> None:
    centre = Centre().available(ANN, BOB).arrives(1).refuses(1)
    assert centre.rules.is_open(centre.state)
    assert not centre.answers(1).rules.is_open(centre.state)


def test_a_rest_goes_by_while_the_contact_rings_at_another() -> None:
    centre = Centre().available(ANN, BOB).arrives(1).refuses(1).wait(REST / 1000)
    assert centre.refuses(1).offered == [(1, ANN)]


# What becomes of a contact


def test_a_contact_waits_then_rings_then_is_taken_then_is_gone() -> None:
    centre = Centre().arrives(1).available(ANN).answers(1).wait(10).ends(1)
    assert centre.said == ["queued", "agent", "offered", "taken", "finished"]
    assert centre.state.contacts == {}
    assert centre.state.agents[ANN].contacts == {}


def test_a_customer_who_left_is_offered_to_nobody() -> None:
    assert Centre().arrives(1).leaves(1).becomes("available", ANN).offered == []


def test_a_customer_who_leaves_while_it_rings_was_refused_by_nobody() -> None:
    centre = Centre().available(ANN).arrives(1).leaves(1)
    assert centre.said == ["agent", "queued", "offered", "abandoned"]
    assert centre.arrives(2).offered == [(2, ANN)]


def test_a_customer_who_was_answered_leaves_by_the_agents_stream_alone() -> None:
    centre = Centre().available(ANN).arrives(1).answers(1)
    assert centre.rules.decide(centre.state, Abandon(1), centre.now, centre.ids) == []


def test_a_contact_that_rang_at_an_agent_who_is_logged_out_goes_to_the_next_unrefused() -> None:
    centre = Centre().available(ANN, BOB).arrives(1)
    assert centre.becomes("logged-out", ANN).offered == [(1, BOB)]
    assert "refused" not in centre.said


def test_a_contact_that_an_agent_talked_on_ends_with_the_session() -> None:
    assert Centre().available(ANN).arrives(1).answers(1).becomes("logged-out", ANN).state.contacts == {}


def test_a_contact_known_already_is_not_queued_twice() -> None:
    assert Centre().arrives(1).arrives(1).waiting == [1]


def test_a_contact_that_an_agent_transfers_is_queued_again_under_its_id() -> None:
    centre = Centre({BOB: Qualification(frozenset({SALES}))}).available(ANN, BOB).arrives(1).answers(1).becomes("acw", ANN)
    centre.let_go(1)
    assert centre.settle(Enqueue(1, "call", SALES)).offered == [(1, BOB)]


def test_a_contact_meant_for_an_agent_rings_there_first_whatever_that_agents_skills_and_limits() -> None:
    centre = Centre({BOB: Qualification(frozenset({SALES}), total=0)}).available(ANN, BOB).becomes("unavailable", BOB)
    assert centre.arrives(1, agent_id=BOB).offered == [(1, BOB)]
    assert centre.offers[0].manual_accept
    assert centre.answers(1).ends(1).state.contacts == {}


def test_a_contact_that_the_agent_whom_it_is_meant_for_does_not_take_waits_as_any_other() -> None:
    centre = Centre().available(ANN).becomes("unavailable", BOB).arrives(1, agent_id=BOB)
    assert centre.refuses(1).offered == [(1, ANN)]
    assert centre.refuses(1).waiting == [1]


def test_a_contact_meant_for_somebody_who_is_not_there_waits_as_any_other() -> None:
    assert Centre().available(ANN).arrives(1, agent_id=BOB).offered == [(1, ANN)]


def test_an_offer_gives_back_what_the_platform_knew_of_the_contact() -> None:
    details = msgspec.Raw(msgspec.json.encode(OfferCall(ani="8015551234")))
    [offer] = Centre().available(ANN).settle(Enqueue(1, "call", SUPPORT, 0, details)).offers
    assert msgspec.json.decode(offer.details, type=OfferCall) == OfferCall(ani="8015551234")


def test_a_medium_that_nobody_can_have_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ValueError, match="contact 1 comes as 'fax'; it can be routed as call, chat"):
        Centre().arrives(1, "fax")


# Auto-answer


def test_a_contact_rings_where_its_skill_wants_a_manual_accept() -> None:
    [offer] = Centre().available(ANN).arrives(1, skill_id=SUPPORT).offers
    assert offer.manual_accept


def test_a_contact_of_an_auto_answer_skill_is_taken_as_it_is_offered() -> None:
    centre = Centre().available(ANN).arrives(1, skill_id=AUTO)
    assert [offer.manual_accept for offer in centre.offers] == [False]
    assert centre.said[-2:] == ["offered", "taken"]
    assert centre.settle().said[-1] == "taken"


# What can be shown of the queues


def test_a_position_counts_the_contacts_of_the_same_skill_from_one() -> None:
    centre = Centre().arrives(1).arrives(2, skill_id=SALES).arrives(3)
    assert [centre.place(number) for number in (1, 2, 3)] == [Place(1, None), Place(1, None), Place(2, None)]


def test_a_contact_that_does_not_wait_has_no_place() -> None:
    centre = Centre().available(ANN).arrives(1)
    assert centre.place(1) is None
    assert centre.place(2) is None


def handled(seconds: int, *agents: str, media: str = "call") -> Centre:
    """A centre whose agents are all at their limit after somebody handled one contact of so many seconds."""
    centre = Centre().available(ANN).arrives(90, media).answers(90).wait(seconds).ends(90).becomes("available", *agents)
    for number in range(100, 100 + len(agents) * LIMITS[media]):
        centre.arrives(number, media)
    return centre


def test_an_estimate_is_the_mean_handling_time_for_each_place_in_the_queue() -> None:
    centre = handled(60, ANN).arrives(1).arrives(2)
    assert [centre.place(1), centre.place(2)] == [Place(1, 60), Place(2, 120)]


def test_twice_the_agents_halve_the_estimate() -> None:
    assert handled(60, ANN, BOB).arrives(1).place(1) == Place(1, 30)


def test_an_agent_who_has_three_chats_at_once_counts_for_three() -> None:
    assert handled(60, ANN, media="chat").arrives(1, "chat").place(1) == Place(1, 20)


def test_an_agent_in_acw_counts_and_one_unavailable_does_not() -> None:
    centre = handled(60, ANN).arrives(1)
    assert centre.becomes("acw", ANN).place(1) == Place(1, 60)
    assert centre.becomes("unavailable", ANN).place(1) == Place(1, None)


def test_an_agent_without_the_skill_does_not_count() -> None:
    centre = handled(60, ANN).arrives(1)
    centre.qualifications = {BOB: Qualification(frozenset({SALES}))}
    assert centre.becomes("available", BOB).place(1) == Place(1, 60)


def test_an_estimate_is_made_of_the_last_twenty_contacts() -> None:
    centre = Centre().available(ANN)
    for number, seconds in enumerate([1000, *[60] * 20], 1):
        centre.arrives(number).answers(number).wait(seconds).ends(number)
    assert centre.arrives(50).arrives(51).place(51) == Place(1, 60)


def test_a_queue_has_its_length_and_longest_wait_and_an_empty_one_is_shown_too() -> None:
    centre = Centre().arrives(1).wait(5).arrives(2).arrives(3, skill_id="77").wait(2.5)
    assert centre.rules.queues(centre.state, centre.now) == {
        SUPPORT: Queue(2, 7),
        SALES: Queue(0, 0),
        AUTO: Queue(0, 0),
        "77": Queue(1, 2),
    }


# What routing sees of an agent


class Line:
    """An agent on the platform, as `AgentDecider` has it."""

    def __init__(self) -> None:
        self.decider, self.ids = AgentDecider(), Ids(START)
        self.agent: Agent = self.decider.initial(f"agent/{ANN}")

    def do(self, *commands: Any) -> "Line":
        for command in commands:
            for draft in self.decider.decide(self.agent, command, START, self.ids):
                self.agent = self.decider.evolve(self.agent, Record(1, START, None, draft.kind, draft.data))
        return self

    @property
    def last(self) -> int:
        return list(self.agent.contacts)[-1]

    @property
    def readiness(self) -> Readiness:
        return standing_of(self.agent).readiness


def test_an_agent_without_a_session_is_logged_out() -> None:
    assert standing_of(Line().agent) == Standing(ANN, "logged-out")


def test_an_agent_is_available_or_not_as_the_last_state_says() -> None:
    line = Line().do(StartSession())
    assert line.readiness == "unavailable"
    assert line.do(SetState("Available")).readiness == "available"


def test_an_agent_on_a_call_stays_available_for_other_media() -> None:
    line = Line().do(StartSession(), SetState("Available"), OfferCall(skill_id=SALES))
    assert standing_of(line.agent) == Standing(ANN, "available", {line.last: "call"}, frozenset({line.last}))


def test_a_call_that_was_answered_rings_no_longer() -> None:
    line = Line().do(StartSession(), SetState("Available"), OfferCall(skill_id=SALES))
    line.do(Act("answer", line.last))
    assert standing_of(line.agent).ringing == frozenset()


def test_an_agent_on_a_call_who_asked_to_be_unavailable_next_is_so_for_routing_at_once() -> None:
    line = Line().do(StartSession(), SetState("Available"), OfferCall(skill_id=SALES), SetState("Unavailable", "Lunch"))
    assert line.readiness == "unavailable"


def test_an_agent_in_acw_has_the_call_still() -> None:
    line = Line().do(StartSession(), SetState("Available"), OfferCall(skill_id=SUPPORT))
    line.do(Act("answer", line.last), CustomerAct("hangup", line.last))
    assert standing_of(line.agent) == Standing(ANN, "acw", {line.last: "call"})


def test_a_chat_is_a_chat_and_rings_until_it_is_answered() -> None:
    line = Line().do(StartSession(), SetState("Available"), OfferChat(skill_id=SALES))
    assert standing_of(line.agent) == Standing(ANN, "available", {line.last: "chat"}, frozenset({line.last}))
    line.do(Act("answer", line.last))
    assert standing_of(line.agent).ringing == frozenset()


# In the journal


def test_a_contact_goes_from_the_queue_to_the_agent_in_one_append_and_a_restart_finds_it_there() -> None:
    stream = f"agent/{ANN}"
    rules, agents = RoutingDecider(), AgentDecider()

    async def change(runner: Runner, *commands: Enqueue | Abandon) -> dict[str, list[Record]]:
        def decide(states: Mapping[str, Any], now: int, ids: Ids) -> dict[str, Sequence[Draft]]:
            routed = rules.settle(states[ROUTING], commands, [standing_of(states[stream])], now)
            calls = [
                Draft.of(
                    WIRE, event("CallContactEvent", ContactID=str(offer.contact_id), Status="Incoming", Skill=offer.skill_id)
                )
                for offer in routed.offers
            ]
            return {ROUTING: routed.drafts, stream: calls}

        return await runner.change([ROUTING, stream], decide)

    async def run() -> None:
        journal, clock = MemoryJournal(), VirtualClock()
        runner = Runner(journal, clock, {"agent": agents, "routing": rules})
        await runner.execute(stream, StartSession())
        await runner.execute(stream, SetState("Available"))
        appended = await change(runner, Enqueue(7, "call", SALES))
        assert [record.kind for record in appended[ROUTING]] == ["agent", "queued", "offered"]
        assert [record.value()["ContactID"] for record in appended[stream]] == ["7"]

        again = Runner(journal, clock, {"agent": agents, "routing": rules})
        assert (await again.state(ROUTING))[0] == (await runner.state(ROUTING))[0]
        assert await change(again) == {ROUTING: [], stream: []}
        await again.execute(stream, Act("answer", 7))
        assert [record.kind for record in (await change(again))[ROUTING]] == ["taken"]

    asyncio.run(run())


# For any course of events

QUALIFIED = {
    ANN: Qualification(),
    BOB: Qualification(frozenset({SUPPORT}), {"chat": 2}),
    CAT: Qualification(frozenset({SALES, AUTO}), {"call": 0, "email": 1}, total=2),
}

STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("arrives"),
            st.sampled_from(["call", "chat", "email"]),
            st.sampled_from([SUPPORT, SUPPORT, SALES, AUTO]),
            st.integers(0, 1),
            st.sampled_from([None, None, None, ANN, BOB, CAT]),
        ),
        st.tuples(
            st.just("becomes"),
            st.sampled_from([ANN, BOB, CAT]),
            st.sampled_from(["available", "available", "acw", "unavailable", "logged-out"]),
        ),
        st.tuples(st.sampled_from(["answers", "refuses", "refuses", "ends", "leaves"]), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 5, REST / 1000])),
        st.tuples(st.just("own"), st.sampled_from([ANN, BOB, CAT]), st.sampled_from(["call", "chat"])),
    ),
    max_size=40,
)


class Watched(Centre):
    """A centre that looks at each offer with its own eyes, and knows itself who is served and who refused."""

    def __init__(self) -> None:
        super().__init__(QUALIFIED)
        self.numbers = count(1)
        self.customers: dict[int, Enqueue] = {}
        """Who has come and neither left nor been served."""
        self.came: dict[int, int] = {}
        self.refused: dict[int, set[str]] = {}
        """Who refused a contact since it was last offered to everybody."""
        self.rests: dict[tuple[int, str], int] = {}
        self.meant_for: dict[int, str] = {}
        """Contacts that are yet to ring at a certain agent."""

    def able(self, agent_id: str, contact_id: int) -> bool:
        agent, contact, may = self.agents[agent_id], self.customers[contact_id], QUALIFIED[agent_id]
        same = [media for media in agent.contacts.values() if media == contact.media]
        return (
            agent.readiness == "available"
            and (may.skills is None or contact.skill_id in may.skills)
            and len(agent.contacts) + 1 <= may.total
            and len(same) + 1 <= may.limits.get(contact.media, LIMITS[contact.media])
        )

    def resting(self, contact_id: int, agent_id: str) -> bool:
        return self.now < self.rests.get((contact_id, agent_id), 0)

    def append(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            super().append([draft])
            held = {its_id for agent in self.state.agents.values() for its_id in agent.contacts}
            assert held.isdisjoint(self.waiting), f"after {draft}, a contact waits that an agent has"

    def is_now(self, agent_id: str, readiness: Readiness) -> None:
        if readiness == "available" and getattr(self.agents.get(agent_id), "readiness", "") != "available":
            self.rests = {pair: until for pair, until in self.rests.items() if pair[1] != agent_id}
        super().is_now(agent_id, readiness)

    def receives(self, offer: Offer) -> None:
        its_id, agent_id = offer.contact_id, offer.agent_id
        assert self.holder(its_id) is None, "offered to two agents"
        assert its_id in self.customers, "offered, and nobody is there"
        if (first := self.meant_for.pop(its_id, None)) is None:
            self.check_choice(its_id, agent_id)
        else:
            assert agent_id == first, "offered first to another than it is meant for"
        super().receives(offer)

    def check_choice(self, its_id: int, agent_id: str) -> None:
        assert self.able(agent_id, its_id), "offered to an unable agent, or beyond a limit"
        assert not self.resting(its_id, agent_id), "asked again at once"
        refused = self.refused[its_id]
        if agent_id in refused:
            assert all(one in refused for one in self.agents if self.able(one, its_id)), "asked twice before all were asked once"
            refused.clear()
        for older in self.older(its_id):
            passed_over = agent_id in self.refused[older] or self.resting(older, agent_id)
            assert self.holder(older) or passed_over, f"{older} came before {its_id}, and {agent_id} could have taken it"

    def older(self, contact_id: int) -> list[int]:
        """The contacts of the same skill, medium and priority that came earlier."""
        like = self.customers[contact_id]
        key = like.media, like.skill_id, like.priority
        return [
            one.contact_id
            for one in self.customers.values()
            if (one.media, one.skill_id, one.priority) == key and self.came[one.contact_id] < self.came[contact_id]
        ]

    def step(self, verb: str, *arguments: Any) -> None:
        match verb, arguments:
            case "arrives", (media, skill_id, priority, agent_id):
                number = next(self.numbers)
                self.customers[number] = Enqueue(number, media, skill_id, priority, agent_id=agent_id)
                self.came[number], self.refused[number] = self.now, set()
                if agent_id in self.agents and self.agents[agent_id].readiness != "logged-out":
                    self.meant_for[number] = agent_id
                self.arrives(number, media, skill_id, priority, agent_id)
            case "becomes", (agent_id, readiness):
                if readiness == "logged-out" and agent_id in self.agents:
                    agent = self.agents[agent_id]
                    for gone in agent.contacts.keys() - agent.ringing:
                        self.customers.pop(gone, None)
                self.becomes(readiness, agent_id)
            case "wait", (seconds,):
                self.wait(seconds)
            case "own", (agent_id, media):
                if agent_id in self.agents and self.agents[agent_id].readiness != "logged-out":
                    agent = self.agents[agent_id]
                    contacts = {**agent.contacts, 1000 + next(self.numbers): media}
                    self.agents[agent_id] = msgspec.structs.replace(agent, contacts=contacts)
                    self.settle()
            case _, (place,):
                self.contact_step(verb, place)

    def contact_step(self, verb: str, place: int) -> None:
        ringing = sorted(its_id for agent in self.agents.values() for its_id in agent.ringing)
        talking = sorted(its_id for agent in self.agents.values() for its_id in agent.contacts.keys() - agent.ringing)
        unanswered = sorted(self.customers.keys() - set(talking))
        eligible = {"answers": ringing, "refuses": ringing, "ends": talking, "leaves": unanswered}[verb]
        if not eligible:
            return
        its_id = eligible[place % len(eligible)]
        if verb == "refuses":
            holder = self.holder(its_id)
            assert holder is not None
            self.refused[its_id].add(holder.agent_id)
            self.rests[its_id, holder.agent_id] = self.now + REST
        elif verb in ("ends", "leaves"):
            self.customers.pop(its_id, None)
        getattr(self, verb)(its_id)

    def check(self) -> None:
        assert self.state.contacts.keys() == self.customers.keys(), "lost, or a ghost"
        for contact in self.state.contacts.values():
            holder = self.holder(contact.id)
            assert contact.agent_id == (holder and holder.agent_id)
            if holder is not None:
                assert (contact.taken_at is None) == (contact.id in holder.ringing)
                continue
            able = {agent_id for agent_id in self.agents if self.able(agent_id, contact.id)}
            asked = able - self.refused[contact.id] or able
            assert all(self.resting(contact.id, agent_id) for agent_id in asked), f"{contact.id} waits, {asked} are free"
        assert self.replayed() == self.state
        assert {agent.id: dict(agent.contacts) for agent in self.state.agents.values()} == {
            agent.agent_id: dict(agent.contacts) for agent in self.agents.values() if agent.readiness != "logged-out"
        }


def walk(steps: Sequence[tuple[Any, ...]]) -> Watched:
    centre = Watched()
    for step in steps:
        centre.step(*step)
        centre.check()
    return centre


@given(STEPS)
def test_no_contact_is_lost_or_offered_twice_or_to_somebody_unable_and_none_is_passed_over(steps: list[tuple[Any, ...]]) -> None:
    walk(steps)


@given(STEPS)
def test_whoever_waits_is_served_once_an_agent_answers_all(steps: list[tuple[Any, ...]]) -> None:
    centre = walk(steps)
    for agent_id in (BOB, CAT, ANN):
        centre.step("becomes", agent_id, "logged-out")
    centre.step("becomes", ANN, "available")
    for _ in range(2 * len(centre.customers)):
        centre.step("answers", 0)
        centre.step("ends", 0)
        centre.check()
    assert centre.customers == {}


@given(STEPS)
def test_the_same_decision_follows_from_the_same_records(steps: list[tuple[Any, ...]]) -> None:
    centre = walk(steps)
    turned = [*reversed(centre.agents.values())]
    arrival = Enqueue(999, "call", SUPPORT)
    assert centre.rules.settle(centre.replayed(), [arrival], turned, centre.now) == centre.rules.settle(
        centre.state, [arrival], centre.agents.values(), centre.now
    )


@given(STEPS)
def test_what_is_settled_stays_settled(steps: list[tuple[Any, ...]]) -> None:
    centre = walk(steps).settle()
    drafts, offers = centre.rules.settle(centre.state, [], centre.agents.values(), centre.now)
    assert (drafts, offers) == ([], [])


KINDS = st.sampled_from(
    ["queued", "offered", "refused", "returned", "taken", "abandoned", "finished", "rested", "agent", WIRE, "x"]
)
IDS = st.sampled_from(["1", "2", "0", "", "x", "9" * 5000])
ANYTHING = st.fixed_dictionaries(
    {},
    optional={
        "contactId": IDS | JSON,
        "agentId": st.sampled_from([ANN, BOB]) | JSON,
        "media": st.sampled_from(["call", "chat", "fax"]) | JSON,
        "skillId": st.sampled_from([SUPPORT, AUTO]) | JSON,
        "priority": st.integers() | JSON,
        "round": st.integers(0, 3) | JSON,
        "manualAccept": st.booleans() | JSON,
        "state": st.sampled_from(["available", "acw", "logged-out"]) | JSON,
        "contacts": st.dictionaries(IDS, st.sampled_from(["call", "fax"]), max_size=2) | JSON,
        "details": JSON,
    },
)


WHOLE = {
    "contactId": "1",
    "agentId": ANN,
    "media": "call",
    "skillId": SUPPORT,
    "priority": 0,
    "round": 1,
    "manualAccept": True,
    "state": "available",
    "contacts": {},
}
"""What fits the shape of a record of any kind, whether or not it fits the state."""


@given(st.lists(st.tuples(KINDS, ANYTHING, st.booleans()), max_size=20), st.lists(JSON, max_size=2))
def test_any_record_can_be_folded_and_decided_upon(records: list[tuple[str, Any, bool]], values: list[Any]) -> None:
    centre = Centre()
    centre.append(Draft.of(kind, {**WHOLE, **value} if is_whole else value) for kind, value, is_whole in records)
    centre.append(Draft.of(kind, value) for value in values for kind in ("queued", "agent", "offered"))
    centre.rules.due(centre.state)
    centre.rules.queues(centre.state, centre.now)
    for its_id in centre.state.contacts:
        centre.place(its_id)
    centre.rules.decide(centre.state, Report(Standing(ANN, "available", {1: "call"})), centre.now, centre.ids)
    centre.rules.decide(centre.state, Distribute(), centre.now, centre.ids)
    centre.available(ANN, BOB).wait(60)


@given(TEXT | st.sampled_from(["[" * 100_000, '{"contactId":' * 50_000, '{"contactId":"\\ud800"}', "\0"]), KINDS)
def test_a_record_that_is_no_json_changes_nothing(text: str, kind: str) -> None:
    before = Centre().available(ANN).arrives(1)
    record = Record(99, START, None, kind, msgspec.Raw(text.encode()))
    assert before.rules.evolve(before.state, record) == before.state
