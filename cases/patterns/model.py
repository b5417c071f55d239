"""What a template is made of, and reading one from its file. A template that contradicts itself is refused when it is read.

The decorations of GSN 1:3 (multiplicity, optional, choice) live here only: an argument made of a template has none of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cases.argument import CITED_KINDS
from cases.outline import PREFIXES

PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?\}")
QUESTION_KINDS: Final = ("text", "number", "list", "choice", "choices", "member", "indicator")
COLUMN_KINDS: Final = ("text", "number", "choice")
MOST_ROWS: Final = 50
EFFECTS: Final = {"weakened": 3, "unsupported": 1, "defeated": 0}


class PatternBroken(ValueError):
    """A template that contradicts itself; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One parameter of a template. A list has columns, and with `complete` one claim for each of its rows."""

    name: str
    kind: str
    ask: str
    help: str = ""
    example: str = ""
    is_required: bool = True
    low: float | None = None
    high: float | None = None
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple["Question", ...] = ()
    is_complete: bool = False
    rows_from: str = ""
    """What the rows can begin with: "conditions" are those of the claim that the template is put below."""

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for value, _label in self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternElement:
    """An element of a template; `each` names the list of which every row has one, `when` the answers that call for it."""

    id: str
    kind: str
    statement: str = ""
    category: str = ""
    each: str = ""
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    context: tuple[str, ...] = ()
    supported_by: tuple[str, ...] = ()
    is_public: bool = False
    cites: str = ""
    at_least: int | None = None
    why_fewer: str = ""
    owner: str = ""
    metric: Mapping[str, Any] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return self.id.rpartition(":")[0]

    @property
    def key(self) -> str:
        return self.id.rpartition(":")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternCondition:
    """What would make the claim stop holding; `about` is empty for the whole case."""

    about: str
    type: str
    statement: str
    detector: str
    config: Mapping[str, Any]
    every_days: int
    silent_days: int
    effect: str = "weakened"
    actions: tuple[str, ...] = ("notify_owner",)
    respond_days: int = 14
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternDoubt:
    """A doubt that everybody who argues so should be asked; it stays open until somebody answers it."""

    about: str
    attack: str
    statement: str
    severity: str = "major"
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A template of an argument."""

    key: str
    version: int
    title: str
    purpose: str
    source: str
    use_when: tuple[str, ...] = ()
    avoid_when: tuple[str, ...] = ()
    form: str = "questions"
    """"table" for the short form of three columns."""
    modules: tuple[tuple[str, str], ...] = ()
    questions: tuple[Question, ...] = ()
    in_order: tuple[tuple[str, str], ...] = ()
    """Pairs of numbers of which the first is the lower."""
    elements: tuple[PatternElement, ...] = ()
    conditions: tuple[PatternCondition, ...] = ()
    doubts: tuple[PatternDoubt, ...] = ()

    @property
    def name(self) -> str:
        """What an element says that it was made of: template and version."""
        return f"{self.key}/{self.version}"

    def question(self, name: str) -> Question | None:
        return next((one for one in self.questions if one.name == name), None)

    def element(self, id: str) -> PatternElement | None:
        return next((one for one in self.elements if one.id == id), None)

    @property
    def top(self) -> PatternElement:
        return self.elements[0]


# --- Reading ----------------------------------------------------------------------------------------------------------


def read_pattern(data: Mapping[str, Any]) -> Pattern:
    """A template from what its file says; PatternBroken where it contradicts itself."""
    elements = tuple(element_from(str(id), said) for id, said in data["elements"].items())
    pattern = Pattern(
        key=data["key"],
        version=data["version"],
        title=data["title"],
        purpose=one_line(data["purpose"]),
        source=one_line(data["source"]),
        use_when=tuple(map(one_line, data.get("use_when", ()))),
        avoid_when=tuple(map(one_line, data.get("avoid_when", ()))),
        form=data.get("form", "questions"),
        modules=tuple((key, title) for key, title in data.get("modules", {}).items()),
        questions=tuple(question_from(name, said) for name, said in data["questions"].items()),
        in_order=tuple((low, high) for low, high in data.get("in_order", ())),
        elements=elements,
        conditions=tuple(map(condition_from, data.get("conditions", ()))),
        doubts=tuple(map(doubt_from, data.get("doubts", ()))),
    )
    broken = list(contradictions(pattern))
    if broken:
        raise PatternBroken(f"{pattern.key}: {'; '.join(broken)}")
    return pattern


def one_line(text: str) -> str:
    return " ".join(text.split())


def question_from(name: str, said: Mapping[str, Any]) -> Question:
    return Question(
        name=name,
        kind=said["kind"],
        ask=one_line(said["ask"]),
        help=one_line(said.get("help", "")),
        example=one_line(str(said.get("example", ""))),
        is_required=said.get("required", True),
        low=said.get("min"),
        high=said.get("max"),
        choices=tuple((str(value), label) for value, label in said.get("choices", {}).items()),
        columns=tuple(question_from(column, told) for column, told in said.get("columns", {}).items()),
        is_complete=said.get("complete", False),
        rows_from=said.get("rows_from", ""),
    )


def element_from(id: str, said: Mapping[str, Any]) -> PatternElement:
    kind = next((kind for kind in PREFIXES if kind in said), "")
    needs = said.get("needs", {})
    return PatternElement(
        id=id,
        kind=kind,
        statement=one_line(said.get(kind) or ""),
        category=said.get("category", ""),
        each=said.get("each", ""),
        when=when_from(said),
        context=tuple(said.get("in", ())),
        supported_by=tuple(said.get("by", ())),
        is_public=said.get("public", False),
        cites=said.get("cites", ""),
        at_least=needs.get("at_least"),
        why_fewer=one_line(needs.get("why", "")),
        owner=said.get("owner", ""),
        metric=said.get("metric", {}),
    )


def condition_from(said: Mapping[str, Any]) -> PatternCondition:
    watch = dict(said["watch"])
    return PatternCondition(
        about=said.get("about", ""),
        type=said["type"],
        statement=one_line(said["if"]),
        detector=watch.pop("by"),
        every_days=watch.pop("every_days"),
        silent_days=watch.pop("silent_days"),
        config=watch,
        effect=said.get("effect", "weakened"),
        actions=tuple(said.get("then", ("notify_owner",))),
        respond_days=said.get("respond_days", 14),
        when=when_from(said),
    )


def doubt_from(said: Mapping[str, Any]) -> PatternDoubt:
    return PatternDoubt(
        about=said["about"],
        attack=said["attack"],
        statement=one_line(said["doubt"]),
        severity=said.get("severity", "major"),
        when=when_from(said),
    )


def when_from(said: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, tuple(map(str, values))) for name, values in said.get("when", {}).items())


# --- Whether it contradicts itself ------------------------------------------------------------------------------------


def contradictions(pattern: Pattern) -> Iterator[str]:
    ids = [element.id for element in pattern.elements]
    modules = {key for key, _title in pattern.modules} | {""}
    for question in pattern.questions:
        yield from question_contradictions(question)
    for element in pattern.elements:
        yield from element_contradictions(pattern, element, set(ids), modules)
    for condition in pattern.conditions:
        if condition.about and condition.about not in ids:
            yield f"a condition is about {condition.about}, which is not there"
        if condition.effect not in EFFECTS:
            yield f"effect {condition.effect} is unknown"
        yield from unknown_places(pattern, condition.statement, each_of(pattern, condition.about), "a condition")
        yield from unknown_answers(pattern, condition.when, "a condition")
    for doubt in pattern.doubts:
        if doubt.about not in ids:
            yield f"a doubt is about {doubt.about}, which is not there"
        if each_of(pattern, doubt.about):
            yield f"a doubt is about each {doubt.about}: raise it once, on what they carry"
        yield from unknown_places(pattern, doubt.statement, each_of(pattern, doubt.about), "a doubt")
        yield from unknown_answers(pattern, doubt.when, "a doubt")
    for pair in pattern.in_order:
        if not all((asked := pattern.question(name)) and asked.kind == "number" for name in pair):
            yield f"{' and '.join(pair)} are not two numbers"
    for question in pattern.questions:
        claims = [one for one in pattern.elements if one.each == question.name and one.kind == "goal"]
        if question.is_complete and not claims:
            yield f"{question.name} is to be covered, and no claim is made for each of its rows"


def question_contradictions(question: Question) -> Iterator[str]:
    if question.kind not in QUESTION_KINDS:
        yield f"{question.name} is of an unknown kind"
    if (question.kind == "list") != bool(question.columns):
        yield f"{question.name}: a list has columns, and nothing else has"
    if (question.kind in ("choice", "choices")) != bool(question.choices):
        yield f"{question.name}: a choice has choices, and nothing else has"
    for column in question.columns:
        if column.kind not in COLUMN_KINDS:
            yield f"{question.name}.{column.name} is of a kind that no column has"


def element_contradictions(
    pattern: Pattern, element: PatternElement, ids: set[str], modules: set[str]
) -> Iterator[str]:
    if not element.kind:
        yield f"{element.id} is of no known kind"
    if element.module not in modules:
        yield f"{element.id} is in no module of the template"
    for other in (*element.context, *element.supported_by, *([element.cites] if element.cites else ())):
        if other not in ids:
            yield f"{element.id} refers to {other}, which is not there"
    if (element.kind in CITED_KINDS) != bool(element.cites):
        yield f"{element.id}: what cites says what, and nothing else does"
    if not element.statement and not element.cites:
        yield f"{element.id} says nothing"
    question = pattern.question(element.each) if element.each else None
    if element.each and (question is None or question.kind != "list"):
        yield f"{element.id} is there for each of {element.each}, which is no list"
    if element.owner:
        asked = pattern.question(element.owner)
        if asked is None or asked.kind != "member":
            yield f"{element.id} is owned by {element.owner}, which asks for no person"
    yield from unknown_places(pattern, element.statement, element.each, element.id)
    yield from unknown_answers(pattern, element.when, element.id)


def each_of(pattern: Pattern, id: str) -> str:
    element = pattern.element(id)
    return element.each if element else ""


def unknown_places(pattern: Pattern, statement: str, each: str, where: str) -> Iterator[str]:
    """Every {place} of a text must be asked for; a column stands for a row only where there is one for each row."""
    for name, column in PLACE.findall(statement):
        question = pattern.question(name)
        columns = {one.name for one in question.columns} if question else set()
        if question is None or (column and (column not in columns or name != each)):
            yield f"{where} has the place {name}{'.' + column if column else ''}, which nobody is asked for"


def unknown_answers(pattern: Pattern, when: tuple[tuple[str, tuple[str, ...]], ...], where: str) -> Iterator[str]:
    for name, values in when:
        owner, _dot, column = name.partition(".")
        question = pattern.question(owner)
        if question is not None and column:
            question = next((one for one in question.columns if one.name == column), None)
        if question is None or not set(values) <= set(question.values):
            yield f"{where} depends on {name}, which has no such answer"
