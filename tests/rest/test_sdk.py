"""The vendor's own polling, from its npm package, against a real server (cxone-agent-session.md, section 1, "semantics").

The package's licence is closed: it is installed by name for the run, into a folder that goes with it, and nothing of it is in
this project. `sdk_client.mjs` is the application around it.
"""

import json
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Serve, Server

PACKAGES = ("@nice-devone/core-sdk@25.1.2", "yup@0.32.11", "esbuild@0.25.12")
"""The SDK, what its code imports and its package does not name, and what makes one script of them."""

CLIENT = Path(__file__).parent / "sdk_client.mjs"
INSTALLS_WITHIN = 180
"""Seconds."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client and the SDK as one script. Skips the test where these are not to be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("the SDK runs in node: install node and npm")
    folder = tmp_path_factory.mktemp("sdk")
    (folder / "package.json").write_text("{}")
    command = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *PACKAGES]
    try:
        installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALLS_WITHIN)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm has not installed {', '.join(PACKAGES)} within {INSTALLS_WITHIN} seconds: is its registry reached?")
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install {', '.join(PACKAGES)}: {installed.stderr.strip()[:500]}")
    shutil.copy(CLIENT, folder)
    esbuild = [str(folder / "node_modules/.bin/esbuild"), CLIENT.name, "--bundle", "--format=esm", "--platform=browser"]
    subprocess.run([*esbuild, "--external:node:*", "--outfile=bundle.mjs", "--log-level=error"], cwd=folder, check=True)
    return folder / "bundle.mjs"


class Sdk:
    """An application with the SDK. `heard` is all that it said so far, each with its `kind`."""

    def __init__(self, bundle: Path, server: Server, agent: str) -> None:
        grant = {"grant_type": "password", "username": agent, "password": "secret"}
        token = server.post("/inContactAuthorizationServer/Token", grant)["access_token"]
        command = ["node", str(bundle), server.url, token]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.heard: list[Any] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def hear(self, *kinds: str, **fields: Any) -> Any:
        """Wait for the next that it says of one of these kinds, with these fields in it or in its event."""
        until = time.monotonic() + 20
        while True:
            try:
                said = json.loads(self._lines.get(timeout=max(0, until - time.monotonic())))
            except queue.Empty:
                pytest.fail(f"the SDK said no {' or '.join(kinds)} with {fields}; it said {self.heard}")
            self.heard.append(said)
            if said["kind"] in kinds and fields.items() <= {**said, **said.get("event", {})}.items():
                return said

    def close(self) -> None:
        """Let it end, and hear the rest."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._reading.join(20)
        while not self._lines.empty():
            self.heard.append(json.loads(self._lines.get()))

    @property
    def errors(self) -> list[Any]:
        return [said for said in self.heard if said["kind"] in ("error", "offline")]


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve()


@pytest.fixture
def sdk(bundle: Path, server: Server) -> Iterator[Sdk]:
    sdk = Sdk(bundle, server, "1001")
    yield sdk
    sdk.close()


def test_the_sdk_polls_a_session_over_a_304_to_its_end(sdk: Sdk, server: Server) -> None:
    sdk.tell("start")
    first = sdk.hear("answer", status=200)
    assert [event["Type"] for event in first["events"]][:2] == ["AgentSessionStart", "MchAgentSettingsChangeEvent"]
    sdk.hear("session", status="SessionStart")
    sdk.hear("state")
    sdk.hear("leg", status="Active")
    sdk.hear("answer", status=304)
    assert first["sessionId"] in sdk.hear("poll")["url"], "after a 304 it polls with the same id"
    server.post("/api/v1/agents/1001/events", [{"Type": "Mute", "AgentMuted": "True"}])
    second = sdk.hear("answer", status=200)
    assert second["sessionId"] != first["sessionId"]
    assert second["sessionId"] in sdk.hear("poll")["url"], "after a 200 it polls with the next"
    sdk.hear("mute", agentMuted=True)
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut", "reason": "RemoteLogoff"})
    sdk.hear("session", status="SessionEnd")
    sdk.close()
    assert sdk.errors == []


def test_pitfall_5_a_409_ends_the_sdks_session(sdk: Sdk, server: Server) -> None:
    server.post("/api/v1/agents/1001/state", {"state": "Available"})
    sdk.tell("join")
    over = sdk.hear("answer", status=200)["sessionId"]
    sdk.hear("leg")
    server.post("/api/v1/agents/1001/state", {"state": "LoggedOut"})
    sdk.hear("session", status="SessionEnd")
    sdk.tell(f"poll {over}")  # from the place that it had: it was told what followed, so nothing is left but that it is over
    sdk.hear("answer", status=409)
    sdk.hear("session", status="SessionEnd")
    sdk.close()
    assert sdk.heard[-1]["kind"] == "session", "it polls no more"
    assert sdk.errors == []


def test_pitfall_6_the_sdk_takes_the_end_that_it_asked_for_for_done(sdk: Sdk, server: Server) -> None:
    sdk.tell("start")
    sdk.hear("leg", status="Active")
    sdk.tell("end")
    sdk.hear("done", command="end")
    sdk.close()
    assert sdk.errors == []
    assert server.get("/api/v1/agents/1001")["state"] == "LoggedOut"


def test_the_sdk_joins_a_session_and_is_told_its_state(sdk: Sdk, server: Server) -> None:
    server.post("/api/v1/agents/1001/state", {"state": "Unavailable", "reason": "Lunch"})
    sdk.tell("join")
    answer = sdk.hear("answer", status=200)
    assert answer["events"][0]["Type"] == "AgentSessionStart"
    assert sdk.hear("state")["event"]["currentState"]["reason"] == "Lunch"
    sdk.close()
    assert sdk.errors == []


def test_the_sdk_reads_a_call_from_its_first_event_to_its_last(sdk: Sdk, server: Server) -> None:
    sdk.tell("start")
    sdk.hear("leg", status="Active")
    call = server.call(ani="8015551234", skill="Sales")
    for verb, status in [("answer", "Active"), ("hold", "Holding"), ("resume", "Active"), ("hangup", "Disconnected")]:
        server.act(call, verb)
        sdk.hear("call", contactId=call, status=status)
    sdk.hear("state")
    sdk.close()
    assert sdk.errors == []
