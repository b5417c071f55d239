"""Whether the answers to a template's questions fit. Every fault names its field, the row included: "groups.3.name"."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from cases.outline import gettext_noop
from cases.patterns.model import MOST_ROWS, Pattern, Question

MOST_LETTERS: Final = 300
Answers = Mapping[str, Any]


class Person(NamedTuple):
    """Who was named in an answer."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with an answer: English with named places, filled by `words` after it is translated."""

    field: str
    message: str
    words: tuple[tuple[str, str], ...] = ()

    @classmethod
    def at(cls, field: str, message: str, **words: object) -> "Fault":
        return cls(field, message, tuple((name, str(value)) for name, value in words.items()))


NEEDED: Final = gettext_noop("Answer “%(ask)s”.")
UNKNOWN: Final = gettext_noop("This template does not ask for “%(name)s”. Leave it out.")
TOO_LONG: Final = gettext_noop("“%(ask)s” takes up to %(most)s letters. Say it shorter.")
NO_TEXT: Final = gettext_noop("“%(ask)s” takes a text.")
NO_NUMBER: Final = gettext_noop("“%(ask)s” takes a finite number.")
TOO_LOW: Final = gettext_noop("“%(ask)s” is at least %(low)s.")
TOO_HIGH: Final = gettext_noop("“%(ask)s” is at most %(high)s.")
NO_CHOICE: Final = gettext_noop("“%(value)s” is no answer to “%(ask)s”. Choose from: %(choices)s.")
TOO_FEW: Final = gettext_noop("“%(ask)s” needs at least %(low)s.")
TOO_MANY: Final = gettext_noop("“%(ask)s” takes up to %(high)s. Use the template several times, or group them.")
TWICE: Final = gettext_noop("“%(value)s” is there twice. Each has one claim: say it once.")
NO_LIST: Final = gettext_noop("“%(ask)s” takes a list of rows.")
NO_PERSON: Final = gettext_noop("“%(ask)s” takes a person.")


def checked(pattern: Pattern, answers: Answers) -> tuple[dict[str, Any], list[Fault]]:
    """The answers as the template takes them, empty rows left out, and what is wrong with them."""
    faults: list[Fault] = []
    taken: dict[str, Any] = {}
    known = {question.name for question in pattern.questions}
    faults += [Fault.at(str(name)[:60], UNKNOWN, name=str(name)[:60]) for name in answers if name not in known]
    for question in pattern.questions:
        answer, wrong = READERS[question.kind](question, answers.get(question.name), question.name)
        taken[question.name] = answer
        faults += wrong
    for low, high in pattern.in_order:
        if taken[low] is not None and taken[high] is not None and taken[low] > taken[high]:
            asked = pattern.question(high)
            faults.append(Fault.at(high, TOO_LOW, ask=asked.ask if asked else high, low=f"{taken[low]:g}"))
    return taken, faults


Read = tuple[Any, list[Fault]]


def read_text(question: Question, answer: Any, field: str) -> Read:
    if answer is None:
        answer = ""
    if not isinstance(answer, str):
        return "", [Fault.at(field, NO_TEXT, ask=question.ask)]
    text = " ".join(answer.split())
    if not text:
        return "", [Fault.at(field, NEEDED, ask=question.ask)] if question.is_required else []
    if len(text) > MOST_LETTERS:
        return "", [Fault.at(field, TOO_LONG, ask=question.ask, most=MOST_LETTERS)]
    return text, []


def read_number(question: Question, answer: Any, field: str) -> Read:
    if answer is None or answer == "":
        return None, [Fault.at(field, NEEDED, ask=question.ask)] if question.is_required else []
    try:
        number = float(answer) if not isinstance(answer, bool) else math.nan
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        return None, [Fault.at(field, NO_NUMBER, ask=question.ask)]
    if question.low is not None and number < question.low:
        return None, [Fault.at(field, TOO_LOW, ask=question.ask, low=f"{question.low:g}")]
    if question.high is not None and number > question.high:
        return None, [Fault.at(field, TOO_HIGH, ask=question.ask, high=f"{question.high:g}")]
    return number, []


def read_choice(question: Question, answer: Any, field: str) -> Read:
    if answer in (None, ""):
        return "", [Fault.at(field, NEEDED, ask=question.ask)] if question.is_required else []
    if answer not in question.values:
        return "", [no_choice(question, answer, field)]
    return answer, []


def read_choices(question: Question, answer: Any, field: str) -> Read:
    if answer is None:
        answer = []
    if isinstance(answer, str) or not isinstance(answer, Sequence):
        return (), [no_choice(question, answer, field)]
    unknown = [one for one in answer if one not in question.values]
    if unknown:
        return (), [no_choice(question, unknown[0], field)]
    chosen = tuple(value for value in question.values if value in answer)
    low = int(question.low or 0)
    if len(chosen) < low:
        return chosen, [Fault.at(field, TOO_FEW, ask=question.ask, low=low)]
    return chosen, []


def no_choice(question: Question, answer: Any, field: str) -> Fault:
    labels = ", ".join(value for value in question.values)
    return Fault.at(field, NO_CHOICE, value=str(answer)[:60], ask=question.ask, choices=labels)


def read_person(question: Question, answer: Any, field: str) -> Read:
    if answer in (None, ""):
        return None, [Fault.at(field, NEEDED, ask=question.ask)] if question.is_required else []
    if not isinstance(answer, Person):
        return None, [Fault.at(field, NO_PERSON, ask=question.ask)]
    return answer, []


def read_list(question: Question, answer: Any, field: str) -> Read:
    if answer is None:
        answer = []
    if isinstance(answer, str | Mapping) or not isinstance(answer, Sequence):
        return (), [Fault.at(field, NO_LIST, ask=question.ask)]
    high = int(question.high or MOST_ROWS)
    rows = [(number, row) for number, row in enumerate(answer) if not is_empty(question, row)]
    if len(rows) > high:
        return (), [Fault.at(field, TOO_MANY, ask=question.ask, high=high)]
    low = int(question.low if question.low is not None else question.is_required)
    if len(rows) < low:
        return (), [Fault.at(field, TOO_FEW, ask=question.ask, low=low)]
    taken, faults = [], []
    for number, row in rows:
        made, wrong = read_row(question, row, f"{field}.{number}")
        taken.append(made)
        faults += wrong
    return tuple(taken), [*faults, *said_twice(question, rows, field)]


def is_empty(question: Question, row: Any) -> bool:
    """A row in which nothing but a choice was made is one that nobody filled in."""
    if not isinstance(row, Mapping):
        return False
    said = [column.name for column in question.columns if column.kind != "choice"]
    return set(row) <= {column.name for column in question.columns} and not any(
        str(row.get(name) if row.get(name) is not None else "").strip() for name in said
    )


def read_row(question: Question, row: Any, field: str) -> Read:
    if not isinstance(row, Mapping):
        return {}, [Fault.at(field, NO_LIST, ask=question.ask)]
    columns = {column.name for column in question.columns}
    faults = [
        Fault.at(f"{field}.{str(name)[:60]}", UNKNOWN, name=str(name)[:60]) for name in row if name not in columns
    ]
    made = {}
    for column in question.columns:
        made[column.name], wrong = READERS[column.kind](column, row.get(column.name), f"{field}.{column.name}")
        faults += wrong
    return made, faults


def said_twice(question: Question, rows: Sequence[tuple[int, Any]], field: str) -> Iterator[Fault]:
    """A list that is covered one to one names each thing once; its first column is the name."""
    if not question.is_complete:
        return
    seen: set[str] = set()
    first = question.columns[0].name
    for number, row in rows:
        said = " ".join(str(row.get(first, "")).split()) if isinstance(row, Mapping) else ""
        if said and said.casefold() in seen:
            yield Fault.at(f"{field}.{number}.{first}", TWICE, value=said[:60])
        seen.add(said.casefold())


READERS: Final[Mapping[str, Callable[[Question, Any, str], Read]]] = {
    "text": read_text,
    "indicator": read_text,
    "number": read_number,
    "choice": read_choice,
    "choices": read_choices,
    "member": read_person,
    "list": read_list,
}
