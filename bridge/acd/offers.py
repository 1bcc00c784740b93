"""New contacts, messages in them, dispositions of them, as people ask for them: by the control API, and by the desk's forms."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from bridge.acd.commands import (
    LONGEST_TEXT,
    CallAgent,
    CallSkill,
    Dispose,
    Offer,
    OfferCall,
    OfferChat,
    OfferDigital,
    OfferEmail,
    OfferVoicemail,
    OfferWorkItem,
    Say,
    Sender,
    Transfer,
    Typing,
)
from bridge.acd.dispositions import LONGEST_NOTES, Disposition
from bridge.acd.skills import Skill
from bridge.paths import AGENT

Short = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
VariableName = Annotated[str, StringConstraints(min_length=1, max_length=200)]

MEDIA_OF = {
    "direction": ("call",),
    "ani": ("call",),
    "dnis": ("call",),
    "variables": ("call", "workitem"),
    "sender": ("chat", "voicemail", "email"),
    "recipient": ("chat", "voicemail", "email"),
    "text": ("chat", "digital"),
    "channel": ("digital",),
    "work_item_type": ("workitem",),
    "payload": ("workitem",),
    "file": ("voicemail",),
    "duration": ("voicemail",),
    "subject": ("email",),
}
"""The media that a field is for, where it is not for all."""


class NewContact(BaseModel):
    """A contact to arrive at an agent. Fields that say for what media they are fit no other."""

    model_config = ConfigDict(extra="forbid")

    media: Literal["call", "chat", "digital", "workitem", "voicemail", "email"] = Field(
        "call", description="What kind of contact it is."
    )
    skill: Short = Field("", description="A skill's name or numeric id; a name never seen before becomes a skill.")
    customer: Short = Field("", description="The other party's name, for the contact's card.")
    direction: Literal["inbound", "outbound"] = Field("inbound", description="call: who calls whom.")
    ani: Short = Field("", description="call: the caller's number.", examples=["8015551234"])
    dnis: Short = Field("", description="call: the number called.", examples=["8005550199"])
    variables: dict[VariableName, Text] = Field(
        default_factory=dict, description="call, workitem: screen-pop variables.", max_length=100
    )
    sender: Short = Field("", alias="from", description="chat, voicemail, email: the customer's address or number.")
    recipient: Short = Field("", alias="to", description="chat, voicemail, email: the address or number that was used.")
    text: Text = Field("", description="chat, digital: the customer's first message.")
    channel: Short = Field("", description="digital: the channel's type.", examples=["whatsapp"])
    work_item_type: Short = Field("", alias="workItemType", description="workitem: its type.")
    payload: str | dict[str, Any] = Field("", description="workitem: a text, or an object that is sent as its JSON text.")
    file: Short = Field("", description="voicemail: the recording's name.")
    duration: int | None = Field(None, ge=0, lt=1_000_000, description="voicemail: its length in seconds.")
    subject: Short = Field("", description="email: what it is about.")

    @field_validator(*MEDIA_OF)
    @classmethod
    def _fits_the_media(cls, value: object, info: ValidationInfo) -> object:
        media, fitting = info.data.get("media"), MEDIA_OF[str(info.field_name)]
        if media is not None and media not in fitting and value not in ("", None, {}):
            raise ValueError(f"is for media {' or '.join(fitting)}, not for {media}")
        return value

    @field_validator("payload")
    @classmethod
    def _as_text(cls, payload: str | dict[str, Any]) -> str:
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"has {LONGEST_TEXT} characters at most")
        return text

    def command(self, skills: Mapping[str, Skill]) -> Offer:
        """What to ask of the agent's platform."""
        skill = find_skill(skills, self.skill)
        variables = tuple(self.variables.items())
        addresses: dict[str, Any] = {"sender": self.sender, "recipient": self.recipient}
        about: dict[str, Any] = {"skill_id": skill.id, "skill_name": skill.name, "customer": self.customer or None}
        match self.media:
            case "call":
                return OfferCall(self.direction, self.ani, self.dnis, variables, **about)
            case "chat":
                return OfferChat(**addresses, text=self.text, **about)
            case "digital":
                return OfferDigital(self.channel, self.text, **about)
            case "workitem":
                return OfferWorkItem(self.work_item_type, str(self.payload), variables, **about)
            case "voicemail":
                return OfferVoicemail(**addresses, file=self.file, duration=self.duration, **about)
            case "email":
                return OfferEmail(**addresses, subject=self.subject, **about)


class NewQueuedContact(NewContact):
    """A contact to arrive in the queue of its skill, for whoever serves it."""

    direction: Literal["inbound"] = Field("inbound", description="call: one that is dialed is an agent's from the start.")
    priority: int = Field(0, ge=0, le=100, description="A point is worth ten minutes of waiting.")


class NewMessage(BaseModel):
    """A message in a contact whose customer writes."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True)]
    sender: Sender = Field("agent", alias="from", description="Who writes.")

    def command(self, contact_id: int) -> Say:
        return Say(contact_id, self.text, self.sender)


class NewTyping(BaseModel):
    """Whether somebody types. It is over by itself 10 seconds after it was said last."""

    model_config = ConfigDict(extra="forbid")

    is_typing: bool = Field(True, alias="isTyping")
    sender: Sender = Field("customer", alias="from", description="Who types.")

    def command(self, contact_id: int) -> Typing:
        return Typing(contact_id, self.is_typing, self.sender)


class NewDisposition(BaseModel):
    """How a contact came out; the disposition is named by id or by name."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    disposition_id: Short = Field("", alias="dispositionId", description="A disposition's id.")
    name: Short = Field("", description="A disposition's name, in any case.")
    notes: Annotated[str, StringConstraints(max_length=LONGEST_NOTES)] = Field("", description="What the agent notes about it.")
    secondary_id: Short = Field("", alias="secondaryDispositionId", description="A second disposition's id.")
    commitment_amount: Short = Field("", alias="commitmentAmount", description="What the customer agreed to pay.")
    callback_time: Short = Field("", alias="callbackTime", description="When to call back.")
    callback_number: Short = Field("", alias="callbackNumber", description="Where to call back.")

    @model_validator(mode="after")
    def _names_one(self) -> "NewDisposition":
        if bool(self.disposition_id) == bool(self.name):
            raise ValueError("give either dispositionId or name")
        return self

    def command(self, contact_id: int, dispositions: Sequence[Disposition]) -> Dispose:
        """What to ask of the agent's platform, which refuses what is none of its dispositions."""
        ids = {one.name.casefold(): one.id for one in dispositions}
        return Dispose(
            contact_id,
            self.disposition_id or ids.get(self.name.casefold(), self.name),
            self.notes,
            secondary_id=self.secondary_id,
            commitment_amount=self.commitment_amount,
            callback_time=self.callback_time,
            callback_number=self.callback_number,
        )


class Target(BaseModel):
    """Another agent, or whoever serves a skill."""

    model_config = ConfigDict(extra="forbid")

    agent: Annotated[str, StringConstraints(pattern=f"^({AGENT})?$")] = Field("", description="An agent's id.")
    skill: Short = Field("", description="In place of an agent: a skill's name or numeric id.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.agent) == bool(self.skill):
            raise ValueError("give an agent or a skill")
        return self

    def call(self, skills: Mapping[str, Skill], consult: bool = False, parent_id: int | None = None) -> CallAgent | CallSkill:
        """A call to it; as a consult about a call, None: the one that is talked on."""
        if self.agent:
            return CallAgent(self.agent, consult, parent_id)
        skill = find_skill(skills, self.skill)
        return CallSkill(skill.id, skill.name, consult, parent_id)

    def transfer(self, skills: Mapping[str, Skill], contact_id: int) -> Transfer:
        """The contact's way to it."""
        if self.agent:
            return Transfer(contact_id, self.agent)
        skill = find_skill(skills, self.skill)
        return Transfer(contact_id, None, skill.id, skill.name)


def find_skill(skills: Mapping[str, Skill], wanted: str) -> Skill:
    """The skill with this id or, whatever its case, this name; without either the first. An unknown name is a skill too, with
    an id that depends on nothing but the name."""
    if not wanted:
        return next(iter(skills.values()))
    if wanted in skills:
        return skills[wanted]
    for skill in skills.values():
        if skill.name.lower() == wanted.lower():
            return skill
    if wanted.isascii() and wanted.isdecimal():
        return Skill(wanted, wanted)
    made_up = str(10_000_000 + crc32(wanted.lower().encode()) % 10_000_000)
    return Skill(made_up.replace("60", "61"), wanted)  # the SDK replaces a "60" in URLs (cxone-agent-session.md, section 2)
