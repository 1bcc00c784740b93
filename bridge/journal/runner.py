"""Reads, decides, appends; on a conflict reads on and decides again. And keeps the timers that the states want."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from bridge.clock import Clock
from bridge.journal.base import Change, Conflict, Draft, Journal, Record
from bridge.journal.decider import Decider, Ids

REMEMBERED_CAUSES = 4096
"""How many commands back a stream knows that it has seen one; far more than a page can have in flight."""

FOLD_AFTER = 20
"""Milliseconds between raw events' arrival and the fold that arms their timers: the events' readers go first."""

S = TypeVar("S")

Fire = Callable[[str, Any, str], Awaitable[object]]
"""What is done for a stream when a command of its timers is due, under a cause; None in place of the command: raw events have
been folded, and something may follow from them."""

Decide = Callable[[Mapping[str, Any], int, Ids], Mapping[str, Sequence[Draft]]]
"""From the states of some streams, the time and fresh ids to the drafts for each of them."""

Also = Callable[[], Iterable[str]]
"""The streams that are party to a change beside those that are known beforehand."""


class _Fold(Generic[S]):
    """One stream's state as far as it has been read, and which causes led to which of its records."""

    def __init__(self, state: S) -> None:
        self.state, self.version, self.at = state, 0, 0
        self.records_of: OrderedDict[str, list[Record]] = OrderedDict()

    def take(self, decider: Decider[S, Any], records: Sequence[Record]) -> None:
        state, evolve = self.state, decider.evolve
        for record in records:
            state = evolve(state, record)
            if record.cause is not None:
                self.records_of.setdefault(record.cause, []).append(record)
        self.state, self.version, self.at = state, records[-1].offset, records[-1].at
        while len(self.records_of) > REMEMBERED_CAUSES:
            self.records_of.popitem(last=False)


class Runner:
    """The one way in which streams with a decider change.

    `deciders` has a decider for each kind of stream, by the part of its name before the slash. States are folded when somebody
    asks, so that a burst of records reaches its readers before anyone folds it. `fire` is what timers do; by itself a runner
    executes their commands on the stream alone.
    """

    def __init__(
        self, journal: Journal, clock: Clock, deciders: Mapping[str, Decider[Any, Any]], fire: Fire | None = None
    ) -> None:
        self.journal, self.clock = journal, clock
        self._deciders = deciders
        self._ids = Ids(clock.now())
        self._folds: dict[str, _Fold[Any]] = {}
        self._timers: dict[str, tuple[int, Callable[[], None]]] = {}
        self._epoch = journal.epoch
        self._raw: set[str] = set()
        self._fire = fire or self._execute_due

    async def start(self) -> None:
        """Arm the timers of every open stream again; what fell due while nobody ran fires at once."""
        for stream in self.journal.open_streams():
            if stream.partition("/")[0] in self._deciders:
                await self._arm(stream)

    def stop(self) -> None:
        for stream in list(self._timers):
            self._disarm(stream)

    async def state(self, stream: str) -> tuple[Any, int]:
        """The stream's state and the version it is of."""
        fold = await self._caught_up(stream)
        return fold.state, fold.version

    def last_state(self, stream: str) -> Any:
        """The stream's state as it was last decided on, None where nobody has. Raw events may have told more since."""
        fold = self._folds.get(stream) if self._epoch == self.journal.epoch else None
        return None if fold is None else fold.state

    def new_id(self) -> int:
        """An id for something that no decision names first."""
        return self._ids.number()

    async def last_change(self, stream: str) -> int:
        """When the stream's last record was appended, in milliseconds since 1970; 0 for a stream without one."""
        return (await self._caught_up(stream)).at

    async def execute(self, stream: str, command: Any, cause: str | None = None) -> list[Record]:
        """Decide one command on one stream. Returns the records that it led to: those of the first time, if `cause` was
        seen before; none, if the command changes nothing."""
        decider = self._decider(stream)

        def decide(states: Mapping[str, Any], now: int, ids: Ids) -> Mapping[str, Sequence[Draft]]:
            return {stream: decider.decide(states[stream], command, now, ids)}

        return (await self.change([stream], decide, cause))[stream]

    async def change(
        self, streams: Sequence[str], decide: Decide, cause: str | None = None, also: Also | None = None
    ) -> dict[str, list[Record]]:
        """Decide on the states of several streams at once and append to all of them or none.

        `also` names further streams, asked anew with each try: who else is party to it may change meanwhile. Returns each
        stream's new records. The first stream is the one that is asked for something: a cause that it has seen is answered with
        what it led to in all of them.
        """
        while True:
            folds = await self._folded_together(streams, also)
            if cause is not None and cause in folds[streams[0]].records_of:
                return {stream: [*fold.records_of.get(cause, ())] for stream, fold in folds.items()}
            now = self.clock.now()
            drafts = decide({stream: fold.state for stream, fold in folds.items()}, now, self._ids)
            changes = [self._change(stream, folds[stream], drafts[stream], now, cause) for stream in drafts if drafts[stream]]
            if not changes:
                return {stream: [] for stream in folds}
            try:
                appended = await self.journal.append(changes, at=now, cause=cause)
            except Conflict:
                continue
            records = {change.stream: new for change, new in zip(changes, appended, strict=True)}
            for stream in records:
                await self._arm(stream)
            return {stream: records.get(stream, []) for stream in folds}

    async def append_raw(self, stream: str, drafts: Sequence[Draft], cause: str | None = None) -> list[Record]:
        """Append records that nobody decided: events from elsewhere. The timers they lead to are armed after the readers had
        their turn."""
        self._notice_epoch()
        now = self.clock.now()
        [records] = await self.journal.append([Change(stream, None, drafts)], at=now, cause=cause)
        fold_at = now + FOLD_AFTER
        self._raw.add(stream)
        # A timer that is due before folds as well; were it put off, events that keep coming would put it off for good.
        if stream not in self._timers or self._timers[stream][0] > fold_at:
            self._arm_at(stream, fold_at)
        return records

    async def _execute_due(self, stream: str, command: Any, cause: str) -> None:
        if command is not None:
            await self.execute(stream, command, cause)

    def _notice_epoch(self) -> None:
        """Let go of what belongs to a history that was reset."""
        if self._epoch != self.journal.epoch:
            self.stop()
            self._folds.clear()
            self._raw.clear()
            self._epoch = self.journal.epoch

    def _decider(self, stream: str) -> Decider[Any, Any]:
        return self._deciders[stream.partition("/")[0]]

    async def _caught_up(self, stream: str) -> _Fold[Any]:
        self._notice_epoch()
        decider = self._decider(stream)
        fold = self._folds.get(stream)
        if fold is None:
            fold = _Fold(decider.initial(stream))
            if self.journal.version(stream):  # whoever makes up streams shall fill no memory
                self._folds[stream] = fold
        if self.journal.version(stream) != fold.version:
            # The await may let another reader fold the same records first: take only what is still ahead of the fold.
            records = await self.journal.read(stream, fold.version)
            if new := [record for record in records if record.offset > fold.version]:
                fold.take(decider, new)
        return fold

    async def _folded_together(self, streams: Sequence[str], also: Also | None) -> dict[str, _Fold[Any]]:
        """The folds of all who are party, as of one moment: what one stream tells of another is then so."""
        folds: dict[str, _Fold[Any]] = {}
        party = list(streams)
        while behind := [one for one in party if one not in folds or self.journal.version(one) != folds[one].version]:
            for stream in behind:
                folds[stream] = await self._caught_up(stream)
            party = [*folds, *(() if also is None else also())]
        return folds

    def _change(self, stream: str, fold: _Fold[Any], drafts: Sequence[Draft], now: int, cause: str | None) -> Change:
        decider, state = self._decider(stream), fold.state
        for draft in drafts:
            state = decider.evolve(state, Record(fold.version, now, cause, draft.kind, draft.data))
        return Change(stream, fold.version, drafts, keep_open=decider.is_open(state))

    async def _arm(self, stream: str, done: Sequence[tuple[int, Any]] = ()) -> None:
        """Have a timer for the next thing that the stream's state wants, and no other. What is `done` has had its turn: if the
        state still wants it, it waits for the next change rather than spin."""
        fold = await self._caught_up(stream)
        wanted = [timer[0] for timer in self._decider(stream).due(fold.state) if timer not in done]
        self._disarm(stream)
        if wanted:
            self._arm_at(stream, min(wanted))

    def _arm_at(self, stream: str, when: int) -> None:
        async def fire() -> None:
            self._timers.pop(stream, None)
            now = self.clock.now()
            fold = await self._caught_up(stream)
            done = [timer for timer in self._decider(stream).due(fold.state) if timer[0] <= now]
            for _, command in done:
                await self._fire(stream, command, f"timer/{fold.version}")
            if stream in self._raw:
                self._raw.discard(stream)
                await self._fire(stream, None, f"raw/{fold.version}")
            await self._arm(stream, done)

        self._disarm(stream)
        self._timers[stream] = when, self.clock.call_at(when, fire)

    def _disarm(self, stream: str) -> None:
        if (timer := self._timers.pop(stream, None)) is not None:
            timer[1]()
