"""What can be asked of an agent's platform. `decide` answers with records; a command that does not fit is refused in one."""

from typing import Literal

import msgspec

CallVerb = Literal["answer", "refuse", "hold", "resume", "mute", "unmute", "mask", "unmask", "record", "hangup"]
Verb = Literal[CallVerb, "end", "play", "pause"]
"""What an agent does with a contact; which of it fits which medium is said in `media.py`."""
CustomerVerb = Literal["answer", "busy", "no-answer", "hangup"]
Sender = Literal["agent", "customer"]
PanelMessage = Literal["AnswerEvent", "RefuseEvent", "HoldEvent", "MuteEvent", "MaskEvent", "RecordEvent", "HangupEvent"]


class StartSession(msgspec.Struct, frozen=True):
    """Log the agent in; a session that runs is joined, which changes nothing."""


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


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A contact comes to the agent. `skill_id` is numeric text. `skill_name` and `customer` are for the desk, and on the wire
    only in a digital contact."""

    skill_id: str = ""
    skill_name: str | None = None
    customer: str | None = None


class OfferCall(Offer, frozen=True):
    """A customer calls (inbound), or the agent dials one (outbound: `dnis` is the number dialed). `variables` are the screen
    pop's, in order."""

    direction: Literal["inbound", "outbound"] = "inbound"
    ani: str = ""
    dnis: str = ""
    variables: tuple[tuple[str, str], ...] = ()


class OfferChat(Offer, frozen=True):
    """A customer opens a chat, with `text` as the first message."""

    sender: str = ""
    recipient: str = ""
    text: str = ""


class OfferDigital(Offer, frozen=True):
    """A customer writes on a digital channel, `text` first."""

    channel: str = ""
    text: str = ""


class OfferWorkItem(Offer, frozen=True):
    """Something to be done. `payload` is text, often JSON; `variables` are the screen pop's, in order."""

    item_type: str = ""
    payload: str = ""
    variables: tuple[tuple[str, str], ...] = ()


class OfferVoicemail(Offer, frozen=True):
    """A customer has left a message of `duration` seconds; None: nobody knows how many."""

    sender: str = ""
    recipient: str = ""
    file: str = ""
    duration: int | None = None


class OfferEmail(Offer, frozen=True):
    """An email has come. Subject and addresses are for the desk and never on the wire."""

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


class Focus(msgspec.Struct, frozen=True):
    """The agent turns to a contact."""

    contact_id: int


class SetCard(msgspec.Struct, frozen=True):
    """Put a name and a picture on a contact's card; None leaves what is there. Without an id: the call in focus."""

    contact_id: int | None = None
    name: str | None = None
    picture: str | None = None


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
    | PanelCommand
    | CustomerAct
    | Say
    | Typing
    | Focus
    | SetCard
    | RefusalTimeout
    | EndPlayback
    | EndTyping
    | EndAcw
)
