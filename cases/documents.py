"""The structure of a whole argument as one canonical document (RFC 8785), and the hash that a signature is bound to.

What is said is in it; what is known is not. A binding names the piece of evidence, not the version that was collected
last, and nothing here knows a reading, a verdict, a hold or what a detector saw: `docs/decisions/a-baseline-holds-no-facts.md`.
The shape is published as `cases/schema/aims-case-1.json` (JSON Schema 2020-12). Every `gid` is a primary key and stays the
same from one baseline to the next. Lists are in author order.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import models

from aims.trail.record import canonical
from cases.loading import LoadedCase
from cases.models import (
    ArgumentModule,
    AssuranceCase,
    ClaimMetric,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Link,
)
from cases.models.argument import StandingLevel

FORMAT: Final = "aims-case"
VERSION: Final = 1
Document = dict[str, Any]


class Part(StrEnum):
    """The lists of a document."""

    MODULES = "modules"
    ELEMENTS = "elements"
    LINKS = "links"
    METRICS = "metrics"
    CONDITIONS = "conditions"
    BINDINGS = "bindings"


# What is frozen of each record, by the names of its fields.
CASE_FIELDS: Final = ("title", "purpose", "scope_text", "system", "review_by")
FIELDS: Final[dict[Part, tuple[str, ...]]] = {
    Part.MODULES: ("key", "title", "is_contract", "is_default"),
    Part.ELEMENTS: (
        "module", "key", "kind", "statement", "declaration", "declaration_reason", "category", "owner", "cites",
        "cites_module", "combine", "combine_k", "combine_reason", "is_undeveloped", "is_uninstantiated", "is_public",
        "is_supported_by_contract", "review_by",
    ),
    Part.LINKS: ("kind", "source", "target", "ordinal", "is_exact", "exact_reason"),
    Part.METRICS: (
        "element", "indicator", "key", "comparator", "threshold", "threshold_high", "guard_band", "unit", "dimensions",
        "is_crossed", "dimension_rule", "dimension_reason", "window_days", "min_n", "confidence_level", "decision_rule",
        "environment_required", "max_age_days", "grace_days", "is_leading",
    ),
    Part.CONDITIONS: (
        "element", "type", "statement", "detector", "config", "metric", "threshold", "every_hours", "max_silence_hours",
        "effect", "clear_after", "actions", "responder", "respond_within_hours", "not_applicable_reason",
    ),
    Part.BINDINGS: ("element", "locator", "relevance", "environment_required", "environment_policy", "version_policy"),
}  # fmt: skip
# What came later: said only where it is true, so that what was signed before keeps its hash.
ONLY_WHERE_TRUE: Final[dict[Part, tuple[str, ...]]] = {Part.BINDINGS: ("follow_latest",)}
MODELS: Final[dict[Part, type[models.Model]]] = {
    Part.MODULES: ArgumentModule,
    Part.ELEMENTS: Element,
    Part.LINKS: Link,
    Part.METRICS: ClaimMetric,
    Part.CONDITIONS: DegradationCondition,
    Part.BINDINGS: EvidenceBinding,
}
# Levels of standing are written by name, so that a document reads without our table of numbers.
LEVELS: Final = frozenset({"effect", "environment_policy", "version_policy"})

Write = Callable[[Any], dict[str, Any]]


def document_of(loaded: LoadedCase) -> Document:
    """The argument of a loaded case as a document; one query for its modules. What argues a challenge is left out: a doubt is
    a fact about the argument, and raising one must not undo what was signed."""
    case = loaded.case
    own = {pk: row for pk, row in loaded.elements.items() if row.role == Element.Role.SUPPORT}
    modules = sorted(loaded.modules or case.modules.all(), key=lambda row: (not row.is_default, row.created_at, row.pk))
    rows: dict[Part, Iterable[models.Model]] = {
        Part.MODULES: modules,
        Part.ELEMENTS: own.values(),
        Part.LINKS: in_argument(loaded, own),
        Part.METRICS: in_order_of(own, loaded.metrics),
        Part.CONDITIONS: conditions_in(loaded),
        Part.BINDINGS: in_order_of(own, loaded.bindings),
    }
    document: Document = {
        "format": FORMAT,
        "version": VERSION,
        "case": {"gid": str(case.pk), **writer(AssuranceCase, CASE_FIELDS)(case)},
    }
    for part, found in rows.items():
        write = WRITE[part]
        document[part.value] = [write(row) for row in found]
    return document


def counter_argument_of(loaded: LoadedCase) -> dict[str, list[dict[str, Any]]]:
    """What argues for the challenges of a case, in the shape of the document that leaves it out."""
    counter = {pk: row for pk, row in loaded.elements.items() if row.role == Element.Role.COUNTER}
    links = [
        link
        for link in loaded.links
        if (link.source_id in counter or link.target_id in counter)
        and {link.source_id, link.target_id} <= loaded.elements.keys()
    ]
    rows: dict[Part, Iterable[models.Model]] = {
        Part.ELEMENTS: counter.values(),
        Part.LINKS: links,
        Part.METRICS: in_order_of(counter, loaded.metrics),
        Part.BINDINGS: in_order_of(counter, loaded.bindings),
    }
    return {part.value: [WRITE[part](row) for row in found] for part, found in rows.items()}


def in_argument(loaded: LoadedCase, elements: Mapping[UUID, Element]) -> list[Link]:
    """The links between elements that are in use; those of a withdrawn element are out of the argument with it."""
    return [link for link in loaded.links if link.source_id in elements and link.target_id in elements]


def in_order_of(elements: Iterable[UUID], by_element: dict[UUID, list[Any]]) -> list[Any]:
    return [row for element in elements for row in by_element.get(element, ())]


def conditions_in(loaded: LoadedCase) -> list[DegradationCondition]:
    found = [*(row for rows in loaded.conditions.values() for row in rows), *loaded.ruled_out]
    return sorted(found, key=lambda row: row.number)


def writer(model: type[models.Model], names: Iterable[str]) -> Write:
    """How the named fields of a record are written."""
    plan = [(name, model._meta.get_field(name).attname, PLAIN.get(kind_of(model, name))) for name in names]  # type: ignore[union-attr]

    def write(row: Any) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for name, attribute, plain in plan:
            value = getattr(row, attribute)
            written[name] = value if plain is None or value is None else plain(value)
        return written

    return write


def kind_of(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if name in LEVELS:
        return "level"
    if field.is_relation:
        return "gid"
    return {models.DateField: "date", models.FloatField: "number"}.get(type(field), "")  # type: ignore[call-overload]


PLAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "level": lambda value: StandingLevel(value).name.lower(),
    "gid": str,
    "date": date.isoformat,
    "number": float,
}


def with_gid(write: Write) -> Write:
    return lambda row: {"gid": str(row.pk), **write(row)}


def bound(write: Write) -> Write:
    """A binding with the piece of evidence that it rests on."""

    def written(row: Any) -> dict[str, Any]:
        later = {name: True for name in ONLY_WHERE_TRUE[Part.BINDINGS] if getattr(row, name)}
        return {"gid": str(row.pk), "item": str(row.version.item_id), **write(row), **later}

    return written


WRITE: Final[dict[Part, Write]] = {
    part: (bound if part is Part.BINDINGS else with_gid)(writer(MODELS[part], FIELDS[part])) for part in Part
}


def canonical_bytes(document: Document) -> bytes:
    """The document as RFC 8785 writes it: the same bytes on any machine."""
    return canonical(document)


def sha256_of(document: Document) -> str:
    return hashlib.sha256(canonical_bytes(document)).hexdigest()
