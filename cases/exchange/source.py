"""What somebody hands in: the bytes of files, made text within limits. Pure."""

import json
from dataclasses import dataclass
from typing import Any, Final

from cases.drafts import DraftRefused, Refusal
from cases.outline import gettext_noop

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_FILES: Final = 200
MOST_DEEP: Final = 200
"""Levels of brackets in a file; an argument is a hundred steps deep at most, and a step takes two."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file."""

    name: str
    content: bytes


def place_in(source: Source, line: int, is_one_of_many: bool) -> int | str:
    """The line, and the file with it where there are several."""
    return f"{source.name}:{line}" if is_one_of_many else line


def refuse(place: int | str, message: str, remedy: str, **words: object) -> DraftRefused:
    return DraftRefused(Refusal.at(place, message, remedy, **words))


def text_of(source: Source) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark."""
    content = source.content
    if len(content) > MOST_BYTES:
        message = gettext_noop("%(file)s has %(size)s MB; up to 10 MB are read.")
        remedy = gettext_noop("Split the argument into several files, and the files into several cases.")
        raise refuse("", message, remedy, file=source.name, size=f"{len(content) / 1_048_576:.1f}")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = gettext_noop("%(file)s is not written in UTF-8.")
        raise refuse(line, message, gettext_noop("Save it as UTF-8 and bring it in again."), file=source.name) from None


def json_of(source: Source) -> Any:
    """The JSON of a file; refuses what JSON does not know (NaN), names given twice, and towers of brackets."""
    try:
        return json.loads(text_of(source), object_pairs_hook=only_once, parse_constant=no_number)
    except json.JSONDecodeError as error:
        message = gettext_noop("%(file)s is no JSON: %(problem)s.")
        remedy = gettext_noop("Export it again, or mend it there.")
        raise refuse(error.lineno, message, remedy, file=source.name, problem=error.msg) from None
    except RecursionError:
        raise too_deep(source.name) from None
    except DraftRefused:
        raise
    except ValueError as error:
        message = gettext_noop("%(file)s is no JSON: %(problem)s.")
        remedy = gettext_noop("Export it again, or mend it there.")
        raise refuse("", message, remedy, file=source.name, problem=str(error)[:200]) from None


def only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = gettext_noop("“%(name)s” is given twice in one object.")
        raise refuse("", message, gettext_noop("Keep one of them."), name=twice)
    return made


def no_number(name: str) -> Any:
    message = gettext_noop("%(value)s is no number of JSON.")
    raise refuse("", message, gettext_noop("Give a finite number, or leave it out."), value=name)


def too_deep(name: str, line: int | str = "") -> DraftRefused:
    message = gettext_noop("%(file)s is nested too deeply.")
    return refuse(line, message, gettext_noop("An argument is 100 steps deep at most."), file=name)


def plain(value: Any) -> str:
    """A text of a file; anything else that can be said in one is said, lists and objects are not."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
