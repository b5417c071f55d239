"""./run demo: the whole product on this machine, with believable data; --check drives it once and ends."""

import hashlib
import http.client
import os
import time
from pathlib import Path

from aims.launch import databases
from aims.launch.messages import LaunchError, say
from aims.launch.places import CHECKOUT, files_of
from aims.launch.processes import (
    Program,
    end_all,
    free_port,
    last_lines,
    port_is_free,
    run_child,
)
from aims.launch.services import (
    Environment,
    Services,
    lasting_services,
    manage,
    python,
    throwaway_services,
    web_port,
)

OPTIONS = {"--reset", "--check", "--no-browser-hint"}
START_SECONDS = 60
LOADED = "AIMS demo loaded by "
ORGANISATIONS = ("acme.example", "globex.example")
SIGN_INS = (
    ("officer@", "AI officer: runs the management system"),
    ("owner@", "system owner"),
    ("contributor@", "contributor: evidence and arguments"),
    ("challenger@", "challenger: doubts cases"),
    ("executive@", "executive: reviews and signs off"),
    ("internal-auditor@", "internal auditor"),
)
CERTIFIER = ("certifier@assessor.example", "certification auditor, reads both")


def demo(arguments: list[str]) -> int:
    unknown = [argument for argument in arguments if argument not in OPTIONS]
    if unknown:
        raise LaunchError(f"./run demo does not know {unknown[0]!r}. It takes {', '.join(sorted(OPTIONS))}.")
    if "--check" in arguments:
        return check_demo()
    return serve_demo(reset="--reset" in arguments, hint="--no-browser-hint" not in arguments)


def serve_demo(reset: bool, hint: bool) -> int:
    port = web_port()
    if not port_is_free(port):
        raise LaunchError(
            f"port {port} is in use by another program, perhaps another ./run demo. "
            f"Stop that one or take another port: PORT={port + 1 if port < 65535 else 8001} ./run demo"
        )
    say("starting the servers")
    with lasting_services(reset=reset) as services:
        load(services)
        programs = product_programs(services, port)
        try:
            start(programs, port)
            print(welcome(services.environment, hint), flush=True)
            watch(programs)
        except KeyboardInterrupt:
            print(flush=True)
            say("stopping; the data stays")
        finally:
            end_all(programs)
    return 0


def check_demo() -> int:
    """The same set-up on throw-away servers, then one drive through the whole loop, with its exit code."""
    with throwaway_services("check") as services:
        port = free_port()
        services.environment["AIMS_BASE_URL"] = f"http://127.0.0.1:{port}"
        load(services)
        programs = product_programs(services, port)
        try:
            start(programs, port)
            say("driving the loop: import, link, age the evidence, sweep, standing, pack")
            code = run_child(manage("check_demo"), services.environment)
            if code:
                for program in programs:
                    say(f"the end of {program.log.name}:\n{last_lines(program.log)}")
            return code
        finally:
            end_all(programs)


def load(services: Services) -> None:
    """Migrate as the owner and load the demo, unless this very code has already done so in this database."""
    owner_url = services.environment["DATABASE_OWNER_URL"]
    mark = LOADED + source_fingerprint()
    if databases.comment(owner_url) == mark:
        return
    say("migrating the database")
    run_step(services, "migrate", "--no-input", "--verbosity", "0")
    say("loading the demo")
    run_step(services, "load_demo")
    databases.set_comment(owner_url, mark, over=LOADED)


def source_fingerprint() -> str:
    """Changes with every change of the product's code, reference data and dependencies."""
    digest = hashlib.sha256()
    for name in sorted([*files_of("*.py"), *files_of("*.yaml"), *files_of("*.json"), "requirements.txt"]):
        if not name.startswith(("tests/", "static/", "docs/")):
            digest.update(name.encode() + b"\0" + (CHECKOUT / name).read_bytes())
    return digest.hexdigest()


def run_step(services: Services, *command: str) -> None:
    code = run_child(manage(*command), services.environment)
    if code:
        raise LaunchError(f"manage.py {command[0]} ended with exit code {code} (see above).")


def product_programs(services: Services, port: int) -> list[Program]:
    """Web, worker and beat. The sizes fit one machine; WEB_WORKERS, WEB_THREADS and WORKER_PROCESSES change them."""
    environment, place = services.environment, services.place
    size = {
        "WEB_WORKERS": "2",
        "WEB_THREADS": "4",
        "WORKER_PROCESSES": "2",
    } | environment
    web = python(
        "-m",
        "gunicorn",
        "aims.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
    )
    web += [
        "--workers",
        size["WEB_WORKERS"],
        "--threads",
        size["WEB_THREADS"],
        "--no-control-socket",
    ]
    web += ["--graceful-timeout", "5", "--access-logfile", "-"]
    celery = python("-m", "celery", "--app", "aims.celery", "--quiet")
    worker = [
        *celery,
        "worker",
        "--queues",
        "default,reports",
        "--concurrency",
        size["WORKER_PROCESSES"],
    ]
    worker += [
        "--hostname",
        f"aims-{port}@%h",
        "--loglevel",
        "INFO",
        "--without-gossip",
        "--without-mingle",
    ]
    beat = [
        *celery,
        "beat",
        "--schedule",
        str(place.state / "celerybeat-schedule"),
        "--pidfile",
        "",
    ]
    programs = {"web": web, "worker": worker, "beat": beat}
    return [Program(name, command, environment, place.logs / f"{name}.log") for name, command in programs.items()]


def start(programs: list[Program], port: int) -> None:
    """Start the web server, wait until it says that it is well, then start the others beside it.

    One after the other: on a small machine the three would keep each other from starting.
    """
    web, *others = programs
    web.start()
    deadline = time.monotonic() + START_SECONDS
    while not is_well(port):
        if web.has_ended():
            raise LaunchError(f"the web server did not start. Its log says:\n{last_lines(web.log, 15)}")
        if time.monotonic() > deadline:
            raise LaunchError(
                f"the web server is not well after {START_SECONDS} s. Its log says:\n{last_lines(web.log)}"
            )
        time.sleep(0.05)
    for program in others:
        program.start()


def is_well(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def watch(programs: list[Program]) -> None:
    """Stay until Ctrl-C; a program that ends by itself is started again."""
    while True:
        for program in programs:
            if program.has_ended():
                program.revive()
        time.sleep(0.5)


def welcome(environment: Environment, hint: bool) -> str:
    password = os.environ.get("AIMS_DEMO_PASSWORD") or "demo-please-change"
    rows = [(f"{name}{organisation}", role) for organisation in ORGANISATIONS for name, role in SIGN_INS]
    rows.append(CERTIFIER)
    lines = [
        "",
        f"AIMS is ready: {environment['AIMS_BASE_URL']}/",
        "",
        f"Sign in with the password {password} as",
    ]
    lines += [f"  {email:<34} {role}" for email, role in rows]
    lines += [
        "",
        f"Mails lie in {environment['AIMS_MAIL_DIR']}, logs in {Path(environment['AIMS_STATE']) / 'logs'}.",
    ]
    if hint:
        lines.append("Open the address in a browser. Ctrl-C stops everything and keeps the data.")
    return "\n".join(lines)
