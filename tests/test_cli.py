"""The command line: what it can be told, in which order, and what it says when it cannot do it."""

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import pytest

from bridge import cli
from bridge.configuration_file import BridgeToml
from bridge.recordings import remote
from bridge.settings import TABLE, Address, Settings, read_address, read_settings
from tests.serving import Serve

GIVEN: dict[str, tuple[Sequence[str], str, Any]] = {
    "host": (["192.0.2.7"], "192.0.2.7", "192.0.2.7"),
    "port": (["0"], "0", 0),
    "journal": (["memory:"], "memory:", "memory:"),
    "fresh": ([], "true", True),
    "config": ([__file__], __file__, Path(__file__)),
    "workspace": (["https://a.example/", "/b"], "https://a.example/ /b", ("https://a.example/", "/b")),
    "panel": (["https://a.example/{ANI}", "/b"], "https://a.example/{ANI} /b", ("https://a.example/{ANI}", "/b")),
    "profile": (["max"], "max", "max"),
    "token": (["open-sesame"], "open-sesame", "open-sesame"),
    "public_url": (["https://Desk.example:443/"], "https://Desk.example:443/", "https://desk.example"),
    "allow_host": (["a.example", "[::1]"], "a.example [::1]", ("a.example", "[::1]")),
    "ssl_certfile": ([__file__], __file__, Path(__file__)),
    "ssl_keyfile": ([__file__], __file__, Path(__file__)),
    "upstream": (["https://Cluster.example/"], "https://Cluster.example/", "https://cluster.example/inContactAPI"),
    "upstream_token": ([], "open-sesame", "open-sesame"),
    "upstream_station": (["3070012"], "3070012", "3070012"),
    "upstream_phone": (["WebRTC"], "WebRTC", "WebRTC"),
}
"""For each setting: the values of its flag, the text of its environment variable, and the setting that both lead to."""

SECRET = {"upstream_token"}
"""Those without a flag, which anybody on the machine could read."""

BAD = [
    ("--port", "65536"),
    ("--port", "-1"),
    ("--port", "x"),
    ("--port", ""),
    ("--host", ""),
    ("--workspace", "desk.example"),
    ("--workspace", "javascript:alert(1)"),
    ("--workspace", "https://desk.example/{ANI}"),
    ("--panel", "ftp://desk.example/"),
    ("--panel", "//desk.example/"),
    ("--config", "/no/such/file"),
    ("--profile", "min"),
    ("--token", ""),
    ("--token", "with space"),
    ("--token", "é"),
    ("--public-url", "desk.example"),
    ("--public-url", "https://desk.example/below"),
    ("--public-url", "https://me@desk.example"),
    ("--public-url", "ftp://desk.example"),
    ("--allow-host", "https://desk.example"),
    ("--allow-host", "desk.example:8700"),
    ("--allow-host", "-x"),
    ("--ssl-certfile", "/no/such/file"),
    ("--ssl-keyfile", __file__),
    ("--upstream", "cluster.example"),
    ("--upstream", "https://cluster.example/services"),
    ("--upstream", "https://me@cluster.example"),
    ("--upstream", "ftp://cluster.example"),
    ("--upstream", "https://cluster.example:99999"),
    ("--upstream", "http://cluster.example"),
    ("--upstream", "https://cluster.example"),
    ("--upstream-station", ""),
    ("--upstream-station", "3070012"),
    ("--upstream-phone", "WebRTC"),
]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("DESKBRIDGE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that the command would have served with."""
    served: list[Settings] = []
    monkeypatch.setattr(cli, "run", served.append)
    return served


class Ended(NamedTuple):
    """How the command ended, in this process."""

    exit_code: int
    output: str
    stderr: str


def deskbridge(*arguments: str, **environment: str) -> Ended:
    return command("serve", *arguments, **environment)


def command(*arguments: str, **environment: str) -> Ended:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with mock.patch.dict(os.environ, environment), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue() + err.getvalue(), err.getvalue())


def told(**flags: Any) -> Settings:
    """The settings that these flags lead to."""
    return read_settings(flags, {})


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def flags(name: str) -> list[str]:
    """The setting's flag, with each of its values."""
    values, _, _ = GIVEN[name]
    return [word for value in values for word in (flag(name), value)] or [flag(name)]


def wanted(name: str) -> list[str]:
    """The flags without which the setting is of no use."""
    if name == "ssl_keyfile":
        return flags("ssl_certfile")
    return flags("upstream") if name in ("upstream_station", "upstream_phone") else []


def ended(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, which ends by itself."""
    command = [sys.executable, "-m", "bridge.cli", "serve", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


# What it can be told


def test_every_setting_is_tested() -> None:
    assert GIVEN.keys() == {setting.name for setting in TABLE} == {field.name for field in fields(Settings)}


def test_the_help_lists_every_setting_and_no_other() -> None:
    listed = deskbridge("--help", COLUMNS="200").output.partition("options:")[2]
    shown = {*map(flag, GIVEN.keys() - SECRET), "--help"}
    assert set(re.findall(r"^ +(?:-h, )?(--[a-z][a-z-]*)", listed, re.MULTILINE)) == shown


def test_the_help_tells_the_defaults() -> None:
    help_text = " ".join(deskbridge("--help", COLUMNS="200").output.split())
    for default in ("127.0.0.1", "8700", "a file in your state directory", "/panels/crm", "max"):
        assert f"[default: {default}]" in help_text
    settings = told()
    assert (settings.host, settings.port, settings.profile, settings.panel) == ("127.0.0.1", 8700, "max", ())


def test_the_help_tells_all_that_a_configuration_file_holds() -> None:
    words = " ".join(deskbridge("--help", COLUMNS="200").output.partition("bridge.toml:")[2].partition(";")[0].split())
    assert [key for key in BridgeToml.model_fields if key.replace("_", " ") not in words] == []


def test_without_a_command_it_says_what_there_is() -> None:
    ended = command()
    assert ended.exit_code == 2
    assert "COMMAND" in ended.stderr
    assert "serve" in command("--help").output


@pytest.mark.parametrize("name", [name for name in GIVEN if name not in SECRET])
def test_a_flag_is_a_setting(served: list[Settings], name: str) -> None:
    assert deskbridge(*flags(name), *wanted(name), DESKBRIDGE_UPSTREAM_TOKEN="open-sesame").exit_code == 0
    assert getattr(served[0], name) == GIVEN[name][2]


@pytest.mark.parametrize("name", GIVEN)
def test_an_environment_variable_mirrors_the_flag(served: list[Settings], name: str) -> None:
    token = {"DESKBRIDGE_UPSTREAM_TOKEN": "open-sesame"} if name.startswith("upstream") else {}
    assert deskbridge(*wanted(name), **{**token, f"DESKBRIDGE_{name.upper()}": GIVEN[name][1]}).exit_code == 0
    assert getattr(served[0], name) == GIVEN[name][2]


@pytest.mark.parametrize(
    ("name", "other"),
    [("host", "192.0.2.8"), ("port", "1"), ("workspace", "/other"), ("panel", "/other"), ("token", "other"), ("journal", "x")],
)
def test_a_flag_beats_the_environment(served: list[Settings], name: str, other: str) -> None:
    assert deskbridge(*flags(name), **{f"DESKBRIDGE_{name.upper()}": other}).exit_code == 0
    assert getattr(served[0], name) == GIVEN[name][2]


def test_an_empty_environment_variable_is_none(served: list[Settings]) -> None:
    assert deskbridge(**{f"DESKBRIDGE_{name.upper()}": "" for name in GIVEN}).exit_code == 0
    assert served == [told()]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_flag_ends_the_command_with_a_sentence_that_names_it(served: list[Settings], name: str, value: str) -> None:
    answer = deskbridge(name, value)
    assert answer.exit_code == 2
    assert name in answer.stderr
    assert "Traceback" not in answer.stderr
    assert served == []


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, value in BAD if value])
def test_a_bad_environment_variable_ends_the_command_with_a_sentence_that_names_it(
    served: list[Settings], name: str, value: str
) -> None:
    variable = f"DESKBRIDGE_{name[2:].replace('-', '_').upper()}"
    answer = deskbridge(**{variable: value})
    assert answer.exit_code == 2
    assert f"deskbridge: {variable}: " in answer.stderr
    assert served == []


def test_every_bad_value_has_its_sentence(served: list[Settings]) -> None:
    answer = deskbridge("--port", "65536", "--profile", "min", "--workspace", "x")
    assert [line.split(": ")[1] for line in answer.stderr.splitlines()] == ["--port", "--workspace", "--profile"]


def test_a_bad_token_is_not_printed(served: list[Settings]) -> None:
    assert "sesame" not in deskbridge("--token", "open sesame").output


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://cluster.example", "https://cluster.example/inContactAPI"),
        ("https://cluster.example/", "https://cluster.example/inContactAPI"),
        ("HTTPS://cluster.example:8443/InContactAPI/", "https://cluster.example:8443/InContactAPI"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700/inContactAPI"),
        ("http://localhost:8700", "http://localhost:8700/inContactAPI"),
        ("http://[::1]:8700", "http://[::1]:8700/inContactAPI"),
    ],
)
def test_a_tenants_address_leads_to_its_api(given: str, base: str) -> None:
    assert told(upstream=given, upstream_token="t").upstream == base


def test_a_tenants_token_does_not_travel_in_the_clear() -> None:
    answer = deskbridge("--upstream", "http://cluster.example", DESKBRIDGE_UPSTREAM_TOKEN="t")
    assert answer.exit_code == 2
    assert "would travel in the clear" in answer.stderr


def test_a_tenants_port_is_a_port() -> None:
    answer = deskbridge("--upstream", "https://cluster.example:99999", DESKBRIDGE_UPSTREAM_TOKEN="t")
    assert answer.exit_code == 2
    assert answer.stderr == "deskbridge: --upstream: '99999' is no port: give a number from 0 to 65535\n"


def test_a_tenants_token_is_in_no_description_of_the_settings() -> None:
    settings = told(upstream="https://cluster.example", upstream_token="open-sesame")
    assert "sesame" not in f"{settings!r} {cli.upstream_of(settings)!r}"


def test_a_tenant_wants_a_token() -> None:
    answer = deskbridge("--upstream", "https://cluster.example")
    assert answer.exit_code == 2
    assert answer.stderr == ("deskbridge: --upstream: the tenant's token is missing: give it in DESKBRIDGE_UPSTREAM_TOKEN\n")


def test_a_bad_token_of_a_tenant_is_named_by_its_variable_and_not_printed() -> None:
    answer = deskbridge("--upstream", "https://cluster.example", DESKBRIDGE_UPSTREAM_TOKEN="open sesame")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("deskbridge: DESKBRIDGE_UPSTREAM_TOKEN: ")
    assert "sesame" not in answer.output


def test_a_session_of_a_tenant_has_one_phone() -> None:
    phones = ("--upstream-station", "1", "--upstream-phone", "2")
    answer = deskbridge("--upstream", "https://cluster.example", *phones, DESKBRIDGE_UPSTREAM_TOKEN="t")
    assert answer.exit_code == 2
    assert answer.stderr.startswith("deskbridge: --upstream-phone: ")


@pytest.mark.parametrize("flag", ["--upstream-station", "--upstream-phone"])
def test_a_phone_is_for_a_tenants_session_alone(served: list[Settings], flag: str) -> None:
    answer = deskbridge(flag, "WebRTC")
    assert (answer.exit_code, answer.stderr) == (2, f"deskbridge: {flag}: a phone is of use only with --upstream\n")
    assert "only with" not in deskbridge("--upstream", "x", flag, "WebRTC").stderr


def test_what_happens_at_a_tenant_is_kept_in_memory_unless_somebody_says_otherwise() -> None:
    tenant = {"upstream": "https://cluster.example", "upstream_token": "t"}
    assert told(**tenant).journal == "memory:"
    assert told(**tenant, journal="sqlite:///kept.sqlite").journal == "sqlite:///kept.sqlite"


def test_an_unknown_flag_is_named(served: list[Settings]) -> None:
    answer = deskbridge("--prot", "1")
    assert answer.exit_code == 2
    assert "--prot" in answer.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have their own places for state")
def test_the_default_journal_lies_in_the_users_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert told().journal == f"sqlite:///{tmp_path}/deskbridge/journal.sqlite"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert told().journal == f"sqlite:///{tmp_path}/.local/state/deskbridge/journal.sqlite"


# A server elsewhere


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """The address and the token of each server that `deskbridge record` would have asked."""
    asked: list[tuple[str, str | None]] = []
    monkeypatch.setattr(remote, "record", lambda url, agent, out, token, say: asked.append((url, token)))
    return asked


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://127.0.0.1:8700", ("http://127.0.0.1:8700", None)),
        ("HTTPS://Desk.example/", ("https://desk.example", None)),
        ("http://[::1]:8700/desk/1001", ("http://[::1]:8700", None)),
        ("http://127.0.0.1:8700/#token=a%26b%2Bc", ("http://127.0.0.1:8700", "a&b+c")),
        ("https://desk.example/desk/a.b#token=E", ("https://desk.example", "E")),
        ("http://127.0.0.1:8700/#", ("http://127.0.0.1:8700", None)),
    ],
)
def test_a_server_is_found_by_what_people_paste(given: str, address: Address) -> None:
    assert read_address(given) == address


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("http://127.0.0.1:8700/supervisor#token=sesame", "is a page's address, and not a server's: give http://127.0.0.1:8700"),
        ("http://127.0.0.1:8700/desk/1001/?token=sesame", "is a page's address"),
        ("http://127.0.0.1:8700?token=sesame", "is no server's address: give one like http://127.0.0.1:8700"),
        ("http://sesame@127.0.0.1:8700", "'http://127.0.0.1:8700' is no server's address"),
        ("ws://127.0.0.1:8700/#token=sesame", "'ws://127.0.0.1:8700/' is no server's address"),
        ("http://127.0.0.1:87000/#token=sesame", "'87000' is no port"),
        ("http://127.0.0.1:8700/#token=open%20sesame", "a token is one or more printable ASCII characters without spaces"),
    ],
)
def test_what_leads_to_no_server_is_said_without_a_token(asked: list[tuple[str, str | None]], given: str, words: str) -> None:
    answer = command("record", "--url", given)
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert "sesame" not in answer.output
    assert asked == []


def test_a_token_is_the_flags_or_the_links_or_the_environments(asked: list[tuple[str, str | None]]) -> None:
    link = "http://127.0.0.1:8700/#token=links"
    command("record", "--url", link, "--token", "flags", DESKBRIDGE_TOKEN="environments")
    command("record", "--url", link, DESKBRIDGE_TOKEN="environments")
    command("record", DESKBRIDGE_TOKEN="environments")
    command("record", DESKBRIDGE_TOKEN="")
    assert [token for _, token in asked] == ["flags", "links", "environments", None]


@pytest.mark.parametrize("name", ["record", "replay"])
@pytest.mark.parametrize("token", ["sésame", "open\rsesame", "open\nsesame", "open sesame"])
def test_a_bad_token_for_a_server_elsewhere_is_named_and_not_printed(name: str, token: str) -> None:
    file = [__file__] if name == "replay" else []
    by_flag, by_variable = command(name, *file, "--token", token), command(name, *file, DESKBRIDGE_TOKEN=token)
    sentence = "a token is one or more printable ASCII characters without spaces\n"
    assert (by_flag.exit_code, by_variable.exit_code) == (2, 2)
    assert by_flag.stderr.endswith(f"argument --token: {sentence}")
    assert by_variable.stderr == f"deskbridge: DESKBRIDGE_TOKEN: {sentence}"
    assert "same" not in by_flag.output + by_variable.output


def test_ctrl_c_in_the_middle_of_a_command_ends_it_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    for place, name in ((cli, "run"), (remote, "record"), (remote, "replay")):
        monkeypatch.setattr(place, name, interrupted)
    assert [command(*words) for words in (["serve"], ["record"], ["replay", __file__])] == [(130, "", "")] * 3


# Who may reach it


@pytest.mark.parametrize(
    "given",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "192.0.2.7"},
        {"host": "desk.example"},
        {"public_url": "https://desk.example"},
        {"upstream": "https://cluster.example", "upstream_token": "t"},
    ],
)
def test_a_token_is_made_up_where_others_reach_the_server_or_a_real_tenant_is_behind_it(given: dict[str, str]) -> None:
    first, second = cli.access_of(told(**given)).token, cli.access_of(told(**given)).token
    assert first
    assert second
    assert first != second
    assert len(first) >= 32


@pytest.mark.parametrize("given", [{}, {"host": "localhost"}, {"host": "::1"}, {"public_url": "http://localhost:9000"}])
def test_no_token_is_needed_where_only_this_machine_reaches_it(given: dict[str, str]) -> None:
    assert cli.access_of(told(**given)).token is None


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_given_token_is_the_token(host: str) -> None:
    assert cli.access_of(told(host=host, token="open-sesame")).token == "open-sesame"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, {"127.0.0.1", "localhost", "::1"}),
        ({"host": "0.0.0.0"}, {"127.0.0.1", "localhost", "::1"}),
        ({"host": "::"}, {"127.0.0.1", "localhost", "::1"}),
        ({"host": "192.0.2.7"}, {"192.0.2.7"}),
        ({"allow_host": ["Desk.example", "[2001:DB8::1]"]}, {"127.0.0.1", "desk.example", "2001:db8::1"}),
        ({"public_url": "https://desk.example:8443"}, {"127.0.0.1", "desk.example"}),
    ],
)
def test_the_server_is_known_by_its_names(given: dict[str, Any], names: set[str]) -> None:
    assert names <= cli.access_of(told(**given)).hosts


def test_a_server_for_others_is_not_known_as_this_machine() -> None:
    assert "localhost" not in cli.access_of(told(host="192.0.2.7")).hosts


def test_the_public_address_is_an_origin_of_its_own_pages() -> None:
    assert cli.access_of(told(public_url="https://Desk.example/")).origins == {"https://desk.example"}
    assert cli.access_of(told()).origins == set()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:9"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:9"),
        ({"host": "::"}, "http://[::1]:9"),
        ({"host": "::1"}, "http://[::1]:9"),
        ({"host": "desk.example"}, "http://desk.example:9"),
        ({"ssl_certfile": __file__}, "https://127.0.0.1:9"),
        ({"public_url": "https://desk.example/"}, "https://desk.example"),
    ],
)
def test_the_address_is_one_that_a_browser_finds(given: dict[str, Any], address: str) -> None:
    assert cli.address(told(**given), 9) == address


# Serving


def test_it_prints_its_address_and_serves_there(serve: Serve) -> None:
    server = serve()
    assert re.fullmatch(r"deskbridge is at http://127\.0\.0\.1:[1-9][0-9]*/\n", server.printed)
    assert server.get("/healthz")["status"] == "ok"


def test_a_made_up_token_stands_in_the_links_fragment_and_opens_the_server(serve: Serve) -> None:
    server = serve("--host", "0.0.0.0")
    address, token = server.link.split("#token=")
    assert urlsplit(address).hostname == "127.0.0.1"
    bearer = {"Authorization": f"Bearer {token}"}
    with urlopen(Request(f"{address}api/v1/agents/1001", headers=bearer), timeout=10) as answer:
        assert answer.status == 200


def test_a_token_stands_in_the_link_as_addresses_spell_it(serve: Serve) -> None:
    fragment = urlsplit(serve("--token", "a&b+c%#=d").link).fragment
    assert fragment.count("&") == 0
    assert "+" not in fragment
    assert unquote(fragment) == "token=a&b+c%#=d"


def test_a_journal_in_a_file_is_there_after_a_restart_unless_it_is_to_be_fresh(serve: Serve, tmp_path: Path) -> None:
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    server = serve(journal=journal)
    server.post("/api/v1/agents/1001/events", [{"Type": "X"}])
    server.stop()
    server.start()
    assert server.events() == [{"Type": "X"}]
    server.stop()
    assert serve("--fresh", journal=journal).events() == []


def test_who_goes_away_in_the_middle_of_a_request_is_no_error(serve: Serve) -> None:
    server = serve("--token", "open-sesame")
    host = server.url.removeprefix("http://")
    for request_line, media_type in {
        "POST /inContactAPI/services/v1.0/agent-sessions": "application/json",
        "POST /inContactAuthorizationServer/Token": "application/json",
        "POST /api/v1/agents/1001/contacts": "application/json",
        "POST /api/v1/recordings": "application/x-ndjson",
        "PUT /panels/crm/notes/500000000001": "application/json",
    }.items():
        head = [f"{request_line} HTTP/1.1", f"Host: {host}", "Authorization: Bearer open-sesame", f"Content-Type: {media_type}"]
        with socket.create_connection(("127.0.0.1", int(host.rpartition(":")[2]))) as client:
            client.sendall("\r\n".join([*head, "Expect: 100-continue", "Content-Length: 100", "", ""]).encode())
            assert client.recv(100).startswith(b"HTTP/1.1 100 ")  # it reads the body now
            client.sendall(b"{")
    server.get("/healthz")
    server.stop()
    assert server.output == ""


def test_a_stop_is_no_error() -> None:
    command = [sys.executable, "-m", "bridge.cli", "serve", "--port", "0", "--journal", "memory:"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("deskbridge is at ")
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_a_free_port_has_no_60_in_it() -> None:
    """The vendor's SDK would take that for its timeout."""
    taken: list[socket.socket] = []
    given = [60123, 50607, 41000]

    class Listener(socket.socket):
        def bind(self, address: Any) -> None:
            taken.append(self)

        def getsockname(self) -> Any:
            return "127.0.0.1", given[taken.index(self)]

        def listen(self, backlog: int = 0) -> None: ...

    with mock.patch("socket.socket", Listener), cli.listen("127.0.0.1", 0) as listener:
        assert (len(taken), listener.getsockname()[1]) == (3, 41000)


def test_a_port_in_use_is_said_to_be() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        end = ended("--port", str(port), "--journal", "memory:")
    assert end.returncode == 1
    assert end.stderr == (
        f"deskbridge: cannot listen on 127.0.0.1:{port}: Address already in use. "
        "Another deskbridge may run there; --port 0 takes a free port.\n"
    )


def test_what_is_wrong_with_the_configuration_file_ends_the_command_before_anything_is_begun(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text('[[panel]]\nurl = "here"\n[[skill]]\nid = 1\n')
    journal = tmp_path / "journal.sqlite"
    answer = deskbridge("--port", "0", "--journal", f"sqlite:///{journal}", "--config", str(file))
    assert answer.exit_code == 2
    assert [line.rpartition("toml, ")[2].split(": ")[:2] for line in answer.stderr.splitlines()] == [
        ["line 2", "panel[1].url"],
        ["line 3", "skill[1].name"],
    ]
    assert answer.stderr.startswith(f"deskbridge: {file}, line 2: ")
    assert not journal.exists()


def test_without_the_flag_no_configuration_file_is_read(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bridge.toml").write_text("[")
    assert serve().get("/healthz")["status"] == "ok"


def test_the_servers_start_does_not_import_what_reads_configuration_files() -> None:
    script = "import sys, bridge.app; from bridge import cli; cli.configured_by(cli.read_settings({}, {})); print(*sys.modules)"
    imported = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True
    ).stdout.split()
    assert "bridge.configuration" in imported
    assert not {"bridge.configuration_file", "tomllib", "pydantic"} & set(imported)


def test_a_journal_in_use_is_said_to_be(serve: Serve, tmp_path: Path) -> None:
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    serve(journal=journal)
    end = ended("--port", "0", "--journal", journal)
    assert end.returncode == 1
    assert end.stderr.startswith(f"deskbridge: The journal {tmp_path}/journal.sqlite is open in another process.")
    assert "--journal memory:" in end.stderr
    assert end.stdout == ""


@pytest.mark.parametrize("journal", ["redis://here", "journal.sqlite", "sqlite://x", "sqlite:///"])
def test_a_text_that_names_no_journal_is_a_bad_value(journal: str) -> None:
    answer = deskbridge("--port", "0", "--journal", journal)
    assert answer.exit_code == 2
    assert answer.stderr.startswith(f"deskbridge: --journal: '{journal}' is no journal: give ")


def test_a_journal_that_cannot_be_made_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    journal = f"sqlite:///{tmp_path}/file/journal.sqlite"
    answer = deskbridge("--port", "0", "--journal", journal)
    assert answer.exit_code == 1
    assert answer.stderr.startswith(f"deskbridge: cannot open the journal {journal}: ")


@pytest.mark.parametrize("host", ["nowhere.invalid", "..", "192.0.2.7"])
def test_a_host_that_is_not_here_is_said_to_be(host: str) -> None:
    answer = deskbridge("--port", "0", "--host", host, "--journal", "memory:")
    assert answer.exit_code == 1
    assert answer.stderr.startswith("deskbridge: cannot listen on ")
    assert host in answer.stderr
    assert "--host" in answer.stderr


def test_a_certificate_that_is_none_is_said_to_be() -> None:
    answer = deskbridge("--port", "0", "--journal", "memory:", "--ssl-certfile", __file__)
    assert answer.exit_code == 1
    assert "--ssl-certfile" in answer.stderr


def test_a_server_that_stops_ends_what_is_held_open_without_a_word_of_failure(serve: Serve) -> None:
    server = serve()
    grant = {"grant_type": "password", "username": "1001", "password": "any"}
    token = server.post("/inContactAuthorizationServer/Token", grant)["access_token"]
    sessions, headers = "/inContactAPI/services/v2.0/agent-sessions", {"Authorization": f"Bearer {token}"}
    poll = HTTPConnection(urlsplit(server.url).netloc, timeout=20)

    def call(method: str, path: str, body: str | None = None) -> Any:
        poll.request(method, f"{sessions}{path}", body, headers)
        return json.load(poll.getresponse())

    session = call("POST", "", '{"stationId": "WebRTC"}')["sessionId"]
    session = call("GET", f"/{session}/get-next-event")["sessionId"]
    poll.request("GET", f"{sessions}/{session}/get-next-event?timeout=60", headers=headers)
    streams = [
        urlopen(Request(f"{server.url}/api/v1/agents/1001/{kind}", headers={"Accept": "text/event-stream"}), timeout=20)
        for kind in ("events", "wire")
    ]
    assert [stream.readline() for stream in streams] == [b": deskbridge\n"] * 2
    server.stop()
    for stream in streams:
        stream.read()  # to its end, which a cut would not be
    assert poll.getresponse().status == 503
    assert "Traceback" not in server.output
    assert "Cancel" not in server.output
