"""One open desk page: its socket, its windows' registrations, what it is owed.

The page relays, this decides. Nothing here outlives the socket: a page that comes back says what its windows have.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from bridge.acd.agent_state import Agent
from bridge.acd.between_agents import Together
from bridge.acd.commands import Attend, Command, Offer, PanelCommand, SetCard, SetState
from bridge.acd.events import head
from bridge.acd.platform import Refusal, refusal, stream_of
from bridge.clock import Clock, pace
from bridge.desk.connection import Connection
from bridge.desk.desk import Desk
from bridge.desk.frames import (
    FRAME_BYTES,
    Check,
    Choose,
    Do,
    Gone,
    Got,
    HeldRegistration,
    Hello,
    Listen,
    Posted,
    cuts,
    events_frame,
    frame,
    read_frames,
)
from bridge.desk.panels import contact_of
from bridge.desk.reach import ANSWERS
from bridge.journal.base import WIRE, Follower, Record
from bridge.postmessage.lint import misspelt
from bridge.postmessage.messages import CallCommand, ContactCard, Envelope, Register, Unregister, read_posted
from bridge.postmessage.profiles import InvalidContactId, Profile
from bridge.postmessage.subscriptions import SESSION, Desktop, Key, Registration, Subscriptions, register, session_info

BYTES_AHEAD = 6 * FRAME_BYTES
"""How much of events may be under way to a page that has not passed it on; more than it passes on between two reports."""

NO_PANEL = "its sender is no panel of this desk"

ROWS_AT_FIRST = 200
ROWS_AT_ONCE = 50
"""The most messages that the drawer is given when it opens, and then each time: where more come nobody could read them, and who
wants them all asks the control API."""

BETWEEN_LISTS = 0.1
"""Seconds between two lists of colleagues."""

BETWEEN_ROWS = 0.2
"""Seconds in which messages for the drawer come together."""


class Page:
    def __init__(self, socket: WebSocket, desk: Desk, profile: Profile, clock: Clock) -> None:
        self._socket, self._desk, self._profile, self._clock = socket, desk, profile, clock
        self._connection = Connection(socket, f"a desk page of agent {desk.agent_id}")
        self._id = ""
        self._subscriptions = Subscriptions()
        self._under_way: deque[int] = deque()
        self._ahead = self._passed_on = 0
        self._may_send = asyncio.Event()
        self._answered = 0
        self._passed_version = 0
        self._passed = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self._listing: asyncio.Task[None] | None = None
        self._origin = socket.headers.get("origin")
        self._urls: dict[str, str] = {}

    async def run(self, hello: Hello) -> None:
        """Serve the page until it goes. Raises nothing when it does."""
        agent_id, journal = self._desk.agent_id, self._desk.journal
        if hello.epoch != journal.epoch:  # a page that comes back does not undo a log-out
            await self._desk.platform.attend(agent_id)
        await self._desk.platform.execute(agent_id, Attend())
        self._id, self._urls = hello.page, hello.panels
        resumed = hello.epoch == journal.epoch and hello.offset <= journal.head
        offset = hello.offset if resumed else journal.version(stream_of(agent_id))
        for held in hello.windows if resumed else []:
            self._subscriptions.add(held.window, _registration(held.registration), max(held.since, offset))
        # Followed from here on, so that a reset in the next moment is not missed.
        follower = journal.follow(stream_of(agent_id), offset)
        self._passed_version = offset
        try:
            await self._connection.send(
                frame("welcome", epoch=journal.epoch, offset=offset, resumed=resumed, now=self._clock.now())
            )
            for lasting in (self._follow(follower), self._show(), self._connection.beat()):
                self._connection.begin(lasting)
            while (message := await self._socket.receive())["type"] != "websocket.disconnect":
                await self._receive(message.get("text") or "")
        except WebSocketDisconnect:
            pass
        finally:
            follower.close()
            await self._connection.end()

    # What the page sends

    async def _receive(self, text: str) -> None:
        try:
            frames = read_frames(text)
        except msgspec.DecodeError as invalid:
            await self._connection.send(frame("error", text=f"The server does not understand a frame of this page: {invalid}."))
            return
        for read in frames:
            match read:
                case Posted():
                    await self._posted(read)
                case Do():
                    await self._do(read)
                case Got():
                    self._got(read.frames)
                case Gone():
                    for window in read.windows:
                        self._subscriptions.remove(window)
                case Check(panel):
                    self._look_at(panel, fresh=True)
                case Listen():
                    self._listen(read.on)
                case Choose():
                    self._list_colleagues(read)
                case Hello():
                    await self._connection.send(frame("error", text="This socket has had its hello already."))
        last = max((read.seq for read in frames if isinstance(read, Posted | Do)), default=0)
        if last > self._answered:  # nothing in there asked for an answer, but the page keeps what it sent until there is one
            await self._answer(frame("ok", seq=last), last)

    async def _posted(self, posted: Posted) -> None:
        """A window posted a message (max-post-message.md, section 2)."""
        window, panel = posted.window, posted.panel
        if window is None or panel is None:
            self._desk.wire.came_in(self._clock.now(), self._id, [], posted.data, origin=posted.origin, ignored=NO_PANEL)
            return
        message = read_posted(posted.data)
        ignored = "MAX knows no such message" if message is None else None
        self._desk.wire.came_in(
            self._clock.now(), self._id, [window], posted.data, panel=panel, origin=posted.origin, ignored=ignored
        )
        match message:
            case None:
                if (hint := misspelt(posted.data)) is not None:
                    self._note(window, panel, hint)
                    await self._connection.send(frame("hint", panel=panel, text=hint))
            case Register():
                await self._register(posted, window, panel, message)
            case Unregister():
                self._subscriptions.remove(window)
            case ContactCard():
                await self._set_card(posted, window, panel, message)
            case CallCommand(message_type):
                await self._carry_out(posted.seq, PanelCommand(message_type), posted)

    async def _register(self, posted: Posted, window: int, panel: str, message: Register) -> None:
        already = self._subscriptions.get(window)
        agent, version = await self._desk.platform.agent(self._desk.agent_id)
        answer = register(
            message, panel_contact=contact_of(panel), already=already, desktop=_desktop(agent), profile=self._profile
        )
        registration = answer.registration
        if registration is not None and already is None:
            self._subscriptions.add(window, registration, version)
        if answer.events:
            envelope = Envelope(self._profile.issuer, answer.contact_id, answer.events)
            held = _held(registration) if registration is not None else None
            text = frame("post", seq=posted.seq, window=window, message=envelope, registration=held, since=version)
            await self._answer(text, posted.seq)
            self._desk.wire.went_out(self._clock.now(), self._id, [window], envelope)
        for warning in answer.warnings:
            await self._warn(window, panel, warning)

    async def _set_card(self, posted: Posted, window: int, panel: str, card: ContactCard) -> None:
        try:
            contact_id = self._profile.contact_id(card.contact_id)
        except InvalidContactId:
            await self._warn(window, panel, "ContactCardData with an invalid contactId: ignored.")
            return
        if contact_id is None:
            contact_id = contact_of(panel)
        await self._carry_out(posted.seq, SetCard(contact_id, card.name, card.picture), posted)

    async def _do(self, do: Do) -> None:
        from bridge.desk.controls import InvalidControl, command_of  # pydantic is first needed when a form is sent

        try:
            command = command_of(do, self._desk.configured.now.skills)
        except InvalidControl as invalid:
            await self._answer(frame("ok", seq=do.seq, refused=str(invalid)), do.seq)
            return
        if isinstance(command, Offer | SetState):
            await self._desk.platform.attend(self._desk.agent_id)  # the session may have ended while the page stayed open
        await self._carry_out(do.seq, command)

    async def _carry_out(self, seq: int, command: Command, posted: Posted | None = None) -> None:
        """Under a cause of page and sequence number, so that a frame sent twice is carried out once. `posted` is what a panel
        asked for it with; None: the desk's own control."""
        records = await self._desk.platform.execute(self._desk.agent_id, command, f"page/{self._id}/{seq}")
        refused = refusal(records)
        panel = posted.panel if posted is not None else None
        await self._answer(frame("ok", seq=seq, refused=refused.reason if refused else None, panel=panel), seq)
        if refused is not None:
            self._note_refusal(refused, posted)
        elif any(record.kind == "asked" for record in records):
            self._connection.begin(self._hear_outcome(records, posted))

    async def _hear_outcome(self, records: list[Record], posted: Posted | None) -> None:
        """Tell the person at the desk when a live tenant refuses; what it carries out shows."""
        from bridge.desk.view import Said

        refused = refusal(await self._desk.platform.outcome(self._desk.agent_id, records))
        if refused is not None:
            self._note_refusal(refused, posted)
            await self._connection.send(frame("view", changed={}, said=Said([], [], [refused.reason])))

    def _note_refusal(self, refused: Refusal, posted: Posted | None) -> None:
        if posted is not None and posted.window is not None:
            self._note(posted.window, posted.panel, f"{refused.command} was not carried out. {refused.reason}")

    async def _warn(self, window: int, panel: str, text: str) -> None:
        """As MAX does, on the browser's console."""
        self._note(window, panel, text)
        await self._connection.send(frame("warn", text=text))

    def _note(self, window: int, panel: str | None, text: str) -> None:
        self._desk.wire.noted(self._clock.now(), self._id, [window], text, panel)

    def _listen(self, on: bool) -> None:
        if on == (self._telling is not None):
            return
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        else:
            self._telling = self._connection.begin(self._tell_messages())

    def _list_colleagues(self, wanted: Choose) -> None:
        if self._listing is not None:
            self._listing.cancel()
            self._listing = None
        if wanted.verb is not None:
            contact_id = None if wanted.contact is None else int(wanted.contact)
            self._listing = self._connection.begin(self._tell_colleagues(wanted.verb, contact_id))

    # What the page is owed

    async def _follow(self, follower: Follower) -> None:
        """Pass on what happens to the windows that registered for it, until the history starts afresh."""
        async for records in follower:
            await self._pass_on(records)
            self._passed_version = records[-1].offset
            self._passed.set()
        await self._connection.start_afresh()

    async def _pass_on(self, records: Sequence[Record]) -> None:
        events: list[msgspec.Raw] = []
        keys: list[Key] = []
        offsets: list[int] = []
        for record in records:
            if record.kind == WIRE:
                events.append(record.data)
                keys.append(head(record.data).contact_id)
            elif record.kind == SESSION:
                events.append(session_info(record.value()["token"]))
                keys.append(SESSION)
            else:
                continue
            offsets.append(record.offset)
        if not events:
            return
        for start, end in cuts(events):
            while self._ahead > BYTES_AHEAD:
                self._may_send.clear()
                await self._may_send.wait()
            # Routed after the wait: a window may have registered anew meanwhile.
            deliveries = self._subscriptions.route(keys[start:end], offsets[start:end])
            sending = events_frame(events[start:end], offsets[start:end], deliveries)
            if sending is not None:
                self._under_way.append(len(sending.text))
                self._ahead += len(sending.text)
                await self._connection.send(sending.text)
                for windows, its_events in sending.posts:
                    self._log_sent(windows, its_events)

    def _got(self, frames: int) -> None:
        """The page has passed on this many frames of events since the socket opened."""
        while self._under_way and self._passed_on < frames:
            self._ahead -= self._under_way.popleft()
            self._passed_on += 1
        self._may_send.set()

    def _log_sent(self, windows: Sequence[int], events: list[msgspec.Raw]) -> None:
        contact_ids = {window: held.contact_id for window in windows if (held := self._subscriptions.get(window)) is not None}
        for contact_id in dict.fromkeys(contact_ids.values()):
            getting = [window for window, its_own in contact_ids.items() if its_own == contact_id]
            self._desk.wire.went_out(self._clock.now(), self._id, getting, Envelope(self._profile.issuer, contact_id, events))

    async def _show(self) -> None:
        """Send what changed of the view, at the pace at which this page takes it."""
        shown: dict[str, object] = {}
        async for view, said in self._desk.watch():
            while self._passed_version < view.version:  # a panel hears of the end of its contact before it closes
                self._passed.clear()
                await self._passed.wait()
            parts: dict[str, object] = {**view.regions, "panels": view.panels, "focus": view.focus, "incoming": view.incoming}
            changed = {key: part for key, part in parts.items() if shown.get(key, self) != part}
            if changed or said.urgent or said.polite or said.notices:
                await self._connection.send(frame("view", changed=changed, said=said))
            shown = parts
            before, self._urls = self._urls, {panel.key: panel.url for panel in view.panels}
            for key, url in self._urls.items():
                if before.get(key) != url:
                    self._look_at(key)

    def _look_at(self, panel: str, fresh: bool = False) -> None:
        """Have it found out whether a panel's page comes, and tell the desk why not."""
        if panel in self._urls and self._origin is not None:
            self._connection.begin(self._tell_trouble(panel, self._urls[panel], self._origin, fresh))

    async def _tell_trouble(self, panel: str, url: str, origin: str, fresh: bool) -> None:
        trouble = await self._desk.reach.check(url, origin, fresh)
        if trouble is not None and self._urls.get(panel) == url:
            shows = trouble.kind in ANSWERS
            await self._connection.send(frame("trouble", panel=panel, text=trouble.sentence, shows=shows))

    async def _tell_messages(self) -> None:
        """Send the rows of the drawer, those that there are and then each that comes."""
        from bridge.desk.view import message_rows

        log, after, most = self._desk.wire, 0, ROWS_AT_FIRST
        while True:
            await log.news(after)
            entries = log.read(after, most)
            if entries:
                missing = entries[0].offset - after - 1 if after else 0
                await self._connection.send(frame("messages", html=message_rows(entries, missing)))
            after, most = log.last, ROWS_AT_ONCE
            await pace(BETWEEN_ROWS)

    async def _tell_colleagues(self, verb: Together, contact_id: int | None) -> None:
        """Send whom there is to choose from, and again whenever that has changed: anything that happens to anybody may."""
        from bridge.desk.view import Said, colleagues

        desk, told = self._desk, None
        async with desk.journal.news(-1) as news:  # after nothing, so that the first come at once
            async for _ in news:
                agent, _ = await desk.platform.agent(desk.agent_id)
                html = colleagues(agent, verb, contact_id, await desk.platform.floor(), desk.configured.now)
                if html != told:
                    await self._connection.send(frame("view", changed={"colleagues": html}, said=Said([], [])))
                    told = html
                await pace(BETWEEN_LISTS)

    async def _answer(self, text: str, seq: int) -> None:
        """Send what answers the frame of this number, and with it all before."""
        self._answered = max(self._answered, seq)
        await self._connection.send(text)


def _desktop(agent: Agent) -> Desktop:
    return Desktop(agent.session, agent.state_raw, {contact.id: contact.raw for contact in agent.contacts.values()})


def _held(registration: Registration) -> HeldRegistration:
    contact_id = None if registration.contact_id is None else str(registration.contact_id)
    return HeldRegistration(sorted(registration.types), contact_id, registration.issuer)


def _registration(held: HeldRegistration) -> Registration:
    return Registration(frozenset(held.types), None if held.contact_id is None else int(held.contact_id), held.issuer)
