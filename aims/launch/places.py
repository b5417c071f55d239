"""Where things lie: the checkout, the state folder, and the folders of the embedded servers."""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Place:
    """One set of servers with its files; `state` is .state, or a throw-away folder below it."""

    state: Path
    servers: Path

    @property
    def logs(self) -> Path:
        return made(self.state / "logs")

    @property
    def media(self) -> Path:
        return made(self.state / "media")

    @property
    def mail(self) -> Path:
        return made(self.state / "mail")

    @property
    def static(self) -> Path:
        return made(self.state / "static")


def made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def lasting_place() -> Place:
    """The place of ./run demo and ./run manage: it keeps its data."""
    state = Path(os.environ.get("AIMS_STATE") or CHECKOUT / ".state").absolute()
    return Place(made(state), servers_folder(state))


def servers_folder(state: Path) -> Path:
    """Where the embedded servers keep their files.

    PostgreSQL refuses to run as root. For root its files therefore go where the unprivileged account that it then
    runs as can reach them; a checkout below /root is no such place, and its permissions are not to be loosened.
    """
    if os.geteuid() != 0:
        return made(state / "servers")
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
    return made(Path("/var/lib") / f"aims-{digest}")


@contextmanager
def throwaway_place(purpose: str) -> Iterator[Place]:
    """A place of its own that is removed at the end; also removes those that a killed run left behind."""
    lasting = lasting_place()
    with ExitStack() as locks:
        with hold(lasting.state / "throwaway.lock"):
            for parent in {lasting.state, lasting.servers}:
                sweep_abandoned(parent)
            state = servers = Path(tempfile.mkdtemp(prefix="throwaway-", suffix=f"-{purpose}", dir=lasting.state))
            if lasting.servers.parent != lasting.state:
                servers = lasting.servers / state.name
                servers.mkdir(mode=0o711)
            for folder in {state, servers}:
                locks.enter_context(hold(folder / "lock"))
        try:
            yield Place(state, servers)
        finally:
            for folder in {state, servers}:
                shutil.rmtree(folder, ignore_errors=True)


def sweep_abandoned(parent: Path) -> None:
    for folder in parent.glob("throwaway-*"):
        with (folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock file; the system lets go of it even when this process is killed."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def files_of(pattern: str) -> list[str]:
    """Files that are ours: known to git, not vendored. A copy without git is walked instead."""
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            pattern,
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )
    names = listed.stdout.split("\0") if listed.returncode == 0 else walked(pattern)
    return [name for name in names if name and "vendor/" not in name and (CHECKOUT / name).exists()]


def walked(pattern: str) -> list[str]:
    found: list[str] = []
    for folder, subfolders, names in os.walk(CHECKOUT):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        found += [str((Path(folder) / name).relative_to(CHECKOUT)) for name in names if Path(name).match(pattern)]
    return found


def secret(place: Place, name: str) -> str:
    """A random value that is made once and kept readable by this account only."""
    path = place.state / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = secrets.token_urlsafe(48 if name == "secret_key" else 24)
        write_private(path, json.dumps(known, indent=1))
    return known[name]


def has_secret(place: Place, name: str) -> bool:
    path = place.state / "secrets.json"
    return path.exists() and name in json.loads(path.read_text())


def write_private(path: Path, text: str) -> None:
    """Write a file that only this account may read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
