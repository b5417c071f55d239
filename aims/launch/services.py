"""PostgreSQL and Valkey for one command: given by the operator, already running, or started here and stopped after.

The environment between launcher and Django is made here and nowhere else; docs/developers/launch.md lists it.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

import redis

from aims.launch import databases, valkey
from aims.launch.databases import DatabaseUrls, Names
from aims.launch.fonts import write_fonts_configuration
from aims.launch.messages import LaunchError, say
from aims.launch.places import (
    CHECKOUT,
    Place,
    lasting_place,
    secret,
    throwaway_place,
    write_private,
)
from aims.launch.postgres import Cluster
from aims.launch.valkey import Broker

Environment = dict[str, str]


@dataclass(frozen=True)
class Services:
    """Running servers and the environment in which the product's programs find them."""

    place: Place
    environment: Environment


def base_environment(place: Place, port: int) -> Environment:
    """Everything but the servers. What the operator has set stays as it is."""
    defaults = {
        "AIMS_DEBUG": "0",
        "AIMS_SECRET_KEY": secret(place, "secret_key"),
        "AIMS_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "AIMS_BASE_URL": f"http://127.0.0.1:{port}",
        "AIMS_MEDIA": str(place.media),
        "AIMS_MAIL_DIR": str(place.mail),
        "AIMS_STATIC_ROOT": str(place.static),
        "FONTCONFIG_FILE": str(write_fonts_configuration(lasting_place().state)),
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "aims.settings",
    }
    return defaults | dict(os.environ) | {"AIMS_STATE": str(place.state)}


def web_port() -> int:
    value = os.environ.get("PORT") or "8000"
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise LaunchError(f"PORT is {value!r}. Set it to a number from 1 to 65535, for example PORT=8001.")
    return int(value)


@contextmanager
def lasting_services(reset: bool = False) -> Iterator[Services]:
    """Start the servers that keep the data, and tell other commands of this checkout where they are."""
    place = lasting_place()
    with ExitStack() as stack:
        owner_lock = stack.enter_context((place.state / "services.lock").open("a"))
        if not locked(owner_lock):
            raise LaunchError(
                f"another ./run of this checkout is using {place.state}. Stop it first, "
                "or give this one a folder of its own: AIMS_STATE=/a/folder ./run demo"
            )
        notice = place.state / "services.json"
        notice.unlink(missing_ok=True)
        if reset:
            remove_files(place)
        environment = base_environment(place, web_port())
        suffix = "_" + hashlib.sha256(os.fsencode(place.state)).hexdigest()[:10]
        urls = stack.enter_context(database(place, Names(suffix), durable=True, reset=reset))
        environment |= database_environment(urls)
        environment["REDIS_URL"] = stack.enter_context(broker(place))
        shared = {name: environment[name] for name in sorted(CONTRACT)}
        write_private(notice, json.dumps(shared, indent=1))
        try:
            yield Services(place, environment)
        finally:
            notice.unlink(missing_ok=True)


CONTRACT = {
    "AIMS_ACROSS_ROLE",
    "AIMS_ALLOWED_HOSTS",
    "AIMS_BASE_URL",
    "AIMS_DEBUG",
    "AIMS_MAIL_DIR",
    "AIMS_MEDIA",
    "AIMS_READER_ROLE",
    "AIMS_SECRET_KEY",
    "AIMS_STATE",
    "AIMS_STATIC_ROOT",
    "DATABASE_OWNER_URL",
    "DATABASE_URL",
    "FONTCONFIG_FILE",
    "REDIS_URL",
}


@contextmanager
def shared_services() -> Iterator[Services]:
    """The servers of a running ./run demo, or our own for as long as this command, and those that joined it, need them."""
    place = lasting_place()
    users = place.state / "services.users.lock"
    with users.open("a") as user_lock:
        fcntl.flock(user_lock, fcntl.LOCK_SH)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            known = running_environment(place)
            if known is not None:
                yield Services(place, base_environment(place, web_port()) | known)
                return
            with ExitStack() as stack:
                try:
                    services = stack.enter_context(lasting_services())
                except LaunchError:
                    if not is_owned(place):
                        raise
                    time.sleep(0.1)
                    continue
                try:
                    yield services
                finally:
                    fcntl.flock(user_lock, fcntl.LOCK_UN)
                    fcntl.flock(user_lock, fcntl.LOCK_EX)
                return
    raise LaunchError(
        "another ./run of this checkout has been starting its servers for a minute. Stop it and try again."
    )


def running_environment(place: Place) -> Environment | None:
    """What a running owner of the servers has written down; None when there is none."""
    if not is_owned(place):
        return None
    try:
        known: Environment = json.loads((place.state / "services.json").read_text())
    except (OSError, ValueError):
        return None
    return known


def is_owned(place: Place) -> bool:
    with (place.state / "services.lock").open("a") as lock:
        return not locked(lock)


def locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remove_files(place: Place) -> None:
    """What --reset removes beside the database: uploaded files, mails and the secrets that belong to them."""
    for name in ("media", "mail", "celerybeat-schedule"):
        path = place.state / name
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)


@contextmanager
def throwaway_services(purpose: str, settings: dict[str, str] | None = None) -> Iterator[Services]:
    """Servers, roles and a database that leave nothing behind, also on an operator's server."""
    with throwaway_place(purpose) as place, ExitStack() as stack:
        environment = base_environment(place, web_port())
        names = Names(f"_{purpose}_{secrets.token_hex(4)}")
        urls = stack.enter_context(database(place, names, durable=False, settings=settings))
        environment |= database_environment(urls)
        environment["REDIS_URL"] = stack.enter_context(broker(place, throwaway=True))
        yield Services(place, environment)


def database_environment(urls: DatabaseUrls) -> Environment:
    return {
        "DATABASE_URL": urls.app,
        "DATABASE_OWNER_URL": urls.owner,
        "AIMS_ACROSS_ROLE": urls.across_role,
        "AIMS_READER_ROLE": urls.reader_role,
    }


@contextmanager
def database(
    place: Place,
    names: Names,
    *,
    durable: bool,
    reset: bool = False,
    settings: dict[str, str] | None = None,
) -> Iterator[DatabaseUrls]:
    """The operator's database when DATABASE_URL is set, else one on an embedded cluster."""
    given = os.environ.get("DATABASE_URL")
    if given:
        with given_database(given, place, names, durable=durable, reset=reset) as urls:
            yield urls
        return
    cluster = Cluster(place, durable=durable, settings=settings or {})
    if reset:
        cluster.clear_stale_process()
        cluster.remove()
    try:
        cluster.start()
        yield databases.provision(cluster.admin_url, place, Names())
    finally:
        cluster.stop()


@contextmanager
def given_database(given: str, place: Place, names: Names, *, durable: bool, reset: bool) -> Iterator[DatabaseUrls]:
    owner = os.environ.get("DATABASE_OWNER_URL")
    administrator = databases.is_administrator(given)
    if owner and not administrator:
        if reset:
            raise LaunchError(
                "--reset does not empty a database that it did not make. Unset DATABASE_URL and DATABASE_OWNER_URL, "
                "or empty the database yourself."
            )
        names_set = {
            field: os.environ[name]
            for field, name in (("across_role", "AIMS_ACROSS_ROLE"), ("reader_role", "AIMS_READER_ROLE"))
            if name in os.environ
        }
        yield DatabaseUrls(given, owner, **names_set)
        return
    if not administrator:
        raise LaunchError(
            f"DATABASE_URL ({databases.without_password(given)}) is an ordinary role, and DATABASE_OWNER_URL is not set. "
            "Set DATABASE_OWNER_URL to the role that owns the database, or DATABASE_URL to a role that may make roles."
        )
    if reset:
        databases.drop(given, names)
    try:
        urls = databases.provision(given, place, names)
        if not durable:
            databases.let_commits_be_lost(given, names)
        yield urls
    finally:
        if not durable:
            databases.drop(given, names)


@contextmanager
def broker(place: Place, throwaway: bool = False) -> Iterator[str]:
    """The operator's Redis when REDIS_URL is set, else an embedded Valkey."""
    given = os.environ.get("REDIS_URL")
    if given:
        reason = valkey.unusable(given)
        if reason:
            raise LaunchError(f"REDIS_URL does not lead to a usable Redis or Valkey: {reason}")
        with claimed_database(given) if throwaway else contextlib.nullcontext(given) as url:
            yield url
        return
    server = Broker(place)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@contextmanager
def claimed_database(url: str) -> Iterator[str]:
    """An empty numbered database of the operator's Redis, so that two runs do not take each other's messages."""
    with contextlib.ExitStack() as stack:
        for number in range(15, 0, -1):
            candidate = urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
            client = stack.enter_context(redis.Redis.from_url(candidate))
            try:
                taken = client.dbsize() != 0 or not client.set("aims:claimed", str(os.getpid()), nx=True, ex=4 * 3600)
            except redis.ResponseError:
                break  # a server with fewer numbered databases
            if not taken:
                try:
                    yield candidate
                finally:
                    client.flushdb()
                return
    say("no empty numbered database on the given Redis; using the one that REDIS_URL names")
    yield url


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def manage(*arguments: str) -> list[str]:
    return python(str(Path(CHECKOUT) / "manage.py"), *arguments)
