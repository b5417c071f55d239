"""Everything that changes the evidence library."""

from evidence.actions.files import MOST_FILES, check_files, mark_broken
from evidence.actions.items import add_evidence, edit_item, supersede_item, withdraw_item
from evidence.actions.requests import (
    accept_submission,
    add_requested_evidence,
    ask_for_evidence,
    cancel_request,
    decline_request,
    edit_request,
    remind_due,
    return_submission,
    submit_evidence,
)
from evidence.actions.texts import read_again
from evidence.actions.uploading import add_from_files
from evidence.actions.versions import add_version, review_version

__all__ = [
    "MOST_FILES",
    "accept_submission",
    "add_evidence",
    "add_from_files",
    "add_requested_evidence",
    "add_version",
    "ask_for_evidence",
    "cancel_request",
    "check_files",
    "decline_request",
    "edit_item",
    "edit_request",
    "mark_broken",
    "read_again",
    "remind_due",
    "return_submission",
    "review_version",
    "submit_evidence",
    "supersede_item",
    "withdraw_item",
]
