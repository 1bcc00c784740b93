import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Playwright, expect

from bridge.testing.chromium import launch_options
from tests.serving import Refusing, Serve, Server, Site

# How long something takes is a matter of benchmarks: a busy machine fails no test.
settings.register_profile("deskbridge", deadline=None)
settings.load_profile("deskbridge")
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Playwright) -> dict[str, Any]:
    return {**browser_type_launch_args, **launch_options(playwright.chromium.executable_path)}


@pytest.fixture
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Start a deskbridge with these flags; it stops when the test ends, and what it printed stands with a failure."""
    servers: list[Server] = []

    def start(*args: str, **options: Any) -> Server:
        servers.append(Server(*args, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
        if server.output:
            print(f"deskbridge printed:\n{server.output}")


@pytest.fixture
def site() -> Iterator[Site]:
    """A site for panels, other than the desk's."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def refusing() -> Iterator[Refusing]:
    """A site whose page refuses to be framed."""
    site = Refusing()
    yield site
    site.close()


@pytest.fixture(autouse=True)
def own_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Once a test with a browser has run, Playwright keeps an event loop running in this thread to the end. Tests without one may
    begin a loop of their own all the same: Playwright's does nothing meanwhile."""
    running = asyncio._get_running_loop()
    if running is None or "playwright" in request.fixturenames:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)
