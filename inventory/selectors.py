"""Reads that are not one queryset: a tier in words, a preview of an import."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from aims.tenancy.permissions import Role
from inventory.import_actions import duplicates_of, read, rejections, shown
from inventory.import_rows import Counts, compare
from inventory.importing import Mapping, ParsedFile, Row, plan
from inventory.models import AISystem, SystemImport
from inventory.tiering import QUESTIONS_BY_KEY, Requirements

WORDS: dict[str, Any] = {
    "none": _("None"),
    "short": _("Short"),
    "full": _("Full"),
    "three_questions": _("Three questions: claims, evidence, conditions"),
    "gsn": _("Structured argument (GSN)"),
    "gsn_modular": _("Structured argument (GSN) in modules, with counter-arguments"),
    "any": _("Any"),
    "test": _("Test or nearer to production"),
    "shadow": _("Shadow or production"),
    "production": _("Production"),
    "owner": _("The owner"),
    "officer": Role.GOVERNANCE_OFFICER.label,
    "executive": Role.EXECUTIVE.label,
}


def reasons_of(system: AISystem) -> list[dict[str, Any]]:
    """Why the tier is what it is: sentence, the tier asked for, whether it rests on something unknown."""
    return [
        {
            "tier": reason["tier"],
            "text": gettext(reason["text"]),
            "rests_on_unknown": reason["rests_on_unknown"],
            "is_deciding": reason["tier"] == system.tier,
        }
        for reason in system.tier_reasons
    ]


def answers_in_words(system: AISystem) -> list[tuple[str, str]]:
    """The screening as question and answer."""
    return [
        (gettext(question.text), gettext(question.choices.get(answer, answer)))
        for key, question in QUESTIONS_BY_KEY.items()
        if (answer := system.screening.get(key))
    ]


def requirements_in_words(requires: Requirements | None) -> list[tuple[str, str]]:
    """What a tier asks for, as label and value; empty before the screening and for a prohibited system."""
    if requires is None or not requires.may_be_used:
        return []
    months = gettext("%d months")
    challenge = gettext("None")
    if requires.independent_challengers:
        challenge = gettext("%(people)d independent, %(days)d days") % {
            "people": requires.independent_challengers,
            "days": requires.challenge_days,
        }
    return [
        (gettext("Impact assessment"), str(WORDS[requires.impact_assessment])),
        (gettext("Assurance case"), str(WORDS[requires.case_form])),
        (gettext("Degradation conditions per claim"), str(requires.conditions_per_claim)),
        (gettext("Challenge"), challenge),
        (gettext("Outcomes measured in"), str(WORDS[requires.outcome_environment])),
        (gettext("Evidence is current for"), months % requires.evidence_months),
        (gettext("Owner's sign-off is valid for"), months % requires.sign_off_months),
        (gettext("Reviewed every"), months % requires.review_months),
        (gettext("Approved by"), str(WORDS[requires.approver])),
    ]


@dataclass(frozen=True)
class Preview:
    """What an import would do, before it does it."""

    counts: Counts
    rows: list[Row]
    row_count: int
    rejected: list[dict[str, Any]]
    rejected_count: int
    notes: list[dict[str, Any]]
    note_count: int
    duplicates: list[dict[str, Any]]
    file_notes: tuple[str, ...]


def preview_of(parsed: ParsedFile, mapping: Mapping, *, first: int = 10, listed: int = 50) -> Preview:
    """Read the whole file with a mapping and compare it with the register; writes nothing."""
    whole = plan(parsed, mapping)
    return Preview(
        counts=Counts().add(compare(whole.accepted)),
        rows=list(whole.rows[:first]),
        row_count=len(whole.rows),
        rejected=rejections(whole.rejected[:listed]),
        rejected_count=len(whole.rejected),
        notes=[shown(number, problem) for number, problem in whole.notes[:listed]],
        note_count=len(whole.notes),
        duplicates=duplicates_of(whole.duplicates),
        file_notes=parsed.notes,
    )


def open_draft(draft: SystemImport) -> tuple[ParsedFile, Mapping]:
    return read(draft), Mapping.from_json(draft.mapping)
