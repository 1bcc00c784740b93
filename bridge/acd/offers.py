"""A new contact as people ask for it: by the control API, and by the desk's New contact form."""

from collections.abc import Mapping
from typing import Annotated, Literal
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bridge.acd.commands import OfferCall
from bridge.acd.skills import Skill

Short = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
VariableName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
VariableValue = Annotated[str, StringConstraints(max_length=10_000)]


class NewContact(BaseModel):
    """A contact to arrive at an agent."""

    model_config = ConfigDict(extra="forbid")

    media: Literal["call"] = Field("call", description="What kind of contact it is.")
    direction: Literal["inbound", "outbound"] = Field("inbound", description="Who calls whom.")
    ani: Short = Field("", description="The caller's number.", examples=["8015551234"])
    dnis: Short = Field("", description="The number called.", examples=["8005550199"])
    skill: Short = Field("", description="A skill's name or numeric id; a name never seen before becomes a skill.")
    customer: Short = Field("", description="The other party's name, for the contact's card.")
    variables: dict[VariableName, VariableValue] = Field(
        default_factory=dict, description="Screen-pop variables.", max_length=100
    )

    def command(self, skills: Mapping[str, Skill]) -> OfferCall:
        """What to ask of the agent's platform."""
        skill = find_skill(skills, self.skill)
        return OfferCall(
            direction=self.direction,
            ani=self.ani,
            dnis=self.dnis,
            skill_id=skill.id,
            skill_name=skill.name,
            customer=self.customer or None,
            variables=tuple(self.variables.items()),
        )


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
