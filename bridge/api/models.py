"""What the control API takes and gives."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from bridge.acd.commands import Command, EndSession, SetState


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


class AgentModel(Model):
    """An agent's state and contacts, oldest contact first."""

    agent_id: str
    state: str = Field(description="As wire events spell it: Available, Unavailable, InboundContact, LoggedOut...")
    reason: str
    is_acw: bool
    muted: bool
    focus: str | None = Field(description="The id of the contact in focus.")
    contacts: list[ContactModel]


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


class MessageModel(BaseModel):
    """What somebody wrote; `number` counts the contact's messages from 1."""

    number: int
    at: str
    sender: Literal["agent", "customer"] = Field(alias="from")
    text: str


class MessageList(BaseModel):
    """The newest messages of a contact, and who types."""

    messages: list[MessageModel]
    typing: list[Literal["agent", "customer"]]


class EventEntry(BaseModel):
    offset: int
    at: str
    event: dict[str, Any]


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


class ResetDone(BaseModel):
    epoch: str
