"""What can be asked of an agent's platform. `decide` answers with records; a command that does not fit is refused in one."""

from typing import Literal

import msgspec

Verb = Literal["answer", "refuse", "hold", "resume", "mute", "unmute", "mask", "unmask", "record", "hangup"]
CustomerVerb = Literal["answer", "busy", "no-answer", "hangup"]
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


class OfferCall(msgspec.Struct, frozen=True):
    """A customer calls (inbound), or the agent dials one (outbound: `dnis` is the number dialed).

    `skill_id` is numeric text; `skill_name` and `customer` are for the desk and never on the wire. `variables` are the screen
    pop's, in order.
    """

    direction: Literal["inbound", "outbound"] = "inbound"
    ani: str = ""
    dnis: str = ""
    skill_id: str = ""
    skill_name: str | None = None
    customer: str | None = None
    variables: tuple[tuple[str, str], ...] = ()


class Act(msgspec.Struct, frozen=True):
    """The agent does something with a call. Verbs never toggle; mute and unmute are the agent's, whichever call they name."""

    verb: Verb
    contact_id: int
    by: Literal["desk", "api"] = "desk"


class PanelCommand(msgspec.Struct, frozen=True):
    """A command posted by a panel, which names no contact and may toggle (max-post-message.md, section 2)."""

    message_type: PanelMessage


class CustomerAct(msgspec.Struct, frozen=True):
    """The other party of a call answers, is busy, does not answer, or hangs up."""

    verb: CustomerVerb
    contact_id: int


class Focus(msgspec.Struct, frozen=True):
    """The agent turns to a contact."""

    contact_id: int


class SetCard(msgspec.Struct, frozen=True):
    """Put a name and a picture on a contact's card; None leaves what is there. Without an id: the call in focus."""

    contact_id: int | None = None
    name: str | None = None
    picture: str | None = None


class RefusalTimeout(msgspec.Struct, frozen=True):
    """Timer: the agent did not answer an incoming call. Stale unless the state still wants it at `due` (milliseconds)."""

    contact_id: int
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
    | OfferCall
    | Act
    | PanelCommand
    | CustomerAct
    | Focus
    | SetCard
    | RefusalTimeout
    | EndAcw
)
