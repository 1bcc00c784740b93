"""The skills that contacts come with, as far as the platform needs them."""

from collections.abc import Mapping

import msgspec


class Skill(msgspec.Struct, frozen=True):
    """`id` is what wire events carry, `acw` the seconds of after-call work, `refusal` the seconds that a call rings. Without
    `manual_accept` a contact that is routed to an agent is answered by itself."""

    id: str
    name: str
    acw: int = 0
    refusal: int = 30
    manual_accept: bool = True


# The SDK replaces a "60" in URLs (cxone-agent-session.md, section 2), and a skill's id stands in the URL of its dispositions.
SKILLS: Mapping[str, Skill] = {
    skill.id: skill
    for skill in (
        Skill("4101", "Support", acw=3),  # long enough to be seen, short enough for a test to wait for
        Skill("4102", "Sales"),
    )
}

UNKNOWN_SKILL = Skill("", "")
"""How calls of any other skill are treated."""
