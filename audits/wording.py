"""How the states of this room look: words, tone and icon together."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.standards import catalogue
from audits.models import (
    Audit,
    ChecklistItem,
    CorrectiveAction,
    Finding,
    ManagementReview,
    Nonconformity,
    ReviewAction,
)

LOOKS: dict[type, dict[str, tuple[str, str]]] = {
    Audit: {
        "planned": ("info", "calendar"),
        "in_progress": ("open", "progress"),
        "reported": ("good", "check"),
        "cancelled": ("neutral", "ban"),
    },
    ChecklistItem: {
        "open": ("open", "circle-dashed"),
        "conforms": ("good", "circle-check"),
        "nonconforming": ("bad", "circle-x"),
        "not_applicable": ("neutral", "circle-minus"),
    },
    Finding: {
        "major": ("bad", "alert-octagon"),
        "minor": ("warn", "alert-triangle"),
        "observation": ("info", "eye"),
        "opportunity": ("good", "arrow-up"),
    },
    Nonconformity: {
        "open": ("bad", "alert-circle"),
        "analysed": ("warn", "search"),
        "in_action": ("info", "progress"),
        "closed": ("good", "check"),
    },
    CorrectiveAction: {
        "planned": ("info", "calendar-due"),
        "done": ("open", "eye"),
        "effective": ("good", "circle-check"),
        "ineffective": ("bad", "circle-x"),
        "cancelled": ("neutral", "ban"),
    },
    ManagementReview: {
        "planned": ("info", "calendar"),
        "prepared": ("open", "lock"),
        "held": ("good", "check"),
        "cancelled": ("neutral", "ban"),
    },
    ReviewAction: {
        "open": ("info", "circle"),
        "done": ("good", "check"),
        "dropped": ("neutral", "ban"),
    },
}


def badge_of(record: Any) -> Badge:
    """The status of a record, the grade of a finding, the result of an item of a checklist."""
    name = {Finding: "grade", ChecklistItem: "result"}.get(type(record), "status")
    value = getattr(record, name)
    tone, icon = LOOKS[type(record)][value]
    return Badge(getattr(record, f"get_{name}_display")(), tone, icon)


def requirement_text(key: str) -> str:
    """The requirement in our words; the key itself when the catalogue no longer has it."""
    try:
        return catalogue.requirement(key).text
    except KeyError:
        return ""


def requirement_label(key: str) -> str:
    text = requirement_text(key)
    return f"{key} {text}" if text else key


def requirement_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every requirement by clause, for a picker."""
    return [
        (
            f"{clause.ref} {clause.title}",
            [(each.id, f"{each.id} {shortened(each.text)}") for each in clause.requirements],
        )
        for clause in catalogue.auditable_clauses()
    ]


def shortened(text: str, limit: int = 100) -> str:
    return text if len(text) <= limit else f"{text[: text.rfind(' ', 0, limit)]} …"


def result_choices() -> list[tuple[str, str]]:
    """Kinds of decision of a management review, the required ones first."""
    from audits.actions.reviews import decidable_results

    return [(result.id, result.title) for result in decidable_results()]


def item_result(value: str) -> str:
    return str(dict(ChecklistItem.Result.choices).get(value, value))


def input_title(key: str) -> str:
    return next((each.title for each in catalogue.review_inputs() if each.id == key), key)


def result_title(key: str) -> str:
    return next((result.title for result in catalogue.review_results() if result.id == key), key)


OVERDUE = Badge(_("Overdue"), "bad", "clock-exclamation")
