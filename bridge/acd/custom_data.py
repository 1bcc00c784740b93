"""Custom data: `name=value|name=value`, which goes with a contact (cxone-agent-session.md, section 1, `custom-data`).

The vendor's words for it are name-value pairs that are posted to the contact, so what is posted sets the values that it names and
leaves the others. A value may have a `=`, no part of it a `|`.
"""

from collections.abc import Mapping

from bridge.acd.events import FIELDS
from bridge.acd.media import Medium

LONGEST = 10_000
"""Characters of all of a contact's custom data."""


class InvalidCustomData(ValueError):
    """It is no list of pairs. The text says so in a sentence."""


def pairs_of(data: str) -> dict[str, str]:
    """The values by name; of several with one name the last. Raises `InvalidCustomData`."""
    pairs = {}
    for part in data.split("|"):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise InvalidCustomData(f"Custom data is name=value|name=value; {part[:100]!r} is no name with its value.")
        pairs[name.strip()] = value
    return pairs


def merged(old: str, new: Mapping[str, str]) -> str:
    """What a contact's custom data is once these values are set. Of old data that is no list of pairs nothing remains."""
    try:
        before = pairs_of(old)
    except InvalidCustomData:
        before = {}
    return "|".join(f"{name}={value}" for name, value in {**before, **new}.items())


def joined(old: str, new: str) -> str:
    """What two contacts' custom data is once they are one; of values with the same name that of the newer."""
    try:
        return merged(old, pairs_of(new))
    except InvalidCustomData:
        return new or old


def fits(medium: Medium) -> bool:
    """Whether the medium's events have a place for it."""
    return any("CustomData" in FIELDS.get(event_type, {}) for event_type in medium.types)
