"""Everything that changes risks, treatments, acceptances and controls."""

from risks.actions.acceptances import accept_risk
from risks.actions.controls import (
    add_own_control,
    adopt_annex_a,
    edit_control,
    link_evidence,
    refresh_effectiveness,
    refresh_for_items,
    unlink_evidence,
)
from risks.actions.risks import add_risk, close_risk, edit_risk, link_system, reopen_risk, review_risk, unlink_system
from risks.actions.treatments import (
    add_treatment,
    cancel_treatment,
    complete_treatment,
    edit_treatment,
    start_treatment,
)

__all__ = [
    "accept_risk",
    "add_own_control",
    "add_risk",
    "add_treatment",
    "adopt_annex_a",
    "cancel_treatment",
    "close_risk",
    "complete_treatment",
    "edit_control",
    "edit_risk",
    "edit_treatment",
    "link_evidence",
    "link_system",
    "refresh_effectiveness",
    "refresh_for_items",
    "reopen_risk",
    "review_risk",
    "start_treatment",
    "unlink_evidence",
    "unlink_system",
]
