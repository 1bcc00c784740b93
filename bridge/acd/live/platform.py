"""The platform that is a real tenant: what it says goes into the agent's stream, what the agent asks for goes to it.

One process works with one session, that of the agent whom the token belongs to. A poll is always open; it is asked again however
often it fails. A command is asked once: it is recorded before, and how it went after.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from weakref import WeakValueDictionary

import msgspec

from bridge.acd.agent import AgentDecider
from bridge.acd.agent_state import Agent, TenantRequest, Upstream
from bridge.acd.commands import Command, Offer, StartSession
from bridge.acd.dispositions import Disposition
from bridge.acd.events import decode, head, text
from bridge.acd.live.answers import (
    GONE,
    SLOWLY,
    Answer,
    Outcome,
    Trouble,
    events_of,
    has_no_session,
    not_sent,
    outcome_of,
    session_of,
    unknown,
    unreachable,
)
from bridge.acd.live.decider import Ask, LiveDecider, Over, Stand, Tell
from bridge.acd.live.tenant import Broken, NotSent, Tenant
from bridge.acd.platform import CannotRoute, Floor, stream_of
from bridge.acd.routing_state import Routing
from bridge.acd.skills import Skill
from bridge.clock import Clock, let_others_run, pace
from bridge.journal.base import WIRE, Draft, Journal, Record
from bridge.journal.runner import Runner

START = "AgentSessionStart"
ENDS = ("AgentSessionEnd", "RemoteAgentSessionEnd")

SETTLES_WITHIN = 5.0
"""Seconds that somebody who opens a desk waits for the tenant's first word; what comes later is shown when it comes."""

AT_LEAST = 1.0
"""Seconds between two polls that brought nothing, should the tenant not hold them."""

DEFAULT_AGENT = "1001"
"""Whose desk it is while nobody has said."""

STOPPED = "deskbridge was stopped before the answer came"

FAILED = f"deskbridge failed to follow the tenant's session; the server's log says why. It joins anew every {SLOWLY} seconds."

LOG_IN = "Log in asks again."
NO_STATION = (
    "deskbridge was given no phone to start one with: log in at the tenant's own desktop, or start deskbridge with "
    "--upstream-station or --upstream-phone. Log in asks again."
)
WHOSE = "The token is no agent's own. Open the desk of the agent whose session it shall join: /desk/ and the agent's id."

log = logging.getLogger(__name__)


class LivePlatform:
    """A `Platform`. `station` is the phone to start a session with; None: none is started, only joined."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        tenant: Tenant,
        station: StartSession | None,
        skills: Callable[[], Mapping[str, Skill]],
        dispositions: Callable[[], Sequence[Disposition]],
    ) -> None:
        decider = LiveDecider(AgentDecider(skills, dispositions=dispositions), skills, dispositions)
        self._runner = Runner(journal, clock, {"agent": decider})
        self._tenant, self._station = tenant, station
        self._following: asyncio.Task[None] | None = None
        self._is_over = False
        self._settled = asyncio.Event()
        self._desks: dict[str, None] = {}
        self._wanted: str | None = None
        self._agent_id: str | None = None
        self._session_id: str | None = None
        self._trouble, self._since = "", 0
        self._under_way: dict[str, asyncio.Task[list[Record]]] = {}
        self._turns: WeakValueDictionary[str | None, asyncio.Lock] = WeakValueDictionary()

    async def start(self) -> None:
        """Say of each call that was under way when the last process ended that nobody knows what became of it. Then join the
        session if there is one."""
        runner = self._runner
        for stream in runner.journal.open_streams():
            if stream.startswith(stream_of("")):
                agent, _ = await runner.state(stream)
                for asked in agent.requests.values():
                    await self._tell(stream, asked.request, unknown(asked.words, STOPPED))
                if agent.session is not None and agent.upstream is not None:
                    self._desks[agent.agent_id] = None
                else:  # a session of the mock's, or a recording that is played
                    await runner.execute(stream, Over("it was one of deskbridge's own, and now there is a live tenant"))
        await runner.start()
        self._follow()

    async def stop(self) -> None:
        """Let go of the tenant; its session stays."""
        tasks = [task for task in (self._following, *self._under_way.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._runner.stop()
        await self._tenant.close()

    async def join_anew(self) -> None:
        """The history began anew: be told once more how everything stands."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._stand_all()
        self._follow()

    async def home(self) -> str:
        """The agent whose desk this is."""
        await self._settle_first()
        return self._agent_id or next(iter(self._desks), DEFAULT_AGENT)

    async def attend(self, agent_id: str) -> None:
        self._desks[agent_id] = None
        self._wanted = agent_id
        if self._is_over and self._following is not None:
            await asyncio.wait([self._following])  # it is about to end
        if self._following is None or self._following.done():
            self._follow()
        await self._settle_first()
        await self._stand(agent_id)

    async def agent(self, agent_id: str) -> tuple[Agent, int]:
        """As the stream has it, but for how it stands with the tenant: the stream of whom nobody attends does not tell that."""
        agent, version = await self._runner.state(stream_of(agent_id))
        upstream = self._upstream(agent_id)
        return agent if agent.upstream == upstream else msgspec.structs.replace(agent, upstream=upstream), version

    async def execute(self, agent_id: str, command: Command, cause: str | None = None) -> list[Record]:
        """Have a command recorded, and asked of the tenant. What the tenant says to it comes later: see `outcome`."""
        if isinstance(command, StartSession):
            await self.attend(agent_id)
        else:
            await self._stand(agent_id)  # a refusal tells the trouble there is, and nobody may have attended this agent
        stream, request = stream_of(agent_id), secrets.token_hex(8)
        records = await self._runner.execute(stream, Ask(command, request), cause)
        asked = _request_in(records)
        if asked is not None and asked.request == request:  # else a cause seen before: it has been asked already
            self._under_way[request] = task = asyncio.create_task(self._ask(stream, asked))
            task.add_done_callback(lambda _: self._under_way.pop(request, None))
        return records

    async def outcome(self, agent_id: str, records: list[Record]) -> list[Record]:
        asked = _request_in(records)
        if asked is None:
            return records
        if (task := self._under_way.get(asked.request)) is not None:
            told = await asyncio.shield(task)
        else:
            told = await self._tell(stream_of(agent_id), asked.request, unknown(asked.words, STOPPED))
        return [*records, *told]

    async def inject(self, agent_id: str, events: Sequence[msgspec.Raw], cause: str | None = None) -> list[Record]:
        """Refused, as an offer is: the events of a live tenant are its own."""
        return await self.execute(agent_id, Offer(), cause)

    async def floor(self) -> Floor:
        agents = [(await self.agent(agent_id))[0] for agent_id in self._desks]
        return Floor(Routing(), {agent.agent_id: agent for agent in agents if agent.session or agent.contacts})

    async def enqueue(self, new: Offer, priority: int = 0, cause: str | None = None) -> int:
        raise CannotRoute("The queues are those of the live tenant: contacts come from there alone.")

    async def abandon(self, contact_id: int) -> bool:
        return False

    # What is asked of the tenant

    async def _ask(self, stream: str, asked: TenantRequest) -> list[Record]:
        """Make the call, once, after those about the same contact that were asked before it; record how it went."""
        turn = self._turns.setdefault(asked.contact_id, asyncio.Lock())
        async with turn:
            outcome = await self._call(stream, asked)
        return await self._tell(stream, asked.request, outcome)

    async def _call(self, stream: str, asked: TenantRequest) -> Outcome:
        if self._session_id is None or stream != stream_of(self._agent_id or ""):
            return not_sent(asked.words, "deskbridge is in no session of this agent's now", self._trouble)
        try:
            answer = await self._tenant.ask(self._session_id, asked.method, asked.path, asked.parameters)
        except NotSent as problem:
            return not_sent(asked.words, str(problem))
        except Broken as problem:
            return unknown(asked.words, str(problem))
        except Exception:
            log.exception("asking the tenant for %s failed", asked.command)
            return unknown(asked.words, "deskbridge failed while it waited for the answer")
        return outcome_of(asked.words, answer)

    async def _tell(self, stream: str, request: str, outcome: Outcome) -> list[Record]:
        """Record how a call went, or find what was recorded of it before."""
        return await self._runner.execute(stream, Tell(request, outcome), f"told/{request}")

    # What the tenant says

    def _follow(self) -> None:
        self._settled.clear()
        self._is_over = False
        self._following = asyncio.create_task(self._join_and_follow())

    async def _settle_first(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLES_WITHIN):
                await self._settled.wait()

    async def _join_and_follow(self) -> None:
        try:
            while True:
                try:
                    self._session_id = await self._join()
                    if self._session_id is not None:
                        await self._keep_polling(self._session_id)
                    return
                except Exception:
                    log.exception("following the tenant's session failed")
                    await self._wait_out(Trouble(FAILED, SLOWLY))
        finally:
            self._session_id = None
            self._settled.set()

    async def _join(self) -> str | None:
        """The id of the session, joined or started; None: there is none, which has been said."""
        attempt, as_agent, started = 0, None, ""
        while True:
            attempt += 1
            joined = await self._heard(self._tenant.join(as_agent), attempt)
            if joined is None:
                continue
            if joined.status == 400 and as_agent is None:  # the token is no agent's own
                as_agent = self._wanted or next(iter(self._desks), None)
                if as_agent is None:
                    await self._without_session(WHOSE)
                    return None
            elif not has_no_session(joined):
                session = session_of(joined, attempt)
                if isinstance(session, str):
                    return session
                await self._wait_out(session)
            elif started or self._wanted is None or self._station is None:
                can_start = started or (LOG_IN if self._wanted is None else NO_STATION)
                await self._without_session(f"The tenant has no session of this agent. {can_start}")
                return None
            else:
                session_id, started = await self._start(self._station, as_agent)
                if session_id is not None:
                    return session_id

    async def _start(self, station: StartSession, as_agent: str | None) -> tuple[str | None, str]:
        """Ask for a session, once. Its id, or what to say if joining tells that there is none after all."""
        try:
            answer = await self._tenant.start(station, as_agent)
        except NotSent as problem:
            return None, f"It could not be asked to start one: {problem}. {LOG_IN}"
        except Broken as problem:
            return None, f"It was asked to start one, and nobody knows whether that reached it: {problem}. {LOG_IN}"
        session = session_of(answer, 1)
        return (session, "") if isinstance(session, str) else (None, f"Asked to start one, it answered {answer.words}. {LOG_IN}")

    async def _keep_polling(self, session_id: str) -> None:
        """Poll until the session is over. The next poll is under way before what the last one brought is taken in."""
        token, attempt, began = session_id, 0, time.monotonic()
        polling = asyncio.create_task(self._tenant.poll(session_id))
        try:
            while True:
                polled = await self._heard(polling, attempt + 1)
                heard = None if polled is None else events_of(polled, attempt + 1)
                if isinstance(heard, Trouble):
                    if heard.is_over:
                        await self._say("")
                        await self._over(heard.words)
                        break
                    await self._wait_out(heard)
                    heard = None
                if heard is not None:
                    session_id = self._session_id = heard.session_id or session_id
                attempt = attempt + 1 if heard is None else 0
                if (
                    heard is None
                ):  # a short poll, as the vendor's SDK does: that all is well again shall not take a minute to show
                    polling = asyncio.create_task(self._tenant.poll(session_id, 1))
                    continue
                polling = asyncio.create_task(self._tenant.poll(session_id))
                await let_others_run()  # the poll goes out first
                await self._say("")
                if heard.events and await self._take(token, heard.events):
                    break
                if not heard.events and time.monotonic() - began < AT_LEAST:
                    await pace(AT_LEAST)
                began = time.monotonic()
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    async def _heard(self, call: Awaitable[Answer], attempt: int) -> Answer | None:
        """The answer, once it is there. None: there was none, which has been said and waited out."""
        try:
            return await call
        except (NotSent, Broken) as problem:
            await self._wait_out(unreachable(str(problem), attempt))
            return None

    async def _take(self, token: str, events: list[msgspec.Raw]) -> bool:
        """Append what came, as one batch. Whether the session has ended with it."""
        starts = [decode(event) for event in events if head(event).Type == START]
        said = text(starts[-1], "AgentId") if starts else ""
        agent_id = said or self._agent_id or next(iter(self._desks), DEFAULT_AGENT)
        self._desks[agent_id] = None
        if agent_id != self._agent_id:
            self._agent_id = agent_id
            await self._log_out([one for one in self._desks if one != agent_id], f"the session here is that of agent {agent_id}")
            await self._stand_all()
        agent, _ = await self.agent(agent_id)
        # As MAX does, panels are given the id that the session was joined with, and none anew when it rotates.
        own = [] if agent.session == token else [Draft.of("session", {"token": token, "upstream": True})]
        types = [head(event).Type for event in events]
        if START in types[1:]:
            own.append(Draft.of("anew", {}))
        turns = [one for one in types if one in (START, *ENDS)]
        self._is_over = bool(turns) and turns[-1] in ENDS
        await self._runner.append_raw(stream_of(agent_id), [*own, *(Draft(WIRE, event) for event in events)])
        self._settled.set()
        return self._is_over

    # How it stands, in words

    async def _wait_out(self, trouble: Trouble) -> None:
        await self._say(trouble.words)
        await pace(trouble.wait)

    async def _without_session(self, why: str) -> None:
        await self._over(GONE)
        await self._say(why)

    async def _over(self, why: str) -> None:
        """The session has ended; `why` is a part of a sentence."""
        self._is_over = True
        await self._log_out(list(self._desks), why)

    async def _log_out(self, agent_ids: Sequence[str], why: str) -> None:
        """Log out those of them whom the journal has in a session."""
        for agent_id in agent_ids:
            await self._runner.execute(stream_of(agent_id), Over(why))

    async def _say(self, trouble: str) -> None:
        """Have desks and the server's log tell what is wrong, "" for nothing, and since when something is."""
        if trouble == self._trouble:
            return
        log.warning("%s", trouble or "All is well with the tenant again.")
        if not trouble:
            self._since = 0
        elif not self._trouble:
            self._since = self._runner.clock.now()
        self._trouble = trouble
        await self._stand_all()
        if trouble:
            self._settled.set()

    async def _stand_all(self) -> None:
        for agent_id in list(self._desks):
            await self._stand(agent_id)

    async def _stand(self, agent_id: str) -> None:
        """Record how it stands with the tenant, where it stands otherwise than before."""
        await self._runner.execute(stream_of(agent_id), Stand(self._upstream(agent_id)))

    def _upstream(self, agent_id: str) -> Upstream:
        if self._agent_id in (None, agent_id):
            return Upstream(self._tenant.host, self._trouble, self._since)
        return Upstream(self._tenant.host, session_of=self._agent_id or "")


def _request_in(records: Sequence[Record]) -> TenantRequest | None:
    for record in records:
        if record.kind == "asked":
            return msgspec.json.decode(record.data, type=TenantRequest)
    return None
