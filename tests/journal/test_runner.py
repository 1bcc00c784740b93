"""Decide, append, retry; and timers: `bridge/journal/runner.py`, with an egg timer for a decider."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from bridge.clock import VirtualClock
from bridge.journal import Change, Draft, MemoryJournal, Record
from bridge.journal.decider import Ids
from bridge.journal.runner import FOLD_AFTER, REMEMBERED_CAUSES, Runner


class Egg(NamedTuple):
    """An egg timer: when it rings (milliseconds since 1970), and when it rang."""

    rings_at: int | None = None
    rang: tuple[int, ...] = ()


class Set(NamedTuple):
    """Ring in so many milliseconds."""

    after: int


class Stop(NamedTuple):
    """Do not ring."""


class Ring(NamedTuple):
    """The timer's own command."""

    due: int


Command = Set | Stop | Ring


class EggTimer:
    """With `again` it is set anew when it rings, so many milliseconds after it was due; a `deaf` one does nothing when it is due.
    `decided` are the commands that it was asked to decide."""

    def __init__(self) -> None:
        self.again: int | None = None
        self.deaf = False
        self.decided: list[Command] = []

    def initial(self, stream: str) -> Egg:
        return Egg()

    def decide(self, state: Egg, command: Command, now: int, ids: Ids) -> list[Draft]:
        self.decided.append(command)
        match command:
            case Set(after):
                return [Draft.of("set", now + after)]
            case Stop():
                return [] if state.rings_at is None else [Draft.of("stopped", None)]
            case Ring(due):
                if self.deaf or state.rings_at != due:
                    return []
                return [Draft.of("rang", now), *([Draft.of("set", due + self.again)] if self.again is not None else [])]

    def evolve(self, state: Egg, record: Record) -> Egg:
        match record.kind:
            case "set":
                return state._replace(rings_at=record.value())
            case "rang":
                return Egg(None, (*state.rang, record.value()))
            case "stopped":
                return state._replace(rings_at=None)
        return state

    def due(self, state: Egg) -> list[tuple[int, Ring]]:
        return [] if state.rings_at is None else [(state.rings_at, Ring(state.rings_at))]

    def is_open(self, state: Egg) -> bool:
        return state.rings_at is not None


class Raced(MemoryJournal):
    """A journal in which somebody else is faster, as often as there are `rivals`: each is appended just before an append.
    `rivals_of_readers` are appended just before a stream is read, once for each stream."""

    def __init__(self) -> None:
        super().__init__()
        self.rivals: list[Change] = []
        self.rivals_of_readers: dict[str, list[Change]] = {}

    async def read(self, stream: str, after: int = 0) -> list[Record]:
        if rivals := self.rivals_of_readers.pop(stream, None):
            await super().append(rivals, at=0, cause="rival")
        return await super().read(stream, after)

    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        if self.rivals:
            await super().append([self.rivals.pop(0)], at=at, cause="rival")
        return await super().append(changes, at=at, cause=cause)


class Kitchen:
    """A journal, a clock that the test moves, and a runner for `egg/...` streams."""

    def __init__(self) -> None:
        self.decider, self.journal, self.clock = EggTimer(), Raced(), VirtualClock()
        self.start = self.clock.now()
        self.runner = Runner(self.journal, self.clock, {"egg": self.decider})

    async def restart(self, *, later: int = 0) -> None:
        """End the runner; another one starts on the same journal, so many milliseconds later."""
        self.runner.stop()
        self.clock = VirtualClock(self.clock.now() + later)
        self.runner = Runner(self.journal, self.clock, {"egg": self.decider})
        await self.runner.start()

    async def execute(self, command: Command, cause: str | None = None, stream: str = "egg/1") -> list[Record]:
        return await self.runner.execute(stream, command, cause)

    async def rang(self, stream: str = "egg/1") -> list[int]:
        """When the egg rang, in milliseconds after the start."""
        state, _ = await self.runner.state(stream)
        return [when - self.start for when in state.rang]

    async def kinds(self, stream: str = "egg/1") -> list[str]:
        return [record.kind for record in await self.journal.read(stream)]

    def rival(self, kind: str, value: Any = None, stream: str = "egg/1") -> Change:
        return Change(stream, None, [Draft.of(kind, value)])


Scene = Callable[[Kitchen], Coroutine[Any, Any, None]]


def cook(scene: Scene) -> None:
    """Run the coroutine `scene` with a fresh kitchen; an endless loop fails."""

    async def within_time() -> None:
        async with asyncio.timeout(10):
            await scene(Kitchen())

    asyncio.run(within_time())


def in_a_kitchen(scene: Scene) -> Callable[[], None]:
    """The coroutine `scene` as a test."""
    return lambda: cook(scene)


# Decide, append, retry


@in_a_kitchen
async def test_a_command_is_decided_on_the_state_and_its_records_are_appended_and_returned(kitchen: Kitchen) -> None:
    [record] = await kitchen.execute(Set(300), "page/7/1")
    assert (record.kind, record.value(), record.at, record.cause) == ("set", kitchen.start + 300, kitchen.start, "page/7/1")
    assert await kitchen.journal.read("egg/1") == [record]
    assert await kitchen.runner.state("egg/1") == (Egg(kitchen.start + 300), record.offset)


@in_a_kitchen
async def test_a_command_that_changes_nothing_appends_nothing(kitchen: Kitchen) -> None:
    assert await kitchen.execute(Stop()) == []
    assert kitchen.journal.head == 0


@in_a_kitchen
async def test_on_a_conflict_the_runner_reads_on_and_decides_again(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    kitchen.journal.rivals = [kitchen.rival("stopped")]
    assert await kitchen.execute(Stop()) == []
    assert await kitchen.kinds() == ["set", "stopped"]
    assert kitchen.decider.decided[1:] == [Stop(), Stop()]


@in_a_kitchen
async def test_it_decides_as_often_as_somebody_else_is_faster(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    kitchen.journal.rivals = [kitchen.rival("set", kitchen.start + after) for after in (400, 500, 600)]
    [record] = await kitchen.execute(Stop())
    assert await kitchen.kinds() == ["set", "set", "set", "set", "stopped"]
    assert record.offset == 5


@in_a_kitchen
async def test_commands_at_one_moment_are_decided_one_after_the_other(kitchen: Kitchen) -> None:
    await asyncio.gather(*(kitchen.execute(Set(300)) for _ in range(3)), *(kitchen.execute(Stop()) for _ in range(3)))
    assert await kitchen.kinds() == ["set", "set", "set", "stopped"]


# A cause seen before


@in_a_kitchen
async def test_a_cause_seen_twice_is_answered_and_not_done_twice(kitchen: Kitchen) -> None:
    first = await kitchen.execute(Set(300), "page/7/1")
    await kitchen.execute(Stop(), "page/7/2")
    assert await kitchen.execute(Set(300), "page/7/1") == first
    assert await kitchen.kinds() == ["set", "stopped"]


@in_a_kitchen
async def test_a_cause_is_known_after_a_restart(kitchen: Kitchen) -> None:
    first = await kitchen.execute(Set(300), "page/7/1")
    await kitchen.restart()
    assert await kitchen.execute(Set(300), "page/7/1") == first
    assert kitchen.journal.head == 1


@in_a_kitchen
async def test_a_cause_that_somebody_else_carried_out_meanwhile_is_answered_with_theirs(kitchen: Kitchen) -> None:
    kitchen.journal.rivals = [kitchen.rival("set", 7)]
    [record] = await kitchen.execute(Set(300), "rival")
    assert (record.kind, record.value()) == ("set", 7)
    assert kitchen.journal.head == 1


@in_a_kitchen
async def test_commands_without_a_cause_are_each_done(kitchen: Kitchen) -> None:
    for _ in range(2):
        await kitchen.execute(Set(300))
    assert await kitchen.kinds() == ["set", "set"]


@in_a_kitchen
async def test_a_cause_of_one_stream_is_unknown_to_another(kitchen: Kitchen) -> None:
    for stream in ("egg/1", "egg/2"):
        await kitchen.execute(Set(300), "page/7/1", stream)
    assert await kitchen.kinds("egg/2") == ["set"]


@in_a_kitchen
async def test_what_a_caller_does_to_its_answer_does_not_change_the_next_one(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300), "page/7/1")
    (await kitchen.execute(Set(300), "page/7/1")).clear()
    assert len(await kitchen.execute(Set(300), "page/7/1")) == 1


@in_a_kitchen
async def test_a_stream_remembers_its_newest_causes_and_forgets_the_oldest(kitchen: Kitchen) -> None:
    changes = [Change("egg/1", None, [Draft.of("note", None)])]
    for number in range(REMEMBERED_CAUSES + 1):
        await kitchen.journal.append(changes, at=0, cause=f"page/7/{number}")
    assert await kitchen.execute(Stop(), f"page/7/{REMEMBERED_CAUSES}") != []
    assert await kitchen.execute(Stop(), "page/7/1") != []
    assert await kitchen.execute(Stop(), "page/7/0") == []


# Several streams


def pass_on(states: Mapping[str, Any], now: int, ids: Ids) -> dict[str, list[Draft]]:
    """The first egg's time goes over to the second."""
    when = states["egg/1"].rings_at
    return {} if when is None else {"egg/1": [Draft.of("stopped", None)], "egg/2": [Draft.of("set", when)]}


@in_a_kitchen
async def test_a_change_of_several_streams_is_decided_on_all_their_states_and_appended_to_all(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    new = await kitchen.runner.change(["egg/1", "egg/2"], pass_on, "page/7/1")
    assert {stream: [(record.offset, record.kind) for record in records] for stream, records in new.items()} == {
        "egg/1": [(2, "stopped")],
        "egg/2": [(3, "set")],
    }
    await kitchen.clock.run()
    assert (await kitchen.rang(), await kitchen.rang("egg/2")) == ([], [300])


@pytest.mark.parametrize("raced", ["egg/1", "egg/2"])
def test_a_conflict_on_one_of_several_streams_appends_to_none_and_decides_on_all_again(raced: str) -> None:
    async def scene(kitchen: Kitchen) -> None:
        await kitchen.execute(Set(300))
        kitchen.journal.rivals = [kitchen.rival("stopped", stream=raced)]
        new = await kitchen.runner.change(["egg/1", "egg/2"], pass_on)
        second, appended = ([], [0, 0]) if raced == "egg/1" else (["stopped", "set"], [1, 1])
        assert [await kitchen.kinds(stream) for stream in ("egg/1", "egg/2")] == [["set", "stopped"], second]
        assert [len(records) for records in new.values()] == appended

    cook(scene)


@in_a_kitchen
async def test_a_stream_without_drafts_gets_no_records_and_may_move_on_meanwhile(kitchen: Kitchen) -> None:
    kitchen.journal.rivals = [kitchen.rival("set", 7, "egg/2")]

    def only_the_first(states: Mapping[str, Any], now: int, ids: Ids) -> dict[str, list[Draft]]:
        return {"egg/1": [Draft.of("set", 7)], "egg/2": []}

    new = await kitchen.runner.change(["egg/1", "egg/2"], only_the_first)
    assert [len(records) for records in new.values()] == [1, 0]


@in_a_kitchen
async def test_who_else_is_party_is_asked_anew_with_each_try(kitchen: Kitchen) -> None:
    decided_on: list[list[str]] = []

    def also() -> list[str]:
        return [f"egg/{place}" for place in range(1, 3 if kitchen.journal.version("egg/1") else 2)]

    def note(states: Mapping[str, Any], now: int, ids: Ids) -> Mapping[str, Sequence[Draft]]:
        decided_on.append(sorted(states))
        return {stream: [Draft.of("stopped", None)] for stream in states}

    kitchen.journal.rivals.append(kitchen.rival("set", 7))
    new = await kitchen.runner.change(["egg/1"], note, also=also)
    assert decided_on == [["egg/1"], ["egg/1", "egg/2"]]
    assert [len(records) for records in new.values()] == [1, 1]


@in_a_kitchen
async def test_the_states_of_several_streams_are_of_one_moment(kitchen: Kitchen) -> None:
    await kitchen.journal.append([kitchen.rival("set", 1), kitchen.rival("set", 1, "egg/2")], at=kitchen.start)
    kitchen.journal.rivals_of_readers = {"egg/2": [kitchen.rival("set", 7), kitchen.rival("set", 7, "egg/2")]}

    def compare(states: Mapping[str, Any], now: int, ids: Ids) -> Mapping[str, Sequence[Draft]]:
        assert [egg.rings_at for egg in states.values()] == [7, 7]
        return {}

    await kitchen.runner.change(["egg/1", "egg/2"], compare)
    assert not kitchen.journal.rivals_of_readers


@in_a_kitchen
async def test_who_asks_for_streams_that_never_were_fills_no_memory(kitchen: Kitchen) -> None:
    for place in range(3):
        assert await kitchen.runner.state(f"egg/{place}") == (Egg(), 0)
        await kitchen.execute(Stop(), stream=f"egg/{place}")
    assert not kitchen.runner._folds


@in_a_kitchen
async def test_a_cause_that_several_streams_have_seen_is_answered_for_each(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    first = await kitchen.runner.change(["egg/1", "egg/2"], pass_on, "page/7/1")
    again = await kitchen.runner.change(["egg/1", "egg/3", "egg/2"], pass_on, "page/7/1")
    assert again == {"egg/3": [], **first}


@in_a_kitchen
async def test_a_cause_that_another_stream_has_seen_is_not_the_first_ones(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.runner.change(["egg/1", "egg/2"], pass_on, "page/7/1")
    again = await kitchen.runner.change(["egg/3", "egg/1"], lambda states, now, ids: {"egg/3": [Draft.of("set", 7)]}, "page/7/1")
    assert [record.kind for record in again["egg/3"]] == ["set"]


# Timers


@in_a_kitchen
async def test_a_timer_fires_at_its_time(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.clock.advance(299)
    assert await kitchen.rang() == []
    await kitchen.clock.advance(1)
    assert await kitchen.rang() == [300]
    assert (await kitchen.journal.read("egg/1"))[-1].at == kitchen.start + 300


@in_a_kitchen
async def test_each_stream_has_its_own_timer(kitchen: Kitchen) -> None:
    for number, after in enumerate((300, 100, 200)):
        await kitchen.execute(Set(after), stream=f"egg/{number}")
    await kitchen.clock.run()
    assert [await kitchen.rang(f"egg/{number}") for number in range(3)] == [[300], [100], [200]]


@pytest.mark.parametrize(("command", "rang"), [(Stop(), []), (Set(100), [100]), (Set(900), [900])])
def test_a_timer_that_the_state_no_longer_wants_does_not_fire(command: Command, rang: list[int]) -> None:
    async def scene(kitchen: Kitchen) -> None:
        await kitchen.execute(Set(300))
        await kitchen.execute(command)
        await kitchen.clock.run()
        assert await kitchen.rang() == rang
        assert kitchen.decider.decided == [Set(300), command, *(Ring(kitchen.start + when) for when in rang)]

    cook(scene)


@in_a_kitchen
async def test_a_stopped_runner_fires_nothing(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    kitchen.runner.stop()
    await kitchen.clock.run()
    assert await kitchen.kinds() == ["set"]


@in_a_kitchen
async def test_timers_are_armed_again_at_the_start(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.restart(later=100)
    await kitchen.clock.run()
    assert await kitchen.rang() == [300]


@in_a_kitchen
async def test_what_fell_due_while_nobody_ran_fires_at_once(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.restart(later=1000)
    await kitchen.clock.advance(0)
    assert await kitchen.rang() == [1000]


@in_a_kitchen
async def test_so_does_all_that_would_have_followed_from_it_meanwhile(kitchen: Kitchen) -> None:
    kitchen.decider.again = 300
    await kitchen.execute(Set(300))
    await kitchen.restart(later=1000)
    await kitchen.clock.advance(0)
    assert await kitchen.rang() == [1000, 1000, 1000]
    await kitchen.clock.advance(200)
    assert await kitchen.rang() == [1000, 1000, 1000, 1200]


@in_a_kitchen
async def test_the_start_leaves_alone_what_is_closed_or_has_no_decider(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.execute(Stop())
    await kitchen.journal.append([Change("case/1", None, [Draft.of("set", 0)])], at=0)
    assert kitchen.journal.open_streams() == ["case/1"]
    await kitchen.restart(later=1000)
    await kitchen.clock.run()
    assert kitchen.journal.head == 3


@in_a_kitchen
async def test_a_due_command_that_changes_nothing_waits_for_the_next_change_and_does_not_spin(kitchen: Kitchen) -> None:
    kitchen.decider.deaf = True
    await kitchen.execute(Set(300))
    await kitchen.clock.advance(1000)
    ring = Ring(kitchen.start + 300)
    assert kitchen.decider.decided == [Set(300), ring]
    kitchen.decider.deaf = False
    await kitchen.runner.append_raw("egg/1", [Draft.of("note", None)])
    await kitchen.clock.run()
    assert kitchen.decider.decided == [Set(300), ring, ring]


@in_a_kitchen
async def test_a_timer_that_meets_a_conflict_decides_again(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    kitchen.journal.rivals = [kitchen.rival("set", kitchen.start + 500)]
    await kitchen.clock.run()
    assert await kitchen.rang() == [500]


@in_a_kitchen
async def test_two_runners_on_one_journal_ring_once(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    other = Runner(kitchen.journal, kitchen.clock, {"egg": kitchen.decider})
    await other.start()
    await kitchen.clock.run()
    assert await kitchen.kinds() == ["set", "rang"]


# Raw events


@in_a_kitchen
async def test_raw_records_are_appended_whatever_came_before_and_folded_when_somebody_asks(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    [record] = await kitchen.runner.append_raw("egg/1", [Draft.of("set", 7)], "request/1")
    assert (record.kind, record.at, record.cause) == ("set", kitchen.start, "request/1")
    assert await kitchen.runner.state("egg/1") == (Egg(7), record.offset)


@in_a_kitchen
async def test_raw_records_arm_their_timers_after_the_fold(kitchen: Kitchen) -> None:
    await kitchen.runner.append_raw("egg/1", [Draft.of("set", kitchen.start + 300)])
    await kitchen.clock.run()
    assert await kitchen.rang() == [300]


@in_a_kitchen
async def test_raw_records_open_a_closed_stream_so_that_a_start_arms_it(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.execute(Stop())
    await kitchen.runner.append_raw("egg/1", [Draft.of("set", kitchen.start + 300)])
    await kitchen.restart()
    await kitchen.clock.run()
    assert await kitchen.rang() == [300]


@in_a_kitchen
async def test_raw_records_that_are_due_at_once_wait_for_the_fold(kitchen: Kitchen) -> None:
    await kitchen.runner.append_raw("egg/1", [Draft.of("set", kitchen.start)])
    await kitchen.clock.run()
    assert await kitchen.rang() == [FOLD_AFTER]


@in_a_kitchen
async def test_raw_records_cancel_a_timer_that_the_state_no_longer_wants(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.runner.append_raw("egg/1", [Draft.of("stopped", None)])
    await kitchen.clock.run()
    assert kitchen.decider.decided == [Set(300)]


@in_a_kitchen
async def test_raw_records_bring_a_timer_forward(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(5000))
    await kitchen.runner.append_raw("egg/1", [Draft.of("set", kitchen.start + 300)])
    await kitchen.clock.run()
    assert await kitchen.rang() == [300]


@in_a_kitchen
async def test_raw_records_do_not_put_a_timer_off(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(FOLD_AFTER // 2))
    await kitchen.runner.append_raw("egg/1", [Draft.of("note", None)])
    await kitchen.clock.run()
    assert await kitchen.rang() == [FOLD_AFTER // 2]


@in_a_kitchen
async def test_raw_records_that_keep_coming_hold_no_timer_up(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    for _ in range(40):
        await kitchen.runner.append_raw("egg/1", [Draft.of("note", None)])
        await kitchen.clock.advance(FOLD_AFTER // 2)
    [rang] = await kitchen.rang()
    assert 300 <= rang <= 300 + FOLD_AFTER


# Epochs


@in_a_kitchen
async def test_a_reset_makes_the_runner_forget_what_it_folded_and_which_causes_it_saw(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300), "page/7/1")
    await kitchen.journal.reset()
    assert await kitchen.runner.state("egg/1") == (Egg(), 0)
    [record] = await kitchen.execute(Set(500), "page/7/1")
    assert record.value() == kitchen.start + 500


@in_a_kitchen
async def test_a_reset_makes_the_runner_forget_timers(kitchen: Kitchen) -> None:
    await kitchen.execute(Set(300))
    await kitchen.journal.reset()
    await kitchen.clock.run()
    assert kitchen.decider.decided == [Set(300)]


@in_a_kitchen
async def test_after_a_reset_there_are_the_timers_of_the_new_epoch_alone(kitchen: Kitchen) -> None:
    for stream in ("egg/1", "egg/2"):
        await kitchen.execute(Set(300), stream=stream)
    await kitchen.journal.reset()
    await kitchen.execute(Set(500), stream="egg/2")
    await kitchen.clock.run()
    assert (await kitchen.rang(), await kitchen.rang("egg/2")) == ([], [500])
