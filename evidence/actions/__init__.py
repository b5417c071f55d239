"""Everything that changes the evidence library."""

from evidence.actions.files import MOST_FILES, check_files, mark_broken
from evidence.actions.items import add_evidence, edit_item, supersede_item, withdraw_item
from evidence.actions.versions import add_version, review_version

__all__ = [
    "MOST_FILES",
    "add_evidence",
    "add_version",
    "check_files",
    "edit_item",
    "mark_broken",
    "review_version",
    "supersede_item",
    "withdraw_item",
]
