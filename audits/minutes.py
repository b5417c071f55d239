"""What the page and the minutes of a management review show."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import CharField, Value
from django.urls import NoReverseMatch, reverse

from aims.standards import catalogue
from aims.trail.links import kind_shown_on
from audits.freezing import sha256_of
from audits.listings import status_badge
from audits.models import ManagementReview, ReviewAction, ReviewDecision, ReviewInput
from audits.wording import result_title


@dataclass(frozen=True)
class Shown:
    """A figure or a record of an input, with the address that it opens to."""

    label: str
    value: Any
    detail: str
    tone: str
    url: str


@dataclass(frozen=True)
class InputShown:
    """One input: what the catalogue says it is, what the records said, what a person added."""

    input: ReviewInput
    entry: catalogue.ReviewInput | None
    counts: list[Shown]
    records: list[Shown]
    records_total: int
    note: str

    @property
    def title(self) -> str:
        return self.entry.title if self.entry else self.input.input

    @property
    def reference(self) -> str:
        """The letter of the clause, such as 9.3.2 a; empty for those that we recommend."""
        return f"{self.entry.ref} {self.entry.item}" if self.entry and self.entry.required else ""

    @property
    def hidden_records(self) -> int:
        return max(0, self.records_total - len(self.records))


@dataclass(frozen=True)
class DecisionShown:
    decision: ReviewDecision
    kind: str


def inputs_shown(review: ManagementReview, slug: str) -> list[InputShown]:
    """All inputs; a record that this member's database session does not show is named without a link to it."""
    inputs = list(review.inputs.all())
    seen = records_seen(inputs)
    return [shown(each, slug, seen) for each in inputs]


def input_shown(each: ReviewInput, slug: str) -> InputShown:
    return shown(each, slug, records_seen([each]))


def records_seen(inputs: list[ReviewInput]) -> set[tuple[str, int]]:
    """The pages and numbers of those records that are there for whoever asks, in one query."""
    numbers: dict[str, set[int]] = defaultdict(set)
    for line in (line for each in inputs for line in each.facts.get("records", [])):
        if line.get("page") and line.get("number") is not None:
            numbers[line["page"]].add(line["number"])
    queries = []
    for page, wanted in numbers.items():
        kind = kind_shown_on(page)
        if kind:
            rows = apps.get_model(kind)._default_manager.filter(number__in=wanted).order_by()
            queries.append(rows.annotate(page=Value(page, output_field=CharField())).values_list("page", "number"))
    return set(queries[0].union(*queries[1:], all=True)) if queries else set()


def shown(each: ReviewInput, slug: str, seen: set[tuple[str, int]]) -> InputShown:
    entries = {entry.id: entry for entry in catalogue.review_inputs()}
    facts = each.facts
    return InputShown(
        each,
        entries.get(each.input),
        [
            Shown(
                count["label"], count["value"], "", count["tone"] if count["value"] else "neutral", address(count, slug)
            )
            for count in facts.get("counts", [])
        ],
        [
            Shown(
                line["label"],
                line.get("number"),
                line["detail"],
                line["tone"],
                address(line, slug) if (line.get("page"), line.get("number")) in seen else "",
            )
            for line in facts.get("records", [])
        ],
        facts.get("records_total", 0),
        facts.get("note", ""),
    )


def address(entry: dict[str, Any], slug: str) -> str:
    """Where a figure or a record leads; empty when that page is not there (any more)."""
    kwargs = {"slug": slug} | ({"number": entry["number"]} if entry.get("number") is not None else {})
    try:
        found = reverse(entry["page"], kwargs=kwargs) if entry.get("page") else ""
    except NoReverseMatch:
        return ""
    return f"{found}?{entry['query']}" if found and entry.get("query") else found


def decisions_shown(review: ManagementReview) -> list[DecisionShown]:
    decisions = review.decisions.select_related("recorded_by")
    return [DecisionShown(decision, result_title(decision.result)) for decision in decisions]


def actions_shown(review: ManagementReview) -> list[tuple[ReviewAction, Any]]:
    actions = review.actions.select_related("owner", "decision")
    return [(action, status_badge(action)) for action in actions]


def is_intact(review: ManagementReview, inputs: list[InputShown]) -> bool:
    """Whether the inputs are still those that were frozen."""
    return not review.frozen_sha256 or sha256_of(review, [each.input for each in inputs]) == review.frozen_sha256
