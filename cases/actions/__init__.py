"""Everything that changes assurance cases."""

from cases.actions.argument import add_element, edit_element, link_elements, unlink_elements, withdraw_element
from cases.actions.case import create_case, edit_case, withdraw_case
from cases.actions.evidence import bind_evidence, edit_binding, renew_binding, unbind_evidence
from cases.actions.holds import hold_down, lift_hold
from cases.actions.people import appoint, dismiss
from cases.actions.signals import close_signal

__all__ = [
    "add_element",
    "appoint",
    "bind_evidence",
    "close_signal",
    "create_case",
    "dismiss",
    "edit_binding",
    "edit_case",
    "edit_element",
    "hold_down",
    "lift_hold",
    "link_elements",
    "renew_binding",
    "unbind_evidence",
    "unlink_elements",
    "withdraw_case",
    "withdraw_element",
]
