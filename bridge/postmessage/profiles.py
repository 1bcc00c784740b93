"""The desktops that panels meet. Each point on which one may differ from the other stands here, once (section 5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bridge.postmessage.messages import Foreign, as_js_text

TYPES = frozenset({"all", "agent", "contact", "contacts", "sessioninfo"})


class InvalidContactId(ValueError):
    """The contactId of a registration is zero or no integer."""


class InvalidTypes(ValueError):
    """The subscriptionTypes of a registration are no list, or hold no valid type."""


@dataclass(frozen=True)
class Profile:
    """One desktop. `issuer` names it in every message; `invalid_types` is the acknowledgement's reason for bad types."""

    name: str
    issuer: str
    invalid_types: str

    def contact_id(self, value: Any) -> int | None:
        """The contact that a registration asks for; None when it names none. Raises `InvalidContactId`.

        Refused are zero and what is not an integer [S]; negative numbers, fractions, their texts, booleans and lists [I].
        Texts of integers are read as such, BigInt too [I].
        """
        if value is None:
            return None
        if isinstance(value, Foreign) and value.kind == "BigInt":
            value = value.text
        if isinstance(value, float) and value.is_integer():  # JSON spells large integers of JavaScript as 1e+21
            value = int(value)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,40}", value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
            raise InvalidContactId
        return value

    def types(self, value: Any) -> tuple[frozenset[str], list[str]]:
        """The valid types, in lower case, and the invalid ones as they were spelt. Raises `InvalidTypes` without a valid one."""
        if not isinstance(value, list):
            raise InvalidTypes
        asked = [(item, item.lower()) if isinstance(item, str) else (_as_text(item), "") for item in value]
        valid = frozenset(lowered for _, lowered in asked if lowered in TYPES)
        if not valid:
            raise InvalidTypes
        return valid, [spelt for spelt, lowered in asked if lowered not in TYPES]


def _as_text(value: Any) -> str:
    return "null" if value is None else as_js_text(value)


MAX = Profile(name="max", issuer="MAX", invalid_types="Invalid Subscription Types")

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (MAX,)}
