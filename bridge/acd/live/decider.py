"""What is recorded of an agent of a live tenant. Pure.

The tenant decides; its events are the state, and its timers are its own. What is asked of it is recorded before it is asked, and
so is how that went. Who is in focus, and what a contact's card shows, are deskbridge's own and stay so.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from bridge.acd import replayed
from bridge.acd.agent import AgentDecider, Refused, check_session, contact_of, panel_act
from bridge.acd.agent_state import Agent, Upstream
from bridge.acd.commands import (
    Attend,
    CallAgent,
    CallSkill,
    Command,
    ConferenceCalls,
    CustomerAct,
    Dispose,
    Focus,
    Offer,
    OfferCall,
    PanelCommand,
    Say,
    SetCard,
    StartSession,
    Transfer,
    TransferCalls,
    Typing,
)
from bridge.acd.dispositions import Disposition, why_no_disposition
from bridge.acd.live.answers import Outcome
from bridge.acd.live.calls import Call, call_for
from bridge.acd.skills import Skill
from bridge.journal.base import Draft, Record
from bridge.journal.decider import Ids

NOT_OURS = "The contacts of a live tenant are real: {}."


class Ask(msgspec.Struct, frozen=True):
    """Somebody wants a command carried out. `request` names the call that it may become."""

    command: Command
    request: str


class Tell(msgspec.Struct, frozen=True):
    """How a call went."""

    request: str
    outcome: Outcome


class Stand(msgspec.Struct, frozen=True):
    """How it stands with the tenant."""

    upstream: Upstream


class Over(msgspec.Struct, frozen=True):
    """The session has ended without an event that says so, or what is played to the agent has; `reason` is a part of a
    sentence."""

    reason: str


LiveCommand = Ask | Tell | Stand | Over


class LiveDecider:
    """The `Decider` of `agent/<id>` streams in front of a tenant. `rules` are those of the mock: what they refuse is not asked of
    the tenant. `skills` and `dispositions` give those that are set up here."""

    def __init__(
        self,
        rules: AgentDecider,
        skills: Callable[[], Mapping[str, Skill]],
        dispositions: Callable[[], Sequence[Disposition]],
    ) -> None:
        self._rules, self._skills, self._dispositions = rules, skills, dispositions

    def initial(self, stream: str) -> Agent:
        return self._rules.initial(stream)

    def evolve(self, state: Agent, record: Record) -> Agent:
        return self._rules.evolve(state, record)

    def is_open(self, state: Agent) -> bool:
        return state.session is not None or bool(state.requests)

    def due(self, state: Agent) -> Sequence[tuple[int, LiveCommand]]:
        return ()

    def decide(self, state: Agent, command: LiveCommand, now: int, ids: Ids) -> list[Draft]:
        match command:
            case Ask(asked, request):
                try:
                    return self._ask(state, asked, request, now, ids)
                except Refused as refused:
                    return [refused.record(asked)]
            case Tell(request, outcome):
                return _tell(state, request, outcome)
            case Stand(upstream):
                return [] if state.upstream == upstream else [Draft.of("upstream", upstream)]
            case Over(reason):
                if state.replay is not None:
                    return replayed.leave(state, "agent", now)
                return [] if state.session is None else [Draft.of("over", {"reason": reason})]

    def _ask(self, agent: Agent, command: Command, request: str, now: int, ids: Ids) -> list[Draft]:
        match command:
            case Focus() | SetCard():
                return self._rules.decide(agent, command, now, ids)
            case Attend():
                return []
            case StartSession():
                if agent.session is not None:
                    return []
                raise Refused("no-session", _why_logged_out(agent))
        if agent.session is None and agent.upstream is not None and agent.upstream.session_of:
            raise Refused("no-session", _why_logged_out(agent))
        match command:
            case CustomerAct() | Say(sender="customer") | Typing(sender="customer"):
                raise Refused("not-ours", NOT_OURS.format("what a customer does, only the customer does"))
            case OfferCall("outbound"):
                self._check_skill(command)
            case Offer():
                raise Refused("not-ours", NOT_OURS.format("they come from the tenant alone; here the agent can dial"))
        if agent.session is None and agent.replay is None:
            raise Refused("no-session", _why_logged_out(agent))
        check_session(agent)
        match command:
            case Dispose(contact_id):
                if (reason := why_no_disposition(contact_of(agent, contact_id))) is not None:
                    raise Refused("wrong-state", reason, contact_id)
            case CallAgent() | CallSkill() | TransferCalls() | ConferenceCalls() | Transfer():
                pass  # these are between several agents, of whom only the tenant knows
            case _:
                drafts = self._rules.decide(agent, command, now, ids)
                if any(draft.kind == "refused" for draft in drafts):
                    return drafts
        if isinstance(command, PanelCommand):
            command = panel_act(agent, command)
        return [_asked(request, call_for(agent, command, {one.id: one.name for one in self._dispositions()}))]

    def _check_skill(self, call: OfferCall) -> None:
        """A skill that was named is one that is known here, or was named by its id."""
        if call.skill_id not in self._skills() and call.skill_name not in (None, "", call.skill_id):
            known = ", ".join(f"{skill.name} ({skill.id})" for skill in self._skills().values())
            raise Refused(
                "unknown-skill",
                f"Nobody here knows the tenant's id of the skill {call.skill_name}: give the id, or a [[skill]] in bridge.toml. "
                f"There is {known}.",
            )


def _why_logged_out(agent: Agent) -> str:
    upstream = agent.upstream
    if upstream is not None and upstream.session_of:
        return f"The tenant's session here is that of agent {upstream.session_of}: open /desk/{upstream.session_of}."
    if upstream is not None and upstream.trouble:
        return upstream.trouble
    why = f": {agent.logged_out}" if agent.logged_out else ""
    return f"Agent {agent.agent_id} has no session at the tenant{why}."


def _asked(request: str, call: Call) -> Draft:
    return Draft.of(
        "asked",
        {
            "request": request,
            "command": call.command,
            "contactId": None if call.contact_id is None else str(call.contact_id),
            "words": call.words,
            "method": call.method,
            "path": call.path,
            "parameters": call.parameters,
            "after": call.after,
        },
    )


def _tell(agent: Agent, request: str, told: Outcome) -> list[Draft]:
    """What is told once stays told: of a call that nobody waits for any more there is nothing to say."""
    asked = agent.requests.get(request)
    if asked is None or asked.unknown:
        return []
    drafts = [Draft.of("told", {"request": request, "outcome": told.outcome, "reason": told.reason})]
    if told.outcome == "refused":
        about = {"command": asked.command, "contactId": asked.contact_id}
        drafts.append(Draft.of("refused", {**about, "code": "refused-by-tenant", "reason": told.reason}))
    if told.outcome == "done" and asked.after is not None:
        drafts.append(Draft.of(*asked.after))
    return drafts
