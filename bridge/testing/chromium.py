"""A Chromium that Playwright can drive: `python -m bridge.testing.chromium` finds or installs one, and says which."""

import os
import shutil
import subprocess
import sys
from typing import Any

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch_options(playwrights_own: str) -> dict[str, Any]:
    """What to give Playwright's `chromium.launch`, given its `chromium.executable_path`: nothing if its own build is there, else
    the system's program; as root without the sandbox, which Chromium refuses there. Raises RuntimeError when there is no browser.
    """
    options: dict[str, Any] = {"args": ["--no-sandbox"]} if _is_root() else {}
    if not os.path.exists(playwrights_own):
        system = next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)
        if system is None:
            raise RuntimeError("there is no Chromium for the browser tests: run `playwright install chromium`")
        options["executable_path"] = system
    return options


def ensure() -> str:
    """See to it that `launch_options` leads to a browser that starts; returns which it is.

    In this order: the build that Playwright has, the build that it installs now (as root with the libraries that it needs), the
    system's own, which as root is installed with apt. Raises RuntimeError when none of these helps.
    """
    playwright = [sys.executable, "-m", "playwright"]
    if not os.path.exists(_playwrights_own()):
        _run([*playwright, "install", "chromium"])
    if (started := _start()) is None and _is_root() and os.path.exists(_playwrights_own()):
        _run([*playwright, "install-deps", "chromium"])
        started = _start()
    if started is None and _is_root() and shutil.which("apt-get") and not os.path.exists(_playwrights_own()):
        _run(["apt-get", "update"])
        _run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
        started = _start()
    if started is None:
        raise RuntimeError("no Chromium could be installed or started; what was tried stands above")
    return started


def _playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _start() -> str | None:
    """Start the browser once; its program and version, or None, the reason printed, if it does not start."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        try:
            options = launch_options(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(**options)
        except Exception as problem:  # Playwright's own, or ours: either way there is none yet
            print(str(problem).strip(), flush=True)
            return None
        version = browser.version
        browser.close()
    return f"{options.get('executable_path', 'Playwright Chromium')}, {version}"


def _run(command: list[str]) -> None:
    print("$", " ".join(command), flush=True)
    if subprocess.run(command, check=False, stderr=subprocess.STDOUT).returncode:  # noqa: S603  (the commands above)
        print("That failed; another way is tried.", flush=True)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


if __name__ == "__main__":
    try:
        print("browser for the tests:", ensure())
    except RuntimeError as problem:
        sys.exit(f"deskbridge: {problem}")
