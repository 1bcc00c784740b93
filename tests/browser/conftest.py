from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.desk import SharedDesk
from tests.serving import Site


@pytest.fixture(scope="package")
def shared_desk(browser: Browser) -> Iterator[SharedDesk]:
    site = Site()
    shared = SharedDesk(browser, site)
    yield shared
    shared.close()
    site.close()
    if shared.server.output:
        print(f"deskbridge printed:\n{shared.server.output}")


@pytest.fixture
def desk(shared_desk: SharedDesk) -> Iterator[SharedDesk]:
    """The shared desk, its agent available and without a contact."""
    shared_desk.begin()
    yield shared_desk
    shared_desk.close_windows()
