"""The Agent Session API's operations: where each is, and what it does (cxone-agent-session.md, section 1).

Commands are answered 202 as soon as they are carried out; what they led to comes as events. What the platform cannot do has no
row here, and is answered as the vendor answers what does not exist.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bridge.access import Access
from bridge.acd import custom_data
from bridge.acd.commands import (
    LONGEST_TEXT,
    Act,
    Attend,
    Command,
    DialLeg,
    Dispose,
    EndLeg,
    EndSession,
    Focus,
    MuteLeg,
    Say,
    SetCustomData,
    SetState,
    StartSession,
    Typing,
    Verb,
)
from bridge.acd.custom_data import InvalidCustomData, pairs_of
from bridge.acd.dispositions import LONGEST_NOTES, Disposition
from bridge.acd.events import text
from bridge.acd.platform import Platform
from bridge.acd.rest.calls import (
    ApiError,
    Call,
    accepted,
    bad_argument,
    found,
    parameters_of,
    unknown_session,
)
from bridge.acd.rest.commands import Commands, contact_in
from bridge.acd.rest.dialing import Dialing
from bridge.acd.rest.polling import Polling
from bridge.acd.rest.tokens import Tokens
from bridge.acd.skills import Skill
from bridge.clock import Clock, let_others_run
from bridge.journal.base import Journal
from bridge.paths import AGENT

Handler = Callable[[Call], Awaitable[Response]]

BASE = re.compile(r"services/v[0-9]+\.0", re.IGNORECASE)
"""What stands before the path of every operation."""

AMOUNT = re.compile(r"([0-9]{1,12}(\.[0-9]{1,6})?)?")
"""A commitment amount, or none."""

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

LEG_COMMANDS: Mapping[str, Command] = {"dial": DialLeg(), "end": EndLeg(), "mute": MuteLeg(True), "unmute": MuteLeg(False)}
"""What is asked of the agent's phone, whatever contacts there are."""


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
    """`skills`, `unavailable_codes` and `dispositions` give those that are set up now; `stopping` is that of `Polling`."""

    def __init__(
        self,
        platform: Platform,
        journal: Journal,
        clock: Clock,
        access: Access,
        skills: Callable[[], Mapping[str, Skill]],
        unavailable_codes: Callable[[], Sequence[str]],
        dispositions: Callable[[], Sequence[Disposition]],
        stopping: asyncio.Event,
    ) -> None:
        self._platform, self._journal = platform, journal
        self._skills, self._unavailable_codes, self._dispositions = skills, unavailable_codes, dispositions
        self._tokens = Tokens(access, clock, lambda: journal.epoch)
        self._commands = Commands(platform, skills)
        self._polling = Polling(platform, journal, clock, stopping)
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
            *(
                Operation("POST", f"{SESSION}/agent-phone/{name}", partial(self.command, command))
                for name, command in LEG_COMMANDS.items()
            ),
            *(Operation("POST", path, handler) for path, handler in Dialing(self._commands).operations(SESSION, CONTACT)),
            *(Operation("POST", f"{CONTACT}/{name}", partial(self.act, verb)) for name, verb in CONTACT_VERBS.items()),
            Operation("POST", f"{CONTACT}/end", self.end_contact),
            Operation("POST", f"{CONTACT}/activate", self.activate),
            Operation("POST", f"{CONTACT}/activate-chat", self.activate),
            Operation("POST", f"{CONTACT}/disposition", self.dispose),
            Operation("POST", f"{CONTACT}/custom-data", self.set_custom_data),
            Operation("POST", f"{CONTACT}/send-chat-text", self.send_chat_text),
            Operation("POST", f"{CONTACT}/typing", self.typing),
            Operation("POST", f"{CONTACT}/play-voicemail", self.play_voicemail),
            Operation("GET", "teams/{team}/unavailable-codes", self.unavailable_codes),
            Operation("GET", "skills", self.skills),
            Operation("GET", "skills/{skill}/dispositions", self.dispositions),
            Operation("GET", "skills/{skill}/tags", self.tags),
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
        station = StartSession(call.text("stationId"), call.text("stationPhoneNumber"))
        records = await self._platform.execute(agent_id, station)
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
        agent = await self._commands.agent(call)
        await self._commands.carry_out(agent, EndSession(end_contacts=call.is_true("endContacts")))
        return accepted({"sessionId": call.path["session"]})  # the SDK takes an empty body for a failure

    async def set_state(self, call: Call) -> Response:
        agent, state = await self._commands.agent(call), call.text("state")
        if state not in ("Available", "Unavailable"):
            raise bad_argument("Invalid state request.", f"state is Available or Unavailable, not {state!r}.")
        return await self._commands.carry_out(agent, SetState(state, call.text("reason")))

    # The agent's leg

    async def command(self, command: Command, call: Call) -> Response:
        """What needs no parameters."""
        return await self._commands.carry_out(await self._commands.agent(call), command)

    # Contacts

    async def act(self, verb: Verb, call: Call) -> Response:
        agent = await self._commands.agent(call)
        return await self._commands.carry_out(agent, Act(verb, contact_in(call, agent).id, by="api"))

    async def end_contact(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        return await self._commands.carry_out(agent, Act("hangup" if contact.is_call else "end", contact.id, by="api"))

    async def activate(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        return await self._commands.carry_out(agent, Focus(contact_in(call, agent).id))

    async def dispose(self, call: Call) -> Response:
        """Answered 200, unlike other commands."""
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        notes = call.text("primaryDispositionNotes", LONGEST_NOTES, "Invalid disposition notes.")
        if not (primary := _disposition_id(call, "primaryDispositionId")):
            raise bad_argument("Invalid disposition Id.", "primaryDispositionId is the id of a disposition; it is empty.")
        amount = call.text("primaryCommitmentAmount")
        if not re.fullmatch(AMOUNT, amount):
            detail = f"primaryCommitmentAmount is an amount of money, as 12.50, not {amount!r}."
            raise bad_argument("Invalid commitment amount.", detail)
        command = Dispose(
            contact.id,
            primary,
            notes,
            secondary_id=_disposition_id(call, "secondaryDispositionId"),
            preview_id=_disposition_id(call, "previewDispositionId"),
            commitment_amount=amount,
            callback_time=call.text("primaryCallbackTime"),
            callback_number=call.text("primaryCallbackNumber"),
        )
        await self._commands.carry_out(agent, command)
        return found({})

    async def set_custom_data(self, call: Call) -> Response:
        """The indicator that `indicatorName` names belongs to the tenant's script, of which the platform has none."""
        agent = await self._commands.agent(call)
        contact = contact_in(call, agent)
        try:
            values = pairs_of(call.text("data", custom_data.LONGEST, "Invalid custom data."))
        except InvalidCustomData as invalid:
            raise bad_argument("Invalid custom data.", f"data: {invalid}") from None
        return await self._commands.carry_out(agent, SetCustomData(contact.id, tuple(values.items())))

    async def send_chat_text(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        contact, words = contact_in(call, agent), call.text("chatText", LONGEST_TEXT, "Invalid chat text.")
        if not words:
            raise bad_argument("Invalid chat text.", "chatText is what the agent writes; it is empty.")
        return await self._commands.carry_out(agent, Say(contact.id, words))

    async def typing(self, call: Call) -> Response:
        agent = await self._commands.agent(call)
        return await self._commands.carry_out(agent, Typing(contact_in(call, agent).id, call.is_true("isTyping")))

    async def play_voicemail(self, call: Call) -> Response:
        """From the second that `position` says; without it, from where the voicemail stands."""
        agent = await self._commands.agent(call)
        contact, position = contact_in(call, agent), call.text("position")
        if not re.fullmatch("[0-9]{0,6}", position):
            raise bad_argument("Invalid position.", f"position is a number of seconds from 0, not {position!r}.")
        return await self._commands.carry_out(
            agent, Act("play", contact.id, by="api", position=int(position) if position else None)
        )

    # What is set up

    async def unavailable_codes(self, call: Call) -> Response:
        """The same for every team; all of them are active, and none is of after-call work."""
        names = self._unavailable_codes()
        return found({"unavailableCodes": [{"outStateName": name, "isAcw": False, "isActive": True} for name in names]})

    async def skills(self, call: Call) -> Response:
        skills = [{"skillId": skill.id, "skillName": skill.name, "isActive": True} for skill in self._skills().values()]
        return found({"totalRecords": len(skills), "skills": skills})

    async def dispositions(self, call: Call) -> Response:
        """Those of a skill. One that nobody set up has them too: contacts come with any."""
        skill_id, about = self._about_skill(call)
        listed = [
            {
                "dispositionId": int(disposition.id),
                "dispositionName": disposition.name,
                "displayOrder": order,
                "classification": "",
                "reportingGroup": "",
                "systemOutcome": "",
                "requireCommitmentAmount": False,
                "requireRescheduleDate": False,
                "agentSpecific": False,
                "isPreviewDisposition": False,
            }
            for order, disposition in enumerate((one for one in self._dispositions() if one.fits(skill_id)), 1)
        ]
        return found({"totalRecords": len(listed), **about, "dispositions": listed})

    async def tags(self, call: Call) -> Response:
        """The platform has none."""
        _, about = self._about_skill(call)
        return found({"totalRecords": 0, "resultSet": {**about, "tags": []}})

    def _about_skill(self, call: Call) -> tuple[str, Mapping[str, str]]:
        """The id of the skill in the path, and what an answer about it begins with."""
        its_id = call.path["skill"]
        if not re.fullmatch("[0-9]+", its_id):
            raise ApiError(404, "InvalidSkillId", "Invalid skill Id.", f"A skill's id is a whole number, not {its_id!r}.")
        skill = self._skills().get(its_id)
        return its_id, {"skillId": its_id, "skillName": "" if skill is None else skill.name}


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


def _disposition_id(call: Call, name: str) -> str:
    """The id in a parameter; "" for none, which clients also spell 0."""
    its_id = call.text(name)
    return "" if its_id == "0" else its_id


def _nothing(request: Request) -> ApiError:
    return ApiError(404, "resource not found", "resource not found", f"Nothing is at {request.url.path}.")
