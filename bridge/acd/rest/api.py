"""The Agent Session API's operations: where each is, and what it does (cxone-agent-session.md, section 1).

Commands are answered 202 as soon as they are carried out; what they led to comes as events. What the platform cannot do yet has
no row here, and is answered as the vendor answers what does not exist.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.access import Access
from bridge.acd.agent_state import Agent, Contact
from bridge.acd.commands import Act, Attend, Command, EndSession, Focus, OfferCall, Say, SetState, StartSession, Typing, Verb
from bridge.acd.events import contact_id, event, text
from bridge.acd.platform import Platform, refusal
from bridge.acd.rest.calls import (
    ApiError,
    Call,
    accepted,
    bad_argument,
    found,
    parameters_of,
    unknown_contact,
    unknown_session,
    wrong_state,
)
from bridge.acd.rest.polling import Polling
from bridge.acd.rest.tokens import Tokens
from bridge.acd.session_id import read
from bridge.acd.skills import Skill
from bridge.clock import Clock, let_others_run
from bridge.journal.base import Journal
from bridge.paths import AGENT

Handler = Callable[[Call], Awaitable[Response]]

BASE = re.compile(r"services/v[0-9]+\.0", re.IGNORECASE)
"""What stands before the path of every operation."""

PHONE_NUMBER = re.compile(r"\+?[0-9*#]{2,32}")
"""What can be dialed, once the blanks and signs that people write between digits are out."""

SESSION = "agent-sessions/{session}"
CONTACT = f"{SESSION}/interactions/{{contact}}"

CONTACT_VERBS: Mapping[str, Verb] = {
    "accept": "answer",
    "reject": "refuse",
    "hold": "hold",
    "resume": "resume",
    "mask": "mask",
    "unmask": "unmask",
    "record": "record",
    "pause-voicemail": "pause",
}
"""The last part of an interaction's path, and the platform's word for it."""


class Operation(NamedTuple):
    """`path` is below `/inContactAPI/services/vN.0/`; what stands in braces is any one segment."""

    method: str
    path: str
    handler: Handler

    def values(self, segments: Sequence[str]) -> dict[str, str] | None:
        """What stands for the braces in a path that is this operation's; None for another path."""
        names = self.path.split("/")
        if len(names) != len(segments):
            return None
        values: dict[str, str] = {}
        for name, segment in zip(names, segments, strict=True):
            if name.startswith("{"):
                values[name[1:-1]] = segment
            elif name != segment:
                return None
        return values


class RestApi:
    """`skills` and `unavailable_codes` give those that are set up now."""

    def __init__(
        self,
        platform: Platform,
        journal: Journal,
        clock: Clock,
        access: Access,
        skills: Callable[[], Mapping[str, Skill]],
        unavailable_codes: Callable[[], Sequence[str]],
    ) -> None:
        self._platform, self._journal = platform, journal
        self._skills, self._unavailable_codes = skills, unavailable_codes
        self._tokens = Tokens(access, clock, lambda: journal.epoch)
        self._polling = Polling(platform, journal, clock)
        self._operations = self.operations()
        self.services: ASGIApp = _Endpoint(self._serve)
        """Everything below `/inContactAPI/`."""
        self.tokens: ASGIApp = _Endpoint(self._tokens.issue)
        """`/inContactAuthorizationServer/Token`."""

    def operations(self) -> list[Operation]:
        """The table. Of rows that share a path with braces the one without comes first."""
        return [
            Operation("POST", "agent-sessions", self.start),
            Operation("POST", "agent-sessions/join", self.join),
            Operation("DELETE", SESSION, self.end_session),
            Operation("GET", f"{SESSION}/get-next-event", self._polling.get_next_event),
            Operation("POST", f"{SESSION}/state", self.set_state),
            Operation("POST", f"{SESSION}/agent-phone/dial", self.dial_leg),
            Operation("POST", f"{SESSION}/agent-phone/end", self.end_leg),
            Operation("POST", f"{SESSION}/agent-phone/mute", partial(self.mute, True)),
            Operation("POST", f"{SESSION}/agent-phone/unmute", partial(self.mute, False)),
            Operation("POST", f"{SESSION}/dial-phone", self.dial_phone),
            *(Operation("POST", f"{CONTACT}/{name}", partial(self.act, verb)) for name, verb in CONTACT_VERBS.items()),
            Operation("POST", f"{CONTACT}/end", self.end_contact),
            Operation("POST", f"{CONTACT}/activate", self.activate),
            Operation("POST", f"{CONTACT}/send-chat-text", self.send_chat_text),
            Operation("POST", f"{CONTACT}/typing", self.typing),
            Operation("POST", f"{CONTACT}/play-voicemail", self.play_voicemail),
            Operation("GET", "teams/{team}/unavailable-codes", self.unavailable_codes),
            Operation("GET", "skills", self.skills),
        ]

    async def _serve(self, request: Request) -> Response:
        user = self._tokens.user(request)
        # The vendor takes empty segments for none: so a missing session id is 405 where the rest is a session's, 404 elsewhere.
        parts = [part for part in request.path_params["path"].split("/") if part]
        if not BASE.fullmatch("/".join(parts[:2])):
            raise _nothing(request)
        matching = {
            operation.method: (operation, values)
            for operation in reversed(self._operations)
            if (values := operation.values(parts[2:])) is not None
        }
        if not matching:
            raise _nothing(request)
        if request.method not in matching:
            allowed = ", ".join(sorted(matching))
            detail = f"{request.url.path} takes {allowed}, not {request.method}."
            raise ApiError(405, "Method Not Allowed", "Method Not Allowed", detail, Allow=allowed)
        operation, values = matching[request.method]
        return await operation.handler(Call(request, values, await parameters_of(request), user))

    # The session

    async def start(self, call: Call) -> Response:
        agent_id = _whose(call)
        if not call.text("stationId") and not call.text("stationPhoneNumber"):
            raise bad_argument("Invalid station.", "Give a stationId or a stationPhoneNumber; WebRTC is the softphone.")
        records = await self._platform.execute(agent_id, StartSession())
        root = next((text(record.value(), "token") for record in records if record.kind == "session"), None)
        if root is None:
            phrase = "Agent session already exists."
            raise ApiError(409, phrase, phrase, f"Agent {agent_id} has a session: join it.")
        await let_others_run()
        return accepted({"sessionId": await self._polling.first_id(agent_id, root)})

    async def join(self, call: Call) -> Response:
        agent_id = _whose(call)
        agent, _ = await self._platform.agent(agent_id)
        if agent.session is None:
            raise unknown_session(f"Agent {agent_id} has no session to join: start one.")
        await self._platform.execute(agent_id, Attend())
        return accepted({"sessionId": agent.session})

    async def end_session(self, call: Call) -> Response:
        # What forceLogoff and ignorePersonalQueue pass over, a queue of one's own, the platform does not have.
        agent = await self._agent(call)
        await self._carry_out(agent, EndSession(end_contacts=call.is_true("endContacts")))
        return accepted({"sessionId": call.path["session"]})  # the SDK takes an empty body for a failure

    async def set_state(self, call: Call) -> Response:
        agent, state = await self._agent(call), call.text("state")
        if state not in ("Available", "Unavailable"):
            raise bad_argument("Invalid state request.", f"state is Available or Unavailable, not {state!r}.")
        return await self._carry_out(agent, SetState(state, call.text("reason")))

    # The agent's leg

    async def dial_leg(self, call: Call) -> Response:
        agent = await self._agent(call)
        if _has_leg(agent):
            raise wrong_state(f"The phone of agent {agent.agent_id} is connected already.")
        leg = str(self._journal.head + 1)  # no other leg of this history can have it
        return await self._happen(
            agent, event("AgentLeg", AgentLegId=leg, Status="Dialing"), event("AgentLeg", AgentLegId=leg, Status="Active")
        )

    async def end_leg(self, call: Call) -> Response:
        agent = await self._agent(call)
        if not _has_leg(agent):
            raise wrong_state(f"The phone of agent {agent.agent_id} is not connected.")
        return await self._happen(agent, {**(agent.leg or {}), "Status": "Disconnected", "FinalState": "True"})

    async def mute(self, muted: bool, call: Call) -> Response:
        """The agent's phone, whatever contacts there are."""
        agent = await self._agent(call)
        if not _has_leg(agent):
            raise wrong_state(f"The phone of agent {agent.agent_id} is not connected: dial it first.")
        if agent.muted == muted:
            raise wrong_state(f"Agent {agent.agent_id} is {'muted already' if muted else 'not muted'}.")
        return await self._happen(agent, event("Mute", AgentMuted=str(muted)))

    # Contacts

    async def act(self, verb: Verb, call: Call) -> Response:
        agent = await self._agent(call)
        return await self._carry_out(agent, Act(verb, _contact(call, agent).id, by="api"))

    async def end_contact(self, call: Call) -> Response:
        agent = await self._agent(call)
        contact = _contact(call, agent)
        return await self._carry_out(agent, Act("hangup" if contact.is_call else "end", contact.id, by="api"))

    async def activate(self, call: Call) -> Response:
        agent = await self._agent(call)
        return await self._carry_out(agent, Focus(_contact(call, agent).id))

    async def send_chat_text(self, call: Call) -> Response:
        agent = await self._agent(call)
        contact, words = _contact(call, agent), call.text("chatText")
        if not words:
            raise bad_argument("Invalid chat text.", "chatText is what the agent writes; it is empty.")
        return await self._carry_out(agent, Say(contact.id, words))

    async def typing(self, call: Call) -> Response:
        agent = await self._agent(call)
        return await self._carry_out(agent, Typing(_contact(call, agent).id, call.is_true("isTyping")))

    async def play_voicemail(self, call: Call) -> Response:
        """From the second that `position` says; without it, from where the voicemail stands."""
        agent = await self._agent(call)
        contact, position = _contact(call, agent), call.text("position")
        if not re.fullmatch("[0-9]{0,6}", position):
            raise bad_argument("Invalid position.", f"position is a number of seconds from 0, not {position!r}.")
        return await self._carry_out(agent, Act("play", contact.id, by="api", position=int(position) if position else None))

    async def dial_phone(self, call: Call) -> Response:
        agent = await self._agent(call)
        number = re.sub(r"[\s().-]", "", call.text("phoneNumber"))
        if not PHONE_NUMBER.fullmatch(number):
            raise bad_argument("Phone Number is not valid.", "phoneNumber is what can be dialed: digits, +, * and #.")
        skill = self._skill(call.text("skillId"), call.text("skillName"))
        return await self._carry_out(
            agent, OfferCall(direction="outbound", dnis=number, skill_id=skill.id, skill_name=skill.name or None)
        )

    # What is set up

    async def unavailable_codes(self, call: Call) -> Response:
        """The same for every team; all of them are active, and none is of after-call work."""
        names = self._unavailable_codes()
        return found({"unavailableCodes": [{"outStateName": name, "isAcw": False, "isActive": True} for name in names]})

    async def skills(self, call: Call) -> Response:
        skills = [{"skillId": skill.id, "skillName": skill.name, "isActive": True} for skill in self._skills().values()]
        return found({"totalRecords": len(skills), "skills": skills})

    def _skill(self, its_id: str, name: str) -> Skill:
        skills = self._skills()
        skill = skills.get(its_id) or next((one for one in skills.values() if name and one.name.lower() == name.lower()), None)
        if skill is None:
            known = ", ".join(f"{one.id} ({one.name})" for one in skills.values())
            raise bad_argument("Skill is not valid.", f"Give the skillId of a skill that there is: {known}.")
        return skill

    async def _agent(self, call: Call) -> Agent:
        """The agent whose session the path names, by any of its ids."""
        its_id = read(call.path["session"])
        if its_id is not None:
            agent, _ = await self._platform.agent(its_id.agent_id)
            if agent.session == its_id.root:
                return agent
        raise unknown_session("There is no session with this id. Start one, or join that of the agent.")

    async def _carry_out(self, agent: Agent, command: Command) -> Response:
        refused = refusal(await self._platform.execute(agent.agent_id, command))
        if refused is not None:
            match refused.code:
                case "unknown-contact":
                    raise unknown_contact(refused.reason)
                case "no-session":
                    raise unknown_session(refused.reason)
                case _:
                    raise wrong_state(refused.reason)
        await let_others_run()  # panels and pollers first: what follows would stand in front of the push
        return accepted()

    async def _happen(self, agent: Agent, *events: Mapping[str, object]) -> Response:
        await self._platform.inject(agent.agent_id, [msgspec.Raw(msgspec.json.encode(one)) for one in events])
        await let_others_run()
        return accepted()


class _Endpoint:
    """A handler for all methods, whose `ApiError` is an answer, and whose answers have the CorrelationId that they were asked
    with."""

    def __init__(self, handler: Callable[[Request], Awaitable[Response]]) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            answer = await self._handler(request)
        except ApiError as error:
            answer = error.response()
        if (correlation := request.headers.get("CorrelationId")) is not None:
            answer.headers["CorrelationId"] = correlation
        await answer(scope, receive, send)


def _whose(call: Call) -> str:
    """The agent whose session a call starts or joins: the one that `asAgentId` names, else the token's own. What cannot be an id
    of the vendor's, who numbers agents, counts for nothing, unless the token has no agent."""
    named = call.text("asAgentId")
    if re.fullmatch(AGENT, named) and (named.isdecimal() or call.user is None):
        return named
    if call.user is None:
        raise bad_argument("Invalid agent Id.", "This token is no agent's: say whose session it is in asAgentId.")
    return call.user


def _contact(call: Call, agent: Agent) -> Contact:
    contact = agent.contacts.get(contact_id(call.path["contact"]) or 0)
    if contact is None:
        raise unknown_contact(f"Agent {agent.agent_id} has no contact {call.path['contact']}.")
    return contact


def _has_leg(agent: Agent) -> bool:
    return agent.leg is not None and text(agent.leg, "Status") != "Disconnected"


def _nothing(request: Request) -> ApiError:
    return ApiError(404, "resource not found", "resource not found", f"Nothing is at {request.url.path}.")
