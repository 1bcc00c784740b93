"""The control API's handlers: how tests, scripts and other tools make things happen, and see what happened."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bridge import __version__
from bridge.acd.agent_state import Agent, Contact, Outcome, Upstream
from bridge.acd.commands import Act, Command, ConferenceCalls, CustomerAct, CustomerVerb, SetState, TransferCalls, Verb
from bridge.acd.events import contact_id, text
from bridge.acd.offers import NewContact, NewDisposition, NewMessage, NewTyping, Target
from bridge.acd.platform import Platform, refusal, stream_of, uncertainty
from bridge.acd.skills import Skill
from bridge.acd.words import skill_name_of
from bridge.api.models import (
    AgentModel,
    ContactCreated,
    DispositionModel,
    EventList,
    MessageList,
    NewState,
    PlayFrom,
    ResetDone,
    WireList,
)
from bridge.api.operations import Operation, number, openapi, routes
from bridge.api.problem import Problem
from bridge.clock import Clock, iso, let_others_run
from bridge.configuration import Configured
from bridge.desk.desk import Desks
from bridge.desk.wirelog import WireEntry, WireLog
from bridge.journal.base import Journal, Record
from bridge.recordings.agents import followed_at_once

KEEP_ALIVE = 15
"""Seconds after which an event stream without news sends a comment, so that nothing on the way closes it."""

_events = msgspec.json.Decoder(list[msgspec.Raw])


class _Typed(msgspec.Struct):
    """What every raw event must have."""

    Type: str


_typed = msgspec.json.Decoder(list[_Typed])


class ControlApi:
    def __init__(
        self,
        platform: Platform,
        journal: Journal,
        desks: Desks,
        clock: Clock,
        configured: Configured,
        reset: Callable[[], Awaitable[None]],
        stopping: asyncio.Event,
        more: Sequence[Operation] = (),
    ) -> None:
        self._platform, self._journal, self._desks, self._stopping = platform, journal, desks, stopping
        self._clock, self._configured, self._reset = clock, configured, reset
        self._more = more

    def operations(self) -> list[Operation]:
        """The table."""
        agent, contact = "/agents/{agent:agent}", "/agents/{agent:agent}/contacts/{contact:contact}"
        return [
            Operation("GET", agent, "An agent's state and contacts", self.agent, {200: AgentModel}),
            Operation(
                "POST", f"{agent}/state", "Ask for a state", self.set_state, {202: None}, problems=[409, 504], body=NewState
            ),
            Operation(
                "POST",
                f"{agent}/contacts",
                "Let a contact arrive",
                self.new_contact,
                {201: ContactCreated, 202: None},
                problems=[409, 504],
                body=NewContact,
            ),
            *(
                Operation(
                    "POST",
                    f"{contact}/{verb}",
                    f"The agent: {verb}",
                    self._acting(partial(Act, verb, by="api")),
                    {202: None},
                    problems=[409, 504],
                )
                for verb in get_args(Verb)
                if verb != "play"
            ),
            Operation(
                "POST",
                f"{contact}/play",
                "The agent: play, also from another place while it plays",
                self._acting(lambda its_id, where: Act("play", its_id, by="api", position=where.position)),
                {202: None},
                problems=[409, 504],
                body=PlayFrom,
            ),
            *(
                Operation(
                    "POST",
                    f"{contact}/customer/{verb}",
                    f"The other party: {verb}",
                    self._acting(partial(CustomerAct, verb)),
                    {202: None},
                    problems=[409, 504],
                )
                for verb in get_args(CustomerVerb)
            ),
            Operation("GET", f"{contact}/messages", "A contact's messages", self.messages, {200: MessageList}),
            Operation(
                "POST",
                f"{contact}/messages",
                "The agent or the customer writes",
                self._acting(lambda its_id, message: message.command(its_id)),
                {202: None},
                problems=[409, 504],
                body=NewMessage,
            ),
            Operation(
                "POST",
                f"{contact}/typing",
                "The agent or the customer types",
                self._acting(lambda its_id, typing: typing.command(its_id)),
                {202: None},
                problems=[409, 504],
                body=NewTyping,
            ),
            Operation("GET", f"{contact}/disposition", "How a contact came out", self.disposition, {200: DispositionModel}),
            Operation(
                "POST",
                f"{contact}/disposition",
                "The agent notes how a contact came out; in wrap-up that ends after-call work",
                self._acting(lambda its_id, new: new.command(its_id, self._configured.now.dispositions)),
                {202: None},
                problems=[409, 504],
                body=NewDisposition,
            ),
            Operation(
                "POST",
                f"{contact}/transfer",
                "The contact goes to another agent, or into the queue of a skill",
                self._acting(lambda its_id, target: target.transfer(self._configured.now.skills, its_id)),
                {202: None},
                problems=[409, 504],
                body=Target,
            ),
            Operation(
                "POST",
                f"{agent}/dial",
                "The agent calls another agent, or whoever serves a skill",
                self._commanding(lambda target: target.call(self._configured.now.skills)),
                {202: None},
                problems=[409, 504],
                body=Target,
            ),
            Operation(
                "POST",
                f"{agent}/consult",
                "The same while the customer of the call that is talked on waits",
                self._commanding(lambda target: target.call(self._configured.now.skills, consult=True)),
                {202: None},
                problems=[409, 504],
                body=Target,
            ),
            *(
                Operation("POST", f"{agent}/{name}", summary, self._commanding(command), {202: None}, problems=[409, 504])
                for name, summary, command in (
                    ("transfer-calls", "The agent leaves and connects those at the other ends of two calls", TransferCalls),
                    ("conference-calls", "The agent's calls become one", ConferenceCalls),
                )
            ),
            Operation(
                "POST",
                f"{agent}/events",
                "Let raw wire events happen, as one batch",
                self.new_events,
                {202: None},
                problems=[409],
                raw={
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "required": ["Type"], "properties": {"Type": {"type": "string"}}},
                },
            ),
            Operation(
                "GET",
                f"{agent}/events",
                "The agent's wire events",
                self.events,
                {200: EventList},
                query={"after": "An offset: events after it."},
                stream=True,
            ),
            Operation(
                "GET",
                f"{agent}/wire",
                "The post messages between the agent's desk and its panels",
                self.wire,
                {200: WireList},
                query={"after": "An offset: messages after it."},
                stream=True,
            ),
            Operation("POST", "/reset", "Forget everything that happened", self.reset, {200: ResetDone}),
            *self._more,
        ]

    def routes(self) -> list[Route]:
        """The routes of the table, and of its description, below `PREFIX`."""
        operations = self.operations()

        async def description(request: Request) -> Response:
            return _json(openapi(operations, __version__))

        return [*routes(operations), Route("/openapi.json", description)]

    async def agent(self, request: Request) -> Response:
        agent, _ = await self._platform.agent(_agent_id(request))
        return _json(
            {
                "agentId": agent.agent_id,
                "state": agent.current_state or "LoggedOut",
                "reason": agent.reason,
                "isAcw": agent.is_acw,
                "muted": agent.muted,
                "focus": None if agent.focus is None else str(agent.focus),
                "contacts": [_contact(agent, contact, self._configured.now.skills) for contact in agent.contacts.values()],
                "upstream": None if agent.upstream is None else _upstream(agent.upstream),
            }
            | ({} if agent.replay is None else {"replay": agent.replay})
        )

    async def set_state(self, request: Request, wanted: NewState) -> Response:
        command = wanted.command()
        if isinstance(command, SetState):
            await self._platform.attend(_agent_id(request))
        return await self._carry_out(request, command)

    async def new_contact(self, request: Request, new: NewContact) -> Response:
        agent_id = _agent_id(request)
        await self._platform.attend(agent_id)
        records = await self._carried_out(agent_id, new.command(self._configured.now.skills))
        created = next((record.value()["contactId"] for record in records if record.kind == "contact"), None)
        if created is None:  # a live tenant dials, and its event will tell the id
            return Response(status_code=202)
        return _json({"contactId": str(created)}, 201)

    def _acting(self, command: Callable[..., Command]) -> Callable[..., Awaitable[Response]]:
        """A handler that asks for the command of the contact's id, and of the body where the operation has one."""

        async def act(request: Request, *body: Any) -> Response:
            contact = await self._contact(request)
            return await self._carry_out(request, command(contact.id, *body))

        return act

    def _commanding(self, command: Callable[..., Command]) -> Callable[..., Awaitable[Response]]:
        """A handler that asks for the command of the body, where the operation has one."""

        async def carry_out(request: Request, *body: Any) -> Response:
            return await self._carry_out(request, command(*body))

        return carry_out

    async def _contact(self, request: Request) -> Contact:
        contact_id = int(request.path_params["contact"])
        agent, _ = await self._platform.agent(_agent_id(request))
        if contact_id not in agent.contacts:
            raise Problem(404, "Unknown contact", f"Agent {agent.agent_id} has no contact {contact_id}.")
        return agent.contacts[contact_id]

    async def messages(self, request: Request) -> Response:
        contact = await self._contact(request)
        messages = [
            {
                "number": message.number,
                "at": iso(message.at),
                "from": message.sender,
                "agentId": message.agent_id or None,
                "text": message.text,
            }
            for message in contact.messages
        ]
        return _json({"messages": messages, "typing": list(contact.typing)})

    async def disposition(self, request: Request) -> Response:
        """The one noted last, of a contact that has ended as well."""
        agent_id, its_id = _agent_id(request), request.path_params["contact"]
        for record in reversed(await self._journal.read(stream_of(agent_id))):
            if record.kind == "disposition" and contact_id(record.value()["contactId"]) == int(its_id):
                noted = msgspec.convert(record.value(), Outcome)
                return _json(
                    {
                        "dispositionId": noted.primary_id,
                        "name": noted.name,
                        "notes": noted.notes,
                        "secondaryDispositionId": noted.secondary_id,
                        "previewDispositionId": noted.preview_id,
                        "commitmentAmount": noted.commitment_amount,
                        "callbackTime": noted.callback_time,
                        "callbackNumber": noted.callback_number,
                    }
                )
        raise Problem(404, "No disposition", f"Agent {agent_id} has noted no disposition of contact {its_id}.")

    async def _carry_out(self, request: Request, command: Command) -> Response:
        await self._carried_out(_agent_id(request), command)
        return Response(status_code=202)

    async def _carried_out(self, agent_id: str, command: Command) -> list[Record]:
        """The records of a command that was carried out. Raises `Problem`."""
        records = await self._platform.outcome(agent_id, await self._platform.execute(agent_id, command))
        _raise_refusal(records)
        if (unknown := uncertainty(records)) is not None:
            raise Problem(504, "Outcome unknown", unknown)
        await let_others_run()
        return records

    async def new_events(self, request: Request, body: bytes) -> Response:
        try:
            body.decode()  # which the decoders do not do for what they skip, and a page could not read it
            _typed.decode(body)
            events = _events.decode(body)
        except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError) as invalid:
            raise Problem(
                400, "Bad events", f"The body is an array of wire events, objects with a string Type each: {invalid}."
            ) from None
        if not events:
            raise Problem(400, "No events", "The array of wire events is empty.")
        _raise_refusal(await self._platform.inject(_agent_id(request), events))
        await let_others_run()  # panels first: what follows would stand in front of the push
        return Response(status_code=202)

    async def events(self, request: Request) -> Response:
        stream, after = stream_of(_agent_id(request)), _after(request, self._journal.head)
        if _wants_stream(request):
            return _stream(self._events_from(stream, after), self._stopping)
        records = await self._journal.read(stream, after)
        return _json(
            {
                "epoch": self._journal.epoch,
                "offset": records[-1].offset if records else after,
                "events": [_event(record, more) for record, more in followed_at_once(records)],
            }
        )

    async def _events_from(self, stream: str, after: int) -> AsyncIterator[tuple[int, Any]]:
        async with self._journal.follow(stream, after) as follower:
            async for records in follower:
                for record, more in followed_at_once(records):
                    yield record.offset, _event(record, more)

    async def wire(self, request: Request) -> Response:
        log = self._desks.of(_agent_id(request)).wire
        after = _after(request, log.last)
        if _wants_stream(request):
            return _stream(self._wire_from(log, after), self._stopping)
        messages = [_message(entry) for entry in log.read(after)]
        return _json({"epoch": self._journal.epoch, "offset": log.last, "messages": messages})

    async def _wire_from(self, log: WireLog, after: int) -> AsyncIterator[tuple[int, Any]]:
        while True:
            await log.news(after)
            entries = log.read(after)
            if not entries:
                after = log.last  # what was new has been forgotten already
            for entry in entries:
                yield entry.offset, _message(entry)
                after = entry.offset  # not the log's last, which goes on while a reader is slow

    async def reset(self, request: Request) -> Response:
        await self._reset()
        await let_others_run()
        return _json({"epoch": self._journal.epoch})


def _agent_id(request: Request) -> str:
    agent_id = request.path_params["agent"]
    assert isinstance(agent_id, str)
    return agent_id


def _raise_refusal(records: Sequence[Record]) -> None:
    refused = refusal(records)
    if refused is not None:
        raise Problem(409, "Refused", refused.reason, code=refused.code)


def _contact(agent: Agent, contact: Contact, skills: Mapping[str, Skill]) -> dict[str, Any]:
    event = contact.event
    return {
        "contactId": str(contact.id),
        "media": contact.medium.name,
        "status": contact.status,
        "skill": skill_name_of(contact, skills),
        "direction": "outbound" if text(event, "IsInbound").lower() == "false" else "inbound",
        "ani": str(event.get("ANI") or ""),
        "dnis": str(event.get("DNIS") or ""),
        "customer": contact.customer,
        "focused": contact.id == agent.focus,
        "event": event,
    }


def _upstream(upstream: Upstream) -> dict[str, Any]:
    return {
        "address": upstream.address,
        "trouble": upstream.trouble,
        "since": iso(upstream.since) if upstream.trouble else None,
        "sessionOf": upstream.session_of or None,
    }


def _event(record: Record, more: bool) -> dict[str, Any]:
    entry = {"offset": record.offset, "at": iso(record.at), "event": record.data}
    return {**entry, "more": True} if more else entry


def _message(entry: WireEntry) -> dict[str, Any]:
    return {**msgspec.to_builtins(entry), "at": iso(entry.at)}


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _wants_stream(request: Request) -> bool:
    return request.method == "GET" and "text/event-stream" in request.headers.get("accept", "")


def _after(request: Request, newest: int) -> int:
    """How far the client has read: the `Last-Event-ID` of an event stream, else the parameter `after`. Above `newest` it has read
    in a history before this one, and nothing of this one."""
    last = request.headers.get("last-event-id", "")
    after = int(last) if _wants_stream(request) and re.fullmatch("[0-9]{1,18}", last) else number(request, "after")
    return after if after <= newest else 0


def _stream(items: AsyncIterator[tuple[int, Any]], stopping: asyncio.Event) -> Response:
    """Items as server-sent events, each with its number as the id; a comment now and then while there are none. It ends when the
    server is `stopping`."""

    async def lines() -> AsyncIterator[bytes]:
        yield b": deskbridge\n\n"
        coming, stopped = asyncio.ensure_future(anext(items)), asyncio.ensure_future(stopping.wait())
        try:
            while not stopping.is_set():
                await asyncio.wait([coming, stopped], timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    yield b": nothing new\n\n"
                    continue
                try:
                    number, value = coming.result()
                except StopAsyncIteration:
                    return
                # A raw event may have line breaks between its members, and one would end the item.
                text = msgspec.json.encode(value).replace(b"\r", b" ").replace(b"\n", b" ")
                yield b"id: %d\ndata: %b\n\n" % (number, text)
                coming = asyncio.ensure_future(anext(items))
        finally:
            coming.cancel()
            stopped.cancel()

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})
