"""The questions of a template as a form, and what adopts its text. The same words as the API, from one check."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.forms import ActionForm, ActionFormMixin, MemberChoiceField, prepare
from aims.tenancy.models import Member
from cases.actions.templating import said_of_fault, template_text
from cases.forms import NewCaseForm, people_who_may_answer
from cases.models import AssuranceCase, DegradationCondition, Element
from cases.patterns import Fault, Pattern, Person, Question, checked
from cases.patterns.answering import MOST_LETTERS
from cases.patterns.model import MOST_ROWS

BLANK_ROWS: Final = 3
PREFIX: Final = "q_"  # a question may be called as a field of the case is
ROW: Final = re.compile(r"([a-z0-9_]+)-(\d{1,4})\Z")


def person_of(member: Member) -> Person:
    return Person(str(member), member.user.email)


@dataclass(slots=True)
class Section:
    """One question: its own field, or the rows of its table."""

    question: Question
    field: BoundField | None = None
    rows: list[list[BoundField]] | None = None
    faults: list[str] | None = None

    @property
    def most(self) -> int:
        """How many rows it takes at most."""
        return int(self.question.high or MOST_ROWS)


class QuestionsMixin(ActionFormMixin):
    """The fields of a template's questions; those of a list are called q_name-row-column."""

    pattern: Pattern
    counts: dict[str, int]
    list_faults: dict[str, list[str]]

    def add_questions(self, data: Any, rows: Mapping[str, list[dict[str, Any]]], sent: Any = None) -> None:
        """`rows` are what a list can begin with, where nothing was sent yet; `sent` is what was typed so far, to be shown
        again without judging it."""
        data = data or sent
        self.counts = {}
        self.list_faults = {}
        for question in self.pattern.questions:
            if question.kind != "list":
                self.fields[PREFIX + question.name] = field_for(question)
                continue
            begin = rows.get(question.name, [])
            self.counts[question.name] = rows_sent(data, question) if data else max(BLANK_ROWS, len(begin) + 1)
            for number in range(self.counts[question.name]):
                for column in question.columns:
                    name = f"{PREFIX}{question.name}-{number}-{column.name}"
                    self.fields[name] = field_for(column, is_cell=True, number=number)
                    if number < len(begin):
                        self.initial.setdefault(name, begin[number].get(column.name, ""))  # type: ignore[attr-defined]

        for name, field in self.fields.items():
            if name.startswith(PREFIX):
                prepare(field, self.label_of(name))

    def answers_fit(self) -> bool:
        """Whether a preview can be made, whatever the fields of the case say; what those lack is asked when it is made."""
        self.is_valid()  # type: ignore[attr-defined]
        if self.list_faults or any(name.startswith(PREFIX) for name in self.errors):  # type: ignore[attr-defined]
            return False
        for name in list(self.errors):  # type: ignore[attr-defined]
            del self.errors[name]  # type: ignore[attr-defined]
        return True

    @property
    def sections(self) -> list[Section]:
        """The questions in the order of the template."""
        found = []
        for question in self.pattern.questions:
            if question.kind != "list":
                found.append(Section(question, field=self[PREFIX + question.name]))  # type: ignore[index]
                continue
            rows = [
                [self[f"{PREFIX}{question.name}-{number}-{column.name}"] for column in question.columns]  # type: ignore[index]
                for number in range(self.counts[question.name])
            ]
            found.append(Section(question, rows=rows, faults=self.list_faults.get(question.name, [])))
        return found

    @property
    def own_fields(self) -> list[BoundField]:
        """The visible fields that are no question."""
        return [field for field in self.visible_fields() if not field.name.startswith(PREFIX)]  # type: ignore[attr-defined]

    def answers_in(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        answers: dict[str, Any] = {}
        for question in self.pattern.questions:
            if question.kind == "list":
                answers[question.name] = [
                    {
                        column.name: cleaned.get(f"{PREFIX}{question.name}-{number}-{column.name}")
                        for column in question.columns
                    }
                    for number in range(self.counts[question.name])
                ]
            else:
                answer = cleaned.get(PREFIX + question.name)
                answers[question.name] = person_of(answer) if isinstance(answer, Member) else answer
        return answers

    def check_answers(self, cleaned: dict[str, Any]) -> dict[str, Any]:
        """Put each fault on its field, where the field has none of its own."""
        answers = self.answers_in(cleaned)
        for fault in checked(self.pattern, answers)[1]:
            self.show_fault(fault)
        return answers

    def show_fault(self, fault: Fault) -> None:
        name = PREFIX + fault.field.replace(".", "-")
        said = said_of_fault(fault)
        if name in self.fields:
            if name not in self.errors:  # type: ignore[attr-defined]
                self.add_error(name, said)  # type: ignore[attr-defined]
        else:
            self.list_faults.setdefault(fault.field, []).append(said)
            self.add_error(None, said)  # type: ignore[attr-defined]


def field_for(question: Question, *, is_cell: bool = False, number: int = 0) -> forms.Field:
    """A form field for a question; an example stands in the empty field."""
    said: dict[str, Any] = {
        "label": _("%(ask)s, row %(number)d") % {"ask": question.ask, "number": number + 1}
        if is_cell
        else question.ask,
        "help_text": "" if is_cell else question.help,
        "required": question.is_required and not is_cell,
    }
    example = {"placeholder": question.example} if question.example else {}
    match question.kind:
        case "number":
            widget = forms.NumberInput(attrs={"step": "any", **example})
            return forms.FloatField(**said, widget=widget)
        case "choice":
            choices = [*question.choices] if is_cell else [("", _("Choose")), *question.choices]
            return forms.ChoiceField(**said, choices=choices)
        case "choices":
            said["required"] = bool(question.low)
            return forms.MultipleChoiceField(**said, choices=question.choices, widget=forms.CheckboxSelectMultiple)
        case "member":
            return MemberChoiceField(**said, queryset=people_who_may_answer().select_related("user"))
        case "indicator":
            attrs = {"list": "indicator-names", **example}
            return forms.CharField(**said, max_length=MOST_LETTERS, widget=forms.TextInput(attrs=attrs))
    return forms.CharField(**said, max_length=MOST_LETTERS, widget=forms.TextInput(attrs=example))


def rows_sent(data: Any, question: Question) -> int:
    """How many rows came, one more than a list takes at most, so that too many are refused and not passed over."""
    highest = -1
    for name in data:
        owner, _dash, rest = name.partition("-")
        number = rest.partition("-")[0]
        if owner == PREFIX + question.name and number.isascii() and number.isdigit() and len(number) < 5:
            highest = max(highest, int(number))
    return min(highest + 1, MOST_ROWS + 1) or BLANK_ROWS


def typed(sent: Any) -> dict[str, Any]:
    """What was typed so far, as a form takes it to begin with."""
    if not sent:
        return {}
    return {name: values if len(values) > 1 else values[0] for name, values in sent.lists() if values}


def with_other_rows(data: Any, pattern: Pattern) -> Any:
    """What was sent, after “add a row” or “remove” on one; everything that was typed stays."""
    made = data.copy()
    lists = {question.name: question for question in pattern.questions if question.kind == "list"}
    asked = lists.get(data.get("add", ""))
    if asked is not None:
        number = min(rows_sent(data, asked), MOST_ROWS)
        for column in asked.columns:
            made.setdefault(f"{PREFIX}{asked.name}-{number}-{column.name}", "")
    found = ROW.match(data.get("remove", ""))
    if found and found.group(1) in lists:
        question, gone = lists[found.group(1)], int(found.group(2))
        count = rows_sent(data, question)
        for number in range(gone, count):
            for column in question.columns:
                following = data.get(f"{PREFIX}{question.name}-{number + 1}-{column.name}")
                name = f"{PREFIX}{question.name}-{number}-{column.name}"
                if number + 1 < count:
                    made[name] = following or ""
                else:
                    made.pop(name, None)
        if count == 1:
            for column in question.columns:
                made[f"{PREFIX}{question.name}-0-{column.name}"] = ""
    return made


class CaseFromTemplateForm(QuestionsMixin, NewCaseForm):
    """A new case: what it is called, and the questions of the template."""

    field_order = ["system", "title", "purpose", "accountable_owner", "review_by"]

    def __init__(self, data: Any = None, *, pattern: Pattern, member: Member, sent: Any = None, **kwargs: Any) -> None:
        super().__init__(data, member=member, **kwargs)
        self.pattern = pattern
        del self.fields["claim"], self.fields["scope_text"]
        self.initial = {**self.initial, **typed(sent)}
        self.add_questions(data, {}, sent)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.answers = self.check_answers(cleaned)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        names = ("system", "title", "purpose", "accountable_owner", "review_by")
        return {**{name: self.cleaned_data[name] for name in names}, "answers": self.answers, "pattern": self.pattern}


class PartFromTemplateForm(QuestionsMixin, ActionForm):
    """A part of a case that is there: the claim that it goes below, and the questions of the template."""

    below = forms.ChoiceField(
        label=gettext_lazy("Put it below"),
        required=False,
        help_text=gettext_lazy("A goal or a strategy of the first module. What is still to be argued comes first."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        pattern: Pattern,
        case: AssuranceCase,
        below: str = "",
        sent: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.pattern = pattern
        rows = Element.objects.in_use().filter(case=case, module__is_default=True, kind__in=["goal", "strategy"])
        claims = rows.select_related("module").order_by("-is_undeveloped", "created_at", "id")
        self.claims = {row.address: row for row in claims}
        chosen = below if below in self.claims else next(iter(self.claims), "")
        self.fields["below"].choices = [  # type: ignore[attr-defined]
            (address, f"{address}: {row.statement[:100]}") for address, row in self.claims.items()
        ]
        self.initial["below"] = chosen
        self.fields["below"].required = bool(self.claims)
        if not self.claims:
            del self.fields["below"]
        self.initial = {**self.initial, **typed(sent)}
        self.add_questions(data, rows_of(case, pattern, self.claims.get(chosen)) if sent is None else {}, sent)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.answers = self.check_answers(cleaned)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        below = self.claims.get(self.cleaned_data.get("below", ""))
        return {"below": below, "answers": self.answers, "pattern": self.pattern}


def rows_of(case: AssuranceCase, pattern: Pattern, below: Element | None) -> dict[str, list[dict[str, Any]]]:
    """What lists begin with: the conditions of the claim, and those of the case as a whole."""
    lists = [question for question in pattern.questions if question.rows_from == "conditions"]
    if not lists:
        return {}
    conditions = DegradationCondition.objects.filter(case=case).exclude(
        status__in=[DegradationCondition.Status.RETIRED, DegradationCondition.Status.NOT_APPLICABLE]
    )
    own = [one for one in conditions.order_by("number") if one.element_id in (None, below.pk if below else None)]
    rows = [
        {"name": one.statement[:MOST_LETTERS], "detector": str(one.get_detector_display())}
        for one in own[: MOST_ROWS - 1]
    ]
    return {question.name: rows for question in lists}


class AdoptForm(ActionForm):
    """The statements of a template that were read; each is bound to what it said then."""

    elements = forms.MultipleChoiceField(
        label=gettext_lazy("Statements that I have read"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("A statement has changed since you opened it. Read it again.")},
    )
    all_read = forms.BooleanField(label=gettext_lazy("I have read all of them"), required=False)

    def __init__(self, *args: Any, case: AssuranceCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = {mark_of(row): row for row in template_text(case)}
        self.fields["elements"].choices = [(mark, row.statement) for mark, row in self.rows.items()]  # type: ignore[attr-defined]
        self.shown = set(self.data.getlist("shown")) if hasattr(self.data, "getlist") else set()

    @property
    def values(self) -> dict[str, Any]:
        """What was read, as it says now; with “all of them”, all that the page showed and nothing that came since."""
        marks = self.shown & set(self.rows) if self.cleaned_data["all_read"] else set(self.cleaned_data["elements"])
        chosen = [row for mark, row in self.rows.items() if mark in marks]
        return {"read": {row.address: row.statement for row in chosen}}


def mark_of(row: Element) -> str:
    """An element with what it says: a mark that fits only while it says so."""
    return f"{row.address}.{sha256(row.statement.encode(errors='replace')).hexdigest()[:16]}"
