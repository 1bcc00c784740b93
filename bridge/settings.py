"""What the command can be told: flags first, then `DESKBRIDGE_*` environment variables, then the defaults."""

import re
from typing import Annotated, Any, Literal

from pydantic import Field, FilePath, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bridge.desk.panels import panel_of

NAME = r"(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])"
"""A host's name or address, in lower case; one of IPv6 in brackets, as in addresses of pages."""


def default_journal() -> str:
    """A file in the user's state directory."""
    from platformdirs import user_state_path

    return f"sqlite:///{user_state_path('deskbridge') / 'journal.sqlite'}"


class Settings(BaseSettings):
    """The settings of `deskbridge serve`; each field is the flag of its name."""

    model_config = SettingsConfigDict(env_prefix="DESKBRIDGE_", env_ignore_empty=True, extra="forbid")

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8700
    journal: str = Field(default_factory=default_journal)
    fresh: bool = False
    workspace: Annotated[list[str], NoDecode] = []
    panel: Annotated[list[str], NoDecode] = []
    profile: Literal["max"] = "max"
    token: SecretStr | None = None
    public_url: str | None = None
    allow_host: Annotated[list[str], NoDecode] = []
    ssl_certfile: FilePath | None = None
    ssl_keyfile: FilePath | None = None

    @field_validator("workspace", "panel", "allow_host", mode="before")
    @classmethod
    def _from_the_environment(cls, value: Any) -> Any:
        """In an environment variable a list is words with spaces between them."""
        return value.split() if isinstance(value, str) else value

    @field_validator("workspace", "panel")
    @classmethod
    def _pages(cls, urls: list[str]) -> list[str]:
        for url in urls:
            panel_of("workspace", url)
        return urls

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not re.fullmatch("[!-~]+", token.get_secret_value()):
            raise ValueError("a token is one or more printable ASCII characters without spaces")
        return token

    @field_validator("public_url")
    @classmethod
    def _as_an_origin(cls, url: str | None) -> str | None:
        """The address as browsers spell it in `Origin`."""
        if url is None:
            return None
        parts = re.fullmatch(rf"(https?)://({NAME}(?::[0-9]+)?)/?", url.lower())
        if parts is None:
            raise ValueError(f"{url!r} is no server's address: give one like https://desk.example.com, without a path")
        scheme, place = parts.groups()
        return f"{scheme}://{place.removesuffix(':443' if scheme == 'https' else ':80')}"

    @field_validator("allow_host")
    @classmethod
    def _names(cls, names: list[str]) -> list[str]:
        for name in names:
            if not re.fullmatch(NAME, name, re.IGNORECASE):
                raise ValueError(f"{name!r} is no host's name: give it without http:// and without a port")
        return names

    @field_validator("ssl_keyfile")
    @classmethod
    def _with_a_certificate(cls, keyfile: FilePath | None, others: ValidationInfo) -> FilePath | None:
        if keyfile is not None and others.data.get("ssl_certfile") is None:
            raise ValueError("a key is of use only with --ssl-certfile")
        return keyfile
