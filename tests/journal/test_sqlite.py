"""The journal in a file: what outlives its process, who may have it, and what becomes of files that are something else."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import bridge
from bridge.journal import Change, Draft, JournalInUse, MemoryJournal, Record, SqliteJournal, open_journal

APPEND_UNTIL_KILLED = """
import asyncio, itertools, sys
from bridge.journal import Change, Draft, SqliteJournal

async def main():
    journal = SqliteJournal(sys.argv[1])
    for number in itertools.count(1):
        several = [Change(stream, None, [Draft.of("wire", {"number": number})]) for stream in ("agent/1", "case/1")]
        await journal.append(several[: 1 + number % 2], at=number)
        print(journal.head, flush=True)

asyncio.run(main())
"""


@contextmanager
def process_that_appends_to(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", APPEND_UNTIL_KILLED, str(path)]
    root = Path(bridge.__file__).parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_of(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def rest_of(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readlines()


def draft(**value: Any) -> Draft:
    return Draft.of("wire", value)


def append(journal: SqliteJournal, *changes: Change, at: int = 0, cause: str | None = None) -> list[list[Record]]:
    return asyncio.run(journal.append(changes, at=at, cause=cause))


def read(journal: SqliteJournal, stream: str, after: int = 0) -> list[Record]:
    return asyncio.run(journal.read(stream, after))


def close(journal: SqliteJournal) -> None:
    asyncio.run(journal.close())


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[SqliteJournal]:
    journal = SqliteJournal(path, **options)
    try:
        yield journal
    finally:
        close(journal)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_a_journal_opened_again_has_its_epoch_records_versions_and_open_streams(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("case/2", 0, [draft(a=1)]), Change("agent/1", 0, [draft(b=2), draft(c=3)]), at=5, cause="timer")
        append(journal, Change("case/1", 0, [draft(d=4)], keep_open=False))
        append(journal, Change("case/2", 1, [draft(e=5)]))
        epoch, records = journal.epoch, [read(journal, stream) for stream in ("agent/1", "case/1", "case/2")]
    with opened(path) as journal:
        assert (journal.epoch, journal.head, journal.notices) == (epoch, 5, [])
        assert [read(journal, stream) for stream in ("agent/1", "case/1", "case/2")] == records
        assert [journal.version(stream) for stream in ("agent/1", "case/1", "case/2")] == [3, 4, 5]
        assert journal.open_streams() == ["case/2", "agent/1"]


def test_a_journal_opened_again_goes_on_where_it_was(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1), draft(b=2)]))
    with opened(path) as journal:
        append(journal, Change("agent/1", 2, [draft(c=3)]))
        assert [record.value() for record in read(journal, "agent/1", after=1)] == [{"b": 2}, {"c": 3}]


def test_a_reset_is_remembered(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
        asyncio.run(journal.reset())
        epoch = journal.epoch
    with opened(path) as journal:
        assert (journal.epoch, journal.head, journal.version("agent/1")) == (epoch, 1, 0)


def test_a_fresh_start_forgets_the_history_and_counts_on(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
        epoch = journal.epoch
    with opened(path, fresh=True) as journal:
        assert journal.epoch != epoch
        assert (read(journal, "agent/1"), journal.open_streams(), journal.notices) == ([], [], [])
        ((record,),) = append(journal, Change("agent/1", 0, [draft(b=2)]))
        assert record.offset == 2


def test_a_killed_process_loses_nothing_that_it_had_appended(path: Path) -> None:
    with process_that_appends_to(path) as process:
        lines = lines_of(process, 200)
        process.kill()
        lines += [line for line in rest_of(process) if line.endswith("\n")]
    last = int(lines[-1])
    with opened(path) as journal:
        assert journal.notices == []
        # It may have been killed between an append and the line that tells of it: one number, at most two records.
        assert last <= journal.head <= last + 2
        agent, case = read(journal, "agent/1"), read(journal, "case/1")
        assert sorted(record.offset for record in agent + case) == list(range(1, journal.head + 1))
        assert [record.value()["number"] for record in agent] == list(range(1, len(agent) + 1))
        assert [record.value()["number"] for record in case] == list(range(1, len(agent) + 1, 2))


def test_a_second_process_is_refused_until_the_first_is_killed(path: Path) -> None:
    with process_that_appends_to(path) as process:
        lines_of(process, 1)
        with pytest.raises(JournalInUse) as refusal:
            SqliteJournal(path)
        assert str(path) in str(refusal.value)
        assert "--journal" in str(refusal.value)
        process.kill()
        process.wait()
        with opened(path) as journal:
            assert journal.head > 0


def test_a_closed_journal_can_be_opened_by_another(path: Path) -> None:
    with opened(path), pytest.raises(JournalInUse):
        SqliteJournal(path)
    with opened(path) as journal:
        assert journal.head == 0


def test_an_opening_that_fails_leaves_no_lock(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        SqliteJournal(path)
    path.rmdir()
    with opened(path) as journal:
        assert journal.head == 0


def test_a_directory_is_made_for_the_file(tmp_path: Path) -> None:
    with opened(tmp_path / "state" / "deskbridge" / "journal.sqlite") as journal:
        assert journal.path.exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_the_owner_may_read_any_of_its_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with opened(tmp_path / "state" / "journal.sqlite") as journal:
            append(journal, Change("agent/1", 0, [draft(a=1)]))
            modes = {file.name: file.stat().st_mode & 0o777 for file in journal.path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm", "journal.sqlite.lock"], 0o600)


def files_aside(path: Path, why: str) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.{why}-*"))


def make_schema(path: Path, number: int) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {number}")


def test_a_journal_of_another_schema_is_renamed_and_a_new_one_started(path: Path) -> None:
    make_schema(path, 4711)
    with opened(path) as journal:
        assert (journal.head, read(journal, "agent/1")) == (0, [])
        (aside,) = files_aside(path, "schema-4711")
        (notice,) = journal.notices
    assert str(path) in notice
    assert str(aside) in notice
    with closing(sqlite3.connect(aside)) as connection:
        assert connection.execute("SELECT stream, last FROM batches").fetchall() == [("agent/1", 1)]


def test_renaming_overwrites_nothing(path: Path) -> None:
    for _ in range(3):
        make_schema(path, 4711)
        with opened(path) as journal:
            assert len(journal.notices) == 1
    assert len(files_aside(path, "schema-4711")) == 3


@pytest.mark.parametrize("content", [b"hello", b"not a database\n" * 1000], ids=["short", "long"])
def test_a_file_that_is_no_database_is_renamed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with opened(path) as journal:
        assert journal.head == 0
        assert len(journal.notices) == 1
    (aside,) = files_aside(path, "unreadable")
    assert aside.read_bytes() == content


def test_a_database_of_something_else_is_renamed_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    content = path.read_bytes()
    with opened(path) as journal:
        assert len(journal.notices) == 1
    (aside,) = files_aside(path, "foreign")
    assert aside.read_bytes() == content


def test_a_damaged_journal_is_renamed(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with opened(path) as journal:
        assert (journal.head, len(journal.notices)) == (0, 1)
    assert len(files_aside(path, "unreadable")) == 1


def test_an_empty_file_becomes_a_journal(path: Path) -> None:
    path.touch()
    with opened(path) as journal:
        assert (journal.head, journal.notices) == (0, [])


def test_a_reader_far_behind_the_tail_gets_everything_once(path: Path) -> None:
    with opened(path, tail_bytes=10_000) as journal:
        for number in range(200):
            append(journal, Change(f"agent/{number % 3}", None, [draft(number=number, half=half) for half in (1, 2)]))
        expected = [{"number": number, "half": half} for number in range(0, 200, 3) for half in (1, 2)]
        assert [record.value() for record in read(journal, "agent/0")] == expected
        for missed in range(len(expected)):
            after = read(journal, "agent/0")[missed].offset
            assert [record.value() for record in read(journal, "agent/0", after)] == expected[missed + 1 :]


def test_the_newest_records_are_read_without_the_file(path: Path) -> None:
    with opened(path) as journal:
        (records,) = append(journal, Change("agent/1", 0, [draft(a=1), draft(b=2)]))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM batches")
        assert read(journal, "agent/1") == records


def test_an_error_in_the_midst_of_an_append_to_several_streams_leaves_nothing(path: Path) -> None:
    unstorable = "case/\ud800"  # half a surrogate pair has no UTF-8
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
        with pytest.raises(UnicodeEncodeError):
            append(journal, Change("agent/1", 1, [draft(b=2)]), Change(unstorable, 0, [draft(c=3)]))
        assert (journal.head, journal.version("agent/1"), journal.open_streams()) == (1, 1, ["agent/1"])
        append(journal, Change("agent/1", 1, [draft(d=4)]))
    with opened(path) as journal:
        assert [record.value() for record in read(journal, "agent/1")] == [{"a": 1}, {"d": 4}]


def test_sqlites_log_stays_bounded(path: Path) -> None:
    with opened(path) as journal:

        async def append_64_megabytes() -> None:
            for _ in range(128):
                await journal.append([Change("agent/1", None, [draft(text="x" * 2**19)])], at=0)

        asyncio.run(append_64_megabytes())
        assert path.with_name(f"{path.name}-wal").stat().st_size < 16 * 2**20


def test_a_url_names_a_journal_as_sqlalchemy_spells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, file in (("sqlite:///below/it", tmp_path / "below" / "it"), (f"sqlite:///{tmp_path}/it", tmp_path / "it")):
        journal = open_journal(url)
        assert file.exists()
        asyncio.run(journal.close())


def test_the_url_of_a_journal_in_memory_is_memory() -> None:
    assert isinstance(open_journal("memory:"), MemoryJournal)


def test_a_url_can_be_opened_fresh(path: Path) -> None:
    with opened(path) as journal:
        append(journal, Change("agent/1", 0, [draft(a=1)]))
    again = open_journal(f"sqlite:///{path}", fresh=True)
    assert (again.version("agent/1"), again.head) == (0, 1)
    asyncio.run(again.close())


@pytest.mark.parametrize("url", ["", "memory", "sqlite:", "sqlite://file", "sqlite:///", "sqlite:///:memory:", "postgres:///x"])
def test_another_url_is_refused_with_those_that_are_understood(url: str) -> None:
    with pytest.raises(ValueError, match=r"`memory:`, `sqlite:///file`.*`sqlite:////directory/file`"):
        open_journal(url)


def test_a_forgotten_stream_is_not_in_the_file_and_its_offsets_are_not_given_again(tmp_path: Path) -> None:
    async def forgotten() -> None:
        journal = SqliteJournal(tmp_path / "journal")
        await journal.append([Change("recording/1", None, [Draft.of("line", {"customer": "Dana Whitfield"})])], at=0)
        await journal.forget("recording/1")
        await journal.close()
        again = SqliteJournal(tmp_path / "journal")
        assert (again.head, again.version("recording/1")) == (1, 0)
        await again.close()

    asyncio.run(forgotten())
    assert [path.name for path in tmp_path.iterdir() if b"Whitfield" in path.read_bytes()] == []
