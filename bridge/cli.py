"""The command: deskbridge serve, record, replay."""

import argparse
import contextlib
import errno
import os
import re
import secrets
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar
from urllib.parse import quote

from bridge import __version__
from bridge.paths import AGENT
from bridge.settings import TABLE, Address, InvalidSettings, Settings, read_address, read_settings, read_token

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from bridge.access import Access
    from bridge.app import Upstream
    from bridge.configuration import Configured
    from bridge.journal import Journal

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""The hosts that stand for every address of this machine, and one of those."""

Value = TypeVar("Value")


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says; ends the process with 2 for what it cannot mean, 1 for what cannot be done, and 130, as a
    shell has it, for Ctrl+C in the middle of it."""
    given = vars(parser().parse_args(arguments))
    command = given.pop("command")
    try:
        if command == "record":
            record(**given)
        elif command == "replay":
            replay(**given)
        else:
            serve(given)
    except KeyboardInterrupt:
        sys.exit(130)


def serve(given: Mapping[str, Any]) -> None:
    """Serve with what was given on the command line."""
    try:
        settings = read_settings(given)
    except InvalidSettings as invalid:
        for source, problem in invalid.problems:
            say(f"{source}: {problem}")
        sys.exit(2)
    run(settings)


def parser() -> argparse.ArgumentParser:
    """The command line, made from the table of settings."""
    whole = argparse.ArgumentParser(
        "deskbridge",
        description="An agent-desktop event bridge: the parent window that your embedded page expects.",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"deskbridge {__version__}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve the desk",
        description="Serve the desk.",
        epilog="Every flag has an environment variable, DESKBRIDGE_PORT for --port and so on.",
        allow_abbrev=False,
    )
    for setting in (setting for setting in TABLE if not setting.secret):
        words = setting.help + ("; may be given several times" if setting.many else "")
        if setting.shown_default is not None:
            words += f"  [default: {setting.shown_default}]"
        if setting.metavar is None:
            serve.add_argument(setting.flag, action="store_true", default=None, help=words)
        else:
            serve.add_argument(setting.flag, action="append" if setting.many else "store", metavar=setting.metavar, help=words)
    record = commands.add_parser(
        "record",
        help="record what happens at an agent",
        description="Write what happens at an agent of a deskbridge that runs to a file, from now on until Ctrl+C.",
        allow_abbrev=False,
    )
    _add_agent(record, "1001", "whose events to record")
    record.add_argument(
        "--out", type=Path, metavar="FILE", help="where to; - is the standard output  [default: named after the time]"
    )
    replay = commands.add_parser(
        "replay",
        help="play a recording to an agent",
        description="Play a recording to an agent of a deskbridge that runs, who is not logged in.",
        allow_abbrev=False,
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="the recording")
    _add_agent(replay, "replay", "whom to play it to")
    replay.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="10 is ten times as fast, 0 all at once  [default: 1, as it was]"
    )
    for command in (record, replay):
        url = "http://127.0.0.1:8700"
        words = f"the server's address, or the link that it printed  [default: {url}]"
        command.add_argument("--url", dest="server", type=_read_by(read_address), default=url, metavar="URL", help=words)
        words = "the server's token  [default: that in the link, else that in DESKBRIDGE_TOKEN]"
        command.add_argument("--token", type=_read_by(read_token), metavar="TOKEN", help=words)
    return whole


def _add_agent(command: argparse.ArgumentParser, default: str, words: str) -> None:
    command.add_argument("--agent", type=_agent, default=default, metavar="ID", help=f"{words}  [default: {default}]")


def _read_by(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """For a flag that is read as a setting is: argparse repeats the value in a sentence of its own, and it may be a token."""

    def read_flag(text: str) -> Value:
        try:
            return read(text)
        except ValueError as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None

    return read_flag


def _agent(text: str) -> str:
    if not re.fullmatch(AGENT, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no agent's id: it is letters, digits and _ . -")
    return text


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = -1
    if not 0 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no speed: give a number from 0 to 1000")
    return speed


def _token_for(server: Address, token: str | None) -> str | None:
    """The token to show: the one that was given, that of the link, or that of the environment."""
    if (given := token or server.token) is not None:
        return given
    variable = os.environ.get("DESKBRIDGE_TOKEN")
    try:
        return read_token(variable) if variable else None
    except ValueError as problem:
        fail(f"DESKBRIDGE_TOKEN: {problem}", 2)


def record(server: Address, agent: str, out: Path | None, token: str | None) -> None:
    """Record what happens at an agent. Ends the command with a sentence where that cannot be done."""
    from bridge.recordings import remote

    try:
        remote.record(server.url, agent, out, _token_for(server, token), say)
    except remote.Failure as problem:
        fail(str(problem))


def replay(server: Address, file: Path, agent: str, speed: float, token: str | None) -> None:
    """Play a recording to an agent. Ends the command with a sentence where that cannot be done."""
    from bridge.recordings import remote

    try:
        remote.replay(server.url, file, agent, speed, _token_for(server, token), say)
    except remote.Failure as problem:
        fail(str(problem))


def run(settings: Settings) -> None:
    """Listen and serve. Ends the command with a sentence where it cannot."""
    with listen(settings.host, settings.port) as listener:
        serve_on(listener, settings)


def serve_on(listener: socket.socket, settings: Settings) -> None:
    """Open the journal, say where the server is, serve until stopped."""
    import uvicorn

    from bridge.app import create_app
    from bridge.postmessage.profiles import PROFILES

    configured, watching = configured_by(settings)
    check_certificate(settings)
    journal = opened_journal(settings)
    access = access_of(settings)
    app = create_app(journal, access, configured, PROFILES[settings.profile], meanwhile=watching, upstream=upstream_of(settings))
    config = uvicorn.Config(
        app,
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
    link = address(settings, listener.getsockname()[1]) + (f"/#token={quote(access.token, safe='')}" if access.token else "/")

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(f"deskbridge is at {link}", flush=True)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.stopping.set()  # before uvicorn waits for the polls and event streams that are held
            await super().shutdown(sockets)

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
            if port == 0 and "60" in str(listener.getsockname()[1]):
                # The vendor's SDK replaces the first "60" in a URL (cxone-agent-session.md, section 1): another port, while this
                # one is taken.
                return listen(host, port)
            listener.listen(1024)
            unless_it_listens.pop_all()
            return listener
    except OSError as problem:
        in_use = problem.errno == errno.EADDRINUSE
        advice = "Another deskbridge may run there; --port 0 takes a free port." if in_use else "Choose another --host or --port."
        fail(f"cannot listen on {at(host, port)}: {problem.strerror}. {advice}")
    except UnicodeError:  # of the codec for names beyond ASCII
        fail(f"cannot listen on {host!r}: that is no host's name. Choose another --host.")


def configured_by(settings: Settings) -> "tuple[Configured, AbstractAsyncContextManager[None] | None]":
    """What the flags and the file set up, and what keeps it up to date with the file while the server runs."""
    from bridge.configuration import Configuration, Configured, panel_of, panels_or_defaults

    panels = [
        *(panel_of("contact", url) for url in settings.panel),
        *(panel_of("workspace", url) for url in settings.workspace),
    ]
    if settings.config is None:
        return Configured(Configuration(panels_or_defaults(panels))), None
    from bridge.configuration_file import ConfigurationFile, InvalidConfiguration

    file = ConfigurationFile(settings.config, panels)
    try:
        configured = Configured(file.read())
    except InvalidConfiguration as invalid:
        for problem in invalid.problems:
            say(problem)
        sys.exit(2)
    return configured, file.watched(configured, say)


def check_certificate(settings: Settings) -> None:
    """Ends the command where the certificate and its key cannot serve, before the journal is opened or emptied. Left to uvicorn,
    an encrypted key would have its pass phrase asked for at the terminal."""
    if settings.ssl_certfile is None:
        return
    import ssl

    certificate, key = settings.ssl_certfile, settings.ssl_keyfile or settings.ssl_certfile
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def no_pass_phrase() -> NoReturn:
        fail(f"--ssl-keyfile: the key in {key} is encrypted. Give one that is not: openssl pkey -in {key} -out FILE makes it.")

    try:
        context.load_verify_locations(certificate)
    except OSError as problem:  # as ssl.SSLError is
        fail(f"--ssl-certfile: {certificate} cannot be read as a certificate in PEM form: {problem.strerror}.")
    try:
        context.load_cert_chain(certificate, key, no_pass_phrase)
    except OSError as problem:
        if isinstance(problem, ssl.SSLError) and problem.reason in ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"):
            fail(f"--ssl-keyfile: the key in {key} is not that of the certificate in {certificate}. Give its own.")
        fail(f"--ssl-keyfile: {key} cannot be read as the certificate's key in PEM form: {problem.strerror}.")


def opened_journal(settings: Settings) -> "Journal":
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
        say(notice)
    return journal


def upstream_of(settings: Settings) -> "Upstream | None":
    """The tenant to work with, if any."""
    if settings.upstream is None or settings.upstream_token is None:
        return None
    from bridge.acd.commands import StartSession
    from bridge.app import Upstream

    station, phone = settings.upstream_station or "", settings.upstream_phone or ""
    return Upstream(settings.upstream, settings.upstream_token, StartSession(station, phone) if station or phone else None)


def access_of(settings: Settings) -> "Access":
    """The server is known by its host, by the names of the loopback where these reach it, and by what it was told. Where
    others than this machine reach it, a proxy in front of it counted, or where it leads to a real tenant, it has a token."""
    from bridge.access import LOOPBACK, Access, host_name, is_loopback

    public = settings.public_url
    public_name = host_name(public.partition("//")[2]) if public else settings.host
    names = {settings.host, public_name, *(name.strip("[]") for name in settings.allow_host)}
    if is_loopback(settings.host) or settings.host in ANY_ADDRESS:
        names.update(LOOPBACK)
    token = settings.token
    if token is None and not (is_loopback(settings.host) and is_loopback(public_name) and settings.upstream is None):
        token = secrets.token_urlsafe(24)
    return Access(names, [public] if public else [], token, any_address=settings.host in ANY_ADDRESS)


def address(settings: Settings, port: int) -> str:
    """Where a browser finds the server, which may listen on no address in particular."""
    scheme = "https" if settings.ssl_certfile else "http"
    return settings.public_url or f"{scheme}://{at(ANY_ADDRESS.get(settings.host, settings.host), port)}"


def at(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def say(words: str) -> None:
    print(f"deskbridge: {words}", file=sys.stderr)


def fail(problem: str, code: int = 1) -> NoReturn:
    say(problem)
    sys.exit(code)


if __name__ == "__main__":
    main()
