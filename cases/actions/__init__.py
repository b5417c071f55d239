"""Everything that changes assurance cases."""

from cases.actions.argument import add_element, edit_element, link_elements, unlink_elements, withdraw_element
from cases.actions.baselines import freeze_baseline
from cases.actions.case import create_case, edit_case
from cases.actions.challenges import (
    accept_challenge,
    answer_challenge,
    decide_challenge,
    edit_challenge,
    raise_challenge,
    reopen_challenge,
    withdraw_challenge,
)
from cases.actions.conditions import (
    acknowledge_condition,
    add_condition,
    attest_condition,
    clear_condition,
    edit_condition,
    retire_condition,
    rule_out,
    trip_condition,
)
from cases.actions.controls import link_control, unlink_control
from cases.actions.counter import argue_challenge
from cases.actions.detecting import check_condition, report_condition
from cases.actions.evidence import bind_evidence, edit_binding, renew_binding, unbind_evidence
from cases.actions.holds import hold_down, lift_hold
from cases.actions.life import (
    ask_for_decision,
    decide,
    open_revision,
    return_to_draft,
    start_challenge,
    step_down,
    submit_for_review,
    withdraw_case,
)
from cases.actions.metrics import add_indicator, define_metric, edit_indicator, edit_metric, withdraw_metric
from cases.actions.modules import add_module, edit_module, remove_module
from cases.actions.outline import move_link, restate_element, review_links
from cases.actions.people import appoint, dismiss
from cases.actions.pulls import connect_metric, disconnect_metric
from cases.actions.readings import check_readings, record_reading, record_readings
from cases.actions.reviews import (
    add_comment,
    answer_checklist,
    edit_comment,
    record_opinion,
    resolve_comment,
    unresolve_comment,
    withdraw_comment,
)
from cases.actions.signals import assign_signal, close_signal, escalate_due
from cases.actions.signoff import remind_of_sign_offs, sign_off
from cases.actions.smells import answer_smell, look_for_smells, look_if_due
from cases.actions.templating import add_from_template, adopt_elements, open_from_template
from cases.actions.tiers import change_tier

__all__ = [
    "link_control",
    "unlink_control",
    "add_comment",
    "answer_checklist",
    "edit_comment",
    "record_opinion",
    "resolve_comment",
    "unresolve_comment",
    "withdraw_comment",
    "accept_challenge",
    "answer_smell",
    "ask_for_decision",
    "decide",
    "open_revision",
    "return_to_draft",
    "start_challenge",
    "step_down",
    "submit_for_review",
    "acknowledge_condition",
    "answer_challenge",
    "argue_challenge",
    "decide_challenge",
    "edit_challenge",
    "raise_challenge",
    "reopen_challenge",
    "withdraw_challenge",
    "add_condition",
    "add_element",
    "add_from_template",
    "adopt_elements",
    "open_from_template",
    "appoint",
    "add_indicator",
    "add_module",
    "bind_evidence",
    "attest_condition",
    "change_tier",
    "check_condition",
    "check_readings",
    "assign_signal",
    "clear_condition",
    "close_signal",
    "escalate_due",
    "freeze_baseline",
    "connect_metric",
    "create_case",
    "disconnect_metric",
    "dismiss",
    "define_metric",
    "edit_binding",
    "edit_case",
    "edit_condition",
    "edit_element",
    "edit_indicator",
    "edit_metric",
    "edit_module",
    "hold_down",
    "lift_hold",
    "look_for_smells",
    "look_if_due",
    "link_elements",
    "move_link",
    "record_reading",
    "record_readings",
    "remove_module",
    "renew_binding",
    "restate_element",
    "review_links",
    "report_condition",
    "retire_condition",
    "rule_out",
    "remind_of_sign_offs",
    "sign_off",
    "trip_condition",
    "unbind_evidence",
    "unlink_elements",
    "withdraw_case",
    "withdraw_element",
    "withdraw_metric",
]
