"""The contact centre at one moment, as a supervisor sees it: agents, queues, contacts. Rules alone; times are milliseconds since
1970, so that the same moment told twice is the same, and a page can let them tick."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from bridge.acd.agent_state import Agent, Contact
from bridge.acd.between_agents import offer_of
from bridge.acd.commands import Offer, OfferCall, OfferChat, OfferEmail, OfferVoicemail
from bridge.acd.events import seconds, text
from bridge.acd.media import MEDIA
from bridge.acd.platform import Floor
from bridge.acd.qualifications import ANYTHING, TOTAL_LIMIT, Qualification
from bridge.acd.routing import RoutingDecider
from bridge.acd.routing_state import RoutedContact, Routing
from bridge.acd.words import address_of, party_of, replay_words, skill_name_of, state_words, status_words
from bridge.clock import milliseconds
from bridge.configuration import Configuration

Activity = Literal["available", "working", "acw", "unavailable", "logged-out"]
"""What an agent does, as the states are counted."""

Stage = Literal["waiting", "ringing", "handled"]
"""Where a contact is between its arrival and its end."""


class AgentRow(msgspec.Struct, frozen=True):
    """An agent. `words` name the state with its reason, `state` is the one that wire events spell; `since` is when it began,
    `until` when after-call work ends. `then` is the state to come. `skills` are names, None: any. `replay` says how far the
    recording is that is played to the agent; its times say nothing now."""

    id: str
    name: str
    activity: Activity
    state: str
    reason: str
    words: str
    since: int | None
    until: int | None
    then: str
    contacts: int
    has: str
    """What contacts the agent has: `1 call, 2 chats`."""
    skills: tuple[str, ...] | None
    limits: str
    replay: str


class QueueRow(msgspec.Struct, frozen=True):
    """A skill's queue. `since` is when the contact came that waits longest. Of the `staff`, who have the skill and are logged in,
    so many are `free`: available and without a contact. `estimate` is how many seconds a call that came now would wait, None
    where nothing is known to estimate it by."""

    id: str
    skill: str
    waiting: int
    since: int | None
    free: int
    staff: int
    estimate: int | None


class ContactRow(msgspec.Struct, frozen=True):
    """A contact. `agents` are the ids and names of those who have it, mostly one; `since` is when it arrived. One that waits has
    a `position` in its skill's queue, and an `estimate` in seconds where there is one. `can_leave` says that it came by a queue,
    and that its customer can leave before somebody answers: what was sent by email stays sent."""

    id: int
    media: str
    noun: str
    skill_id: str
    skill: str
    party: str
    address: str
    stage: Stage
    status: str
    words: str
    agents: tuple[tuple[str, str], ...]
    since: int
    can_leave: bool
    priority: int
    position: int | None
    estimate: int | None


class Overview(msgspec.Struct, frozen=True):
    """All of it, in the order in which it is first shown: agents by id, skills as they are set up, contacts by age. It
    leaves out the contacts of a recording that is played: they may be those of somebody here, as they were."""

    agents: dict[str, AgentRow]
    queues: dict[str, QueueRow]
    contacts: dict[int, ContactRow]

    @property
    def activities(self) -> Mapping[Activity, int]:
        """How many agents do what, but for those replayed to."""
        return Counter(agent.activity for agent in self.agents.values() if not agent.replay)

    @property
    def waiting(self) -> int:
        return sum(queue.waiting for queue in self.queues.values())

    @property
    def waiting_since(self) -> int | None:
        """When the contact came that waits longest of all."""
        return min((queue.since for queue in self.queues.values() if queue.since is not None), default=None)


def overview(floor: Floor, configuration: Configuration) -> Overview:
    """What there is to see of this moment. Agents who were set up are seen when they are logged out, too."""
    rules = RoutingDecider(lambda: configuration.skills, lambda: configuration.qualifications)
    agents = {agent_id: Agent(agent_id) for agent_id in configuration.agents} | dict(floor.agents)
    return Overview(
        {agent_id: _agent(agents[agent_id], configuration) for agent_id in sorted(agents, key=lambda one: (len(one), one))},
        _queues(floor.routing, configuration, rules),
        _contacts(floor, configuration, rules),
    )


def _agent(agent: Agent, configuration: Configuration) -> AgentRow:
    state = agent.state or {}
    since = milliseconds(text(state, "StartTimeUTC")) if agent.replay is None else None
    acw = seconds(state, "AcwTimeout") if agent.is_acw else None
    allowed = configuration.qualifications.get(agent.agent_id, ANYTHING)
    return AgentRow(
        id=agent.agent_id,
        name=_name(agent.agent_id, configuration),
        activity=_activity(agent),
        state=agent.current_state or "LoggedOut",
        reason=agent.reason,
        words=state_words(agent),
        since=since,
        until=since + 1000 * acw if since is not None and acw is not None else None,
        then=" ".join(part for part in (agent.next_states[0] if agent.next_states else ()) if part),
        contacts=len(agent.contacts),
        has=_counted(sorted(Counter(contact.medium.noun for contact in agent.contacts.values()).items())),
        skills=None if allowed.skills is None else tuple(sorted(_skill(skill, configuration) for skill in allowed.skills)),
        limits=_limits(allowed),
        replay=replay_words(agent),
    )


def _activity(agent: Agent) -> Activity:
    if agent.state is None or agent.current_state == "LoggedOut":
        return "logged-out"
    if agent.is_acw:
        return "acw"
    return (
        "available"
        if agent.current_state == "Available"
        else "unavailable"
        if agent.current_state == "Unavailable"
        else "working"
    )


def _limits(allowed: Qualification) -> str:
    limits = _counted((medium.noun, allowed.limits[medium.name]) for medium in MEDIA if medium.name in allowed.limits)
    return ", ".join([*([limits] if limits else []), *([f"{allowed.total} in all"] if allowed.total != TOTAL_LIMIT else [])])


def _counted(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts)


def _queues(routing: Routing, configuration: Configuration, rules: RoutingDecider) -> dict[str, QueueRow]:
    waiting = Counter(contact.skill_id for contact in routing.waiting)
    oldest: dict[str, int] = {}
    for contact in routing.waiting:
        oldest[contact.skill_id] = min(contact.since, oldest.get(contact.skill_id, contact.since))
    skill_ids = list(dict.fromkeys([*configuration.skills, *waiting]))
    estimates = _estimates(routing, skill_ids, rules)
    queues = {}
    for skill_id in skill_ids:
        staff = [agent for agent in routing.agents.values() if configuration.qualifications.get(agent.id, ANYTHING).has(skill_id)]
        free = sum(agent.readiness == "available" and not agent.contacts for agent in staff)
        queues[skill_id] = QueueRow(
            id=skill_id,
            skill=_queue_name(skill_id, routing, configuration),
            waiting=waiting[skill_id],
            since=oldest.get(skill_id),
            free=free,
            staff=len(staff),
            estimate=0 if free and not waiting[skill_id] else estimates[skill_id],
        )
    return queues


def _estimates(routing: Routing, skill_ids: Iterable[str], rules: RoutingDecider) -> dict[str, int | None]:
    """By skill the wait of a call that comes last: it is put at the end of each queue and looked at."""
    last = max((contact.order[0] for contact in routing.waiting), default=0)
    new = {-1 - number: skill_id for number, skill_id in enumerate(skill_ids)}
    coming = {
        its_id: RoutedContact(its_id, "call", skill_id, 0, last + 1, msgspec.Raw(b"null")) for its_id, skill_id in new.items()
    }
    places = rules.places(msgspec.structs.replace(routing, contacts={**routing.contacts, **coming}))
    return {skill_id: places[its_id].estimate for its_id, skill_id in new.items()}


def _contacts(floor: Floor, configuration: Configuration, rules: RoutingDecider) -> dict[int, ContactRow]:
    places = rules.places(floor.routing)
    holders: dict[int, list[tuple[Agent, Contact]]] = {}
    for agent in floor.agents.values():
        for contact in agent.contacts.values() if agent.replay is None else ():
            holders.setdefault(contact.id, []).append((agent, contact))
    rows = {}
    for routed in floor.routing.contacts.values():
        if routed.id not in holders:  # it waits; or it is offered in records that the agent's state has not taken in yet
            place = places.get(routed.id)
            rows[routed.id] = _waiting(routed, configuration, *(place or (None, None)))
    for its_id, held in holders.items():
        rows[its_id] = _held(held, floor.routing.contacts.get(its_id), configuration)
    return {row.id: row for row in sorted(rows.values(), key=lambda row: (row.since, row.id))}


def _waiting(
    contact: RoutedContact, configuration: Configuration, position: int | None = None, estimate: int | None = None
) -> ContactRow:
    offer = _offer(contact)
    address = _address(offer)
    noun = next((medium.noun for medium in MEDIA if medium.name == contact.media), contact.media)
    return ContactRow(
        id=contact.id,
        media=contact.media,
        noun=noun,
        skill_id=contact.skill_id,
        skill=(offer.skill_name if offer is not None else None) or _skill(contact.skill_id, configuration),
        party=(offer.customer if offer is not None else None) or address or f"Contact {contact.id}",
        address=address,
        stage="waiting",
        status="Waiting",
        words="Waiting",
        agents=() if contact.agent_id is None else ((contact.agent_id, _name(contact.agent_id, configuration)),),
        since=contact.since,
        can_leave=True,
        priority=contact.priority,
        position=position,
        estimate=estimate,
    )


def _held(held: list[tuple[Agent, Contact]], routed: RoutedContact | None, configuration: Configuration) -> ContactRow:
    _, contact = held[0]
    rings = "answer" in contact.medium.allowed(contact.status)
    return ContactRow(
        id=contact.id,
        media=contact.medium.name,
        noun=contact.medium.noun,
        skill_id=contact.skill_id or text(contact.event, "SkillName"),
        skill=skill_name_of(contact, configuration.skills),
        party=party_of(contact),
        address=address_of(contact),
        stage="ringing" if rings else "handled",
        status=contact.status,
        words=status_words(contact),
        agents=tuple((agent.agent_id, _name(agent.agent_id, configuration)) for agent, _ in held),
        since=contact.since if routed is None else routed.since,
        can_leave=routed is not None and rings and (contact.is_call or contact.medium.has_messages),
        priority=0 if routed is None else routed.priority,
        position=None,
        estimate=None,
    )


def _offer(contact: RoutedContact) -> Offer | None:
    """The command that presents a contact which waits; None where its details are something else."""
    try:
        return offer_of(contact.details)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _address(offer: Offer | None) -> str:
    match offer:
        case OfferCall(direction="outbound", dnis=dnis):
            return dnis
        case OfferCall(ani=ani):
            return ani
        case OfferChat(sender=sender) | OfferVoicemail(sender=sender) | OfferEmail(sender=sender):
            return sender
    return ""


def _skill(skill_id: str, configuration: Configuration) -> str:
    skill = configuration.skills.get(skill_id)
    return (skill_id or "No skill") if skill is None else skill.name


def _queue_name(skill_id: str, routing: Routing, configuration: Configuration) -> str:
    """The skill's name; of one that is not set up the name that came with a contact which waits for it."""
    if skill_id in configuration.skills:
        return _skill(skill_id, configuration)
    offers = (_offer(contact) for contact in routing.waiting if contact.skill_id == skill_id)
    told = (offer.skill_name for offer in offers if offer is not None and offer.skill_name)
    return next(told, _skill(skill_id, configuration))


def _name(agent_id: str, configuration: Configuration) -> str:
    details = configuration.agents.get(agent_id)
    return "" if details is None else details.name
