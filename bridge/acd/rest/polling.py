"""get-next-event: the long poll that all clients learn everything from (cxone-agent-session.md, section 1, "semantics").

A poll is held until there is an event, and answered with all wire events since the place that its session id tells, as one batch,
and the next id. Several follow one session without knowing of each other: each id belongs to one of them, and a follower that
comes back with an id older than its newest is told the current state anew and goes on from there as another.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from secrets import token_bytes

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.acd.commands import Attend
from bridge.acd.platform import Platform, stream_of
from bridge.acd.rest.calls import ApiError, Call, bad_argument, unknown_session
from bridge.acd.rest.sessions import Sessions, snapshot, within_session
from bridge.acd.session_id import Position, SessionId, new_follower, read, spell
from bridge.clock import Clock
from bridge.journal.base import WIRE, Follower, Journal, Record

LONGEST = 60
"""Seconds that a poll is held at most, and if it does not say."""

ATTENDED_EVERY = 300_000
"""Milliseconds after which a poll says again that somebody attends the agent's session."""

FOLLOWERS = 10_000
"""Followers whose newest place is known. To one forgotten an older id of its own gives the events again from there."""


class Polling:
    """`stopping` is set when the server is about to end, and its polls with it."""

    def __init__(self, platform: Platform, journal: Journal, clock: Clock, stopping: asyncio.Event) -> None:
        self._platform, self._journal, self._clock, self._stopping = platform, journal, clock, stopping
        self._sessions = Sessions(journal)
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._attended: OrderedDict[str, int] = OrderedDict()

    async def first_id(self, agent_id: str, root: str) -> str:
        """The id of who starts a session: it is owed all events from the first."""
        session = await self._sessions.find(agent_id, root)
        return root if session is None else spell(root, Position(new_follower(token_bytes(8)), session.began))

    async def get_next_event(self, call: Call) -> Response:
        """Hold the poll until it can be answered. Raises `ApiError`."""
        timeout = _seconds(call.text("timeout"))
        its_id = read(call.path["session"])
        if its_id is None:
            raise unknown_session(f"{call.path['session']!r} is no session id.")
        agent, version = await self._platform.agent(its_id.agent_id)
        if agent.session != its_id.root:
            return await self._last_events(its_id)
        await self._attend(its_id)
        position = its_id.position
        if position is None or position.place > version or self._is_old(position):
            session = await self._sessions.find(its_id.agent_id, its_id.root)
            assert session is not None  # the agent's state has it from the same stream
            return self._events(
                its_id.root, Position(new_follower(token_bytes(8)), version), snapshot(session, agent, self._clock.now())
            )
        return await self._held(call.request, its_id.root, stream_of(its_id.agent_id), position, timeout)

    async def _held(self, request: Request, root: str, stream: str, position: Position, timeout: float) -> Response:
        async with self._journal.follow(stream, position.place) as follower:
            epoch = self._journal.epoch
            batch = asyncio.ensure_future(_batch(follower))
            gone = asyncio.ensure_future(_disconnected(request))
            stopping = asyncio.ensure_future(self._stopping.wait())
            try:
                await asyncio.wait((batch, gone, stopping), timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                if gone.done() or not (
                    batch.done() or stopping.done()
                ):  # to who has gone nothing was given: its id stays its newest
                    return Response(status_code=304)
                records = batch.result() if batch.done() else ()
            finally:
                for task in (batch, gone, stopping):
                    task.cancel()
                await asyncio.gather(batch, gone, stopping, return_exceptions=True)
        if not records:
            if epoch != self._journal.epoch:
                raise _over("The history was reset, and all sessions with it.")
            raise ApiError(503, "Service Unavailable", "Service Unavailable", "The server stops. Poll again when it is back.")
        return self._events(root, Position(position.follower, records[-1].offset), _wire(records))

    async def _last_events(self, its_id: SessionId) -> Response:
        """The answer to an id of a session that is over: what it has not been told, and then that it is over."""
        session = await self._sessions.find(its_id.agent_id, its_id.root)
        if session is None or session.ended is None:
            raise unknown_session("There is no session with this id. Start one, or join that of the agent.")
        position = its_id.position
        if position is not None and not self._is_old(position):
            records = await self._journal.read(stream_of(its_id.agent_id), position.place)
            missed = [record for record in records if record.offset <= session.ended]
            if events := _wire(missed):
                return self._events(its_id.root, Position(position.follower, session.ended), events)
        raise _over("The session is over. Start another.")

    def _events(self, root: str, position: Position, events: Sequence[msgspec.Raw]) -> Response:
        """All that there is, as the journal has it: no event is read and written again."""
        self._newest[position.follower] = position.place
        self._newest.move_to_end(position.follower)
        if len(self._newest) > FOLLOWERS:
            self._newest.popitem(last=False)
        body = b'{"sessionId":"%b","events":[%b]}' % (spell(root, position).encode(), b",".join(map(bytes, events)))
        return Response(body, headers={"icStatusDescription": "Success"}, media_type="application/json")

    def _is_old(self, position: Position) -> bool:
        return self._newest.get(position.follower, 0) > position.place

    async def _attend(self, its_id: SessionId) -> None:
        now, root = self._clock.now(), its_id.root
        if now - self._attended.get(root, 0) >= ATTENDED_EVERY:
            self._attended[root] = now
            self._attended.move_to_end(root)
            if len(self._attended) > FOLLOWERS:
                self._attended.popitem(last=False)
            await self._platform.execute(its_id.agent_id, Attend())


async def _batch(follower: Follower) -> Sequence[Record]:
    """What happens next in the session, with a wire event or more; nothing when the journal ends."""
    async for records in follower:
        mine = within_session(records)
        if any(record.kind == WIRE for record in mine):
            return mine
    return ()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _wire(records: Sequence[Record]) -> list[msgspec.Raw]:
    return [record.data for record in records if record.kind == WIRE]


def _seconds(text: str) -> int:
    if not text:
        return LONGEST
    if not re.fullmatch("-?[0-9]{1,9}", text):
        raise bad_argument("Invalid timeout.", f"timeout is a number of seconds from 0 to {LONGEST}, not {text!r}.")
    return max(0, min(int(text), LONGEST))


def _over(detail: str) -> ApiError:
    return ApiError(409, "AgentSessionEnded", "Agent session has ended.", detail)
