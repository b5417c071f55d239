"""The demo's cases that were made from a template, as far as somebody has adopted what it says."""

from typing import Any

from aims.tenancy.models import Member
from cases.actions import adopt_elements, open_from_template
from cases.actions.templating import template_text
from cases.models import AssuranceCase
from cases.patterns import pattern_called
from inventory.models import AISystem


def load_from_template(entry: dict[str, Any], systems: dict[str, AISystem], people: dict[str, Member]) -> AssuranceCase:
    """A case opened from a template by its owner, who has read and adopted a part of it."""
    owner, pattern = people[entry["owner"]], pattern_called(entry["template"])
    if pattern is None:
        raise ValueError(f"There is no template {entry['template']}.")
    case = open_from_template(
        pattern=pattern,
        answers=entry["answers"],
        system=systems[entry["system"]],
        title=entry["title"],
        purpose=entry["purpose"],
        scope_text=entry["scope"],
        accountable_owner=owner,
        actor=owner,
    )
    read = {row.address: row.statement for row in template_text(case) if row.address in entry["adopted"]}
    adopt_elements(case, read=read, actor=owner)
    return case
