"""Making an argument of a template and the answers to its questions. The same answers make the same argument."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cases.drafts import (
    MOST_LETTERS,
    ArgumentDraft,
    DraftChallenge,
    DraftCondition,
    DraftElement,
    DraftLink,
    DraftMetric,
    DraftModule,
)
from cases.outline import CLAIMS, gettext_noop
from cases.patterns.answering import Answers, Fault, Person, checked
from cases.patterns.model import EFFECTS, PLACE, Pattern, PatternCondition, PatternElement
from cases.wellformed_content import PLACEHOLDER

TOO_MUCH: Final = gettext_noop("All rows together are too long for one statement. Say each shorter.")
Row = Mapping[str, Any]


class AnswersRefused(ValueError):
    """The answers do not fit; `faults` name the fields."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.field}: {fault.message % dict(fault.words)}" for fault in faults[:5]))
        self.faults = list(faults)


@dataclass(frozen=True, slots=True)
class _Instance:
    """An element for one row, or the only one."""

    element: PatternElement
    row: Row | None
    number: int

    @property
    def id(self) -> str:
        return f"{self.element.id}.{self.number}" if self.element.each else self.element.id


def instantiate(pattern: Pattern, answers: Answers, *, today: date) -> ArgumentDraft:
    """The argument; AnswersRefused where an answer does not fit. Days of the calendar are counted from `today`."""
    taken, faults = checked(pattern, answers)
    if faults:
        raise AnswersRefused(faults)
    return _made(pattern, taken, today=today)


def skeleton(pattern: Pattern, *, today: date) -> ArgumentDraft:
    """The argument with its places unfilled and everything that is optional: what a person sees before answering."""
    blank: dict[str, Any] = {}
    for question in pattern.questions:
        match question.kind:
            case "list":
                row = {column.name: column.values[-1] if column.choices else None for column in question.columns}
                blank[question.name] = (row,)
            case "choices":
                blank[question.name] = question.values
            case "choice":
                blank[question.name] = question.values[-1]
            case _:
                blank[question.name] = None
    return _made(pattern, blank, today=today)


def _made(pattern: Pattern, answers: Answers, *, today: date) -> ArgumentDraft:
    instances = [one for element in pattern.elements for one in _instances(element, answers)]
    by_element: dict[str, list[_Instance]] = {}
    for one in instances:
        by_element.setdefault(one.element.id, []).append(one)
    draft = ArgumentDraft(title=pattern.title)
    used = {one.element.module for one in instances} | {key for key, _title in pattern.modules[:1]}
    draft.modules = [DraftModule(key=key, title=title) for key, title in pattern.modules if key in used]
    links = [link for one in instances for link in _links(one, by_element)]
    draft.links = links
    carried = {link.source for link in links if link.kind == "supported_by"}
    statements = {one.id: _filled(one.element.statement, answers, one.row) for one in instances}
    legs = {one.id: sum(link.source == one.id and link.kind == "supported_by" for link in links) for one in instances}
    for one in instances:
        draft.elements.append(_element(pattern, one, statements, carried, legs[one.id], answers))
    _refuse_too_long(draft, pattern)
    draft.metrics = [made for one in instances for made in _metric(one, answers)]
    draft.conditions = [
        _condition(condition, id, answers, row, today)
        for condition in pattern.conditions
        for id, row in _places(condition.about, condition.when, by_element, answers)
    ]
    by_id = {one.id: one.element for one in instances}
    draft.challenges = [
        DraftChallenge(
            target=id,
            target_below=_step(doubt.attack, id, by_id, links),
            statement=_filled(doubt.statement, answers, row),
            attack=doubt.attack,
            severity=doubt.severity,
            place=doubt.about,
        )
        for doubt in pattern.doubts
        for id, row in _places(doubt.about, doubt.when, by_element, answers)
    ]
    return draft


def _instances(element: PatternElement, answers: Answers) -> list[_Instance]:
    if not element.each:
        return [_Instance(element, None, 0)] if _is_called_for(element.when, answers, None) else []
    rows = answers[element.each]
    return [
        _Instance(element, row, number)
        for number, row in enumerate(rows, start=1)
        if _is_called_for(element.when, answers, row)
    ]


def _is_called_for(when: Sequence[tuple[str, tuple[str, ...]]], answers: Answers, row: Row | None) -> bool:
    for name, values in when:
        owner, _dot, column = name.partition(".")
        if column and row is None:  # what there is one of is called for by any row
            given = tuple(one.get(column) for one in answers[owner])
        else:
            answer = row.get(column) if column and row is not None else answers[name]
            given = answer if isinstance(answer, tuple) else (answer,)
        if not set(given) & set(values):
            return False
    return True


def _links(one: _Instance, by_element: Mapping[str, list[_Instance]]) -> list[DraftLink]:
    """To every instance of what it rests on; of the same list only to that of its own row."""
    links = []
    for kind, targets in (("in_context_of", one.element.context), ("supported_by", one.element.supported_by)):
        for target in targets:
            links += [
                DraftLink(source=one.id, target=other.id, kind=kind)
                for other in by_element.get(target, ())
                if not (other.element.each and other.element.each == one.element.each and other.number != one.number)
            ]
    return links


def _element(
    pattern: Pattern,
    one: _Instance,
    statements: Mapping[str, str],
    carried: set[str],
    legs: int,
    answers: Answers,
) -> DraftElement:
    element = one.element
    statement = statements[one.id] or statements.get(element.cites, "")
    is_fewer = element.at_least is not None and legs > element.at_least
    person = answers.get(element.owner) if element.owner else None
    return DraftElement(
        id=one.id,
        key=f"{element.key}.{one.number}" if element.each else element.key,
        kind=element.kind,
        statement=statement,
        module=element.module,
        category=element.category,
        # What an answer left without support is to be argued later, and says so.
        is_undeveloped=element.kind in CLAIMS and one.id not in carried,
        is_uninstantiated=bool(PLACEHOLDER.search(statement)),
        is_public=element.is_public,
        combine="at_least" if is_fewer else "all",
        combine_k=element.at_least if is_fewer else None,
        combine_reason=element.why_fewer if is_fewer else "",
        owner=person.email if isinstance(person, Person) else "",
        cites=element.cites,
        pattern=pattern.name,
        pattern_key=element.id,
        place=one.id,
    )


def _filled(statement: str, answers: Answers, row: Row | None) -> str:
    """Each place is filled once, so that what an answer says is never read as a place itself. Unanswered ones stay."""

    def answer_of(found: Any) -> str:
        name, column = found.group(1), found.group(2)
        answer = (row or {}).get(column) if column else answers.get(name)
        return _said(answer) or str(found.group())

    filled = PLACE.sub(answer_of, statement)
    return filled[:1].upper() + filled[1:]


def _said(answer: Any) -> str:
    match answer:
        case None | "" | ():
            return ""
        case float() | int():
            return f"{answer:g}"
        case Person():
            return answer.name
        case tuple():
            return ", ".join(said for one in answer if (said := _said(_named(one))))
    return str(answer)


def _named(row: Any) -> Any:
    """What a row is called in a list of rows: its first column."""
    return next(iter(row.values()), "") if isinstance(row, Mapping) else row


def _refuse_too_long(draft: ArgumentDraft, pattern: Pattern) -> None:
    for element in draft.elements:
        if len(element.statement) > MOST_LETTERS:
            source = pattern.element(element.pattern_key)
            places = PLACE.findall(source.statement) if source else []
            lists = [name for name, _ in places if (asked := pattern.question(name)) and asked.kind == "list"]
            raise AnswersRefused([Fault.at(lists[0] if lists else "", TOO_MUCH)])


def _step(attack: str, id: str, by_id: Mapping[str, PatternElement], links: Sequence[DraftLink]) -> str:
    """A doubt about an inference is raised on the step where there is one, else on the strategy that was named."""
    legs = [link.target for link in links if link.source == id and link.kind == "supported_by"]
    return legs[0] if attack == "undercut" and by_id[id].kind == "goal" and len(legs) == 1 else ""


def _metric(one: _Instance, answers: Answers) -> list[DraftMetric]:
    """The number that a claim keeps, where an indicator was named for it."""
    said = one.element.metric
    if not said:
        return []
    indicator, threshold = answers.get(said["indicator"]), answers.get(said["threshold"])
    if not indicator or threshold is None:
        return []
    rule = {name: value for name, value in said.items() if name not in ("indicator", "threshold", "threshold_high")}
    rule["threshold"] = threshold
    if "threshold_high" in said:
        rule["threshold_high"] = answers.get(said["threshold_high"])
    return [DraftMetric(element=one.id, indicator=str(indicator), rule=rule, place=one.id)]


def _places(
    about: str,
    when: Sequence[tuple[str, tuple[str, ...]]],
    by_element: Mapping[str, list[_Instance]],
    answers: Answers,
) -> list[tuple[str, Row | None]]:
    """The elements that a condition or a doubt is about; the whole case has none."""
    if not about:
        return [("", None)] if _is_called_for(when, answers, None) else []
    return [(one.id, one.row) for one in by_element.get(about, ()) if _is_called_for(when, answers, one.row)]


def _condition(
    condition: PatternCondition, element: str, answers: Answers, row: Row | None, today: date
) -> DraftCondition:
    config: dict[str, Any] = {
        name: _filled(value, answers, row) if isinstance(value, str) else value
        for name, value in condition.config.items()
    }
    if "in_months" in config:
        config["on"] = _months_on(today, config.pop("in_months")).isoformat()
    return DraftCondition(
        element=element,
        rule={
            "type": condition.type,
            "statement": _filled(condition.statement, answers, row),
            "detector": condition.detector,
            "config": config,
            "every_hours": condition.every_days * 24,
            "max_silence_hours": condition.silent_days * 24,
            "effect": EFFECTS[condition.effect],
            "actions": list(condition.actions),
            "respond_within_hours": condition.respond_days * 24,
        },
        place=condition.about,
    )


def _months_on(day: date, months: int) -> date:
    """The same day so many months later, or the 28th where a month is shorter."""
    later = day.month - 1 + months
    return date(day.year + later // 12, later % 12 + 1, min(day.day, 28))
