"""./run check: every tool runs, every failure is shown, and one failure is enough for a non-zero exit."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from aims.launch.messages import LaunchError
from aims.launch.places import CHECKOUT, files_of, lasting_place
from aims.launch.services import Environment, base_environment, manage, python, web_port


def check(arguments: list[str]) -> int:
    if arguments:
        raise LaunchError("./run check takes no arguments.")
    environment = checking_environment()
    failed = [name for name, command in commands().items() if not passes(name, command, environment)]
    failed += [name for name, probe in PROBES.items() if not holds(name, probe)]
    print(
        f"\ncheck: failed: {', '.join(failed)}" if failed else "\ncheck: everything is in order",
        flush=True,
    )
    return 1 if failed else 0


def commands() -> dict[str, list[str]]:
    templates = files_of("*.html")
    sources = files_of("*.py")
    return {
        "ruff check": python("-m", "ruff", "check", "."),
        "ruff format": python("-m", "ruff", "format", "--check", "."),
        "mypy": python("-m", "mypy"),
        "djade": [script("djade"), "--target-version", "5.2", "--check", *templates] if templates else [],
        "django-upgrade": python("-m", "django_upgrade", "--target-version", "5.2", "--check", *sources),
        "manage.py check": manage("check", "--fail-level", "WARNING"),
        "migrations": manage("makemigrations", "--check", "--dry-run"),
        "import-linter": python(script("lint-imports"), "--no-logo"),
    }


def script(name: str) -> str:
    """A program of the virtual environment that `python -m` does not know."""
    return str(Path(sys.executable).with_name(name))


def checking_environment() -> Environment:
    """Settings that load without servers: nothing here talks to a database."""
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    place = lasting_place()
    defaults = {
        "DATABASE_URL": nowhere,
        "DATABASE_OWNER_URL": nowhere,
        "REDIS_URL": "redis://127.0.0.1:9/0",
    }
    return defaults | base_environment(place, web_port())


def passes(name: str, command: list[str], environment: Environment) -> bool:
    if not command:
        return report(name, "")
    result = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True)
    return report(
        name,
        result.stdout + result.stderr if result.returncode else "",
        failed=result.returncode != 0,
    )


def holds(name: str, probe: Callable[[], str | None]) -> bool:
    reason = probe()
    return report(name, reason or "", failed=reason is not None)


def report(name: str, output: str, failed: bool = False) -> bool:
    print(f"{'FAIL' if failed else 'ok  '}  {name}", flush=True)
    if output.strip():
        print(
            "\n".join(f"      {line}" for line in output.strip().splitlines()),
            flush=True,
        )
    return not failed


def compose_file_problem() -> str | None:
    """Why docker-compose.yml cannot be used; None when it reads as it should."""
    path = CHECKOUT / "docker-compose.yml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        return str(error)
    services = content.get("services") if isinstance(content, dict) else None
    if not isinstance(services, dict):
        return "docker-compose.yml names no services"
    missing = {
        "web",
        "worker",
        "beat",
        "migrate",
        "database",
        "broker",
    } - services.keys()
    return f"docker-compose.yml lacks the services {', '.join(sorted(missing))}" if missing else None


PROBES: dict[str, Callable[[], str | None]] = {"docker-compose.yml": compose_file_problem}
