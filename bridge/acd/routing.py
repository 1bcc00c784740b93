"""Who gets the next contact: the rules that the stream `routing` is written by. Its records are in `routing_state.py`.

**The order of contacts.** Priority, then time of arrival, then id. So that no contact waits for good behind others that keep
coming, a point of priority is worth `PRIORITY_POINT` of waiting, and no more. A contact that comes back to the queue keeps its
place.

**The choice of agent.** The contacts in their order, each to an agent who is available (not in ACW), has the skill, and has room:
a call needs an agent without a call, other media fewer contacts of that medium than the agent's limit, and all together stay
within the total. Of several: the one with fewest contacts, for who has one is not idle; then the one idle longest, that is since
becoming available or since a contact finished, whichever came later; then the lower id. A routed contact that rang in vain leaves
the agent's place in this order as it was. A contact for which nobody is able does not hold up those behind it that somebody is
able to take.

**Refusals.** Who refused a contact is passed over until every agent able to take it has refused; then a new round begins and all
are asked again. Nobody is asked again at once: in any round an agent rests from a contact for `REST` after refusing it, or until
becoming available anew, which says as much. If those who are left all rest, the contact waits for the first of them.

**How it is used** (`centre.py`). With every change of anything, `settle` is told how the agents stand after it, in the same step.
The agents' wire events remain the truth about them, raw ones included: `settle` compares them with what it knows. A routed
contact that no longer rings was taken; one taken that is gone is finished; one that rang and is gone was refused, and goes to the
next agent, unless `Abandon` says in the same change, or later, that the customer left. A transfer is the contact gone from the
agent and `Enqueue` in one change; one to an agent who does not take it ends in the queue, and not with the customer. Offers come
to agents under the same contact id, in the same step too: Incoming, or answered by themselves (IsRequireManualAccept False).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil
from typing import NamedTuple

import msgspec

from bridge.acd import routing_state as records
from bridge.acd.agent_state import Agent
from bridge.acd.batches import ON_CONTACT, next_state
from bridge.acd.qualifications import ANYTHING, LIMITS, Qualification
from bridge.acd.routing_state import Readiness, RoutedAgent, RoutedContact, Routing
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

REST = 15_000
"""Milliseconds for which an agent who refused a contact is not offered it again."""


class Standing(msgspec.Struct, frozen=True):
    """What routing sees of an agent. `contacts` are those that have not ended, by id with their medium; `ringing` are those of
    them that the agent has yet to answer."""

    agent_id: str
    readiness: Readiness
    contacts: Mapping[int, str] = {}
    ringing: frozenset[int] = frozenset()


def standing_of(agent: Agent) -> Standing:
    """What routing sees of an agent's state. Who works on a contact, or is in ACW, and would be Available next stays in the game:
    whether there is room for one more is the limits' matter."""
    if agent.session is None:
        return Standing(agent.agent_id, "logged-out")
    readiness: Readiness = "unavailable"
    if agent.current_state == "Available":
        readiness = "available"
    elif next_state(agent).state == "Available" and (agent.is_acw or agent.current_state in ON_CONTACT):
        readiness = "acw" if agent.is_acw else "available"
    return Standing(
        agent.agent_id,
        readiness,
        {contact.id: contact.medium.name for contact in agent.contacts.values()},
        frozenset(contact.id for contact in agent.contacts.values() if "answer" in contact.medium.allowed(contact.status)),
    )


# What can be asked


class Enqueue(msgspec.Struct, frozen=True):
    """A contact arrives, or is transferred. `media` is one of `LIMITS`; `details` is a JSON text that its `Offer` gives back, for
    instance the command that presents it. It is offered to `agent_id` first, whatever that agent's skills and limits: it waits
    in the queue only if that one does not want it."""

    contact_id: int
    media: str
    skill_id: str
    priority: int = 0
    details: msgspec.Raw = msgspec.Raw(b"null")
    agent_id: str | None = None


class Describe(msgspec.Struct, frozen=True):
    """`details` of a contact that rings, should it be offered again, as in `Enqueue`."""

    contact_id: int
    details: msgspec.Raw


class Abandon(msgspec.Struct, frozen=True):
    """The customer left. One whom an agent has answered leaves by that agent's stream."""

    contact_id: int


class Report(msgspec.Struct, frozen=True):
    """This is how an agent is now."""

    standing: Standing


class Distribute(msgspec.Struct, frozen=True):
    """Offer every contact that can be offered."""


class EndRest(msgspec.Struct, frozen=True):
    """Timer: the agent may be offered the contact again. Stale unless the state still wants it at `due` (milliseconds)."""

    contact_id: int
    agent_id: str
    due: int


Command = Enqueue | Describe | Abandon | Report | Distribute | EndRest


# What is decided, and what can be shown


class Offer(NamedTuple):
    """A contact for an agent. Without `manual_accept` it is answered by itself, and taken already."""

    contact_id: int
    agent_id: str
    media: str
    skill_id: str
    manual_accept: bool
    details: msgspec.Raw


class Settled(NamedTuple):
    """Drafts for the stream, and the offers among them."""

    drafts: list[Draft]
    offers: list[Offer]


class Place(NamedTuple):
    """A waiting contact's place in its skill's queue: 1 is the next. `estimate` is the wait still to come in seconds, None where
    nothing is known to estimate it by."""

    position: int
    estimate: int | None


class Queue(NamedTuple):
    """A skill's queue: how many contacts wait, and for how many seconds the one that came first has."""

    waiting: int
    longest_wait: int


class RoutingDecider:
    """The `Decider` of the stream `routing`. `skills` gives the skills of the moment by id, `unknown` stands for all others;
    `qualifications` gives what agents may do by agent id, `ANYTHING` stands for all others.

    Contacts come with their ids, so `decide` gives out none. It raises ValueError for a contact of a medium that nobody can have.
    What has been offered stays so when the configuration changes; what waits is looked at anew by the next `Distribute`.
    """

    def __init__(
        self,
        skills: Callable[[], Mapping[str, Skill]] = lambda: SKILLS,
        qualifications: Callable[[], Mapping[str, Qualification]] = dict,
        unknown: Skill = UNKNOWN_SKILL,
    ) -> None:
        self._skills, self._qualifications, self._unknown = skills, qualifications, unknown

    def initial(self, stream: str) -> Routing:
        return Routing()

    def evolve(self, state: Routing, record: Record) -> Routing:
        return records.evolve(state, record)

    def is_open(self, state: Routing) -> bool:
        return bool(self.due(state))

    def due(self, state: Routing) -> Sequence[tuple[int, EndRest]]:
        return [
            (since + REST, EndRest(contact.id, agent_id, since + REST))
            for contact in state.contacts.values()
            for agent_id, since in contact.resting.items()
        ]

    def decide(self, state: Routing, command: Command, now: int, ids: Ids) -> list[Draft]:
        return self._decide(state, command, now).drafts

    def after(self, state: Routing, drafts: Iterable[Draft], now: int) -> Routing:
        """The state once these have been appended."""
        return records.after(state, drafts, now)

    def settle(
        self, state: Routing, commands: Iterable[Enqueue | Describe | Abandon], standings: Iterable[Standing], now: int
    ) -> Settled:
        """All that follows when `commands` happen and the agents then stand so: one decision over any number of contacts and
        agents.

        A customer who left is reckoned with first, so that nobody has refused; a contact is queued when all agents have been
        looked at, as one of them may just have let go of it. Agents not named stand as they stood. Raises ValueError as `decide`
        does.
        """
        commands = list(commands)
        in_turn: list[Command] = [command for command in commands if not isinstance(command, Enqueue)]
        in_turn += [Report(standing) for standing in sorted(standings, key=lambda standing: standing.agent_id)]
        in_turn += [command for command in commands if isinstance(command, Enqueue)]
        settled = Settled([], [])
        for command in (*in_turn, Distribute()):
            drafts, offers = self._decide(state, command, now)
            settled.drafts.extend(drafts)
            settled.offers.extend(offers)
            state = records.after(state, drafts, now)
        return settled

    def place(self, state: Routing, contact_id: int) -> Place | None:
        """A contact's place in its skill's queue, None if it does not wait."""
        return self.places(state).get(contact_id)

    def places(self, state: Routing) -> dict[int, Place]:
        """The places of all contacts that wait, by id, in the order in which they are served.

        The estimate is the skill's mean handling time, times the position, over the number of contacts that the agents able to
        serve the skill (available or in ACW) can have at once: each time so long has passed, each of their places becomes free
        once.
        """
        places: dict[int, Place] = {}
        waiting: Counter[str] = Counter()
        capacities: dict[tuple[str, str], int] = {}
        for contact in state.waiting:
            waiting[contact.skill_id] += 1
            position, kind = waiting[contact.skill_id], (contact.skill_id, contact.media)
            if kind not in capacities:
                capacities[kind] = self._places(state, contact)
            times, capacity = state.handling.get(contact.skill_id, ()), capacities[kind]
            known = times and capacity
            places[contact.id] = Place(position, ceil(sum(times) / len(times) * position / capacity / 1000) if known else None)
        return places

    def queues(self, state: Routing, now: int) -> dict[str, Queue]:
        """The queues by skill id: every skill that is set up, empty or not, then any other that somebody waits for."""
        queues = dict.fromkeys(self._skills(), Queue(0, 0))
        for contact in state.waiting:
            waiting, longest_wait = queues.get(contact.skill_id, Queue(0, 0))
            queues[contact.skill_id] = Queue(waiting + 1, max(longest_wait, (now - contact.since) // 1000))
        return queues

    def _decide(self, state: Routing, command: Command, now: int) -> Settled:
        match command:
            case Distribute():
                return self._distribute(state, now)
            case Report(standing):
                return Settled(_report(state, standing, now), [])
            case Enqueue():
                return _enqueue(state, command)
            case Describe(its_id, details):
                known = state.contacts.get(its_id)
                is_news = known is not None and bytes(known.details) != bytes(details)
                return Settled([records.described(its_id, details)] if is_news else [], [])
            case Abandon(its_id):
                contact = state.contacts.get(its_id)
                unanswered = contact is not None and contact.taken_at is None
                return Settled([records.of_contact("abandoned", its_id)] if unanswered else [], [])
            case EndRest(its_id, agent_id, due):
                wanted = (due, command) in self.due(state)
                return Settled([records.of_both("rested", its_id, agent_id)] if wanted else [], [])

    def _distribute(self, state: Routing, now: int) -> Settled:
        skills, qualifications, settled = self._skills(), self._qualifications(), Settled([], [])
        # Where nobody is able any more, nobody will be: room only shrinks here.
        exhausted: set[tuple[str, str]] = set()
        for contact in state.waiting:
            kind = contact.skill_id, contact.media
            if kind in exhausted:
                continue
            able = [one for one in state.agents.values() if _is_able(one, qualifications.get(one.id, ANYTHING), contact)]
            if not able:
                exhausted.add(kind)
                continue
            agent, its_round = _next_agent(contact, able)
            if agent is None:
                continue
            manual_accept = skills.get(contact.skill_id, self._unknown).manual_accept
            drafts = [records.offered(contact.id, agent.id, its_round, manual_accept)]
            if not manual_accept:
                drafts.append(records.of_contact("taken", contact.id))
            settled.drafts.extend(drafts)
            settled.offers.append(Offer(contact.id, agent.id, contact.media, contact.skill_id, manual_accept, contact.details))
            state = records.after(state, drafts, now)
        return settled

    def _places(self, state: Routing, contact: RoutedContact) -> int:
        """How many contacts of this one's skill and medium its agents can have at once."""
        qualifications = self._qualifications()
        serving = [
            qualifications.get(agent.id, ANYTHING) for agent in state.agents.values() if agent.readiness in ("available", "acw")
        ]
        return sum(max(0, min(one.limit(contact.media), one.total)) for one in serving if one.has(contact.skill_id))


def _enqueue(state: Routing, new: Enqueue) -> Settled:
    if new.media not in LIMITS:
        raise ValueError(f"contact {new.contact_id} comes as {new.media!r}; it can be routed as {', '.join(LIMITS)}")
    if new.contact_id in state.contacts:
        return Settled([], [])
    queued = records.queued(new.contact_id, new.media, new.skill_id, new.priority, new.details)
    if new.agent_id is None or new.agent_id not in state.agents:
        return Settled([queued], [])
    offer = Offer(new.contact_id, new.agent_id, new.media, new.skill_id, True, new.details)
    return Settled([queued, records.offered(new.contact_id, new.agent_id, 1, True)], [offer])


def _is_able(agent: RoutedAgent, allowed: Qualification, contact: RoutedContact) -> bool:
    return (
        agent.readiness == "available"
        and allowed.has(contact.skill_id)
        and len(agent.contacts) < allowed.total
        and sum(media == contact.media for media in agent.contacts.values()) < allowed.limit(contact.media)
    )


def _next_agent(contact: RoutedContact, able: Sequence[RoutedAgent]) -> tuple[RoutedAgent | None, int]:
    """Whom of these the contact is offered to, and in which round; None if all who could be asked rest from it."""
    asked, its_round = [agent for agent in able if agent.id not in contact.refused_by], contact.round
    if not asked:
        asked, its_round = list(able), contact.round + 1
    rested = [agent for agent in asked if agent.id not in contact.resting]
    return min(rested, key=lambda agent: (len(agent.contacts), agent.idle_since, agent.id), default=None), its_round


def _report(state: Routing, standing: Standing, now: int) -> list[Draft]:
    """What the agent's stream tells of the agent, and of the contacts that were routed there."""
    drafts: list[Draft] = []
    for contact in state.with_agent.get(standing.agent_id, ()):
        if contact.id in standing.contacts:
            if contact.taken_at is None and contact.id not in standing.ringing:
                drafts.append(records.of_contact("taken", contact.id))
        elif contact.taken_at is not None:
            drafts.append(records.of_contact("finished", contact.id))
        elif standing.readiness == "logged-out":
            drafts.append(records.of_contact("returned", contact.id))
        else:
            drafts.append(records.of_both("refused", contact.id, standing.agent_id))
    known = records.after(state, drafts, now).agents.get(standing.agent_id)
    if (standing.readiness, standing.contacts) != (("logged-out", {}) if known is None else (known.readiness, known.contacts)):
        drafts.append(records.agent(standing.agent_id, standing.readiness, standing.contacts))
    return drafts
