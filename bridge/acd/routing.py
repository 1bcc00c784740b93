"""Who gets the next contact: the stream `routing`, and the rules that it is written by.

A contact waits in the queue of its skill until it is offered to an agent. The stream's own records say all that the choice is
made of, so that after a restart the queue, who refused what and who is idle longest are as before:

    queued    {contactId, media, skillId, priority, details}   it waits; details are whatever the platform needs to present it
    offered   {contactId, agentId, round, manualAccept}        it rings at an agent
    refused   {contactId, agentId}                             the agent refused it, or let it ring: it waits in its old place
    returned  {contactId}                                      the agent was logged out while it rang: likewise
    taken     {contactId}                                      the agent answered it, or it was answered by itself
    abandoned {contactId}                                      the customer left before anybody answered
    finished  {contactId}                                      it has left the agent, ACW included
    rested    {contactId, agentId}                             the agent may be offered it again (see `REST`)
    agent     {agentId, state, contacts}                       an agent's readiness has changed; contacts are id: media

Contact ids in these are decimal text. `refused` here is a contact's; a command that no longer fits changes nothing, for the
agent's own stream tells people why it did not.

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
next agent, unless `Abandon` says in the same change, or later, that the customer left. A transfer to a skill is the contact gone
from the agent and `Enqueue` under its id in one change. Offers come to agents under the same contact id, in the same step too:
Incoming, or answered by themselves (IsRequireManualAccept False).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from math import ceil
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from bridge.acd.agent_state import Agent
from bridge.acd.batches import ON_CONTACT, next_state
from bridge.acd.events import contact_id
from bridge.acd.skills import SKILLS, UNKNOWN_SKILL, Skill
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

ROUTING = "routing"
"""The journal's stream."""

REST = 15_000
"""Milliseconds for which an agent who refused a contact is not offered it again."""

PRIORITY_POINT = 10 * 60 * 1000
"""Milliseconds of waiting that a point of priority is worth."""

REMEMBERED_HANDLING = 20
"""How many of a skill's last contacts an estimate is made of."""

LIMITS: Mapping[str, int] = {"call": 1, "chat": 3, "digital": 3, "workitem": 3, "voicemail": 3, "email": 3}
"""How many contacts of a medium an agent has at once: what MchAgentSettingsChangeEvent tells (cxone-agent-session.md, section 2),
which has no threshold for voicemail."""

TOTAL_LIMIT = 3
"""How many of all media: its TotalContactCount."""

Readiness = Literal["available", "acw", "unavailable", "logged-out"]


class Qualification(msgspec.Struct, frozen=True):
    """What an administrator lets an agent do. `skills` are ids, None: any skill, which is what an agent whom nobody set up has.
    `limits` are by medium; a medium without one has that of `LIMITS`, and more than one call at once is one."""

    skills: frozenset[str] | None = None
    limits: Mapping[str, int] = {}
    total: int = TOTAL_LIMIT

    def has(self, skill_id: str) -> bool:
        return self.skills is None or skill_id in self.skills

    def limit(self, media: str) -> int:
        limit = self.limits.get(media, LIMITS.get(media, 0))
        return min(limit, 1) if media == "call" else limit


ANYTHING = Qualification()


def settings_of(allowed: Qualification) -> dict[str, str]:
    """An agent's limits as fields of MchAgentSettingsChangeEvent (cxone-agent-session.md, section 2)."""
    limits = {
        "ChatThreshold": allowed.limit("chat"),
        "SmsThreshold": allowed.limit("chat"),
        "EmailThreshold": allowed.limit("email"),
        "WorkItemThreshold": allowed.limit("workitem"),
        "DigitalThreshold": allowed.limit("digital"),
        "VoiceThreshold": allowed.limit("call"),
        "TotalContactCount": allowed.total,
    }
    return {field: str(limit) for field, limit in limits.items()}


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
    """A contact arrives, or is transferred to a skill. `media` is one of `LIMITS`; `details` is a JSON text that its `Offer`
    gives back, for instance the command that presents it."""

    contact_id: int
    media: str
    skill_id: str
    priority: int = 0
    details: msgspec.Raw = msgspec.Raw(b"null")


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


Command = Enqueue | Abandon | Report | Distribute | EndRest


# The state


class RoutedContact(msgspec.Struct, frozen=True):
    """A contact that waits, rings, or is being handled. Times are milliseconds since 1970; `since` is when it arrived."""

    id: int
    media: str
    skill_id: str
    priority: int
    since: int
    details: msgspec.Raw
    agent_id: str | None = None
    """Whom it is offered to or was taken by; None while it waits."""
    taken_at: int | None = None
    round: int = 1
    refused_by: frozenset[str] = frozenset()
    """Who refused it in this round."""
    resting: Mapping[str, int] = {}
    """Who is not to be offered it for a while, and since when."""

    @property
    def order(self) -> tuple[int, int, int]:
        return self.since - self.priority * PRIORITY_POINT, self.since, self.id


class RoutedAgent(msgspec.Struct, frozen=True):
    """An agent who is logged in. `contacts` are by id with their medium, those offered included."""

    id: str
    readiness: Readiness
    contacts: Mapping[int, str]
    idle_since: int


class Routing(msgspec.Struct, frozen=True, dict=True):
    """The stream's state. `handling` is, by skill, how many milliseconds the last contacts were with an agent, ACW included."""

    contacts: Mapping[int, RoutedContact] = {}
    agents: Mapping[str, RoutedAgent] = {}
    handling: Mapping[str, tuple[int, ...]] = {}

    @cached_property
    def waiting(self) -> tuple[RoutedContact, ...]:
        """The contacts that are offered to nobody, the first to be served first."""
        queued = (contact for contact in self.contacts.values() if contact.agent_id is None)
        return tuple(sorted(queued, key=lambda contact: contact.order))

    @cached_property
    def with_agent(self) -> Mapping[str, Sequence[RoutedContact]]:
        """The contacts that ring at an agent or were taken there, by agent id."""
        by_agent: dict[str, list[RoutedContact]] = {}
        for contact in self.contacts.values():
            if contact.agent_id is not None:
                by_agent.setdefault(contact.agent_id, []).append(contact)
        return by_agent


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


# Records


class _Queued(msgspec.Struct, rename="camel"):
    contact_id: str
    media: str
    skill_id: str
    priority: int
    details: msgspec.Raw = msgspec.Raw(b"null")


class _Offered(msgspec.Struct, rename="camel"):
    contact_id: str
    agent_id: str
    round: int
    manual_accept: bool


class _OfContact(msgspec.Struct, rename="camel"):
    contact_id: str


class _OfBoth(msgspec.Struct, rename="camel"):
    contact_id: str
    agent_id: str


class _Agent(msgspec.Struct, rename="camel"):
    agent_id: str
    state: Readiness
    contacts: dict[str, str]


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
        return evolve(state, record)

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
        return _after(state, drafts, now)

    def settle(self, state: Routing, commands: Iterable[Enqueue | Abandon], standings: Iterable[Standing], now: int) -> Settled:
        """All that follows when `commands` happen and the agents then stand so: one decision over any number of contacts and
        agents.

        A customer who left is reckoned with first, so that nobody has refused; a contact is queued when all agents have been
        looked at, as one of them may just have let go of it. Agents not named stand as they stood. Raises ValueError as `decide`
        does.
        """
        commands = list(commands)
        in_turn: list[Command] = [command for command in commands if isinstance(command, Abandon)]
        in_turn += [Report(standing) for standing in sorted(standings, key=lambda standing: standing.agent_id)]
        in_turn += [command for command in commands if isinstance(command, Enqueue)]
        settled = Settled([], [])
        for command in (*in_turn, Distribute()):
            drafts, offers = self._decide(state, command, now)
            settled.drafts.extend(drafts)
            settled.offers.extend(offers)
            state = _after(state, drafts, now)
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
            case Enqueue(its_id, media, skill_id, priority, details):
                if media not in LIMITS:
                    raise ValueError(f"contact {its_id} comes as {media!r}; it can be routed as {', '.join(LIMITS)}")
                queued = Draft.of("queued", _Queued(str(its_id), media, skill_id, priority, details))
                return Settled([] if its_id in state.contacts else [queued], [])
            case Abandon(its_id):
                contact = state.contacts.get(its_id)
                unanswered = contact is not None and contact.taken_at is None
                return Settled([_of_contact("abandoned", its_id)] if unanswered else [], [])
            case EndRest(its_id, agent_id, due):
                wanted = (due, command) in self.due(state)
                return Settled([_of_both("rested", its_id, agent_id)] if wanted else [], [])

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
            drafts = [Draft.of("offered", _Offered(str(contact.id), agent.id, its_round, manual_accept))]
            if not manual_accept:
                drafts.append(_of_contact("taken", contact.id))
            settled.drafts.extend(drafts)
            settled.offers.append(Offer(contact.id, agent.id, contact.media, contact.skill_id, manual_accept, contact.details))
            state = _after(state, drafts, now)
        return settled

    def _places(self, state: Routing, contact: RoutedContact) -> int:
        """How many contacts of this one's skill and medium its agents can have at once."""
        qualifications = self._qualifications()
        serving = [
            qualifications.get(agent.id, ANYTHING) for agent in state.agents.values() if agent.readiness in ("available", "acw")
        ]
        return sum(max(0, min(one.limit(contact.media), one.total)) for one in serving if one.has(contact.skill_id))


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
                drafts.append(_of_contact("taken", contact.id))
        elif contact.taken_at is not None:
            drafts.append(_of_contact("finished", contact.id))
        elif standing.readiness == "logged-out":
            drafts.append(_of_contact("returned", contact.id))
        else:
            drafts.append(_of_both("refused", contact.id, standing.agent_id))
    known = _after(state, drafts, now).agents.get(standing.agent_id)
    if (standing.readiness, standing.contacts) != (("logged-out", {}) if known is None else (known.readiness, known.contacts)):
        contacts = {str(its_id): media for its_id, media in standing.contacts.items()}
        drafts.append(Draft.of("agent", _Agent(standing.agent_id, standing.readiness, contacts)))
    return drafts


def _of_contact(kind: str, its_id: int) -> Draft:
    return Draft.of(kind, _OfContact(str(its_id)))


def _of_both(kind: str, its_id: int, agent_id: str) -> Draft:
    return Draft.of(kind, _OfBoth(str(its_id), agent_id))


def _after(state: Routing, drafts: Iterable[Draft], now: int) -> Routing:
    for draft in drafts:
        state = evolve(state, Record(0, now, None, draft.kind, draft.data))
    return state


def evolve(state: Routing, record: Record) -> Routing:
    """The state after a record. Never raises: a record that does not fit leaves it as it is."""
    if (known := _RECORDS.get(record.kind)) is None:
        return state
    decoder, fold = known
    try:
        data = decoder.decode(record.data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return state
    return fold(state, data, record.at)


def _queued(state: Routing, data: _Queued, at: int) -> Routing:
    its_id = contact_id(data.contact_id)
    if its_id is None or its_id in state.contacts or data.media not in LIMITS:
        return state
    contact = RoutedContact(its_id, data.media, data.skill_id, data.priority, at, data.details)
    return msgspec.structs.replace(state, contacts={**state.contacts, its_id: contact})


def _offered(state: Routing, data: _Offered, at: int) -> Routing:
    contact, agent = _contact(state, data.contact_id), state.agents.get(data.agent_id)
    if contact is None or contact.agent_id is not None or agent is None:
        return state
    refused_by = contact.refused_by if data.round == contact.round else frozenset[str]()
    state = _with(state, contact, agent_id=agent.id, round=data.round, refused_by=refused_by)
    return _with_agent(state, agent, contacts={**agent.contacts, contact.id: contact.media})


def _refused(state: Routing, data: _OfBoth, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id != data.agent_id or contact.taken_at is not None:
        return state
    refused_by, resting = contact.refused_by | {data.agent_id}, {**contact.resting, data.agent_id: at}
    return _with(_let_go(state, contact), contact, agent_id=None, refused_by=refused_by, resting=resting)


def _returned(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.taken_at is not None:
        return state
    return _with(_let_go(state, contact), contact, agent_id=None)


def _taken(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id is None or contact.taken_at is not None:
        return state
    return _with(state, contact, taken_at=at, refused_by=frozenset(), resting={})


def _abandoned(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.taken_at is not None:
        return state
    state = _let_go(state, contact)
    return msgspec.structs.replace(state, contacts=_less(state.contacts, contact.id))


def _finished(state: Routing, data: _OfContact, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    if contact is None or contact.agent_id is None or contact.taken_at is None:
        return state
    state = _let_go(state, contact)
    if (agent := state.agents.get(contact.agent_id)) is not None:
        state = _with_agent(state, agent, idle_since=at)
    times = (*state.handling.get(contact.skill_id, ()), max(0, at - contact.taken_at))[-REMEMBERED_HANDLING:]
    return msgspec.structs.replace(
        state, contacts=_less(state.contacts, contact.id), handling={**state.handling, contact.skill_id: times}
    )


def _rested(state: Routing, data: _OfBoth, at: int) -> Routing:
    contact = _contact(state, data.contact_id)
    return state if contact is None else _with(state, contact, resting=_less(contact.resting, data.agent_id))


def _agent(state: Routing, data: _Agent, at: int) -> Routing:
    if data.state == "logged-out":
        return msgspec.structs.replace(state, agents=_less(state.agents, data.agent_id))
    before = state.agents.get(data.agent_id)
    contacts = {its_id: media for number, media in data.contacts.items() if (its_id := contact_id(number)) is not None}
    became_available = data.state == "available" and (before is None or before.readiness != "available")
    has_finished = before is not None and bool(before.contacts.keys() - contacts.keys())
    idle_since = at if before is None or became_available or has_finished else before.idle_since
    if became_available:
        for contact in state.contacts.values():
            if data.agent_id in contact.resting:
                state = _with(state, contact, resting=_less(contact.resting, data.agent_id))
    agent = RoutedAgent(data.agent_id, data.state, contacts, idle_since)
    return msgspec.structs.replace(state, agents={**state.agents, agent.id: agent})


_RECORDS: Mapping[str, tuple[msgspec.json.Decoder[Any], Callable[[Routing, Any, int], Routing]]] = {
    kind: (msgspec.json.Decoder(shape), fold)
    for kind, shape, fold in (
        ("queued", _Queued, _queued),
        ("offered", _Offered, _offered),
        ("refused", _OfBoth, _refused),
        ("returned", _OfContact, _returned),
        ("taken", _OfContact, _taken),
        ("abandoned", _OfContact, _abandoned),
        ("finished", _OfContact, _finished),
        ("rested", _OfBoth, _rested),
        ("agent", _Agent, _agent),
    )
}


def _contact(state: Routing, number: str) -> RoutedContact | None:
    its_id = contact_id(number)
    return None if its_id is None else state.contacts.get(its_id)


def _with(state: Routing, contact: RoutedContact, **changes: Any) -> Routing:
    changed = msgspec.structs.replace(contact, **changes)
    return msgspec.structs.replace(state, contacts={**state.contacts, contact.id: changed})


def _with_agent(state: Routing, agent: RoutedAgent, **changes: Any) -> Routing:
    return msgspec.structs.replace(state, agents={**state.agents, agent.id: msgspec.structs.replace(agent, **changes)})


def _let_go(state: Routing, contact: RoutedContact) -> Routing:
    """The contact is no longer with the agent who had it, if anybody had."""
    agent = None if contact.agent_id is None else state.agents.get(contact.agent_id)
    return state if agent is None else _with_agent(state, agent, contacts=_less(agent.contacts, contact.id))


Key = TypeVar("Key")
Value = TypeVar("Value")


def _less(mapping: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
    return {other: value for other, value in mapping.items() if other != key}
