"""What the command can be told: flags first, then `DESKBRIDGE_*` environment variables, then the defaults."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bridge.desk.panels import panel_of


def default_journal() -> str:
    """A file in the user's state directory."""
    from platformdirs import user_state_path

    return f"sqlite:///{user_state_path('deskbridge') / 'journal.sqlite'}"


class Settings(BaseSettings):
    """The settings of `deskbridge serve`; each field is the flag of its name."""

    model_config = SettingsConfigDict(env_prefix="DESKBRIDGE_", extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8700
    journal: str = Field(default_factory=default_journal)
    fresh: bool = False
    workspace: Annotated[list[str], NoDecode] = []
    panel: Annotated[list[str], NoDecode] = []
    profile: Literal["max"] = "max"
    token: SecretStr | None = None
    public_url: str | None = None
    allow_host: Annotated[list[str], NoDecode] = []
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None

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
