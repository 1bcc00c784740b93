"""States are never changed, only made anew."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def less(mapping: Mapping[Key, Value], key: Key) -> dict[Key, Value]:
    """The mapping without this key."""
    return {other: value for other, value in mapping.items() if other != key}
