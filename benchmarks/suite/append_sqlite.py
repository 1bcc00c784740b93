"""A record goes into the journal's file."""

import sqlite3
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import chain, count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.base import Effort, Pair, benchmark, in_turns
from benchmarks.events import call_contact_event
from bridge.journal.base import WIRE, Change, Draft
from bridge.journal.sqlite import SqliteJournal

APPENDS_PER_TURN = 10
STREAM = "agent/1001"


@benchmark(unit="us", goal=1.25)
async def append_sqlite(effort: Effort) -> Sequence[Pair]:
    """Append one record of 500 bytes that expects the stream's version, followers' news included; p50.

    Floor: an insert of the same record, a column for each of its fields, under the same pragmas and on a cursor that is kept.
    """
    return [await _repetition(effort.rounds * 20) for _ in range(effort.repetitions)]


async def _repetition(rounds: int) -> Pair:
    event = msgspec.Raw(call_contact_event(100_000_000_001))
    data = bytes(event)
    offsets = count(1)
    with TemporaryDirectory(prefix="benchmark-") as directory, closing(_bare_database(Path(directory, "floor"))) as database:
        journal = SqliteJournal(Path(directory, "journal"))
        insert = database.cursor().execute

        async def product() -> list[float]:
            times = []
            for _ in range(APPENDS_PER_TURN):
                started = time.perf_counter_ns()
                await journal.append([Change(STREAM, journal.version(STREAM), [Draft(WIRE, event)])], at=0, cause="request/1")
                times.append((time.perf_counter_ns() - started) / 1000)
            return times

        async def floor() -> list[float]:
            times = []
            for _ in range(APPENDS_PER_TURN):
                started = time.perf_counter_ns()
                insert("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", (next(offsets), STREAM, 0, "request/1", WIRE, data))
                times.append((time.perf_counter_ns() - started) / 1000)
            return times

        try:
            value, least = await in_turns(rounds, product, floor)
        finally:
            await journal.close()
    return Pair(statistics.median(chain.from_iterable(value)), statistics.median(chain.from_iterable(least)))


def _bare_database(path: Path) -> sqlite3.Connection:
    """With the pragmas of `bridge/journal/sqlite.py`."""
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 0"):
        database.execute(f"PRAGMA {pragma}")
    database.execute(
        "CREATE TABLE records (offset INTEGER PRIMARY KEY, stream TEXT NOT NULL, at INTEGER NOT NULL, cause TEXT,"
        " kind TEXT NOT NULL, data BLOB NOT NULL)"
    )
    return database
