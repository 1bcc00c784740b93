"""What the desk shows of other agents: who is at the other end of a call between agents, and whom there is to call or to pass a
contact on to."""

from collections import Counter
from collections.abc import Mapping

import msgspec

from bridge.acd.agent_state import Agent, Contact
from bridge.acd.between_agents import Together, why_not_reached, why_not_together
from bridge.acd.events import contact_id, text
from bridge.acd.platform import Floor
from bridge.acd.qualifications import ANYTHING
from bridge.acd.words import address_of, is_outbound, name_of, party_of, state_words
from bridge.clock import milliseconds
from bridge.configuration import AgentDetails, Configuration


class OtherEnd(msgspec.Struct, frozen=True):
    """The other end of a call between agents. `whom` is the agent by id, or the skill that was called; `name` is the agent's, ""
    where nobody set it up. `about` is the customer of a consult, "" where nobody knows, `number` the customer's where it is
    known here; `waits`: on hold meanwhile. `joined` are those at the other ends of the calls that this one is joined with."""

    whom: str
    name: str
    is_consult: bool
    about: str
    number: str
    waits: bool
    joined: tuple[str, ...]

    @property
    def who(self) -> str:
        return f"{self.whom} ({self.name})" if self.name else self.whom

    @property
    def noun(self) -> str:
        """What it is: "" for a call like any other."""
        return "Conference" if self.joined else "Consult" if self.is_consult else ""

    @property
    def heading(self) -> str:
        return f"{self.noun} with {self.who}" if self.noun else self.who

    @property
    def regarding(self) -> str:
        """What the customer has to do with it: `about Dana Whitfield`; "" for nothing."""
        if self.joined:
            return f"with {', '.join(self.joined)}"
        if not self.about:
            return ""
        return f"{self.about} waits" if self.waits else f"about {self.about}"


def other_end(agent: Agent, contact: Contact, details: Mapping[str, AgentDetails]) -> OtherEnd | None:
    """The other end of the agent's call, where that is another agent or whoever serves a skill; None: it is a customer. Of a live
    tenant's calls only CallType tells, and not who consults."""
    peer = contact.peer
    if peer is None and not contact.is_consult:
        return None
    whom = f"Agent {peer.agent_id}" if peer is not None and peer.agent_id is not None else party_of(contact)
    its_details = None if peer is None else details.get(peer.agent_id or "")
    parent = agent.contacts.get(contact_id(text(contact.event, "ParentContactId")) or 0)
    carries_customer = peer is not None and contact.is_consult and not is_outbound(contact.event)
    if carries_customer:
        about, number = name_of(contact) or address_of(contact), address_of(contact) if name_of(contact) else ""
    else:
        about, number = "" if parent is None else party_of(parent), ""
    joined = [party_of(one) for one in agent.live_calls if one.status == "Joined" and one.id != contact.id]
    if not joined and about:
        joined = [about]
    return OtherEnd(
        whom,
        "" if its_details is None else its_details.name,
        contact.is_consult,
        about,
        number,
        waits=parent is not None and parent.status == "Holding",
        joined=tuple(joined) if contact.status == "Joined" else (),
    )


class AgentOption(msgspec.Struct, frozen=True):
    """Another agent who is logged in. `state` is the one that wire events spell, `words` name it with its reason, `since` is when
    it began. `why_not` says why the agent cannot take it; None: that can be."""

    id: str
    name: str
    state: str
    words: str
    since: int | None
    why_not: str | None


class SkillOption(msgspec.Struct, frozen=True):
    """A skill, with how many others who have it are free, and how many contacts wait for it; None: nobody here knows."""

    id: str
    name: str
    free: int | None
    waiting: int


class Choice(msgspec.Struct, frozen=True):
    """Whom there is to choose from. `why_not` says why there is nothing to choose for; `is_live`: the agents are a tenant's,
    which lists none."""

    agents: list[AgentOption]
    skills: list[SkillOption]
    why_not: str | None
    is_live: bool


def choice(agent: Agent, verb: Together, contact_id: int | None, floor: Floor, configuration: Configuration) -> Choice:
    """Whom the agent can call, consult, or pass the contact on to. All stay in their places whatever they do, so that nobody
    chooses whom they did not mean."""
    contact = None if contact_id is None else agent.contacts.get(contact_id)
    if contact_id is not None and contact is None:
        why_not: str | None = "The contact has ended."
    else:
        why_not = why_not_together(agent, verb, contact)
    media = "call" if contact is None else contact.medium.name
    is_live = agent.upstream is not None
    others = [
        one
        for its_id, one in sorted(floor.agents.items(), key=lambda item: (len(item[0]), item[0]))
        if its_id != agent.agent_id and one.session is not None
    ]
    free = [one.agent_id for one in others if one.current_state == "Available" and not one.contacts]
    waiting = Counter(one.skill_id for one in floor.routing.waiting)
    return Choice(
        [] if is_live else [_agent_option(one, media, configuration.agents.get(one.agent_id)) for one in others],
        [
            SkillOption(
                skill.id,
                skill.name,
                None if is_live else sum(configuration.qualifications.get(one, ANYTHING).has(skill.id) for one in free),
                waiting[skill.id],
            )
            for skill in configuration.skills.values()
        ],
        why_not,
        is_live,
    )


def _agent_option(agent: Agent, media: str, details: AgentDetails | None) -> AgentOption:
    return AgentOption(
        agent.agent_id,
        "" if details is None else details.name,
        agent.current_state,
        state_words(agent),
        milliseconds(text(agent.state or {}, "StartTimeUTC")),
        why_not_reached(agent, media),
    )
