"""Serving https: the certificate and its key, and what is said where they cannot serve."""

import http.client
import json
import subprocess
import sys
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.serving import Certificate, Serve, Server, issue_certificate


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return issue_certificate(tmp_path)


@pytest.fixture
def server(serve: Serve, certificate: Certificate) -> Server:
    return serve(*certificate.flags, trusts=certificate.trusts)


def ended(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """The command in a process of its own, which has no terminal and ends by itself."""
    command = [sys.executable, "-m", "bridge.cli", "serve", "--port", "0", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, start_new_session=sys.platform != "win32"
    )


def test_the_printed_address_is_one_of_https_and_answers_there(server: Server) -> None:
    assert server.printed.startswith("deskbridge is at https://127.0.0.1:")
    call = server.call()
    server.act(call, "answer")
    assert server.status(call) == "Active"


def test_a_desks_socket_is_one_of_https_too(server: Server, certificate: Certificate) -> None:
    address = f"{server.url.replace('https', 'wss')}/desk/1001/socket"
    with connect(address, ssl=certificate.trusts, origin=Origin(server.url), proxy=None) as socket:
        socket.send(json.dumps({"t": "hello", "page": "p"}))
        assert json.loads(socket.recv(timeout=10))["t"] == "welcome"


def test_the_origin_of_the_same_name_over_http_is_another(server: Server, certificate: Certificate) -> None:
    host = server.url.removeprefix("https://")
    statuses = []
    for origin in (f"http://{host}", f"https://{host}"):
        connection = http.client.HTTPSConnection(host, context=certificate.trusts, timeout=10)
        connection.request("POST", "/api/v1/agents/1001/contacts", headers={"Origin": origin})
        statuses.append(connection.getresponse().status)
        connection.close()
    assert statuses == [403, 201]


def test_a_file_with_both_needs_no_keyfile(serve: Serve, certificate: Certificate, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.certfile.read_bytes() + certificate.keyfile.read_bytes())
    assert serve("--ssl-certfile", str(both), trusts=certificate.trusts).get("/healthz")["status"] == "ok"


@pytest.fixture
def unusable(certificate: Certificate, tmp_path: Path) -> dict[str, tuple[list[object], str]]:
    """For each way in which the two cannot serve: the flags, and the sentence."""
    certfile, keyfile, _ = certificate
    others, encrypted, text = tmp_path / "others.pem", tmp_path / "encrypted.pem", tmp_path / "text.pem"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(others)
    key = serialization.load_pem_private_key(keyfile.read_bytes(), None)
    encrypted.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"open-sesame")
        )
    )
    text.write_text("no PEM")
    return {
        "another's key": (
            ["--ssl-certfile", certfile, "--ssl-keyfile", others],
            f"--ssl-keyfile: the key in {others} is not that of the certificate in {certfile}.",
        ),
        "an encrypted key": (
            ["--ssl-certfile", certfile, "--ssl-keyfile", encrypted],
            f"--ssl-keyfile: the key in {encrypted} is encrypted.",
        ),
        "no key": (
            ["--ssl-certfile", certfile, "--ssl-keyfile", text],
            f"--ssl-keyfile: {text} cannot be read as the certificate's key",
        ),
        "a certificate alone": (
            ["--ssl-certfile", certfile],
            f"--ssl-keyfile: {certfile} cannot be read as the certificate's key",
        ),
        "no certificate": (
            ["--ssl-certfile", text, "--ssl-keyfile", keyfile],
            f"--ssl-certfile: {text} cannot be read as a certificate",
        ),
    }


@pytest.mark.parametrize("what", ["another's key", "an encrypted key", "no key", "a certificate alone", "no certificate"])
def test_what_cannot_serve_ends_the_command_with_a_sentence(unusable: dict[str, tuple[list[object], str]], what: str) -> None:
    flags, sentence = unusable[what]
    end = ended("--journal", "memory:", *flags)
    assert end.returncode == 1
    assert end.stderr.startswith(f"deskbridge: {sentence}")
    assert end.stderr.count("\n") == 1
    assert end.stdout == ""


@pytest.mark.parametrize("flag", ["--ssl-certfile", "--ssl-keyfile"])
def test_a_file_that_is_missing_is_named(certificate: Certificate, tmp_path: Path, flag: str) -> None:
    missing = tmp_path / "missing.pem"
    end = ended("--journal", "memory:", *certificate.flags, flag, missing)
    assert end.returncode == 2
    assert end.stderr == f"deskbridge: {flag}: there is no file {str(missing)!r}\n"


def test_a_certificate_that_cannot_serve_leaves_the_journal(serve: Serve, certificate: Certificate, tmp_path: Path) -> None:
    """`--fresh` empties it, which is too soon where nothing will be served."""
    journal = f"sqlite:///{tmp_path}/journal.sqlite"
    server = serve(journal=journal)
    server.post("/api/v1/agents/1001/events", [{"Type": "X"}])
    server.stop()
    assert ended("--journal", journal, "--fresh", "--ssl-certfile", certificate.certfile).returncode == 1
    assert serve(journal=journal).events() == [{"Type": "X"}]
