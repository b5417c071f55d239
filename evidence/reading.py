"""Having the text of a stored file read by a process of its own, with limits, so that no file can hurt the worker."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OFFICE = "application/vnd.openxmlformats-officedocument."
READABLE: Final = frozenset(
    {
        "application/pdf",
        f"{OFFICE}wordprocessingml.document",
        f"{OFFICE}spreadsheetml.sheet",
        "text/plain",
        "text/markdown",
        "text/csv",
        "application/json",
        "application/x-ndjson",
        "application/yaml",
    }
)
"""The types of files whose text is read; what else is kept as evidence is found by what people say about it."""

PROGRAM: Final = Path(__file__).with_name("reader.py")


class Failure(StrEnum):
    """Why the text of a file could not be read."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    BROKEN = "broken"
    GAVE_UP = "gave_up"


REASONS: Final[dict[str, str | Promise]] = {
    Failure.ENCRYPTED: _("it is protected by a password. Add a copy without one."),
    Failure.DAMAGED: _("its content is not what its type promises. Save it anew with the program that made it."),
    Failure.TOO_LARGE: _("it needs more memory than may be spent on one file. Add a smaller extract."),
    Failure.TOO_SLOW: _("reading it takes longer than may be spent on one file. Add a smaller extract."),
    Failure.BROKEN: _("its stored content no longer matches its hash. Restore it, then try again."),
    Failure.GAVE_UP: _("reading it broke off several times. Try again, or tell whoever runs this installation."),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    cpu_seconds: int = 60
    wall_seconds: int = 90
    memory: int = 2**30
    characters: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file, tidied; `is_cut` when there was more of it than is kept."""

    text: str
    is_cut: bool


class CouldNotRead(Exception):
    """The file has no text for us, and will have none next time."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class BrokeOff(Exception):
    """The reading process ended without a word: the next attempt may do better."""


def extract(file: IO[bytes], media_type: str, limits: Limits = Limits()) -> Extract:  # noqa: B008 (frozen)
    """The text of a file; CouldNotRead says why there is none, BrokeOff that nobody knows."""
    with tempfile.TemporaryFile() as copy, tempfile.TemporaryFile() as answer:
        file.seek(0)
        while chunk := file.read(2**20):
            copy.write(chunk)
        copy.seek(0)
        code = run(copy, answer, media_type, limits)
        answer.seek(0)
        return understood(answer.read(), code, limits)


def run(copy: IO[bytes], answer: IO[bytes], media_type: str, limits: Limits) -> int:
    numbers = [str(number) for number in (limits.cpu_seconds, limits.memory, limits.characters)]
    # SECURITY: an empty environment and isolated mode: the process inherits no secret, no path and no open file.
    process = subprocess.Popen(  # noqa: S603 (our own program; the media type is one of READABLE)
        [sys.executable, "-I", str(PROGRAM), media_type, *numbers],
        stdin=copy,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        env={"OPENPYXL_LXML": "False", "PYTHONUTF8": "1"},
        cwd="/",
        start_new_session=True,
    )
    try:
        return process.wait(timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired:
        raise CouldNotRead(Failure.TOO_SLOW) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def understood(answer: bytes, code: int, limits: Limits) -> Extract:
    """What the process said, believed only as far as it has the right shape."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL) and not answer:
        # The system sends the first at the soft limit and the second at the hard one, or when memory is short.
        raise CouldNotRead(Failure.TOO_SLOW) if code == -signal.SIGXCPU else BrokeOff(f"killed: {code}")
    try:
        said: Any = json.loads(answer)
    except ValueError:
        if code == -signal.SIGXFSZ:
            raise CouldNotRead(Failure.TOO_LARGE) from None
        raise BrokeOff(f"ended with {code}") from None
    if not isinstance(said, dict):
        raise BrokeOff("an answer of another shape")
    if "failure" in said:
        known = said["failure"] in list(Failure)
        raise CouldNotRead(Failure(said["failure"]) if known else Failure.DAMAGED)
    text = said.get("text")
    if not isinstance(text, str):
        raise BrokeOff("an answer of another shape")
    return Extract(tidy(text[: limits.characters]), bool(said.get("is_cut")))


# Control characters, halves of surrogate pairs, and the private-use area, from which the marks of a hit are taken.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
SPACES = re.compile(r"[ \t\u00a0]+")
LINES = re.compile(r"\s*\n\s*")


def tidy(text: str) -> str:
    """Text that the database takes and a person can read."""
    return LINES.sub("\n", SPACES.sub(" ", UNWANTED.sub(" ", text))).strip()
