"""The steps of a pack, in the order of its chapters. Each collects one part in a transaction of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.packs.collecting import arguments, checking, gaps, overview, registers
from audits.packs.scope import PackScope

Collect = Callable[[PackScope], dict[str, Any]]
DOCUMENT = "document"
CASE = "case-"


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a pack: how it is called, what it collects, and the template that prints it."""

    key: str
    title: str | Promise
    collect: Collect
    template: str


BEFORE_CASES = [
    Step("cover", gettext_lazy("Cover"), overview.cover, "audits/pack/cover.html"),
    Step("gaps", gettext_lazy("What does not stand"), gaps.gap_list, "audits/pack/gaps.html"),
    Step("scope", gettext_lazy("Scope"), overview.scope_of_pack, "audits/pack/scope.html"),
    Step("readiness", gettext_lazy("Readiness by clause"), checking.readiness, "audits/pack/readiness.html"),
    Step("inventory", gettext_lazy("AI systems"), registers.inventory, "audits/pack/inventory.html"),
    Step("risks", gettext_lazy("Risks, treatments and acceptances"), registers.risk_register, "audits/pack/risks.html"),
    Step(
        "soa", gettext_lazy("Statement of Applicability"), registers.statement_of_applicability, "audits/pack/soa.html"
    ),
]
AFTER_CASES = [
    Step("evidence", gettext_lazy("Evidence index"), registers.evidence_index, "audits/pack/evidence.html"),
    Step("audits", gettext_lazy("Internal audits and findings"), checking.audits, "audits/pack/audits.html"),
    Step(
        "nonconformities",
        gettext_lazy("Nonconformities and corrective actions"),
        checking.nonconformities,
        "audits/pack/nonconformities.html",
    ),
    Step("review", gettext_lazy("Management review"), checking.latest_review, "audits/pack/review.html"),
]
BY_KEY = {step.key: step for step in [*BEFORE_CASES, *AFTER_CASES]}


def keys_for(scope: PackScope) -> list[str]:
    """The keys of all steps of a pack, in order; every case in scope has a step of its own, drawing the PDF is the last."""
    cases = scope.cases().order_by("system__number", "number").values_list("number", flat=True)
    return [
        *(step.key for step in BEFORE_CASES),
        *(f"{CASE}{number}" for number in cases),
        *(step.key for step in AFTER_CASES),
        DOCUMENT,
    ]


def step_of(key: str) -> Step:
    """The step with this key; KeyError names one that this version of the product does not know."""
    if key.startswith(CASE):
        number = int(key.removeprefix(CASE))
        return Step(
            key,
            _("Assurance case %d") % number,
            partial(arguments.one_case, number=number),
            "audits/pack/case.html",
        )
    return BY_KEY[key]


def title_of(key: str) -> str:
    """A step in words, for pages and messages."""
    return _("PDF document") if key == DOCUMENT else str(step_of(key).title)
