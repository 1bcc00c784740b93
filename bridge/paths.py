"""What stands for an agent, a contact and a recording in the path of an address."""

from starlette.convertors import Convertor, register_url_convertor

PREFIX = "/api/v1"
"""Where the control API is."""

AGENT = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"  # no dot in front: clients take "." and ".." out of a path
CONTACT = "[0-9]{1,40}"
RECORDING = "[0-9]{8}-[0-9]{6}-[0-9a-f]{4}"


class _Text(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class AgentId(_Text):
    regex = AGENT


class ContactId(_Text):
    regex = CONTACT


class RecordingId(_Text):
    regex = RECORDING


def register_convertors() -> None:
    """Make `{name:agent}`, `{name:contact}` and `{name:recording}` known to routes."""
    register_url_convertor("agent", AgentId())
    register_url_convertor("contact", ContactId())
    register_url_convertor("recording", RecordingId())
