"""Asking a ClamAV daemon about a file before it is kept (INSTREAM over a Unix or TCP socket), where one is configured.

A scanner that does not answer, or answers something else than yes or no, refuses the file: what was to be scanned is never
passed unscanned.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from aims.rules import RuleBroken

log = structlog.get_logger(__name__)
CHUNK = 256 * 1024
LONGEST_ANSWER = 4096


def refuse_infected(file: IO[bytes], name: str) -> None:
    """RuleBroken when the scanner finds something or cannot say; nothing happens where none is configured."""
    if not settings.CLAMAV:
        return
    try:
        answer = ask(file)
    except (OSError, UnicodeDecodeError) as error:
        log.error("scanner_unavailable", address=settings.CLAMAV, error=str(error))
        raise RuleBroken(
            _(
                "%s was not kept: the virus scanner does not answer. Try again later, or tell whoever runs this installation."
            )
            % name,
            field="files",
        ) from error
    verdict = answer.removeprefix("stream:").strip()
    if verdict == "OK":
        return
    if verdict.endswith("FOUND"):
        log.warning("scanner_found", found=verdict, file=name)
        words = {"name": name, "found": verdict.removesuffix("FOUND").strip()[:100]}
        raise RuleBroken(
            _("%(name)s was not kept: the virus scanner found “%(found)s”. Clean the file at its source.") % words,
            field="files",
        )
    log.error("scanner_could_not_say", answer=answer[:200], file=name)
    raise RuleBroken(
        _("%s was not kept: the virus scanner could not examine it. It may be larger than the scanner takes.") % name,
        field="files",
    )


def ask(file: IO[bytes]) -> str:
    """Send the content in chunks, each behind its length, an empty one at the end; the daemon answers one line."""
    with connected() as daemon:
        daemon.sendall(b"zINSTREAM\0")
        file.seek(0)
        try:
            while chunk := file.read(CHUNK):
                daemon.sendall(len(chunk).to_bytes(4, "big") + chunk)
            daemon.sendall(bytes(4))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it answers and hangs up before the end when the stream is larger than it takes
        answer = b""
        while b"\0" not in answer and len(answer) < LONGEST_ANSWER and (part := daemon.recv(1024)):
            answer += part
    if not answer:
        raise ConnectionError("the scanner hung up without an answer")
    return answer.partition(b"\0")[0].decode()


@contextmanager
def connected() -> Iterator[socket.socket]:
    kind, _colon, place = settings.CLAMAV.partition(":")
    host, _colon, port = place.rpartition(":")
    if kind == "tcp" and port.isdigit():
        daemon = socket.create_connection((host.strip("[]"), int(port)), timeout=settings.CLAMAV_SECONDS)
    elif kind == "unix":
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(settings.CLAMAV_SECONDS)
    else:
        raise ImproperlyConfigured("AIMS_CLAMAV is unix:/path/of/the/socket or tcp:host:port")
    with daemon:
        if kind == "unix":
            daemon.connect(place)
        yield daemon
