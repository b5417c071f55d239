"""The second stage of ./run, inside the virtual environment: one function per command."""

import os
import signal
import sys
from pathlib import Path

from aims.launch.messages import LaunchError, say
from aims.launch.places import CHECKOUT
from aims.launch.processes import run_child
from aims.launch.services import manage, python, shared_services


def run_manage(arguments: list[str]) -> int:
    """A management command on the servers of a running ./run demo, or on servers started for it."""
    with shared_services() as services:
        return run_child(manage(*arguments), services.environment, cwd=Path.cwd())


def lock(arguments: list[str]) -> int:
    """Write the requirements files anew from their .in files; --upgrade takes the newest versions."""
    for name in ("requirements-dev", "requirements", "requirements-uv"):
        command = python(
            "-m",
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--python-version",
            "3.11",
        )
        command += [
            "--generate-hashes",
            "--no-annotate",
            "--no-header",
            "--no-emit-index-url",
            *arguments,
        ]
        # The smaller set takes the versions of the larger one, so that both can live in one environment.
        command += ["--constraint", "requirements-dev.txt"] if name == "requirements" else []
        code = run_child([*command, "--output-file", f"{name}.txt", f"{name}.in"], os.environ)
        if code:
            return code
    return 0


def dispatch(command: str, arguments: list[str]) -> int:
    # Imported late: each brings what only its command needs, and ./run manage should start at once.
    if command == "manage":
        return run_manage(arguments)
    if command == "lock":
        return lock(arguments)
    if command == "demo":
        from aims.launch.demo import demo

        return demo(arguments)
    if command == "test":
        from aims.launch.testing import test

        return test(arguments)
    if command == "check":
        from aims.launch.checks import check

        return check(arguments)
    from aims.launch.benchmark import bench

    return bench(arguments)


def main() -> int:
    # SIGTERM takes the same way out as Ctrl-C: through every `finally`, so that no server is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup has set it to be ignored
        signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    command, *arguments = sys.argv[1:]
    if command != "manage":
        os.chdir(CHECKOUT)
    try:
        return dispatch(command, arguments)
    except LaunchError as error:
        say(str(error))
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
