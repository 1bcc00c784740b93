"""Time as the wire spells it, time that a test moves, and timers that really fire: `bridge/clock.py`."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.clock import RealClock, VirtualClock, iso, let_others_run, milliseconds

YEAR_9999 = 253_402_300_799_999


def run(scene: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine; one that waits for ever fails."""

    async def within_time() -> None:
        async with asyncio.timeout(10):
            await scene

    asyncio.run(within_time())


# How the wire spells it


def test_a_time_on_the_wire_has_milliseconds_and_z() -> None:
    assert iso(1_795_248_000_000) == "2026-11-21T08:00:00.000Z"


@given(st.integers(0, YEAR_9999))
def test_every_millisecond_comes_back_from_its_text(moment: int) -> None:
    assert milliseconds(iso(moment)) == moment


@pytest.mark.parametrize(
    "text",
    ["2026-11-21T08:00:00.000Z", "2026-11-21T08:00:00", "2026-11-21T09:00:00+01:00", "2026-11-21 08:00:00.0001Z"],
)
def test_a_time_is_read_with_its_zone_and_as_utc_without_one(text: str) -> None:
    assert milliseconds(text) == 1_795_248_000_000


@given(st.text())
def test_text_that_is_no_time_is_none_and_no_error(text: str) -> None:
    assert milliseconds(f"never {text}") is None


@pytest.mark.parametrize("text", ["", "2026-13-01T00:00:00Z", "yesterday", "1795248000000"])
def test_what_only_looks_like_a_time_is_none(text: str) -> None:
    assert milliseconds(text) is None


# Virtual time


class Diary:
    """Timers of one virtual clock that write down their name and when they fired, in milliseconds after the start."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.start = self.clock.now()
        self.fired: list[tuple[str, int]] = []

    def at(self, after: int, name: str, then: Callable[[], object] = lambda: None) -> Callable[[], None]:
        async def fire() -> None:
            self.fired.append((name, self.now))
            then()

        return self.clock.call_at(self.start + after, fire)

    @property
    def now(self) -> int:
        return self.clock.now() - self.start


def told(scene: Callable[[Diary], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The coroutine `scene` as a test, with a fresh diary."""
    return lambda: run(scene(Diary()))


@told
async def test_virtual_time_stands_still_until_it_is_moved(diary: Diary) -> None:
    diary.at(0, "now")
    await let_others_run()
    assert (diary.now, diary.fired) == (0, [])


@told
async def test_advance_fires_every_timer_on_the_way_at_its_own_time_in_order(diary: Diary) -> None:
    for after in (300, 100, 200, 400):
        diary.at(after, f"t{after}")
    await diary.clock.advance(300)
    assert (diary.fired, diary.now) == ([("t100", 100), ("t200", 200), ("t300", 300)], 300)


@told
async def test_timers_of_one_time_fire_in_the_order_in_which_they_were_set(diary: Diary) -> None:
    for name in "bac":
        diary.at(100, name)
    await diary.clock.advance(100)
    assert [name for name, _ in diary.fired] == ["b", "a", "c"]


@told
async def test_a_timer_that_a_timer_sets_fires_on_the_same_way(diary: Diary) -> None:
    diary.at(100, "first", lambda: diary.at(150, "second"))
    await diary.clock.advance(200)
    assert (diary.fired, diary.now) == ([("first", 100), ("second", 150)], 200)


@told
async def test_a_timer_set_for_the_past_fires_when_time_next_moves_and_turns_nothing_back(diary: Diary) -> None:
    await diary.clock.advance(1000)
    diary.at(100, "late")
    await diary.clock.advance(0)
    assert (diary.fired, diary.now) == ([("late", 1000)], 1000)


@told
async def test_a_timer_fires_once(diary: Diary) -> None:
    diary.at(100, "once")
    await diary.clock.advance(100)
    await diary.clock.advance(100)
    assert diary.fired == [("once", 100)]


@told
async def test_a_cancelled_timer_does_not_fire_and_holds_no_other_up(diary: Diary) -> None:
    cancel = diary.at(100, "cancelled")
    diary.at(200, "kept")
    cancel()
    cancel()
    await diary.clock.advance(300)
    assert diary.fired == [("kept", 200)]


@told
async def test_cancelling_a_timer_that_has_fired_changes_nothing(diary: Diary) -> None:
    cancel = diary.at(100, "first")
    diary.at(200, "second")
    await diary.clock.advance(100)
    cancel()
    await diary.clock.advance(100)
    assert diary.fired == [("first", 100), ("second", 200)]


@told
async def test_a_timer_can_cancel_another_of_its_own_time(diary: Diary) -> None:
    cancels: list[Callable[[], None]] = []
    diary.at(100, "first", lambda: cancels[0]())
    cancels.append(diary.at(100, "second"))
    await diary.clock.run()
    assert diary.fired == [("first", 100)]


@told
async def test_run_goes_on_until_nothing_is_due_and_stops_at_the_last_timer(diary: Diary) -> None:
    diary.at(100, "first", lambda: diary.at(5000, "second"))
    await diary.clock.run()
    assert (diary.fired, diary.now) == ([("first", 100), ("second", 5000)], 5000)


@told
async def test_run_goes_no_further_than_its_horizon(diary: Diary) -> None:
    def again() -> None:
        diary.at(diary.now + 100, "tick", again)

    again()
    await diary.clock.run(horizon=350)
    assert diary.fired == [("tick", 100), ("tick", 200), ("tick", 300)]


@told
async def test_what_a_timer_wakes_runs_before_the_next_timer_fires(diary: Diary) -> None:
    woken = asyncio.Event()

    async def wait() -> None:
        await woken.wait()
        diary.at(150, "set by the woken")

    waiting = asyncio.create_task(wait())
    await let_others_run()
    diary.at(100, "wakes", woken.set)
    diary.at(200, "after")
    await diary.clock.advance(200)
    await waiting
    assert [name for name, _ in diary.fired] == ["wakes", "set by the woken", "after"]


# Real time


def test_a_real_timer_fires_at_its_time_and_not_before() -> None:
    async def scene() -> None:
        clock, fired = RealClock(), asyncio.Event()
        when = clock.now() + 20

        async def fire() -> None:
            fired.set()

        clock.call_at(when, fire)
        assert not fired.is_set()
        await fired.wait()
        assert clock.now() >= when

    run(scene())


@pytest.mark.parametrize("ahead", [-1000, 0, 5])
def test_a_real_timer_that_is_cancelled_does_not_begin_even_if_it_was_due(ahead: int) -> None:
    async def scene() -> None:
        clock, later = RealClock(), asyncio.Event()
        fired: list[str] = []

        async def cancelled() -> None:
            fired.append("cancelled")

        async def kept() -> None:
            fired.append("kept")
            later.set()

        cancel = clock.call_at(clock.now() + ahead, cancelled)
        clock.call_at(clock.now() + 10, kept)
        cancel()
        await later.wait()
        assert fired == ["kept"]

    run(scene())


def test_a_real_timer_may_cancel_itself_while_it_runs() -> None:
    async def scene() -> None:
        clock, done = RealClock(), asyncio.Event()

        async def fire() -> None:
            cancel()
            await let_others_run()
            done.set()

        cancel = clock.call_at(0, fire)
        await done.wait()

    run(scene())
