"""The servers under measurement, each a process of its own: beside the harness they would share its interpreter."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
FLOORS = HERE / "floors"

STARTS_WITHIN = 30.0
"""Seconds."""

WITHOUT_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""Where this is set, a checkout is compiled at every start, which an installed deskbridge and the floors' packages are not."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def product_command(port: int, *options: str) -> list[str]:
    """deskbridge, by the interpreter that its console script would name."""
    return [sys.executable, "-m", "bridge.cli", "serve", "--port", str(port), "--journal", "memory:", *options]


def floor_command(name: str, port: int) -> list[str]:
    """One of the servers in `floors/`."""
    return [sys.executable, str(FLOORS / f"{name}.py"), str(port)]


@contextmanager
def serving(command: Sequence[str], port: int) -> Iterator[int]:
    """Run a server; gives the nanoseconds from starting its process to its first 200 for GET /healthz, and ends it afterwards.

    Raises RuntimeError when there is no such answer. Any error from within gets a note of what the server printed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DESKBRIDGE_", WITHOUT_BYTECODE))}
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter_ns()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            while not _is_healthy(port):
                if process.poll() is not None or time.perf_counter_ns() - started > STARTS_WITHIN * 1e9:
                    raise RuntimeError("the server did not come up")
                time.sleep(0.001)
            yield time.perf_counter_ns() - started
        except Exception as error:
            output.seek(0)
            if printed := output.read():
                error.add_note(f"{' '.join(command)} printed:\n{printed}")
            raise
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_healthy(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=STARTS_WITHIN) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % port)
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False
