"""Plain headless Chromium: Playwright's instrumentation would double the time of every socket path."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridge.testing.chromium import SYSTEM_NAMES

FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-extensions",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
)


def find_chromium() -> str:
    """The program that `CHROMIUM` names, else one on the PATH, else Playwright's. Raises RuntimeError when there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in SYSTEM_NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not os.path.exists(path):
        raise RuntimeError("no Chromium: set CHROMIUM to one, or run `playwright install chromium`")
    return path


@contextmanager
def chromium(program: str, url: str, *flags: str) -> Iterator[Path]:
    """A browser with a new profile that shows `url`; gives the profile's directory.

    One browser for each page: a second tab would be a hidden one, and Chromium gives those less.
    """
    # As root Chromium refuses to start with its sandbox.
    sandbox = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, *FLAGS, *flags, *sandbox, f"--user-data-dir={profile}", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield Path(profile)
        finally:
            # All of its processes at once: asked politely, some outlive the first and write to the profile while it is removed.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
