"""The journal: the history that everything in deskbridge is folded from."""

from bridge.journal.base import WIRE, Change, Conflict, Draft, Follower, Journal, JournalInUse, News, Record
from bridge.journal.memory import MemoryJournal
from bridge.journal.sqlite import SqliteJournal

__all__ = [
    "WIRE",
    "Change",
    "Conflict",
    "Draft",
    "Follower",
    "Journal",
    "JournalInUse",
    "MemoryJournal",
    "News",
    "Record",
    "SqliteJournal",
    "open_journal",
]


def open_journal(url: str, *, fresh: bool = False) -> Journal:
    """The journal that a `--journal` names: `memory:`, or `sqlite:///` and the path of a file (a fourth slash makes it absolute).

    Raises `ValueError` for any other text, and `JournalInUse` when another process has that file open.
    """
    if url == "memory:":
        return MemoryJournal()
    scheme, _, path = url.partition(":///")
    if scheme == "sqlite" and path and path != ":memory:":
        return SqliteJournal(path, fresh=fresh)
    raise ValueError(
        f"{url!r} is no journal: give `memory:`, `sqlite:///file` for a file below the current directory, "
        "or `sqlite:////directory/file` for any other."
    )
