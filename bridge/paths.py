"""What stands for an agent and for a contact in the path of an address."""

from starlette.convertors import Convertor, register_url_convertor

PREFIX = "/api/v1"
"""Where the control API is."""

AGENT = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}"  # no dot in front: clients take "." and ".." out of a path
CONTACT = "[0-9]{1,40}"


class _Text(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class AgentId(_Text):
    regex = AGENT


class ContactId(_Text):
    regex = CONTACT


def register_convertors() -> None:
    """Make `{name:agent}` and `{name:contact}` known to routes."""
    register_url_convertor("agent", AgentId())
    register_url_convertor("contact", ContactId())
