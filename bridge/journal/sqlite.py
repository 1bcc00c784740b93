"""A journal in one SQLite file: the default. It belongs to one process at a time.

What has been appended survives the end of the process, a `kill -9` included. It may not survive the end of the machine: SQLite's
log is not flushed to the disk with every append (`synchronous=NORMAL`), so a power cut can cost the last appends. The file is
sound in any case.

SQLite is called on the event loop, since handing an insert to a thread costs ten times the insert. Only what waits for the disk,
the copying of the log into the database, happens beside it.
"""

import os
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, count, takewhile
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bridge.journal.base import Change, Conflict, Draft, Journal, JournalInUse, Record, new_epoch

if TYPE_CHECKING:
    from filelock import BaseFileLock

SCHEMA = 2
"""The number of the layout below: it goes up with every change to the layout or to the meaning of records."""

APPLICATION = 0x64736B62
"""What marks an SQLite file as a deskbridge journal: "dskb" in ASCII."""

# One row holds what one append added to one stream, since a row costs more than a record. `last` is the offset of its last
# record, `previous` the stream's version before it: a stream is read from its end back, and no index slows the append down.
LAYOUT = (
    "CREATE TABLE history (epoch TEXT NOT NULL, head INTEGER NOT NULL)",
    "INSERT INTO history VALUES (lower(hex(randomblob(8))), 0)",
    """
    CREATE TABLE batches (
        last INTEGER PRIMARY KEY,
        previous INTEGER NOT NULL,
        stream TEXT NOT NULL,
        keep_open INTEGER NOT NULL,
        at INTEGER NOT NULL,
        cause TEXT,
        records BLOB NOT NULL
    )
    """,
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {SCHEMA}",
)
INSERT = "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)"
READ_BACK = """
    WITH RECURSIVE back(last, previous) AS (
        SELECT last, previous FROM batches WHERE last = :newest AND last > :after
        UNION ALL
        SELECT batches.last, batches.previous FROM back JOIN batches ON batches.last = back.previous WHERE batches.last > :after
    )
    SELECT last, at, cause, records FROM back CROSS JOIN batches USING (last)
"""

RECORD_BYTES = 200
"""What a record takes in memory beside its data, about."""

PAGE_BYTES = 4096
CHECKPOINT_BYTES = 2 * 2**20
"""How much goes into the log between two checkpoints."""

LOG_PAGES = 1024
"""The length of the log, in pages, at which an append waits for all of it to be copied."""

logger = getLogger(__name__)

_Row = tuple[int, int, str, bool, int, str | None, bytes]

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(list[Draft]).decode


class SqliteJournal(Journal):
    """Opens the journal at `path`, or makes one there, in a directory that need not exist.

    The file and those that SQLite keeps beside it are for their owner's eyes only. What stands at `path` and is no journal of
    this schema is moved aside, and `notices` says so. `fresh` forgets what the journal holds, as `reset` does. `tail_bytes` is
    the memory for the newest records of all streams together, where followers find them; older ones are read from the file.

    Raises `JournalInUse` while another process has the journal open.
    """

    def __init__(self, path: str | os.PathLike[str], *, fresh: bool = False, tail_bytes: int = 16 * 2**20) -> None:
        super().__init__()
        self.path = Path(path).resolve()
        self._streams: dict[str, _Stream] = {}
        self._tail: deque[tuple[_Stream, int]] = deque()
        self._tail_bytes, self._tail_limit = 0, tail_bytes
        self._log_bytes = 0
        with ExitStack() as resources:
            resources.callback(_lock(self.path).release)
            self._connection = self._open(resources)
            self._execute = self._connection.cursor().execute  # a new cursor for each insert would cost a tenth of it
            self._checkpoints = resources.enter_context(closing(_Checkpoints(self.path)))
            if fresh:
                self._start_afresh()
            self._resources = resources.pop_all()

    async def append(self, changes: Sequence[Change], *, at: int, cause: str | None = None) -> list[list[Record]]:
        # The usual append is to one stream, and then every microsecond beside the insert counts.
        if len(changes) == 1:
            (change,) = changes
            row = self._row(change, self.head, at, cause)
            self._execute(INSERT, row)
            appended = [self._keep(change, row)]
        else:
            rows, head = [], self.head
            for change in changes:
                rows.append(self._row(change, head, at, cause))
                head += len(change.drafts)
            with _transaction(self._connection):
                self._connection.executemany(INSERT, rows)
            appended = list(map(self._keep, changes, rows))
        if self._log_bytes > CHECKPOINT_BYTES:
            self._log_bytes = 0
            self._checkpoints.begin()
        return appended

    async def read(self, stream: str, after: int = 0) -> list[Record]:
        known = self._streams.get(stream)
        if known is None or known.version <= after:
            return []
        if known.on_file <= after:
            return known.newest(after)
        rows = self._connection.execute(READ_BACK, {"newest": known.on_file, "after": after}).fetchall()
        return _above(after, [_records(*row) for row in reversed(rows)]) + known.newest(after)

    def version(self, stream: str) -> int:
        known = self._streams.get(stream)
        return known.version if known else 0

    def open_streams(self) -> list[str]:
        return [name for name, stream in self._streams.items() if stream.keep_open]

    async def forget(self, stream: str) -> None:
        with _transaction(self._connection):
            self._connection.execute("DELETE FROM batches WHERE stream = ?", (stream,))
            self._connection.execute("UPDATE history SET head = ?", (self.head,))
        self._streams.pop(stream, None)  # what the tail has of it goes as all of the tail does

    async def reset(self) -> None:
        self._start_afresh()
        self._end_followers()

    async def close(self) -> None:
        self._end_followers()
        self._resources.close()

    def _row(self, change: Change, head: int, at: int, cause: str | None) -> _Row:
        stream = self._streams.get(change.stream)
        version = stream.version if stream is not None else 0
        if change.expected is not None and change.expected != version:
            raise Conflict(change.stream, change.expected, version)
        drafts = change.drafts
        return head + len(drafts), version, change.stream, change.keep_open, at, cause, encode(drafts)

    def _keep(self, change: Change, row: _Row) -> list[Record]:
        """Takes into memory what the file has; returns it. Nothing here may fail."""
        _, _, name, keep_open, at, cause, text = row
        records = [Record(offset, at, cause, draft.kind, draft.data) for offset, draft in enumerate(change.drafts, self.head + 1)]
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = _Stream()
        self.head = stream.version = records[-1].offset
        stream.keep_open = keep_open
        stream.batches.append(tuple(records))
        self._log_bytes += len(text) + PAGE_BYTES
        size = len(text) + RECORD_BYTES * len(records)
        self._tail.append((stream, size))
        self._tail_bytes += size
        while self._tail_bytes > self._tail_limit:
            oldest, size = self._tail.popleft()
            self._tail_bytes -= size
            oldest.on_file = oldest.batches.popleft()[-1].offset
        self._wake((name,))
        return records

    def _open(self, resources: ExitStack) -> sqlite3.Connection:
        # SQLite gives the files beside this one the same mode.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = resources.enter_context(closing(_connect(self.path)))
        misfit = self._load(connection)
        if misfit is None:
            return connection
        connection.close()
        aside = _move_aside(self.path, misfit)
        self.notices.append(
            f"{self.path} was no journal that this version of deskbridge reads ({misfit}): it has been renamed to {aside}, "
            "and a new journal started."
        )
        return self._open(resources)

    def _load(self, connection: sqlite3.Connection) -> str | None:
        """Takes from the file what is kept in memory, or returns why it cannot: `schema-7`, `foreign`, `unreadable`."""
        try:
            application, schema, tables = (
                connection.execute(query).fetchone()[0]
                for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
            )
            blank = not (application or schema or tables)
            if not blank and application != APPLICATION:
                return "foreign"
            if not blank and schema != SCHEMA:
                return f"schema-{schema}"
            # What is deleted is overwritten: it may have been a recording of what customers said.
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "wal_autocheckpoint = 0", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
            if blank:
                with _transaction(connection):
                    for statement in LAYOUT:
                        connection.execute(statement)
            self.epoch, head = connection.execute("SELECT epoch, head FROM history").fetchone()
            rows = connection.execute("SELECT stream, last, keep_open FROM batches ORDER BY last")
            newest = {stream: (last, bool(keep_open)) for stream, last, keep_open in rows}
            self._streams = {name: _Stream(last, keep_open) for name, (last, keep_open) in newest.items()}
            self.head = max([head, *(stream.version for stream in self._streams.values())])
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
            return "unreadable"
        return None

    def _start_afresh(self) -> None:
        epoch = new_epoch()
        with _transaction(self._connection):
            self._connection.execute("DELETE FROM batches")
            self._connection.execute("UPDATE history SET epoch = ?, head = ?", (epoch, self.head))
        self.epoch = epoch
        self._streams.clear()
        self._tail.clear()
        self._tail_bytes = 0


class _Stream:
    """What is known of a stream without asking the file: where it is, and its newest batches.

    `on_file` is the offset of the last record that only the file has.
    """

    __slots__ = ("batches", "keep_open", "on_file", "version")

    def __init__(self, version: int = 0, keep_open: bool = True) -> None:
        self.version = self.on_file = version
        self.keep_open = keep_open
        self.batches: deque[tuple[Record, ...]] = deque()

    def newest(self, after: int) -> list[Record]:
        missed = list(takewhile(lambda batch: batch[-1].offset > after, reversed(self.batches)))
        return _above(after, reversed(missed))


class _Checkpoints:
    """Copies SQLite's log into the database, on a connection and a thread of its own: the disk is waited for off the loop."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path)
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._log_pages: Future[int] | None = None

    def begin(self) -> None:
        """Begins to copy; waits for the disk only if appends outrun it."""
        if self._log_pages is not None and self._log_pages.result() > LOG_PAGES:
            # The log starts over only from an append that finds all of it copied, which appends without a pause never do.
            self._log_pages = None
            self._copy()
        else:
            self._log_pages = self._thread.submit(self._copy)

    def _copy(self) -> int:
        """Returns the length of the log in pages."""
        try:
            _, log, _ = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error:
            logger.warning(
                "The journal's log could not be copied into its database; it stays until the next time.", exc_info=True
            )
            return 0
        return int(log)

    def close(self) -> None:
        self._thread.shutdown()
        self._connection.close()


def _lock(path: Path) -> "BaseFileLock":
    """Takes the lock beside the file, which ends with the process however that ends."""
    from filelock import FileLock, Timeout  # as slow to import as all else here, and a journal in memory does not need it

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock", mode=0o600, thread_local=False)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise JournalInUse(
            f"The journal {path} is open in another process. End that one first, or give this one another journal: "
            "`--journal sqlite:///other-file`, or `--journal memory:` to keep nothing."
        ) from None
    return lock


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


def _move_aside(path: Path, why: str) -> Path:
    """Renames a database, with what SQLite keeps beside it, to a name that nothing has; returns that."""
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (path.with_name(f"{path.name}.{why}-{now}{more}") for more in chain([""], (f"-{n}" for n in count(2))))
    aside = next(name for name in names if not name.exists())
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{suffix}", f"{aside}{suffix}")
    return aside


def _records(last: int, at: int, cause: str | None, text: bytes) -> list[Record]:
    drafts = decode(text)
    return [Record(offset, at, cause, draft.kind, draft.data) for offset, draft in enumerate(drafts, last - len(drafts) + 1)]


def _above(after: int, batches: Iterable[Sequence[Record]]) -> list[Record]:
    """The records of these batches, without those up to `after`: a reader can be in the midst of the first batch."""
    records = list(chain.from_iterable(batches))
    if records and records[0].offset <= after:
        del records[: after - records[0].offset + 1]  # the offsets of a batch are consecutive
    return records
