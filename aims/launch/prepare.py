"""The first stage of ./run: makes the machine ready, then hands over to `python -m aims.launch` in the virtual environment.

This file runs under the machine's own Python before anything is installed. It therefore imports the standard library
only, is started as a script rather than as part of a package, and is the one file of the launcher that may not import
its neighbours.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

CHECKOUT = Path(__file__).resolve().parents[2]
COMMANDS = {
    "demo": "set everything up, load the demo and serve it  [--reset] [--check] [--no-browser-hint]",
    "test": "run the test suite on throw-away servers       [pytest arguments]",
    "check": "lint, types, templates, migrations, imports",
    "bench": "measure against hand-written baselines         [arguments]",
    "manage": "run a management command                       COMMAND [arguments]",
    "lock": "lock the dependencies anew                     [--upgrade]",
    "help": "this text",
}
DEVELOPMENT_COMMANDS = {"test", "check", "lock"}
PANGO_LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libfontconfig.so.1",
    "libpangoft2-1.0.so.0",
)
PANGO_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")


def say(text: str) -> None:
    """Progress goes to stderr, so that the output of a management command stays clean."""
    print(f"aims: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    print(f"aims: {text}", file=sys.stderr, flush=True)
    raise SystemExit(2)


def usage() -> str:
    lines = ["Usage: ./run COMMAND [arguments]", ""]
    lines += [f"  {name:<8} {what}" for name, what in COMMANDS.items()]
    lines += [
        "",
        "Settings from the environment (docs/developers/launch.md has them all):",
        "  PORT                 port of the web server, 8000",
        "  AIMS_STATE           folder for everything that is made, .state in the checkout",
        "  DATABASE_URL         an own PostgreSQL 15 or newer instead of the embedded one",
        "  REDIS_URL            an own Redis or Valkey instead of the embedded one",
        "  AIMS_DEMO_PASSWORD   password of the demo accounts, demo-please-change",
    ]
    return "\n".join(lines)


def state_folder() -> Path:
    """The folder for everything that is made; refuses early, with the remedy, when it cannot be written."""
    state = Path(os.environ.get("AIMS_STATE") or CHECKOUT / ".state").expanduser().absolute()
    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=state):
            pass
    except OSError as error:
        stop(
            f"cannot write to {state} ({error.strerror}). Make that folder writable for this account, "
            "or name another: AIMS_STATE=/a/folder ./run …"
        )
    return state


# Dependencies


def requirements_for(command: str) -> Path:
    return CHECKOUT / ("requirements-dev.txt" if command in DEVELOPMENT_COMMANDS else "requirements.txt")


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()


def is_installed(venv: Path, requirements: Path) -> bool:
    """Whether the environment holds these requirements; the development set contains the other one."""
    try:
        stamp = (venv / "installed").read_text().split()
    except OSError:
        return False
    if not (venv / "bin" / "python").exists():
        return False
    return fingerprint(requirements) in stamp


def make_virtual_environment(venv: Path) -> None:
    """Make the environment, or make it anew when an earlier attempt was cut short."""
    python = venv / "bin" / "python"
    if python.exists() and runs(str(python), "-c", f"import pip, sys; sys.exit(sys.version != {sys.version!r})"):
        return
    if venv.exists():
        say("the virtual environment is incomplete or of another Python: making it anew")
        shutil.rmtree(venv)
    say(f"making a virtual environment in {venv}")
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode and os.geteuid() == 0 and shutil.which("apt-get"):
        shutil.rmtree(venv, ignore_errors=True)
        apt_install(("python3-venv",))
        made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        detail = (made.stdout + made.stderr).strip().splitlines()[-1:] or ["no reason given"]
        stop(
            f"cannot make a virtual environment ({detail[0]}). Install Python's venv module "
            "(Debian and Ubuntu: apt install python3-venv) and try again."
        )


def install(venv: Path, requirements: Path) -> None:
    if is_installed(venv, requirements):
        return
    (venv / "installed").unlink(missing_ok=True)
    make_virtual_environment(venv)
    say(f"installing the dependencies of {requirements.name}")
    if not (install_with_uv(venv, requirements) or install_with_pip(venv, requirements)):
        stop(
            "the dependencies could not be installed (see above). Check the network and pip's settings; "
            "another ./run continues from here."
        )
    stamps = {fingerprint(requirements)}
    if requirements.name == "requirements-dev.txt":
        stamps.add(fingerprint(CHECKOUT / "requirements.txt"))
    (venv / "installed").write_text("\n".join(sorted(stamps)) + "\n")


def install_with_uv(venv: Path, requirements: Path) -> bool:
    """Install with uv, which is about ten times as quick as pip; False when there is none or it fails."""
    python = str(venv / "bin" / "python")
    uv = shutil.which("uv") or find_executable(venv / "bin" / "uv")
    if uv is None:
        pinned = str(CHECKOUT / "requirements-uv.txt")
        if not runs(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", pinned):
            return False
        uv = find_executable(venv / "bin" / "uv")
    if uv is None:
        return False
    command = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "--require-hashes",
        "-r",
        str(requirements),
    ]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "UV_LINK_MODE": "copy"},
    )
    if result.returncode:
        last = (result.stderr.strip().splitlines() or ["no reason given"])[0]
        say(f"uv did not succeed ({last.strip()}); trying pip")
    return result.returncode == 0


def install_with_pip(venv: Path, requirements: Path) -> bool:
    command = [
        str(venv / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    return subprocess.run([*command, "--require-hashes", "-r", str(requirements)]).returncode == 0


def find_executable(path: Path) -> str | None:
    return str(path) if os.access(path, os.X_OK) else None


def runs(*command: str) -> bool:
    """Whether this command can be run and succeeds, quietly."""
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        return False


# Pango, which WeasyPrint needs and no wheel carries


def prepare_pango(state: Path) -> dict[str, str]:
    """Find or get the PDF libraries; returns what must stand in the environment before Python starts."""
    private = state / "pango"
    environment = library_path(private)
    if pango_loads({}):
        return {}
    if environment and pango_loads(environment):
        return environment
    if sys.platform != "linux" or not shutil.which("apt-get"):
        say("Pango was not found: PDF packs cannot be built. " + pango_remedy())
        return {}
    if os.geteuid() == 0:
        say("installing the Pango libraries for PDF packs")
        apt_install(PANGO_PACKAGES)
        if not pango_loads({}):
            say("Pango could not be installed: PDF packs cannot be built. " + pango_remedy())
        return {}
    say("fetching the Pango libraries for PDF packs into the state folder")
    reason = unpack_packages(PANGO_PACKAGES, private)
    environment = library_path(private)
    if reason is None and pango_loads(environment):
        return environment
    say(f"Pango could not be fetched ({reason or 'the libraries do not load'}): no PDF packs. " + pango_remedy())
    return {}


def pango_remedy() -> str:
    if sys.platform == "darwin":
        return "Install it: brew install pango"
    return f"Install it as an administrator: apt install {' '.join(PANGO_PACKAGES)} (Fedora: dnf install pango)"


def pango_loads(environment: dict[str, str]) -> bool:
    """Try in a child process: LD_LIBRARY_PATH only counts when a process starts."""
    if sys.platform != "linux":
        return runs(
            sys.executable,
            "-c",
            "import ctypes.util, sys; sys.exit(not ctypes.util.find_library('pango-1.0'))",
        )
    program = f"import ctypes\nfor name in {PANGO_LIBRARIES!r}: ctypes.CDLL(name)"
    child = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env={**os.environ, **environment},
    )
    return child.returncode == 0


def library_path(private: Path) -> dict[str, str]:
    folders = sorted({str(library.parent) for library in private.glob("root/**/*.so.*")})
    if not folders:
        return {}
    inherited = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    return {"LD_LIBRARY_PATH": os.pathsep.join(folders + [path for path in inherited if path and path not in folders])}


def apt_install(packages: tuple[str, ...]) -> bool:
    """Install Debian packages as root; the package lists are fetched only when the first attempt fails."""
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for before in (None, ["apt-get", "update", "-qq"]):
        if before:
            subprocess.run(before, stdout=subprocess.DEVNULL, env=environment)
        result = subprocess.run(install, capture_output=True, text=True, env=environment)
        if result.returncode == 0:
            return True
    say("apt-get install failed: " + (result.stderr.strip().splitlines() or ["no reason given"])[-1])
    return False


def unpack_packages(packages: tuple[str, ...], folder: Path) -> str | None:
    """Download packages with what they need and unpack them, without root; returns the reason when it fails.

    apt works on lists of its own below the folder, because an ordinary account may not refresh the system's.
    """
    work = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial", "archives"):
        (work / name).mkdir(parents=True, exist_ok=True)
    options = [
        f"-oDir::State::lists={work}/lists",
        f"-oDir::Cache={work}/cache",
        "-oDebug::NoLocking=1",
    ]
    steps = [["apt-get", *options, "-qq", "update"]]
    steps += [
        [
            "apt-get",
            *options,
            "-qq",
            "--print-uris",
            "-y",
            "--no-install-recommends",
            "install",
            *packages,
        ]
    ]
    output = ""
    for step in steps:
        result = subprocess.run(step, capture_output=True, text=True)
        if result.returncode:
            return (result.stderr.strip().splitlines() or ["apt-get failed"])[-1]
        output = result.stdout
    names = [unversioned(name) for name in re.findall(r"^'[^']+' (\S+)_\S+_\S+\.deb ", output, re.MULTILINE)]
    fetched = subprocess.run(
        ["apt-get", *options, "-qq", "download", *names],
        cwd=work / "archives",
        capture_output=True,
        text=True,
    )
    if fetched.returncode:
        return (fetched.stderr.strip().splitlines() or ["apt-get download failed"])[-1]
    for archive in sorted((work / "archives").glob("*.deb")):
        if not runs("dpkg", "-x", str(archive), str(folder / "root")):
            return f"{archive.name} could not be unpacked"
    shutil.rmtree(work)
    return None


def unversioned(name: str) -> str:
    return name.split("_")[0]


def main(arguments: list[str]) -> None:
    command = arguments[0] if arguments else "help"
    if command in {"help", "-h", "--help"}:
        print(usage())
        return
    if command not in COMMANDS:
        print(f"aims: there is no command {command!r}.\n", file=sys.stderr)
        print(usage(), file=sys.stderr)
        raise SystemExit(2)
    os.umask(0o022)
    state = state_folder()
    venv = state / "venv"
    with (state / "prepare.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another ./run is setting things up; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        install(venv, requirements_for(command))
        libraries = {} if command in {"check", "lock"} else prepare_pango(state)
    python = str(venv / "bin" / "python")
    paths = [
        str(CHECKOUT),
        *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)),
    ]
    environment = {
        **os.environ,
        **libraries,
        "AIMS_STATE": str(state),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    os.execve(python, [python, "-m", "aims.launch", *arguments], environment)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main(sys.argv[1:])
