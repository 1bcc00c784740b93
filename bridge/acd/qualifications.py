"""What an administrator lets agents do: their skills, and how many contacts at once."""

from collections.abc import Mapping

import msgspec

LIMITS: Mapping[str, int] = {"call": 1, "chat": 3, "digital": 3, "workitem": 3, "voicemail": 3, "email": 3}
"""How many contacts of a medium an agent has at once: what MchAgentSettingsChangeEvent tells (cxone-agent-session.md, section 2),
which has no threshold for voicemail."""

TOTAL_LIMIT = 3
"""How many of all media: its TotalContactCount."""


class Qualification(msgspec.Struct, frozen=True):
    """What an administrator lets an agent do. `skills` are ids, None: any skill, which is what an agent whom nobody set up has.
    `limits` are by medium; a medium without one has that of `LIMITS`, and more than one call at once is one."""

    skills: frozenset[str] | None = None
    limits: Mapping[str, int] = {}
    total: int = TOTAL_LIMIT

    def has(self, skill_id: str) -> bool:
        return self.skills is None or skill_id in self.skills

    def limit(self, media: str) -> int:
        limit = self.limits.get(media, LIMITS.get(media, 0))
        return min(limit, 1) if media == "call" else limit


ANYTHING = Qualification()


def settings_of(allowed: Qualification) -> dict[str, str]:
    """An agent's limits as fields of MchAgentSettingsChangeEvent (cxone-agent-session.md, section 2)."""
    limits = {
        "ChatThreshold": allowed.limit("chat"),
        "SmsThreshold": allowed.limit("chat"),
        "EmailThreshold": allowed.limit("email"),
        "WorkItemThreshold": allowed.limit("workitem"),
        "DigitalThreshold": allowed.limit("digital"),
        "VoiceThreshold": allowed.limit("call"),
        "TotalContactCount": allowed.total,
    }
    return {field: str(limit) for field, limit in limits.items()}
