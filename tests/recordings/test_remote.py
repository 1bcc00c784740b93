"""`deskbridge record` and `deskbridge replay` in processes of their own, at servers that run."""

import contextlib
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from tests.recordings.test_file import ACKNOWLEDGED, HEADER, STATE, text
from tests.serving import Serve, Server, Site, free_port
from tests.tenant import Link

CALL = {"Type": "CallContactEvent", "ContactID": "77", "Status": "Active", "FinalState": "False"}


def command(*arguments: str, silence: float | None = None) -> list[str]:
    """The command in a process of its own; with other patience than it has if `silence` is given, in seconds."""
    if silence is None:
        return [sys.executable, "-m", "bridge.cli", *arguments]
    script = f"from bridge import cli; from bridge.recordings import remote; remote.SILENCE = {silence}; cli.main()"
    return [sys.executable, "-c", script, *arguments]


class Recorder:
    """`deskbridge record` that runs. `said` is what it says, `lines` what it writes to the standard output."""

    def __init__(
        self, server: Server, *flags: str, environment: dict[str, str] | None = None, silence: float | None = None
    ) -> None:
        self._process = subprocess.Popen(
            command("record", "--url", server.url, *flags, silence=silence),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.said: list[str] = []
        self.lines: list[str] = []
        self._heard = threading.Condition()
        streams = [(self._process.stdout, self.lines), (self._process.stderr, self.said)]
        self._ears = [threading.Thread(target=self._listen, args=stream, daemon=True) for stream in streams]
        for ear in self._ears:
            ear.start()
        self.wait_for("Ctrl+C ends it")

    def _listen(self, stream: IO[str], heard: list[str]) -> None:
        for line in stream:
            with self._heard:
                heard.append(line)
                self._heard.notify_all()

    def wait_for(self, words: str) -> None:
        """Wait until it says or writes these."""
        with self._heard:
            came = self._heard.wait_for(lambda: any(words in line for line in [*self.said, *self.lines]), timeout=20)
            assert came, (words, self.said, self.lines)

    def end(self, by: signal.Signals = signal.SIGINT) -> list[list[Any]]:
        """End it as Ctrl+C does; the messages that it wrote to the standard output."""
        self._process.send_signal(by)
        assert self._process.wait(timeout=10) == 0, self.said
        self.close()
        return [json.loads(line)["events"] for line in self.lines[1:]]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(timeout=10)
        for ear in self._ears:
            ear.join(timeout=10)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()


Record = Callable[..., Recorder]


@pytest.fixture
def record() -> Iterator[Record]:
    """Start `deskbridge record`, to the standard output unless another is named."""
    recorders: list[Recorder] = []

    def start(server: Server, *flags: str, **options: Any) -> Recorder:
        recorders.append(Recorder(server, "--out", "-", *flags, **options))
        return recorders[-1]

    yield start
    for recorder in recorders:
        recorder.close()


def ended(*arguments: str, silence: float | None = None, **environment: str) -> "subprocess.CompletedProcess[str]":
    """The command, which ends by itself."""
    environ, whole = {**os.environ, **environment}, command(*arguments, silence=silence)
    return subprocess.run(whole, capture_output=True, text=True, timeout=30, env=environ, check=False)


# Recording


def test_what_happens_is_recorded_from_the_state_on_batch_for_batch(serve: Serve, record: Record) -> None:
    server = serve()
    call = server.call(ani="8015551234", skill="Sales")
    recorder = record(server)
    before = len(server.events())
    for verb in ("answer", "hold", "resume", "hangup"):
        server.act(call, verb)
    server.post("/api/v1/agents/1001/events", [{"Type": "A"}, {"Type": "B"}])
    recorder.wait_for('"B"')
    first, *rest = recorder.end()

    header = json.loads(recorder.lines[0])
    assert (header["deskbridge"], header["version"], header["issuer"], header["masked"]) == ("recording", 1, "MAX", False)
    assert header["subscriptionTypes"] == ["agent", "contacts"]
    assert header["source"]["agentId"] == "1001"
    kinds = [event.get("messageType") or event["Type"] for event in first]
    assert kinds == [ACKNOWLEDGED["messageType"], "AgentState", "CallContactEvent"]
    assert [event for events in rest for event in events] == server.events()[before:]
    assert rest[-1][-2:] == [{"Type": "A"}, {"Type": "B"}]
    assert recorder.said[-1] == f"deskbridge: {len(rest) + 1} messages recorded\n"


def test_it_is_a_recording_that_plays(serve: Serve, record: Record, tmp_path: Path) -> None:
    server, file = serve(), tmp_path / "recording.jsonl"
    recorder = record(server)
    server.post("/api/v1/agents/1001/events", [CALL, {"Type": "Last"}])
    recorder.wait_for("Last")
    recorder.end()
    file.write_text("".join(recorder.lines), encoding="utf-8")
    played = ended("replay", str(file), "--url", server.url, "--speed", "0")
    assert played.returncode == 0, played.stderr
    assert played.stderr == f"deskbridge: 2 messages are played to agent replay: {server.url}/desk/replay\n"
    assert server.events("replay") == [CALL, {"Type": "Last"}]


def test_who_asks_it_to_terminate_gets_the_whole_file(serve: Serve, record: Record) -> None:
    server = serve()
    recorder = record(server)
    server.post("/api/v1/agents/1001/events", [CALL])
    recorder.wait_for("CallContactEvent")
    assert recorder.end(signal.SIGTERM)[-1] == [CALL]


def test_it_ends_by_ctrl_c_where_the_shell_had_that_ignored(serve: Serve, record: Record) -> None:
    """As a shell without job control has it for what it puts into the background."""
    server = serve()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        recorder = record(server)
    finally:
        signal.signal(signal.SIGINT, before)
    recorder.end()  # which fails where it does not


def test_it_goes_to_a_file_that_is_for_its_owners_eyes_only(serve: Serve, record: Record, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    recorder = record(serve(), "--out", str(out), "--agent", "7")
    assert recorder.end() == []
    header, first = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert header["source"]["agentId"] == "7"
    assert first["events"] == [ACKNOWLEDGED]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_without_a_name_the_file_is_named_after_the_time(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.chdir(tmp_path)
    recorder = Recorder(serve())
    recorder.end()
    [name] = [path.name for path in tmp_path.iterdir()]
    assert re.fullmatch(r"deskbridge-recording-\d{4}-\d\d-\d\d-\d{6}Z\.jsonl", name)


def test_a_server_that_was_killed_and_is_there_again_leaves_no_gap(serve: Serve, record: Record, tmp_path: Path) -> None:
    server = serve(journal=f"sqlite:///{tmp_path}/journal")
    recorder = record(server)
    server.post("/api/v1/agents/1001/events", [{"Type": "Before"}])
    recorder.wait_for("Before")
    server.kill()
    recorder.wait_for("the connection to the server has ended")
    server.start()
    server.post("/api/v1/agents/1001/events", [{"Type": "After"}])
    recorder.wait_for("After")
    assert recorder.end()[1:] == [[{"Type": "Before"}], [{"Type": "After"}]]
    assert any("nothing is missing" in line for line in recorder.said)


class Way:
    """The way to a server, on which connections can fall silent: nothing comes through any more, and nobody hears of that."""

    def __init__(self, server: Server) -> None:
        self._port = int(server.url.rpartition(":")[2])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self._silent: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                self._sockets += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if source not in self._silent:
                    target.sendall(data)

    def falls_silent(self) -> None:
        """Of all connections that there are."""
        self._silent.update(self._sockets)

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def test_a_connection_that_falls_silent_is_made_anew_and_leaves_no_gap(serve: Serve, record: Record) -> None:
    server = serve()
    server.post("/api/v1/agents/1001/events", [{"Type": "Earlier"}])
    with contextlib.closing(Way(server)) as way:
        recorder = record(server, "--url", way.url, silence=2)
        server.post("/api/v1/agents/1001/events", [{"Type": "Before"}])
        recorder.wait_for("Before")
        way.falls_silent()
        server.post("/api/v1/agents/1001/events", [{"Type": "Meanwhile"}])
        recorder.wait_for("Meanwhile")
        assert recorder.end()[1:] == [[{"Type": "Before"}], [{"Type": "Meanwhile"}]]
    assert any("nothing is missing" in line for line in recorder.said)


def test_a_history_that_begins_anew_is_a_gap_with_the_state_after_it(serve: Serve, record: Record) -> None:
    server = serve()
    recorder = record(server)
    server.post("/api/v1/agents/1001/events", [CALL])
    recorder.wait_for("77")
    server.post("/api/v1/reset")
    recorder.wait_for("the server has begun a new history")
    server.post("/api/v1/agents/1001/events", [{"Type": "After"}])
    recorder.wait_for("After")
    assert recorder.end() == [[ACKNOWLEDGED], [CALL], [ACKNOWLEDGED], [{"Type": "After"}]]


def test_the_token_comes_from_the_flag_or_the_environment(serve: Serve, record: Record) -> None:
    server = serve("--token", "open-sesame")
    assert record(server, "--token", "open-sesame").end() == [[ACKNOWLEDGED]]
    assert record(server, environment={"DESKBRIDGE_TOKEN": "open-sesame"}).end() == [[ACKNOWLEDGED]]


def test_the_link_that_the_server_printed_is_its_address_and_its_token(serve: Serve, record: Record) -> None:
    server = serve("--token", "a&b+c%#=d")
    recorder = record(server, "--url", server.link)
    assert recorder.end() == [[ACKNOWLEDGED]]
    assert "a&b" not in "".join(recorder.said)


def test_no_file_is_written_over(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("mine")
    end = ended("record", "--url", serve().url, "--out", str(tmp_path / "out.jsonl"))
    assert (end.returncode, end.stderr) == (1, f"deskbridge: {tmp_path}/out.jsonl is there already. Give another --out.\n")
    assert (tmp_path / "out.jsonl").read_text() == "mine"


# Replaying


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recording.jsonl"
    path.write_bytes(text(HEADER, {"at": 0, "events": [ACKNOWLEDGED, STATE]}, {"at": 90_000, "events": [CALL]}))
    return path


def test_a_recording_is_kept_and_played_at_its_pace(serve: Serve, file: Path) -> None:
    server = serve()
    end = ended("replay", str(file), "--url", server.url + "/", "--agent", "7")
    assert end.returncode == 0, end.stderr
    assert end.stderr == f"deskbridge: 2 messages are played to agent 7: {server.url}/desk/7; that takes 90 seconds\n"
    assert server.events("7") == [STATE]
    [kept] = server.get("/api/v1/recordings")["recordings"]
    assert server.get("/api/v1/agents/7")["replay"]["recordingId"] == kept["recordingId"]


def test_the_address_of_a_desk_leads_to_its_server(serve: Serve, file: Path) -> None:
    server = serve()
    end = ended("replay", str(file), "--url", f"{server.url}/desk/1001", "--speed", "0")
    assert end.stderr == f"deskbridge: 2 messages are played to agent replay: {server.url}/desk/replay\n"


@pytest.mark.parametrize(("speed", "code"), [("0", 0), ("1", 1)])
def test_only_what_is_played_at_once_is_waited_for_however_long_it_takes(serve: Serve, file: Path, speed: str, code: int) -> None:
    server = serve()
    server.get("/api/v1/recordings")
    with contextlib.closing(Link(server)) as link:
        held = link.holds("/replay")
        whole = command("replay", str(file), "--url", link.url, "--speed", speed, silence=2)
        with subprocess.Popen(whole, stderr=subprocess.PIPE, text=True) as process:
            assert held.has_come.wait(20)
            if speed == "0":
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(3)
                held.let_go.set()
            _, said = process.communicate(timeout=10)
        held.let_go.set()
    assert (process.returncode, "2 messages are played" in said) == (code, code == 0), said


def test_ctrl_c_ends_it_without_a_word(file: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which a process in the background may not have
    try:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            with subprocess.Popen(command("replay", str(file), "--url", url), stderr=subprocess.PIPE, text=True) as process:
                connection, _ = silent.accept()
                with connection:
                    assert connection.recv(1)
                    process.send_signal(signal.SIGINT)
                    _, said = process.communicate(timeout=10)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (process.returncode, said) == (130, "")


def test_an_agent_who_is_logged_in_is_left_alone_and_nothing_kept(serve: Serve, file: Path) -> None:
    server = serve()
    server.call()
    end = ended("replay", str(file), "--url", server.url, "--agent", "1001")
    assert end.returncode == 1
    assert end.stderr.startswith("deskbridge: Agent 1001 is logged in. Log the agent out, or choose another one")
    assert server.get("/api/v1/recordings")["recordings"] == []


def test_a_file_that_was_cut_off_is_played_and_told(serve: Serve, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])
    server = serve()
    end = ended("replay", str(file), "--url", server.url, "--speed", "0")
    assert end.stderr.startswith(f"deskbridge: the last line of {file} was cut off; it is left out\n")
    assert server.events("replay") == [STATE]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"hello\n", "is no recording that can be played. Line 1: it is no JSON"),
        (text({**HEADER, "version": 2}), "Line 1: the recording is of version 2"),
    ],
)
def test_a_bad_file_is_told_before_any_server_is_asked(file: Path, content: bytes | None, words: str) -> None:
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    end = ended("replay", str(file), "--url", f"http://127.0.0.1:{free_port()}")
    assert end.returncode == 1
    assert end.stderr.startswith(f"deskbridge: {file} ")
    assert words in end.stderr


# Both


@pytest.mark.parametrize("name", ["record", "replay"])
def test_where_nothing_answers_it_says_so(name: str, file: Path, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    end = ended(*of(name, file, tmp_path), "--url", url)
    assert end.returncode == 1
    assert end.stderr.startswith(f"deskbridge: nothing answers at {url} (")
    assert end.stderr.endswith("). Does deskbridge serve run there?\n")


@pytest.mark.parametrize("name", ["record", "replay"])
def test_what_listens_and_never_answers_is_said_to(name: str, file: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        end = ended(*of(name, file, tmp_path), "--url", url, silence=0.5)
    assert (end.returncode, end.stderr) == (
        1,
        f"deskbridge: what listens at {url} has said nothing for 0.5 seconds. Is that a deskbridge?\n",
    )


@pytest.mark.parametrize("name", ["record", "replay"])
@pytest.mark.parametrize("given", [[], ["--token", "wrong"]])
def test_without_the_token_it_says_how_to_give_it(serve: Serve, name: str, given: list[str], file: Path, tmp_path: Path) -> None:
    end = ended(*of(name, file, tmp_path), "--url", serve("--token", "open-sesame").url, *given)
    assert (end.returncode, end.stderr) == (
        1,
        "deskbridge: the server wants its token: give --token TOKEN, or set DESKBRIDGE_TOKEN\n",
    )


@pytest.mark.parametrize("name", ["record", "replay"])
def test_what_is_no_deskbridge_is_said_to_be_none(site: Site, name: str, file: Path, tmp_path: Path) -> None:
    end = ended(*of(name, file, tmp_path), "--url", site.url)
    assert end.returncode == 1
    assert end.stderr.startswith(f"deskbridge: {site.url}/api/v1/")
    assert end.stderr.endswith(" answers 404 Not Found. Is that a deskbridge?\n")


@pytest.mark.parametrize("name", ["record", "replay"])
@pytest.mark.parametrize(
    ("flag", "value", "code", "words"),
    [
        ("--url", "127.0.0.1:8700", 2, "is no server's address: give one like http://127.0.0.1:8700"),
        ("--url", "ftp://127.0.0.1", 2, "is no server's address"),
        ("--url", "http://[f:::]", 1, "is no server's address: Invalid IPv6 address"),
        ("--agent", "a b", 2, "'a b' is no agent's id"),
    ],
)
def test_what_cannot_be_meant_is_named(
    name: str, flag: str, value: str, code: int, words: str, file: Path, tmp_path: Path
) -> None:
    end = ended(*of(name, file, tmp_path), flag, value)
    assert end.returncode == code
    assert words in end.stderr


@pytest.mark.parametrize("speed", ["fast", "-1", "1001", "nan"])
def test_a_speed_is_a_number(file: Path, speed: str) -> None:
    end = ended("replay", str(file), f"--speed={speed}")
    assert end.returncode == 2
    assert f"'{speed}' is no speed: give a number from 0 to 1000" in end.stderr


def of(name: str, file: Path, folder: Path) -> list[str]:
    """The command with what it needs."""
    return [name, "--out", str(folder / "out.jsonl")] if name == "record" else [name, str(file)]
