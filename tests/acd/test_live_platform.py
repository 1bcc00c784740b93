"""The platform that is a live tenant: one poll always open, no call made twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bridge.acd.agent_state import Agent, Upstream
from bridge.acd.commands import Act, SetState, StartSession
from bridge.acd.dispositions import DISPOSITIONS
from bridge.acd.live.answers import Answer
from bridge.acd.live.platform import LivePlatform
from bridge.acd.live.tenant import Broken, NotSent, Tenant
from bridge.acd.mock import MockPlatform
from bridge.acd.platform import refusal, uncertainty
from bridge.acd.skills import SKILLS
from bridge.clock import VirtualClock, let_others_run
from bridge.desk.frames import Do
from bridge.journal import Journal, MemoryJournal, SqliteJournal
from bridge.journal.base import Change, Draft, Record
from bridge.supervisor.controls import carry_out

Event = dict[str, Any]

START: list[Event] = [{"Type": "AgentSessionStart", "AgentId": "1001"}, {"Type": "AgentState", "CurrentState": "Available"}]
CALL = {"Type": "CallContactEvent", "ContactID": "77", "Status": "Active", "FinalState": "False"}
NO_SESSION = Answer(404, "Invalid agent session Id")


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
        return await self._next(self.polls, f"poll {session_id}" if held == 60 else f"poll {session_id} for {held}")

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
        self.clock = VirtualClock()
        self.platform = LivePlatform(self.journal, self.clock, self.tenant, station, lambda: SKILLS, lambda: DISPOSITIONS)

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


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the platform waited, which take no time now."""
    waited: list[float] = []

    async def pace(seconds: float) -> None:
        waited.append(seconds)
        await let_others_run()

    monkeypatch.setattr("bridge.acd.live.platform.pace", pace)
    return waited


def test_a_lost_tenant_is_polled_shortly_ever_later_and_as_before_once_it_answers(waits: list[float]) -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        for _ in range(3):
            stage.tenant.polls.put_nowait(Broken("the connection broke"))
        await stage.until_called("poll second for 1", 3)
        assert waits == [1, 2, 4]
        stage.tenant.polls.put_nowait(polled("third", CALL))
        await stage.until_called("poll third")
        stage.tenant.polls.put_nowait(Broken("the connection broke"))
        await stage.until_called("poll third for 1")
        assert waits == [1, 2, 4, 1]
        await stage.platform.stop()

    run(test)


def test_a_poll_that_brought_nothing_keeps_the_id_and_is_not_made_again_in_a_hurry(waits: list[float]) -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.polls.put_nowait(Answer(304))
        await stage.until_called("poll second", 2)
        stage.tenant.polls.put_nowait(Answer(304))
        await stage.until_called("poll second", 3)
        assert waits == [1, 1]
        await stage.platform.stop()

    run(test)


def test_trouble_began_with_its_first_word_and_is_over_with_the_first_answer(waits: list[float]) -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        began = stage.clock.now()
        stage.tenant.polls.put_nowait(Broken("the connection broke"))
        await stage.until_called("poll second for 1")
        await stage.clock.advance(5000)
        stage.tenant.polls.put_nowait(Answer(503, "Service Unavailable"))
        await stage.until_called("poll second for 1", 2)
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert upstream.trouble.startswith("The tenant fails (503, Service Unavailable).")
        assert upstream.since == began
        stage.tenant.polls.put_nowait(Answer(304))

        async def is_well() -> bool:
            return (await stage.agent()).upstream == Upstream("cluster.example")

        await stage.until(is_well)
        await stage.platform.stop()

    run(test)


def test_who_opens_a_desk_waits_for_the_tenants_first_word_be_it_of_trouble(
    waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.acd.live.platform.SETTLES_WITHIN", 600)

    async def test() -> None:
        stage = Stage()
        await stage.platform.start()
        attending = asyncio.create_task(stage.platform.attend("1001"))
        await stage.until_called("join")
        assert not attending.done()
        stage.tenant.joins.put_nowait(NotSent("nothing answers at its address"))
        await attending
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert "nothing answers at its address" in upstream.trouble
        await stage.platform.stop()

    run(test)


def test_a_session_that_begins_anew_in_the_batch_in_which_it_ended_goes_on() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.polls.put_nowait(polled("third", {"Type": "AgentSessionEnd"}, *START))
        await stage.until_called("poll third")
        stage.tenant.polls.put_nowait(polled("fourth", CALL))
        await stage.until_called("poll fourth")
        await stage.until_logged_in()
        await stage.platform.stop()

    run(test)


def test_who_waits_for_an_outcome_and_goes_stops_no_call() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        records = await stage.platform.execute("1001", Act("hold", 77))
        waiting = asyncio.create_task(stage.platform.outcome("1001", records))
        await stage.until_called("second interactions/77/hold")
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        stage.tenant.answers.put_nowait(Answer(409, "Invalid State"))
        assert (refused := refusal(await stage.platform.outcome("1001", records))) is not None
        assert refused.reason == "The tenant refused hold of call 77: 409, Invalid State."
        await stage.platform.stop()

    run(test)


def test_an_agent_whom_the_session_start_does_not_name_is_the_one_whose_desk_is_open() -> None:
    async def test() -> None:
        stage = Stage()
        await stage.platform.start()
        attending = asyncio.create_task(stage.platform.attend("2002"))
        stage.tenant.joins.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("second", {"Type": "AgentSessionStart"}))
        await attending
        assert (await stage.agent("2002")).session == "first"
        await stage.platform.stop()

    run(test)


def test_a_token_that_is_no_agents_joins_as_the_agent_whose_desk_was_opened_last() -> None:
    async def test() -> None:
        stage = Stage()
        for answer in (Answer(400), Answer(400), NO_SESSION, Answer(400), NO_SESSION):
            stage.tenant.joins.put_nowait(answer)
        await stage.platform.start()
        await stage.platform.home()
        await stage.platform.attend("1001")
        await stage.platform.attend("2002")
        assert stage.tenant.calls == ["join", "join", "join as 1001", "join", "join as 2002"]
        await stage.platform.stop()

    run(test)


def test_the_floor_has_the_sessions_agent_alone() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        await stage.platform.attend("2002")
        assert list((await stage.platform.floor()).agents) == ["1001"]
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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(202), None),
        (Answer(409, "Invalid State"), "The tenant refused the state Available: 409, Invalid State."),
        (
            Answer(502),
            "Nobody knows whether the state Available reached the tenant: the tenant answered 502. "
            "What the desk shows is what counts.",
        ),
    ],
)
def test_a_supervisor_is_told_what_the_tenant_answers(answer: Answer, words: str | None) -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.answers.put_nowait(answer)
        do = Do(1, "state", {"agent": "1001", "state": "Available"})
        assert await carry_out(do, stage.platform, SKILLS, "page/a/1") == words
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
        stage.tenant.joins.put_nowait(NO_SESSION)
        await stage.platform.start()
        assert await stage.platform.home() == "1001"
        assert stage.tenant.calls == ["join"]
        stage.tenant.joins.put_nowait(NO_SESSION)
        stage.tenant.starts.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("second", *START))
        await stage.platform.attend("1001")
        assert stage.tenant.calls[1:4] == ["join", "start", "poll first"]
        await stage.platform.stop()

    run(test)


def test_a_session_is_started_for_the_agent_whom_a_token_that_is_no_agents_joins_as() -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_id="7"))
        for answer in (Answer(400), Answer(400), NO_SESSION):
            stage.tenant.joins.put_nowait(answer)
        stage.tenant.starts.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("second", *START))
        await stage.platform.start()
        await stage.platform.home()
        await stage.platform.attend("1001")
        assert stage.tenant.calls[1:5] == ["join", "join as 1001", "start as 1001", "poll first"]
        await stage.platform.stop()

    run(test)


def test_where_something_else_answers_that_it_knows_no_such_page_no_session_is_started(waits: list[float]) -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_phone_number="WebRTC"))
        elsewhere = Answer(404, body=b"<!doctype html><title>Not Found</title>")
        stage.tenant.joins.put_nowait(elsewhere)
        await stage.platform.start()
        await stage.platform.attend("1001")
        stage.tenant.joins.put_nowait(elsewhere)
        await stage.until_called("join", 3)
        assert stage.tenant.calls == ["join"] * 3
        assert waits == [1, 2]
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert "(404). Is the address of --upstream right?" in upstream.trouble
        await stage.platform.stop()

    run(test)


def test_an_agent_whom_nobody_attends_is_told_how_it_stands_too(waits: list[float]) -> None:
    async def test() -> None:
        stage = Stage()
        stage.tenant.joins.put_nowait(Answer(401, "Unauthorized"))
        began = stage.clock.now()
        await stage.platform.start()
        await stage.platform.home()
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert upstream.trouble.startswith("The tenant does not accept the token (401, Unauthorized)")
        assert upstream.since == began
        assert stage.journal.head == 0, "who only looks leaves nothing behind"
        refused = refusal(await stage.platform.execute("1001", SetState("Available")))
        assert refused is not None
        assert refused.reason == upstream.trouble
        await stage.platform.stop()

    run(test)


def test_the_log_tells_trouble_once_and_its_end(waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        for answer in (*[Answer(503)] * 3, *[Answer(401)] * 2):
            stage.tenant.polls.put_nowait(answer)
        await stage.until_called("poll second for 1", 5)
        stage.tenant.polls.put_nowait(polled("third", CALL))
        await stage.until_called("poll third")
        await stage.until(lambda: said(3))
        await stage.platform.stop()
        assert [line.partition(" (")[0] for line in caplog.messages] == [
            "The tenant fails",
            "The tenant does not accept the token",
            "All is well with the tenant again.",
        ]

    async def said(lines: int) -> bool:
        return len(caplog.messages) >= lines

    run(test)


def test_a_session_that_somebody_else_started_meanwhile_is_joined() -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_id="7"))
        for answer in (NO_SESSION, NO_SESSION, joined()):
            stage.tenant.joins.put_nowait(answer)
        stage.tenant.starts.put_nowait(Answer(409))
        stage.tenant.polls.put_nowait(polled("second", *START))
        await stage.platform.start()
        await stage.platform.home()
        await stage.platform.attend("1001")
        assert stage.tenant.calls[1:5] == ["join", "start", "join", "poll first"]
        assert (await stage.agent()).session == "first"
        await stage.platform.stop()

    run(test)


def test_a_start_of_which_nobody_knows_is_not_made_again_but_joined() -> None:
    async def test() -> None:
        stage = Stage(station=StartSession(station_id="7"))
        for answer in (NO_SESSION, NO_SESSION, NO_SESSION):
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
        stage.tenant.joins.put_nowait(NO_SESSION)
        await stage.platform.attend("1001")
        assert stage.tenant.calls.count("join") == 2
        await stage.platform.stop()

    run(test)


def test_a_session_start_in_the_middle_forgets_nothing_of_its_batch_and_stays_where_it_came() -> None:
    async def test() -> None:
        stage = Stage()
        stage.tenant.joins.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("second", CALL, START[1], START[0]))
        await stage.platform.start()
        await stage.until_logged_in()
        agent = await stage.agent()
        assert (list(agent.contacts), agent.current_state) == ([77], "Available")
        types = [record.value()["Type"] for record in await stage.records("wire")]
        assert types == ["CallContactEvent", "AgentState", "AgentSessionStart"]
        await stage.platform.stop()

    run(test)


def test_a_session_that_is_gone_after_a_network_loss_leaves_no_word_of_the_network() -> None:
    async def test() -> None:
        stage = await Stage().in_session()
        stage.tenant.polls.put_nowait(Broken("the connection broke"))
        stage.tenant.polls.put_nowait(Answer(404))

        async def is_out() -> bool:
            return (await stage.agent()).session is None

        await stage.until(is_out)
        agent = await stage.agent()
        assert agent.logged_out == "the tenant knows it no more"
        assert agent.upstream is not None
        assert agent.upstream.trouble == ""
        await stage.platform.stop()

    run(test)


def test_after_a_failure_of_its_own_it_joins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.acd.live.platform.SLOWLY", 0)

    class FullDisk(MemoryJournal):
        fails = False

        async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
            if self.fails:
                self.fails = False
                raise OSError("no space left on device")
            return await super().append(changes, at=at, cause=cause)

    async def test() -> None:
        stage = await Stage(journal := FullDisk()).in_session()
        journal.fails = True
        stage.tenant.polls.put_nowait(polled("third", CALL))
        await stage.until_called("join", 2)
        upstream = (await stage.agent()).upstream
        assert upstream is not None
        assert upstream.trouble.startswith("deskbridge failed to follow the tenant's session; the server's log says why.")
        stage.tenant.joins.put_nowait(joined("again"))
        stage.tenant.polls.put_nowait(polled("fourth", *START, CALL))

        async def is_told() -> bool:
            return list((await stage.agent()).contacts) == [77]

        await stage.until(is_told)
        await stage.platform.stop()

    run(test)


async def left_in_session(path: Path) -> None:
    """A journal of a process that ended while agent 1001 was in a call."""
    stage = await Stage(SqliteJournal(path)).in_session(CALL)
    await stage.platform.stop()
    await stage.journal.close()


def test_a_command_before_the_session_is_joined_again_is_not_sent(tmp_path: Path) -> None:
    async def test() -> None:
        await left_in_session(tmp_path / "journal.sqlite")
        stage = Stage(SqliteJournal(tmp_path / "journal.sqlite"))
        await stage.platform.start()
        await stage.until_called("join")
        records = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77)))
        assert (refused := refusal(records)) is not None
        assert refused.reason == (
            "The tenant was not asked for hold of call 77: deskbridge is in no session of this agent's now."
        )
        stage.tenant.joins.put_nowait(Answer(401, "Unauthorized"))
        await stage.platform.home()
        records = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77)))
        assert (refused := refusal(records)) is not None
        assert "is in no session of this agent's now. The tenant does not accept the token (401, " in refused.reason
        await stage.platform.stop()
        await stage.journal.close()

    run(test)


def test_no_command_of_an_agents_goes_into_the_session_of_another(tmp_path: Path) -> None:
    async def test() -> None:
        await left_in_session(tmp_path / "journal.sqlite")
        stage = Stage(SqliteJournal(tmp_path / "journal.sqlite"))
        stage.tenant.joins.put_nowait(joined("another"))
        await stage.platform.start()
        await stage.until_called("poll another")
        records = await stage.platform.outcome("1001", await stage.platform.execute("1001", Act("hold", 77)))
        assert refusal(records) is not None
        stage.tenant.polls.put_nowait(polled("next", {"Type": "AgentSessionStart", "AgentId": "2002"}))

        async def is_out() -> bool:
            return (await stage.agent()).session is None

        await stage.until(is_out)
        assert (await stage.agent()).logged_out == "the session here is that of agent 2002"
        await stage.until_called("poll next")
        assert [call for call in stage.tenant.calls if "hold" in call] == []
        await stage.platform.stop()
        await stage.journal.close()

    run(test)


def test_a_token_that_is_no_agents_joins_the_session_that_the_journal_knows_of(tmp_path: Path) -> None:
    async def test() -> None:
        await left_in_session(tmp_path / "journal.sqlite")
        stage = Stage(SqliteJournal(tmp_path / "journal.sqlite"))
        stage.tenant.joins.put_nowait(Answer(400))
        await stage.platform.start()
        await stage.until_called("join as 1001")
        assert list((await stage.agent()).contacts) == [77]
        await stage.platform.stop()
        await stage.journal.close()

    run(test)


def test_the_mock_decides_on_no_session_of_a_tenants(tmp_path: Path) -> None:
    async def test() -> None:
        await left_in_session(tmp_path / "journal.sqlite")
        journal = SqliteJournal(tmp_path / "journal.sqlite")
        mock = MockPlatform(journal, VirtualClock())
        await mock.start()
        agent, _ = await mock.agent("1001")
        assert (agent.session, agent.current_state, agent.contacts) == (None, "LoggedOut", {})
        await mock.attend("1001")
        agent, _ = await mock.agent("1001")
        assert agent.upstream is None
        await mock.stop()
        await journal.close()

    run(test)


def test_a_reset_history_is_told_anew() -> None:
    async def test() -> None:
        stage = await Stage().in_session(CALL)
        await stage.journal.reset()
        stage.tenant.joins.put_nowait(joined())
        stage.tenant.polls.put_nowait(polled("third", *START, CALL))
        await stage.platform.join_anew()
        assert (await stage.agent()).upstream == Upstream("cluster.example")
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
        stage.tenant.joins.put_nowait(NO_SESSION)
        await stage.platform.start()
        assert (await stage.agent()).current_state == "LoggedOut"
        await stage.platform.stop()

    run(test)
