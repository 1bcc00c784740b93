"""The platform that is a live tenant: one poll always open, no call made twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bridge.acd.agent_state import Agent
from bridge.acd.commands import Act, SetState, StartSession
from bridge.acd.dispositions import DISPOSITIONS
from bridge.acd.live.answers import Answer
from bridge.acd.live.platform import LivePlatform
from bridge.acd.live.tenant import Broken, NotSent, Tenant
from bridge.acd.mock import MockPlatform
from bridge.acd.platform import refusal, uncertainty
from bridge.acd.skills import SKILLS
from bridge.clock import VirtualClock, let_others_run
from bridge.journal import Journal, MemoryJournal, SqliteJournal
from bridge.journal.base import Change, Draft, Record

Event = dict[str, Any]

START: list[Event] = [{"Type": "AgentSessionStart", "AgentId": "1001"}, {"Type": "AgentState", "CurrentState": "Available"}]
CALL = {"Type": "CallContactEvent", "ContactID": "77", "Status": "Active", "FinalState": "False"}


def joined(session_id: str = "first") -> Answer:
    return Answer(202, body=json.dumps({"sessionId": session_id}).encode())


def polled(session_id: str, *events: Event) -> Answer:
    return Answer(200, body=json.dumps({"sessionId": session_id, "events": events}).encode())


class FakeTenant(Tenant):
    """A tenant that answers what a test puts into its queues, each kind of call with the next of its own. `calls` has those that
    came, in order."""

    def __init__(self) -> None:
        super().__init__("https://cluster.example/inContactAPI", "secret")
        self.calls: list[str] = []
        self.joins: asyncio.Queue[Answer | Exception] = asyncio.Queue()
        self.starts: asyncio.Queue[Answer | Exception] = asyncio.Queue()
        self.polls: asyncio.Queue[Answer | Exception] = asyncio.Queue()
        self.answers: asyncio.Queue[Answer | Exception] = asyncio.Queue()

    async def join(self, as_agent: str | None) -> Answer:
        return await self._next(self.joins, "join" if as_agent is None else f"join as {as_agent}")

    async def start(self, station: StartSession, as_agent: str | None) -> Answer:
        return await self._next(self.starts, "start" if as_agent is None else f"start as {as_agent}")

    async def poll(self, session_id: str, held: int = 60) -> Answer:
        return await self._next(self.polls, f"poll {session_id}")

    async def ask(self, session_id: str, method: str, path: str, parameters: Mapping[str, Any]) -> Answer:
        return await self._next(self.answers, f"{session_id} {path}")

    async def _next(self, queue: "asyncio.Queue[Answer | Exception]", call: str) -> Answer:
        self.calls.append(call)
        answer = await queue.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Stage:
    """A platform in front of a fake tenant. `says` lets the tenant's next poll bring events."""

    def __init__(self, journal: Journal | None = None, station: StartSession | None = None) -> None:
        self.journal, self.tenant = journal or MemoryJournal(), FakeTenant()
        self.platform = LivePlatform(self.journal, VirtualClock(), self.tenant, station, lambda: SKILLS, lambda: DISPOSITIONS)

    async def agent(self, agent_id: str = "1001") -> Agent:
        return (await self.platform.agent(agent_id))[0]

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(10):
            while not await condition():
                await let_others_run()

    async def until_called(self, call: str, times: int = 1) -> None:
        async def is_called() -> bool:
            return self.tenant.calls.count(call) >= times

        await self.until(is_called)

    async def in_session(self, *events: Event) -> "Stage":
        """Join the session of agent 1001, in which these have happened."""
        self.tenant.joins.put_nowait(joined())
        self.tenant.polls.put_nowait(polled("second", *START, *events))
        await self.platform.start()
        await self.until_called("poll second")
        await self.until_logged_in()
        return self

    async def until_logged_in(self) -> None:
        async def is_logged_in() -> bool:
            return (await self.agent()).session is not None

        await self.until(is_logged_in)

    async def records(self, kind: str, agent_id: str = "1001") -> list[Record]:
        return [record for record in await self.journal.read(f"agent/{agent_id}") if record.kind == kind]


class Batches(MemoryJournal):
    """`batches` are the drafts of each append."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[Sequence[Draft]] = []

    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        self.batches += [change.drafts for change in changes]
        return await super().append(changes, at=at, cause=cause)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))


def test_the_next_poll_is_under_way_before_what_the_last_one_brought_is_taken_in() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        known: list[int] = []

        async def poll(session_id: str, held: int = 60) -> Answer:
            known.append(stage.journal.head)
            return await FakeTenant.poll(stage.tenant, session_id, held)

        stage.tenant.poll = poll  # type: ignore[method-assign]
        before = stage.journal.head
        stage.tenant.polls.put_nowait(polled("third", CALL))
        await stage.until_called("poll third")
        assert known == [before]
        await stage.platform.stop()

    run(test)


def test_what_a_poll_brings_is_one_batch_byte_for_byte_after_the_sessions_token() -> None:
    async def test() -> None:
        stage = Stage(journal := Batches())
        stage.tenant.joins.put_nowait(joined())
        events = b'[{ "Type":"AgentSessionStart","AgentId":"1001" },{"Type":"X", "n":1e400}]'
        stage.tenant.polls.put_nowait(Answer(200, body=b'{"sessionId":"second","events":%b}' % events))
        await stage.platform.start()
        await stage.until_logged_in()
        [batch] = [drafts for drafts in journal.batches if any(draft.kind == "wire" for draft in drafts)]
        assert [(draft.kind, bytes(draft.data)) for draft in batch] == [
            ("session", b'{"token":"first","upstream":true}'),
            ("wire", b'{ "Type":"AgentSessionStart","AgentId":"1001" }'),
            ("wire", b'{"Type":"X", "n":1e400}'),
        ]
        await stage.platform.stop()

    run(test)


def test_a_resync_gives_panels_no_new_token() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.polls.put_nowait(polled("third", *START))
        await stage.until_called("poll third")
        assert len(await stage.records("session")) == 1
        await stage.platform.stop()

    run(test)


def test_commands_go_to_the_id_that_counts_now() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        await stage.platform.execute("1001", Act("hold", 77))
        await stage.until_called("second interactions/77/hold")
        await stage.platform.stop()

    run(test)


def test_a_cause_seen_twice_is_asked_once_and_answered_alike() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        first = await stage.platform.execute("1001", Act("hold", 77), "page/a/1")
        again = await stage.platform.execute("1001", Act("hold", 77), "page/a/1")
        assert again == first
        stage.tenant.answers.put_nowait(Answer(409, "Invalid State"))
        outcomes = [await stage.platform.outcome("1001", records) for records in (first, again)]
        late = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77), "page/a/1"))
        for records in (*outcomes, late):
            refused = refusal(records)
            assert refused is not None
            assert refused.reason == "The tenant refused hold of call 77: 409, Invalid State."
        assert stage.tenant.calls.count("second interactions/77/hold") == 1
        await stage.platform.stop()

    run(test)


def test_a_call_about_a_contact_waits_for_the_one_before_it_and_not_for_others() -> None:
    async def test() -> None:
        other = {**CALL, "ContactID": "78", "Status": "Holding"}
        stage = await Stage().in_session(CALL, other)
        for command in (Act("mask", 77), Act("record", 77), Act("resume", 78)):
            await stage.platform.execute("1001", command)
        await stage.until_called("second interactions/78/resume")
        assert "second interactions/77/record" not in stage.tenant.calls
        stage.tenant.answers.put_nowait(Answer(202))
        await stage.until_called("second interactions/77/record")
        await stage.platform.stop()

    run(test)


def test_of_a_call_without_an_answer_nobody_knows() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        stage.tenant.answers.put_nowait(Broken("the connection broke"))
        records = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77)))
        assert refusal(records) is None
        assert uncertainty(records) == (
            "Nobody knows whether hold of call 77 reached the tenant: the connection broke. What the desk shows is what counts."
        )
        await stage.platform.stop()

    run(test)


def test_a_call_that_was_never_sent_is_refused() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        stage.tenant.answers.put_nowait(NotSent("nothing answers at its address"))
        records = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77)))
        assert (refused := refusal(records)) is not None
        assert refused.reason == "The tenant was not asked for hold of call 77: nothing answers at its address."
        await stage.platform.stop()

    run(test)


def test_of_a_call_under_way_when_the_process_ended_nobody_knows_at_the_next_start(tmp_path: Path) -> None:
    async def test() -> None:
        path = tmp_path / "journal.sqlite"
        stage = await Stage(SqliteJournal(path)).in_session(CALL)
        await stage.platform.execute("1001", Act("hold", 77), "page/a/1")
        await stage.until_called("second interactions/77/hold")
        await stage.platform.stop()
        await stage.journal.close()

        stage = await Stage(SqliteJournal(path)).in_session(CALL)
        [request] = (await stage.agent()).requests.values()
        assert "deskbridge was stopped before the answer came" in request.unknown
        again = await stage.platform.execute("1001", Act("hold", 77), "page/a/1")
        assert uncertainty(await stage.platform.outcome("1001", again)) == request.unknown
        assert [call for call in stage.tenant.calls if "hold" in call] == []
        await stage.platform.stop()
        await stage.journal.close()

    run(test)


def test_a_token_that_is_no_agents_joins_the_session_of_the_desks_agent() -> None:
    async def test() -> None:
        stage = Stage()
        for answer in (Answer(400), Answer(400), joined()):
            stage.tenant.joins.put_nowait(answer)
        stage.tenant.polls.put_nowait(polled("second", *START))
        await stage.platform.start()
        await stage.until_called("join")
        await stage.platform.attend("1001")
        assert stage.tenant.calls[:3] == ["join", "join", "join as 1001"]
        assert (await stage.agent()).session == "first"
        await stage.platform.stop()

    run(test)


def test_a_session_is_started_only_for_somebody_and_only_if_there_is_none() -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_phone_number="WebRTC"))
        stage.tenant.joins.put_nowait(Answer(404))
        await stage.platform.start()
        assert await stage.platform.home() == "1001"
        assert stage.tenant.calls == ["join"]
        stage.tenant.joins.put_nowait(Answer(404))
        stage.tenant.starts.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("second", *START))
        await stage.platform.attend("1001")
        assert stage.tenant.calls[1:4] == ["join", "start", "poll first"]
        await stage.platform.stop()

    run(test)


def test_a_start_of_which_nobody_knows_is_not_made_again_but_joined() -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_id="7"))
        for answer in (Answer(404), Answer(404), Answer(404)):
            stage.tenant.joins.put_nowait(answer)
        stage.tenant.starts.put_nowait(Broken("the connection broke"))
        await stage.platform.start()
        await stage.platform.home()
        await stage.platform.attend("1001")
        assert stage.tenant.calls == ["join", "join", "start", "join"]
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert upstream.trouble == (
            "The tenant has no session of this agent. It was asked to start one, and nobody knows whether that reached it: "
            "the connection broke. Log in asks again."
        )
        await stage.platform.stop()

    run(test)


def test_after_the_end_of_the_session_it_is_left_and_joined_anew_for_whoever_comes() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.polls.put_nowait(polled("third", {"Type": "AgentSessionEnd"}))

        async def is_out() -> bool:
            return (await stage.agent()).session is None

        await stage.until(is_out)
        assert (await stage.agent()).current_state == "LoggedOut"
        records = await stage.platform.execute("1001", SetState("Available"))
        assert (refused := refusal(records)) is not None
        assert refused.code == "no-session"
        stage.tenant.joins.put_nowait(Answer(404))
        await stage.platform.attend("1001")
        assert stage.tenant.calls.count("join") == 2
        await stage.platform.stop()

    run(test)


def test_a_reset_history_is_told_anew() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        await stage.journal.reset()
        stage.tenant.joins.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("third", *START, CALL))
        await stage.platform.join_anew()
        await stage.until_logged_in()
        assert list((await stage.agent()).contacts) == [77]
        await stage.platform.stop()

    run(test)


def test_a_session_of_the_mock_in_the_journal_is_over(tmp_path: Path) -> None:
    async def test() -> None:
        journal = MemoryJournal()
        mock = MockPlatform(journal, VirtualClock())
        await mock.attend("1001")
        await mock.stop()
        stage = Stage(journal)
        stage.tenant.joins.put_nowait(Answer(404))
        await stage.platform.start()
        assert (await stage.agent()).current_state == "LoggedOut"
        await stage.platform.stop()

    run(test)
