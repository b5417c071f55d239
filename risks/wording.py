"""How statuses, levels and catalogue entries of this room are shown: words, colour and icon in one place."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.standards.catalogue import Term, risk_taxonomy
from risks.judging import Judged
from risks.models import Control, Risk, Treatment

Choices = list[tuple[str, str | Promise]]

LEVEL_LABELS = {"low": _("Low"), "medium": _("Medium"), "high": _("High"), "critical": _("Critical")}
LEVELS = {
    "low": Badge(LEVEL_LABELS["low"], "good", "circle-minus"),
    "medium": Badge(LEVEL_LABELS["medium"], "warn", "alert-circle"),
    "high": Badge(LEVEL_LABELS["high"], "bad", "alert-triangle"),
    "critical": Badge(LEVEL_LABELS["critical"], "bad", "alert-octagon"),
}
STATUSES = {
    Risk.Status.IDENTIFIED: ("open", "circle-dashed"),
    Risk.Status.ASSESSED: ("info", "scale"),
    Risk.Status.IN_TREATMENT: ("info", "progress"),
    Risk.Status.ACCEPTED: ("good", "check"),
    Risk.Status.CLOSED: ("neutral", "archive"),
}
TREATMENT_OPTIONS: dict[str, Any] = {
    Risk.TreatmentOption.MODIFY: _("Modify"),
    Risk.TreatmentOption.AVOID: _("Avoid"),
    Risk.TreatmentOption.SHARE: _("Share"),
    Risk.TreatmentOption.RETAIN: _("Retain"),
}
TREATMENT_STATUSES = {
    Treatment.Status.PLANNED: ("open", "calendar"),
    Treatment.Status.IN_PROGRESS: ("info", "progress"),
    Treatment.Status.DONE: ("good", "check"),
    Treatment.Status.CANCELLED: ("neutral", "ban"),
}
APPLICABILITIES = {
    Control.Applicability.UNDECIDED: ("open", "circle-dashed"),
    Control.Applicability.APPLICABLE: ("good", "check"),
    Control.Applicability.EXCLUDED: ("neutral", "ban"),
}
IMPLEMENTATIONS = {
    Control.Implementation.NOT_STARTED: ("open", "circle-dashed"),
    Control.Implementation.PARTIAL: ("warn", "progress"),
    Control.Implementation.IMPLEMENTED: ("good", "check"),
}
EFFECTIVENESSES = {
    Control.Effectiveness.UNKNOWN: ("open", "help-circle"),
    Control.Effectiveness.WORKING: ("good", "shield-check"),
    Control.Effectiveness.DOUBTFUL: ("warn", "alert-triangle"),
    Control.Effectiveness.FAILING: ("bad", "circle-x"),
}


def level_badge(level: str) -> Badge:
    return LEVELS.get(level) or Badge(_("Not rated"), "open", "circle-dashed")


def status_badge(risk: Risk) -> Badge:
    """The status; an acceptance that no longer holds says so instead of looking accepted."""
    if risk.has_lapsed:
        return Badge(_("Acceptance lapsed"), "bad", "alert-triangle")
    return Badge(risk.get_status_display(), *STATUSES[Risk.Status(risk.status)])


def option_label(risk: Risk) -> Any:
    """The treatment option in one word, for lists."""
    return TREATMENT_OPTIONS.get(risk.treatment_option, "")


def treatment_badge(treatment: Treatment) -> Badge:
    if treatment.is_overdue:
        return Badge(_("Overdue"), "bad", "clock-exclamation")
    return Badge(treatment.get_status_display(), *TREATMENT_STATUSES[Treatment.Status(treatment.status)])


def applicability_badge(control: Control) -> Badge:
    tone_and_icon = APPLICABILITIES[Control.Applicability(control.applicability)]
    return Badge(control.get_applicability_display(), *tone_and_icon)


def implementation_badge(control: Control) -> Badge:
    tone_and_icon = IMPLEMENTATIONS[Control.Implementation(control.implementation)]
    return Badge(control.get_implementation_display(), *tone_and_icon)


def effectiveness_badge(found: Judged) -> Badge:
    return Badge(found.label, *EFFECTIVENESSES[Control.Effectiveness(found.effectiveness)])


def scale_choices(part: str) -> Choices:
    """The five steps of likelihood or impact with their names."""
    steps = getattr(risk_taxonomy().scale, part)
    return [(str(step.value), f"{step.value} – {step.label}") for step in steps]


def step_label(part: str, value: int | None) -> str:
    """The name of a step, such as "Likely"."""
    return next((step.label for step in getattr(risk_taxonomy().scale, part) if step.value == value), "")


def source_terms() -> tuple[Term, ...]:
    """Where risks come from, as offered in pickers; other references of the taxonomy are understood as well."""
    return risk_taxonomy().risk_sources


def harm_terms() -> tuple[Term, ...]:
    return risk_taxonomy().harm_categories


def choices_of(terms: Iterable[Term]) -> Choices:
    return [(term.ref, term.title) for term in terms]


def term_title(ref: str) -> str:
    """The title of a catalogue entry; an unknown reference is shown as itself."""
    term = risk_taxonomy().terms().get(ref)
    return term.title if term else ref
