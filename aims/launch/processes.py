"""Child processes: they end when the launcher ends, even when it is killed."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from aims.launch.messages import LaunchError, say
from aims.launch.places import CHECKOUT

LOG_LIMIT = 10_000_000
RESTARTS = 5
RESTART_WINDOW = 60.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """A preexec_fn: the kernel sends the child this signal when the launcher dies (Linux only).

    It runs after the change of account, which would clear the setting.
    """
    launcher = os.getpid()

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != launcher:
                os._exit(1)

    return prepare


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to; one that has grown large is set aside once."""
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def last_lines(path: Path, count: int = 8) -> str:
    try:
        text = path.read_bytes()[-20_000:].decode(errors="replace")
    except OSError:
        return "(no log)"
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-count:])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run_child(command: Sequence[str], environment: Mapping[str, str], cwd: Path | None = CHECKOUT) -> int:
    """Run a command in the foreground and return its exit code.

    Ctrl-C reaches the child directly, from the terminal; the launcher waits for it to finish its own way.
    """
    child = subprocess.Popen(command, env=environment, cwd=cwd, preexec_fn=die_with_parent(signal.SIGTERM))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        end(child)
    return code if code >= 0 else 128 - code


def end(
    child: subprocess.Popen[bytes],
    patience: float = 15.0,
    first: signal.Signals = signal.SIGTERM,
) -> None:
    """Ask a child to end and insist when it does not."""
    if child.poll() is not None:
        return
    child.send_signal(first)
    try:
        child.wait(patience)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@dataclass
class Program:
    """A long-running part of the product: web, worker or beat."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts.append(time.monotonic())
        with open_log(self.log) as log:
            self.child = subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )

    def has_ended(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    def revive(self) -> None:
        """Start again after an unexpected end, unless it keeps ending."""
        recent = [start for start in self.starts if time.monotonic() - start < RESTART_WINDOW]
        code = self.child.returncode if self.child else None
        if len(recent) >= RESTARTS:
            raise LaunchError(f"{self.name} keeps ending (exit code {code}). Its log says:\n{last_lines(self.log)}")
        say(f"{self.name} ended unexpectedly (exit code {code}); starting it again")
        self.start()


def end_all(programs: Sequence[Program]) -> None:
    """End several programs together, so that the slowest decides how long it takes."""
    running = [program.child for program in programs if program.child and program.child.poll() is None]
    for child in running:
        child.terminate()
    deadline = time.monotonic() + 15
    for child in running:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
