"""The command: deskbridge serve."""

import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from bridge.settings import Settings

app = typer.Typer(
    name="deskbridge",
    help="An agent-desktop event bridge: the parent window that your embedded page expects.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def deskbridge() -> None:
    """An agent-desktop event bridge: the parent window that your embedded page expects."""


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 8700]")] = None,
    journal: Annotated[
        str | None,
        typer.Option(metavar="URL", help="memory: or sqlite:///file.  [default: a file in your state directory]"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with an empty history.")] = False,
    workspace: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="A page that is always open. May be given several times.")
    ] = None,
    panel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A page that opens and closes with each contact; {ContactID} {ANI} {DNIS} {Skill} {SkillId} and screen-pop "
            "variables are filled in. May be given several times.  [default: /panels/crm]",
        ),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Which desktop to be: max.  [default: max]")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="What the desk and the API must show. Made up when the host is not this machine's own."),
    ] = None,
    public_url: Annotated[
        str | None, typer.Option(metavar="URL", help="The address that a proxy in front gives this server.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A further name that this server is called by.")
    ] = None,
    ssl_certfile: Annotated[Path | None, typer.Option(help="Certificate, to serve https.")] = None,
    ssl_keyfile: Annotated[Path | None, typer.Option(help="The certificate's key.")] = None,
) -> None:
    """Serve the desk. Every flag has an environment variable, DESKBRIDGE_PORT for --port and so on."""
    flags = {name: value for name, value in locals().items() if value not in (None, False, [])}
    run(settings_of(flags))


def settings_of(flags: dict[str, Any]) -> "Settings":
    """The settings; what is wrong with them ends the command with a sentence for each."""
    from pydantic import ValidationError

    from bridge.settings import Settings

    try:
        return Settings(**flags)
    except ValidationError as invalid:
        for error in invalid.errors():
            name = str(error["loc"][0]) if error["loc"] else ""
            given = f"--{name.replace('_', '-')}" if name in flags else f"DESKBRIDGE_{name.upper()}"
            typer.echo(f"deskbridge: {given}: {error['msg'].removeprefix('Value error, ')}", err=True)
        raise typer.Exit(2) from None


def run(settings: "Settings") -> None:
    """Listen, open the journal, serve until stopped. Ends the command with a sentence where one of these cannot be."""
    import uvicorn

    from bridge.access import Access, is_loopback
    from bridge.app import create_app
    from bridge.desk.panels import Panel, panel_of
    from bridge.journal import open_journal
    from bridge.journal.base import JournalInUse
    from bridge.postmessage.profiles import PROFILES

    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    try:
        journal = open_journal(settings.journal, fresh=settings.fresh)
    except (JournalInUse, ValueError, OSError) as problem:
        fail(str(problem))
    for notice in journal.notices:
        typer.echo(notice, err=True)

    token = settings.token.get_secret_value() if settings.token else None
    if token is None and not is_loopback(settings.host):
        token = secrets.token_urlsafe(24)
    public = settings.public_url.rstrip("/") if settings.public_url else None
    access = Access(
        known_hosts(settings.host, [*settings.allow_host, *([public] if public else [])]), [public] if public else [], token
    )
    panels = [
        *([panel_of("contact", url) for url in settings.panel] or [Panel("contact", "/panels/crm", "CRM")]),
        *(panel_of("workspace", url) for url in settings.workspace),
    ]
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(journal, access, panels, PROFILES[settings.profile]),
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            ws_max_size=1_000_000,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=settings.ssl_certfile,
            ssl_keyfile=settings.ssl_keyfile,
        )
    )
    scheme = "https" if settings.ssl_certfile else "http"
    shown = "127.0.0.1" if settings.host in ("0.0.0.0", "") else "[::1]" if settings.host == "::" else settings.host  # noqa: S104
    address = public or f"{scheme}://{f'[{shown}]' if ':' in shown and '[' not in shown else shown}:{port}"
    typer.echo(f"deskbridge is at {address}/{f'#token={token}' if token else ''}")
    sys.stdout.flush()
    server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Made with the TCP protocol named: without it asyncio leaves Nagle's algorithm on."""
    try:
        [(family, *_, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if sys.platform != "win32":  # there it would let two servers share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as problem:
        fail(f"cannot listen on {host}:{port}: {problem.strerror}. Another deskbridge may run there; --port 0 takes a free port.")
    return listener


def known_hosts(host: str, more: list[str]) -> set[str]:
    """The names that the server is called by: its own, those of this machine where it is reachable by them, and given ones."""
    from urllib.parse import urlsplit

    from bridge.access import LOOPBACK, is_loopback

    local = is_loopback(host) or host in ("0.0.0.0", "::", "")  # noqa: S104
    named = {urlsplit(name if "//" in name else f"//{name}").hostname or name for name in more}
    return {host, *named, *(LOOPBACK if local else ())}


def fail(problem: str) -> NoReturn:
    typer.echo(f"deskbridge: {problem}", err=True)
    raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
