"""The command: deskbridge serve."""

import contextlib
import errno
import secrets
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import quote

import typer

if TYPE_CHECKING:
    from bridge.access import Access
    from bridge.journal import Journal
    from bridge.settings import Settings

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""The hosts that stand for every address of this machine, and one of those."""

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
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default="8700")] = None,
    journal: Annotated[
        str | None,
        typer.Option(metavar="URL", help="memory: or sqlite:///file.", show_default="a file in your state directory"),
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
            "variables are filled in. May be given several times.",
            show_default="/panels/crm",
        ),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Which desktop to be: max.", show_default="max")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="What the desk and the API must show. Made up where others than this machine reach the server."),
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
    flags = {name: value for name, value in locals().items() if value is not None and value is not False and value != []}
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
    """Listen and serve. Ends the command with a sentence where it cannot."""
    with listen(settings.host, settings.port) as listener:
        serve_on(listener, settings)


def serve_on(listener: socket.socket, settings: "Settings") -> None:
    """Open the journal, say where the server is, serve until stopped."""
    import uvicorn

    from bridge.app import create_app
    from bridge.desk.panels import Panel, panel_of
    from bridge.postmessage.profiles import PROFILES

    journal = opened_journal(settings)
    access = access_of(settings)
    panels = [
        *([panel_of("contact", url) for url in settings.panel] or [Panel("contact", "/panels/crm", "CRM")]),
        *(panel_of("workspace", url) for url in settings.workspace),
    ]
    config = uvicorn.Config(
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
    try:
        config.load()
    except OSError as problem:  # as errors of the certificate are
        fail(f"--ssl-certfile and --ssl-keyfile do not fit together or cannot be read: {problem}")
    link = address(settings, listener.getsockname()[1]) + (f"/#token={quote(access.token, safe='')}" if access.token else "/")

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"deskbridge is at {link}", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Made with the TCP protocol named: without it asyncio leaves Nagle's algorithm on."""
    try:
        [(family, *_, place), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        with contextlib.ExitStack() as unless_it_listens:
            listener = unless_it_listens.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            if sys.platform != "win32":  # there it would let two servers share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(1024)
            unless_it_listens.pop_all()
            return listener
    except OSError as problem:
        in_use = problem.errno == errno.EADDRINUSE
        advice = "Another deskbridge may run there; --port 0 takes a free port." if in_use else "Choose another --host or --port."
        fail(f"cannot listen on {at(host, port)}: {problem.strerror}. {advice}")
    except UnicodeError:  # of the codec for names beyond ASCII
        fail(f"cannot listen on {host!r}: that is no host's name. Choose another --host.")


def opened_journal(settings: "Settings") -> "Journal":
    """The journal, its notices said."""
    from bridge.journal import JournalInUse, open_journal

    try:
        journal = open_journal(settings.journal, fresh=settings.fresh)
    except JournalInUse as problem:
        fail(str(problem))
    except ValueError as problem:
        fail(f"--journal: {problem}", 2)
    except OSError as problem:
        fail(f"cannot open the journal {settings.journal}: {problem.strerror}. Choose another --journal.")
    for notice in journal.notices:
        typer.echo(f"deskbridge: {notice}", err=True)
    return journal


def access_of(settings: "Settings") -> "Access":
    """The server is known by its host, by this machine's names where these reach it, and by what it was told. Where others than
    this machine reach it, a proxy in front of it counted, it has a token."""
    from bridge.access import LOOPBACK, Access, host_name, is_loopback

    public = settings.public_url
    public_name = host_name(public.partition("//")[2]) if public else settings.host
    names = {settings.host, public_name, *(name.strip("[]") for name in settings.allow_host)}
    if is_loopback(settings.host) or settings.host in ANY_ADDRESS:
        names.update(LOOPBACK)
    token = settings.token.get_secret_value() if settings.token else None
    if token is None and not (is_loopback(settings.host) and is_loopback(public_name)):
        token = secrets.token_urlsafe(24)
    return Access(names, [public] if public else [], token)


def address(settings: "Settings", port: int) -> str:
    """Where a browser finds the server, which may listen on no address in particular."""
    scheme = "https" if settings.ssl_certfile else "http"
    return settings.public_url or f"{scheme}://{at(ANY_ADDRESS.get(settings.host, settings.host), port)}"


def at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def fail(problem: str, code: int = 1) -> NoReturn:
    typer.echo(f"deskbridge: {problem}", err=True)
    raise typer.Exit(code)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
