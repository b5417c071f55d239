"""A Chromium for the browser tests: found, installed by apt as root, or fetched by Playwright; else a visible skip."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from aims.launch.messages import LaunchError, say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium(browsers: Path) -> str | None:
    """Named by E2E_CHROMIUM, on PATH, or fetched by Playwright earlier."""
    named = os.environ.get("E2E_CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise LaunchError(f"E2E_CHROMIUM names {named}, which cannot be run. Correct or unset it.")
        return named
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    if on_path:
        return on_path
    for folder in (browsers, Path.home() / ".cache" / "ms-playwright"):
        fetched = sorted(
            [
                *folder.glob("chromium*/chrome-linux*/chrome"),
                *folder.glob("chromium*/**/headless_shell"),
            ]
        )
        if fetched:
            return str(fetched[-1])
    return None


def get_chromium(browsers: Path) -> str | None:
    """Find a Chromium, or try to get one."""
    found = find_chromium(browsers)
    if found:
        return found
    say("getting a Chromium for the browser tests")
    if may_install():
        for _ in installing("chromium"):
            found = find_chromium(browsers)
            if found:
                return found
    environment = {**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(browsers)}
    fetch = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(fetch, capture_output=True, env=environment, timeout=600)
    except subprocess.TimeoutExpired:
        return None
    return find_chromium(browsers)


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def installing(package: str) -> Iterator[None]:
    """Install a package by apt, with fresh lists when the old ones do not do; after each step the caller looks."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    for command in (install, ["apt-get", "update", "-qq"], install):
        subprocess.run(command, capture_output=True, env=environment)
        yield


def driver_runs() -> bool:
    """Whether Playwright's own driver starts; its Node needs libatomic, which a bare Debian lacks."""
    answer = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True)
    return answer.returncode == 0


def get_driver() -> bool:
    """Whether Playwright's driver starts, after installing what it needs where that is possible."""
    return driver_runs() or (may_install() and any(driver_runs() for _ in installing("libatomic1")))


def browser_environment(browsers: Path, needed: bool) -> dict[str, str]:
    """What the browser tests are told. E2E_REQUIRED=1 makes a missing browser a failure instead of a skip."""
    found = get_chromium(browsers) if needed else find_chromium(browsers)
    if found and (not needed or get_driver()):
        return {"E2E_CHROMIUM": found}
    if needed:
        reason = "no Chromium was found or could be installed (apt install chromium, or set E2E_CHROMIUM)"
        if found:
            reason = "Playwright cannot start its driver here (apt install libatomic1)"
        if os.environ.get("E2E_REQUIRED") == "1":
            raise LaunchError(f"{reason}, and E2E_REQUIRED=1 asks for one.")
        say(f"the browser tests will be skipped: {reason}")
        return {"E2E_SKIP_REASON": reason}
    return {}
