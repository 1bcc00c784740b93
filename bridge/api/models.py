"""What the control API takes and gives."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from bridge.acd.commands import Command, EndSession, SetState
from bridge.paths import AGENT


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ContactModel(Model):
    """A contact as its last event tells it."""

    contact_id: str
    media: Literal["call", "chat", "digital", "workitem", "voicemail", "email", "other"]
    status: str
    skill: str = Field(description="The skill's name, else its id.")
    direction: Literal["inbound", "outbound"]
    ani: str
    dnis: str
    customer: str | None
    focused: bool
    event: dict[str, Any] = Field(description="The contact's last wire event.")


class ReplayModel(Model):
    """A recording that is played to an agent: `played` of its `messages` so far."""

    recording_id: str
    speed: float
    messages: int
    played: int


class UpstreamModel(Model):
    """The live tenant behind an agent."""

    address: str
    trouble: str = Field(description="What is wrong between this server and the tenant, in sentences; empty where all is well.")
    since: str | None = Field(description="Since when.")
    session_of: str | None = Field(description="The agent whose session this server works with, where that is another one.")


class AgentModel(Model):
    """An agent's state and contacts, oldest contact first."""

    agent_id: str
    state: str = Field(description="As wire events spell it: Available, Unavailable, InboundContact, LoggedOut...")
    reason: str
    is_acw: bool
    muted: bool
    focus: str | None = Field(description="The id of the contact in focus.")
    contacts: list[ContactModel]
    upstream: UpstreamModel | None = Field(description="The live tenant; null where the agents are deskbridge's own.")
    replay: ReplayModel | None = Field(None, description="The recording that is played to the agent; absent where there is none.")


class AgentSummary(Model):
    """An agent among all; `contacts` is how many the agent has."""

    agent_id: str
    name: str
    state: str = Field(description="As wire events spell it.")
    reason: str
    is_acw: bool
    contacts: int


class AgentList(Model):
    """The agents who are logged in, and those who were set up."""

    agents: list[AgentSummary]


class WaitingModel(Model):
    """A contact that waits. `position` 1 is the next; `estimate` and `waited` are seconds."""

    contact_id: str
    media: str
    position: int
    estimate: int | None = Field(description="The wait still to come; null where nothing is known to estimate it by.")
    waited: int


class QueueModel(Model):
    """A skill's queue; times are seconds."""

    skill_id: str
    skill: str
    waiting: int
    longest_wait: int
    estimate: int | None = Field(description="How long a call that came now would wait; null where nobody knows.")
    contacts: list[WaitingModel]


class QueueList(Model):
    """The queues of all skills that are set up, and of others that somebody waits for."""

    queues: list[QueueModel]


class RoutedContactModel(Model):
    """Where a contact is: in a queue, at an agent who has yet to answer, or with an agent."""

    contact_id: str
    media: str
    skill: str = Field(description="The skill's name, else its id.")
    status: Literal["waiting", "ringing", "handled"]
    agent: str | None
    position: int | None
    estimate: int | None


class NewState(BaseModel):
    """The state that the agent asks for."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["Available", "Unavailable", "LoggedOut"]
    reason: str = Field(
        "",
        max_length=200,
        description="An unavailable code's name. With LoggedOut: RemoteLogoff or SessionTimeout, if the server ends the session "
        "and not the agent.",
    )

    @field_validator("reason")
    @classmethod
    def _fits_the_state(cls, reason: str, info: ValidationInfo) -> str:
        if info.data.get("state") == "LoggedOut" and reason not in ENDED_BY:
            raise ValueError("that of LoggedOut is RemoteLogoff, SessionTimeout, or none")
        return reason

    def command(self) -> Command:
        """What to ask of the agent's platform."""
        return EndSession(ENDED_BY[self.reason]) if self.state == "LoggedOut" else SetState(self.state, self.reason)


ENDED_BY: Mapping[str, Literal["agent", "supervisor", "timeout"]] = {
    "": "agent",
    "RemoteLogoff": "supervisor",
    "SessionTimeout": "timeout",
}
"""Who ends a session, by the reason that is given for it (cxone-agent-session.md, section 2)."""


class ContactCreated(Model):
    contact_id: str


class PlayFrom(BaseModel):
    """Where to play a voicemail from."""

    model_config = ConfigDict(extra="forbid")

    position: int | None = Field(None, ge=0, lt=1_000_000, description="Seconds from its start; without, where it stands.")


class DispositionModel(Model):
    """How a contact came out, as the agent noted it."""

    disposition_id: str
    name: str
    notes: str
    secondary_disposition_id: str
    preview_disposition_id: str
    commitment_amount: str
    callback_time: str
    callback_number: str


class MessageModel(Model):
    """What somebody wrote; `number` counts the contact's messages from 1, `agentId` is the agent's who wrote it."""

    number: int
    at: str
    sender: Literal["agent", "customer"] = Field(alias="from")
    agent_id: str | None
    text: str


class MessageList(BaseModel):
    """The newest messages of a contact, and who types."""

    messages: list[MessageModel]
    typing: list[Literal["agent", "customer"]]


class EventEntry(BaseModel):
    """With `more`, the next event came together with it: panels get both in one message."""

    offset: int
    at: str
    event: dict[str, Any]
    more: bool = False


class EventList(BaseModel):
    """An agent's wire events; `offset` is what to ask for events after next time."""

    epoch: str
    offset: int
    events: list[EventEntry]


class WireMessage(BaseModel):
    """One post message between the desk and a panel, as seen from the desk; or a note on one, whose message is `{text}`."""

    offset: int
    at: str
    direction: Literal["in", "out", "note"]
    page: str
    windows: list[int]
    message: Any
    panel: str | None = None
    origin: str | None = None
    ignored: str | None = None


class WireList(BaseModel):
    """Post messages; `offset` is what to ask for messages after next time."""

    epoch: str
    offset: int
    messages: list[WireMessage]


class RecordingModel(Model):
    """A recording that is kept. `duration` is in milliseconds, `leftOut` counts messages that are not in it, by why."""

    recording_id: str
    kept: str = Field(description="When it came.")
    started: str
    issuer: str
    masked: bool
    subscription_types: list[str]
    messages: int
    events: int
    duration: int
    bytes: int
    left_out: dict[str, int]
    is_cut: bool = Field(description="Whether its last line was cut off, and left out.")


class RecordingList(BaseModel):
    recordings: list[RecordingModel]


class NewReplay(BaseModel):
    """Whom to play a recording to, and how fast."""

    model_config = ConfigDict(extra="forbid")

    agent: str = Field(pattern=f"^{AGENT}$", description="The agent's id; the agent is not logged in.")
    speed: float = Field(
        1, ge=0, le=1000, allow_inf_nan=False, description="1: as it was. 10: ten times as fast. 0: all at once."
    )


class ResetDone(BaseModel):
    epoch: str
