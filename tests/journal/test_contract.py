"""What every journal keeps to, whatever it is kept in (`bridge/journal/base.py`)."""

import asyncio
import gc
import tempfile
import weakref
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.journal import Change, Conflict, Draft, Follower, Journal, MemoryJournal, News, Record, SqliteJournal

IMPLEMENTATIONS: dict[str, Callable[[Path], Journal]] = {
    "memory": lambda directory: MemoryJournal(),
    "sqlite": lambda directory: SqliteJournal(directory / "journal"),
    "sqlite-read-from-the-file": lambda directory: SqliteJournal(directory / "journal", tail_bytes=0),
}

every_implementation = pytest.mark.parametrize("opened", IMPLEMENTATIONS.values(), ids=IMPLEMENTATIONS.keys())


def contract(test: Callable[[Journal], Awaitable[None]]) -> Callable[..., None]:
    """Runs the coroutine `test` with an empty journal of each implementation."""

    @every_implementation
    def run(opened: Callable[[Path], Journal], tmp_path: Path) -> None:
        async def with_journal() -> None:
            journal = opened(tmp_path)
            try:
                async with asyncio.timeout(10):
                    await test(journal)
            finally:
                await journal.close()

        asyncio.run(with_journal())

    run.__doc__ = test.__doc__
    return run


def drafts(*names: str) -> list[Draft]:
    return [Draft.of("wire", {"Type": name}) for name in names]


def names(records: list[Record]) -> list[str]:
    return [record.value()["Type"] for record in records]


async def put(journal: Journal, stream: str, *names: str, keep_open: bool = True) -> list[Record]:
    (records,) = await journal.append([Change(stream, None, drafts(*names), keep_open)], at=0)
    return records


async def settle() -> None:
    """Lets every task run until it waits for something that only this one can bring."""
    for _ in range(10):
        await asyncio.sleep(0)


@contract
async def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert (journal.head, journal.version("agent/1"), journal.open_streams(), journal.notices) == (0, 0, [], [])
    assert await journal.read("agent/1") == []


@contract
async def test_what_is_appended_is_returned_and_read_back(journal: Journal) -> None:
    appended = await put(journal, "agent/1", "a", "b")
    assert names(appended) == ["a", "b"]
    assert await journal.read("agent/1") == appended


@contract
async def test_a_stream_is_read_from_any_offset_on(journal: Journal) -> None:
    await put(journal, "agent/1", "a", "b", "c")
    await put(journal, "agent/2", "elsewhere")
    await put(journal, "agent/1", "d")
    read = [names(await journal.read("agent/1", after)) for after in range(7)]
    assert read == [["a", "b", "c", "d"], ["b", "c", "d"], ["c", "d"], ["d"], ["d"], [], []]


@contract
async def test_offsets_are_consecutive_over_all_streams(journal: Journal) -> None:
    first = await put(journal, "agent/1", "a", "b")
    second = await put(journal, "agent/2", "c")
    third = await put(journal, "agent/1", "d")
    assert [record.offset for record in first + second + third] == [1, 2, 3, 4]
    assert (journal.head, journal.version("agent/1"), journal.version("agent/2")) == (4, 4, 3)


@contract
async def test_one_append_to_several_streams_gives_consecutive_offsets_in_the_order_of_its_changes(journal: Journal) -> None:
    changes = [Change("case/1", 0, drafts("a", "b")), Change("routing", 0, drafts("c")), Change("agent/1", 0, drafts("d"))]
    appended = await journal.append(changes, at=0)
    assert [[record.offset for record in records] for records in appended] == [[1, 2], [3], [4]]
    assert [await journal.read(change.stream) for change in changes] == appended
    assert journal.head == 4


@contract
async def test_an_append_that_expects_the_streams_version_is_taken(journal: Journal) -> None:
    await put(journal, "agent/1", "a")
    await put(journal, "agent/2", "b")
    await journal.append([Change("agent/1", 1, drafts("c"))], at=0)
    assert names(await journal.read("agent/1")) == ["a", "c"]


@contract
async def test_an_append_that_expects_another_version_is_a_conflict_that_names_both(journal: Journal) -> None:
    await put(journal, "agent/1", "a")
    with pytest.raises(Conflict) as conflict:
        await journal.append([Change("agent/1", 0, drafts("b"))], at=0)
    assert (conflict.value.stream, conflict.value.expected, conflict.value.actual) == ("agent/1", 0, 1)


@contract
async def test_a_conflict_on_one_stream_appends_to_none(journal: Journal) -> None:
    await put(journal, "agent/1", "a")
    changes = [Change("case/1", 0, drafts("b")), Change("agent/1", 0, drafts("c")), Change("routing", 0, drafts("d"))]
    with pytest.raises(Conflict):
        await journal.append(changes, at=0)
    assert [names(await journal.read(stream)) for stream in ("case/1", "agent/1", "routing")] == [[], ["a"], []]
    assert (journal.head, journal.version("case/1"), journal.open_streams()) == (1, 0, ["agent/1"])
    assert [record.offset for record in await put(journal, "case/1", "e")] == [2]


@contract
async def test_an_append_that_expects_nothing_follows_whatever_came_before(journal: Journal) -> None:
    await put(journal, "agent/1", "a")
    await journal.append([Change("agent/1", None, drafts("b"))], at=0)
    assert names(await journal.read("agent/1")) == ["a", "b"]


@contract
async def test_of_two_changes_decided_on_the_same_version_one_is_taken(journal: Journal) -> None:
    attempts = (journal.append([Change("agent/1", 0, drafts(name))], at=0) for name in "ab")
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "list"]
    assert journal.head == 1


@contract
async def test_time_cause_and_kind_are_kept(journal: Journal) -> None:
    note = Draft.of("note", {})
    await journal.append([Change("agent/1", 0, [*drafts("a"), note])], at=1_767_225_600_123, cause="page/7/12")
    await journal.append([Change("agent/1", None, [note])], at=1_767_225_600_124)
    assert [(record.at, record.cause, record.kind) for record in await journal.read("agent/1")] == [
        (1_767_225_600_123, "page/7/12", "wire"),
        (1_767_225_600_123, "page/7/12", "note"),
        (1_767_225_600_124, None, "note"),
    ]


@contract
async def test_data_comes_back_byte_for_byte(journal: Journal) -> None:
    data = '{ "b":1.50,  "a":[1e2 ,{"\\u00e9":"é\\/"}],\n"b":12345678901234567890123 }'.encode()
    await journal.append([Change("agent/1", 0, [Draft("wire", msgspec.Raw(data))])], at=0)
    (record,) = await journal.read("agent/1")
    assert bytes(record.data) == data


@contract
async def test_what_a_caller_does_to_records_it_was_given_changes_no_history(journal: Journal) -> None:
    (await put(journal, "agent/1", "a", "b")).clear()
    (await journal.read("agent/1")).clear()
    assert names(await journal.read("agent/1")) == ["a", "b"]


@contract
async def test_streams_are_open_until_an_append_says_otherwise(
    journal: Journal,
) -> None:
    for stream in ("case/2", "case/1", "agent/1"):
        await put(journal, stream, "begin")
    await put(journal, "case/1", "end", keep_open=False)
    await put(journal, "case/2", "more")
    assert journal.open_streams() == ["case/2", "agent/1"]
    await put(journal, "case/1", "again")
    assert journal.open_streams() == ["case/2", "case/1", "agent/1"]


@contract
async def test_a_follower_gets_what_there_is_and_then_what_comes(journal: Journal) -> None:
    await put(journal, "agent/1", "a", "b")
    async with journal.follow("agent/1") as follower:
        assert names(await anext(follower)) == ["a", "b"]
        await put(journal, "agent/1", "c")
        assert names(await anext(follower)) == ["c"]


@contract
async def test_a_follower_waits_for_records_of_its_own_stream(journal: Journal) -> None:
    async with journal.follow("agent/1") as follower:
        step = asyncio.ensure_future(anext(follower))
        await put(journal, "agent/2", "elsewhere")
        await settle()
        assert not step.done()
        await put(journal, "agent/1", "a")
        assert names(await step) == ["a"]


@contract
async def test_a_waiting_follower_has_its_records_one_turn_of_the_loop_after_the_append(journal: Journal) -> None:
    async with journal.follow("agent/1") as follower:
        step = asyncio.ensure_future(anext(follower))
        await settle()
        await put(journal, "agent/1", "a")
        await asyncio.sleep(0)
        assert step.done()


@contract
async def test_a_follower_begins_after_the_offset_it_is_given(journal: Journal) -> None:
    await put(journal, "agent/1", "a", "b", "c")
    async with journal.follow("agent/1", after=2) as follower:
        assert names(await anext(follower)) == ["c"]


@contract
async def test_every_follower_of_a_stream_gets_everything_in_order(journal: Journal) -> None:
    got: list[list[str]] = [[], []]

    async def follow(mine: list[str]) -> None:
        async with journal.follow("agent/1") as follower:
            async for records in follower:
                mine += names(records)

    tasks = [asyncio.ensure_future(follow(mine)) for mine in got]
    expected = [str(number) for number in range(40)]
    for turns, name in enumerate(expected):
        await put(journal, "agent/1", name)
        for _ in range(turns % 3):
            await asyncio.sleep(0)
    await settle()
    assert got == [expected, expected]
    await journal.close()
    await asyncio.gather(*tasks)


@contract
async def test_a_follower_that_lags_gets_all_it_missed_as_one_batch(journal: Journal) -> None:
    async with journal.follow("agent/1") as follower:
        await put(journal, "agent/1", "a")
        assert names(await anext(follower)) == ["a"]
        await put(journal, "agent/1", "b", "c")
        await put(journal, "agent/2", "elsewhere")
        await put(journal, "agent/1", "d")
        assert names(await anext(follower)) == ["b", "c", "d"]


async def has_ended(follower: Follower) -> bool:
    return [records async for records in follower] == []


@contract
async def test_a_waiting_follower_ends_when_the_journal_closes(journal: Journal) -> None:
    end = asyncio.ensure_future(has_ended(journal.follow("agent/1")))
    await settle()
    await journal.close()
    assert await end


@contract
async def test_a_waiting_follower_ends_when_the_journal_is_reset(journal: Journal) -> None:
    end = asyncio.ensure_future(has_ended(journal.follow("agent/1")))
    await settle()
    await journal.reset()
    assert await end


@contract
async def test_a_follower_of_an_earlier_epoch_gets_nothing_of_the_new_one(journal: Journal) -> None:
    follower = journal.follow("agent/1")
    await journal.reset()
    await put(journal, "agent/1", "a")
    assert await has_ended(follower)


@contract
async def test_a_waiting_follower_ends_when_it_is_closed(journal: Journal) -> None:
    follower = journal.follow("agent/1")
    end = asyncio.ensure_future(has_ended(follower))
    await settle()
    follower.close()
    assert await end


@contract
async def test_the_journal_lets_go_of_followers_that_are_done(journal: Journal) -> None:
    async with journal.follow("agent/1") as left:
        await put(journal, "agent/1", "a")
        await anext(left)
    reset = journal.follow("agent/1")
    await journal.reset()
    followers = [weakref.ref(left), weakref.ref(reset)]
    del left, reset
    gc.collect()
    assert [follower() for follower in followers] == [None, None]


@contract
async def test_news_come_of_any_stream(journal: Journal) -> None:
    async with journal.news() as news:
        await put(journal, "agent/1", "a", "b")
        assert await anext(news) == 2
        await put(journal, "routing", "c")
        assert await anext(news) == 3


@contract
async def test_news_wait_until_there_are_some(journal: Journal) -> None:
    await put(journal, "agent/1", "a")
    async with journal.news(after=1) as news:
        step = asyncio.ensure_future(anext(news))
        await settle()
        assert not step.done()
        await journal.append([Change("agent/2", 0, drafts("b")), Change("routing", 0, drafts("c"))], at=0)
        assert await step == 3


@contract
async def test_who_lags_hears_of_all_that_came_once(journal: Journal) -> None:
    async with journal.news() as news:
        for stream in ("agent/1", "agent/2", "agent/1"):
            await put(journal, stream, "a")
        assert await anext(news) == 3
        step = asyncio.ensure_future(anext(news))
        await settle()
        assert not step.done()
        step.cancel()


@contract
async def test_news_end_when_the_journal_is_reset_or_closes(journal: Journal) -> None:
    async def heard(news: News) -> list[int]:
        return [head async for head in news]

    waiting, not_yet_waiting = asyncio.ensure_future(heard(journal.news())), journal.news()
    await settle()
    await journal.reset()
    assert (await waiting, await heard(not_yet_waiting)) == ([], [])
    waiting = asyncio.ensure_future(heard(journal.news()))
    await settle()
    await journal.close()
    assert await waiting == []


@contract
async def test_the_journal_lets_go_of_who_listened(journal: Journal) -> None:
    async with journal.news() as left:
        await put(journal, "agent/1", "a")
        await anext(left)
    reset = journal.news(after=1)
    await journal.reset()
    listeners = [weakref.ref(left), weakref.ref(reset)]
    del left, reset
    gc.collect()
    assert [listener() for listener in listeners] == [None, None]


@contract
async def test_a_reset_forgets_everything_and_begins_a_new_epoch(journal: Journal) -> None:
    epoch = journal.epoch
    await put(journal, "agent/1", "a")
    await journal.reset()
    assert journal.epoch != epoch
    assert (journal.version("agent/1"), journal.open_streams(), await journal.read("agent/1")) == (0, [], [])


@contract
async def test_offsets_go_on_after_a_reset(journal: Journal) -> None:
    await put(journal, "agent/1", "a", "b")
    await journal.reset()
    assert journal.head == 2
    (record,) = await put(journal, "agent/2", "c")
    assert record.offset == 3


@contract
async def test_a_stream_that_is_forgotten_was_never_there(journal: Journal) -> None:
    await put(journal, "recording/1", "a", "b")
    (other,) = await put(journal, "recording/2", "c")
    await journal.forget("recording/1")
    assert (journal.version("recording/1"), journal.open_streams()) == (0, ["recording/2"])
    assert await journal.read("recording/1") == []
    assert await journal.read("recording/2") == [other]
    (again,) = await journal.append([Change("recording/1", 0, drafts("d"))], at=0)
    assert await journal.read("recording/1") == again


@contract
async def test_to_forget_a_stream_that_there_is_not_changes_nothing(journal: Journal) -> None:
    await put(journal, "recording/1", "a")
    await journal.forget("recording/2")
    assert journal.open_streams() == ["recording/1"]


@contract
async def test_offsets_go_on_after_the_newest_stream_was_forgotten(journal: Journal) -> None:
    await put(journal, "recording/1", "a", "b")
    await journal.forget("recording/1")
    (record,) = await put(journal, "recording/2", "c")
    assert record.offset == 3


@contract
async def test_a_second_close_does_nothing(journal: Journal) -> None:
    await journal.close()
    await journal.close()


values = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=10), max_size=3)
changes = st.tuples(st.lists(st.tuples(st.sampled_from(["wire", 'ü"']), values), min_size=1, max_size=4), st.booleans())
appends = st.dictionaries(st.sampled_from(["agent/1", "routing", "case/ü"]), changes, min_size=1)


@every_implementation
@settings(max_examples=40, deadline=None)
@given(history=st.lists(appends, max_size=8))
def test_any_history_reads_back_as_from_a_plain_list(
    opened: Callable[[Path], Journal], history: list[dict[str, tuple[list[tuple[str, object]], bool]]]
) -> None:
    async def check(journal: Journal) -> None:
        model: list[tuple[str, Record]] = []
        is_open: dict[str, bool] = {}
        for at, append in enumerate(history):
            batch: list[Change] = []
            for stream, (entries, keep_open) in append.items():
                version = max((record.offset for name, record in model if name == stream), default=0)
                batch.append(Change(stream, version, [Draft.of(kind, value) for kind, value in entries], keep_open))
            for change in batch:
                is_open[change.stream] = change.keep_open
                model += [
                    (change.stream, Record(len(model) + number, at, f"request/{at}", draft.kind, draft.data))
                    for number, draft in enumerate(change.drafts, 1)
                ]
            await journal.append(batch, at=at, cause=f"request/{at}")
        assert journal.head == len(model)
        assert journal.open_streams() == [stream for stream, flag in is_open.items() if flag]
        for stream in is_open:
            for after in range(len(model) + 1):
                expected = [record for name, record in model if name == stream and record.offset > after]
                assert await journal.read(stream, after) == expected
        await journal.close()

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(check(opened(Path(directory))))
