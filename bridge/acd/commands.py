"""What can be asked of an agent's platform. `decide` answers with records; a command that does not fit is refused in one."""

from typing import ClassVar, Literal

import msgspec

CallVerb = Literal["answer", "refuse", "hold", "resume", "mute", "unmute", "mask", "unmask", "record", "hangup"]
Verb = Literal[CallVerb, "end", "play", "pause"]
"""What an agent does with a contact; which of it fits which medium is said in `media.py`."""
CustomerVerb = Literal["answer", "busy", "no-answer", "hangup"]
Sender = Literal["agent", "customer"]
PanelMessage = Literal["AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent"]


LONGEST_TEXT = 10_000
"""Characters of a message, of a work item's payload, of a variable's value."""


class StartSession(msgspec.Struct, frozen=True):
    """Log the agent in; a session that runs is joined, which changes nothing. The station is the phone that the agent works with:
    one of the two, or neither where nobody has said. A recording that is played to the agent ends, or keeps the agent out without
    `ends_replay`."""

    station_id: str = ""
    station_phone_number: str = ""
    ends_replay: bool = True


class Attend(msgspec.Struct, frozen=True):
    """Somebody still works with the session; said now and then, so that a session that nobody attends can be told."""


class EndSession(msgspec.Struct, frozen=True):
    """Log the agent out. `by` tells the agent's own wish from a supervisor's and from a session that nobody attended. Contacts
    that are still there end, or without `end_contacts` keep the agent in."""

    by: Literal["agent", "supervisor", "timeout"] = "agent"
    end_contacts: bool = True


class SetState(msgspec.Struct, frozen=True):
    """The agent asks for a state: at once, after the calls that are there, or instead of the rest of ACW.

    `state` is Available or Unavailable (others are refused), `reason` the unavailable code's name.
    """

    state: str
    reason: str = ""


class Peer(msgspec.Struct, frozen=True):
    """The other end of a call between agents: the call that the other agent has of it. `agent_id` None: it waits in a queue."""

    agent_id: str | None
    contact_id: int


class Offer(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """A contact comes to the agent. `skill_id` is numeric text. `skill_name` and `customer` are for the desk, and on the wire
    only in a digital contact. `contact_id` None: a new one. `manual_accept` None: as the skill says; False: the contact is
    answered by itself. `custom_data` is what it has from an agent before (`custom_data.py`). `media` is the control API's name of
    its medium."""

    media: ClassVar[str]
    skill_id: str = ""
    skill_name: str | None = None
    customer: str | None = None
    contact_id: int | None = None
    manual_accept: bool | None = None
    custom_data: str = ""


class OfferCall(Offer, frozen=True):
    """A customer calls (inbound), or the agent dials one (outbound: `dnis` is the number dialed). `variables` are the screen
    pop's, in order. `parent` is the call that it belongs to, with `master` that of all of these. With a `peer` it is one end of a
    call between agents, `consult` if a customer waits meanwhile."""

    media: ClassVar[str] = "call"
    direction: Literal["inbound", "outbound"] = "inbound"
    ani: str = ""
    dnis: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    parent: str = ""
    master: str = ""
    peer: Peer | None = None
    consult: bool = False


class Written(msgspec.Struct, frozen=True, array_like=True):
    """What somebody wrote before. `at` is milliseconds since 1970, `agent_id` is that of the agent who did, "" for a customer."""

    sender: Sender
    text: str
    at: int
    agent_id: str = ""


Transcript = tuple[Written, ...]


class OfferChat(Offer, frozen=True):
    """A customer opens a chat, with `text` as the first message; `transcript` is what was written before it came to this agent.
    Without a `room_id` it gets one."""

    media: ClassVar[str] = "chat"
    sender: str = ""
    recipient: str = ""
    text: str = ""
    transcript: Transcript = ()
    room_id: str = ""


class OfferDigital(Offer, frozen=True):
    """A customer writes on a digital channel, `text` first; `transcript` and `case_id` as in a chat the room's."""

    media: ClassVar[str] = "digital"
    channel: str = ""
    text: str = ""
    transcript: Transcript = ()
    case_id: str = ""


class OfferWorkItem(Offer, frozen=True):
    """Something to be done. `payload` is text, often JSON; `variables` are the screen pop's, in order. Without an `item_id` it
    gets one."""

    media: ClassVar[str] = "workitem"
    item_type: str = ""
    payload: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    item_id: str = ""


class OfferVoicemail(Offer, frozen=True):
    """A customer has left a message of `duration` seconds; None: nobody knows how many."""

    media: ClassVar[str] = "voicemail"
    sender: str = ""
    recipient: str = ""
    file: str = ""
    duration: int | None = None


class OfferEmail(Offer, frozen=True):
    """An email has come. Subject and addresses are for the desk and never on the wire."""

    media: ClassVar[str] = "email"
    sender: str = ""
    recipient: str = ""
    subject: str = ""


class Act(msgspec.Struct, frozen=True):
    """The agent does something with a contact. Verbs never toggle; mute and unmute are the agent's, whichever call they name.
    `position` is the second from which to play; None where the voicemail stands."""

    verb: Verb
    contact_id: int
    by: Literal["desk", "api"] = "desk"
    position: int | None = None


class CallAgent(msgspec.Struct, frozen=True):
    """The agent calls another agent. With `consult` a customer's call waits meanwhile, and can be passed on or be joined to it:
    the one that `parent_id` names, else the one that is talked on."""

    target_id: str
    consult: bool = False
    parent_id: int | None = None


class CallSkill(msgspec.Struct, frozen=True):
    """The agent calls whoever serves a skill, and waits in its queue. `consult` and `parent_id` are those of `CallAgent`."""

    skill_id: str
    skill_name: str | None = None
    consult: bool = False
    parent_id: int | None = None


class TransferCalls(msgspec.Struct, frozen=True):
    """The agent leaves, and connects those to whom the two calls lead."""


class ConferenceCalls(msgspec.Struct, frozen=True):
    """Those to whom the agent's calls lead, and the agent, all talk together."""


class Transfer(msgspec.Struct, frozen=True):
    """The contact goes to another agent, or waits in the queue of a skill, and the agent is done with it."""

    contact_id: int
    target_id: str | None = None
    skill_id: str = ""
    skill_name: str | None = None


class DialLeg(msgspec.Struct, frozen=True):
    """Connect the agent's phone."""


class EndLeg(msgspec.Struct, frozen=True):
    """Disconnect the agent's phone."""


class MuteLeg(msgspec.Struct, frozen=True):
    """Mute or unmute the agent's phone, whatever calls there are."""

    muted: bool


class PanelCommand(msgspec.Struct, frozen=True):
    """A command posted by a panel, which names no contact and may toggle (max-post-message.md, section 2)."""

    message_type: PanelMessage


class CustomerAct(msgspec.Struct, frozen=True):
    """The other party of a call answers, is busy, does not answer, or hangs up; who writes only leaves, which is `hangup` too."""

    verb: CustomerVerb
    contact_id: int


class Say(msgspec.Struct, frozen=True):
    """The agent or the customer writes."""

    contact_id: int
    text: str
    sender: Sender = "agent"


class Typing(msgspec.Struct, frozen=True):
    """The agent or the customer begins to write, goes on, or stops. Who says no more of it has stopped after a while."""

    contact_id: int
    is_typing: bool
    sender: Sender = "agent"


class Dispose(msgspec.Struct, frozen=True):
    """The agent notes how a contact came out: the primary disposition's id, with notes, and what may go with it; "" where there
    is none. Time, number and amount are as the client spells them. In wrap-up it ends after-call work as well."""

    contact_id: int
    primary_id: str
    notes: str = ""
    secondary_id: str = ""
    preview_id: str = ""
    commitment_amount: str = ""
    callback_time: str = ""
    callback_number: str = ""


class SetCustomData(msgspec.Struct, frozen=True):
    """Values, by name, that go with a contact from now on, beside those that it has (`custom_data.py`)."""

    contact_id: int
    values: tuple[tuple[str, str], ...]


class Focus(msgspec.Struct, frozen=True):
    """The agent turns to a contact."""

    contact_id: int


class SetCard(msgspec.Struct, frozen=True):
    """Put a name and a picture on a contact's card; None leaves what is there. Without an id: the call in focus."""

    contact_id: int | None = None
    name: str | None = None
    picture: str | None = None


class StartReplay(msgspec.Struct, frozen=True):
    """Begin to play a recording of so many messages to the agent, who is logged out. At `speed` 1 it takes as long as it took
    then, at 10 a tenth of that, at 0 no time."""

    recording_id: str
    messages: int
    speed: float = 1.0


class PlayMessage(msgspec.Struct, frozen=True):
    """The next message of the recording that is played; `number` counts them from 1. It is stale unless it is the next. `anew`
    says that its events tell the state at that time, and not what happened."""

    recording_id: str
    number: int
    events: tuple[msgspec.Raw, ...]
    anew: bool


class RefusalTimeout(msgspec.Struct, frozen=True):
    """Timer: the agent did not answer an incoming contact. Stale unless the state still wants it at `due` (milliseconds)."""

    contact_id: int
    due: int


class EndPlayback(msgspec.Struct, frozen=True):
    """Timer: a voicemail has been played to its end. Stale as `RefusalTimeout` is."""

    contact_id: int
    due: int


class EndTyping(msgspec.Struct, frozen=True):
    """Timer: nobody said for a while that somebody types. Stale as `RefusalTimeout` is."""

    contact_id: int
    sender: str
    due: int


class EndAcw(msgspec.Struct, frozen=True):
    """End after-call work. With `due` (milliseconds) a timer, stale unless the state still wants it then; without, the agent
    is done."""

    due: int | None = None


Command = (
    StartSession
    | Attend
    | EndSession
    | SetState
    | Offer
    | Act
    | CallAgent
    | CallSkill
    | TransferCalls
    | ConferenceCalls
    | Transfer
    | DialLeg
    | EndLeg
    | MuteLeg
    | PanelCommand
    | CustomerAct
    | Say
    | Typing
    | Dispose
    | SetCustomData
    | Focus
    | SetCard
    | StartReplay
    | PlayMessage
    | RefusalTimeout
    | EndPlayback
    | EndTyping
    | EndAcw
)
