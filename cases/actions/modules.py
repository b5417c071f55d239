"""The modules of a case: parts that are argued by themselves and cite each other's public elements."""

from django.db import transaction
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from cases.actions.checks import open_case
from cases.drafts import MODULE_KEY, MOST_MODULES
from cases.evaluation import reevaluate
from cases.events import ModuleEvent
from cases.models import ArgumentModule, AssuranceCase, Element


@transaction.atomic
def add_module(
    case: AssuranceCase, *, title: str, actor: Member, key: str = "", is_contract: bool = False
) -> ArgumentModule:
    """Begin a further module. Without a key it gets the next one: M2, M3, …"""
    row = open_case(case, actor=actor)
    taken = set(ArgumentModule.objects.filter(case=row).values_list("key", flat=True))
    if len(taken) >= MOST_MODULES:
        raise RuleBroken(_("A case has %d modules at most. Open another case and cite it.") % MOST_MODULES)
    if key and not MODULE_KEY.match(key):
        said = _("A key starts with a letter and has up to 20 letters, digits, hyphens and underscores.")
        raise RuleBroken(said, field="key")
    if key in taken:
        raise RuleBroken(_("This case has a module %s already. Choose another key.") % key, field="key", rule="WF-M05")
    module = ArgumentModule.objects.create(
        organisation=actor.organisation,
        case=row,
        key=key or next(f"M{n}" for n in range(2, MOST_MODULES + 3) if f"M{n}" not in taken),
        title=checked_title(title),
        is_contract=is_contract,
    )
    told = {"module": module.key, "title": title, "contract": is_contract}
    reevaluate(row, actor=actor, happenings=[(ModuleEvent.ADDED, row, told)])
    return module


@transaction.atomic
def edit_module(module: ArgumentModule, *, revision: int | None, title: str, actor: Member) -> ArgumentModule:
    """Give a module another title; its key and whether it is a contract stay, because others refer to it."""
    case = open_case(module.case, actor=actor)
    row = locked(module, revision=revision)
    told = save_changes(row, title=checked_title(title))
    if told:
        reevaluate(case, actor=actor, happenings=[(ModuleEvent.EDITED, case, {"module": row.key, **told})])
    return row


@transaction.atomic
def remove_module(module: ArgumentModule, *, actor: Member) -> AssuranceCase:
    """Take away a module in which nothing was ever argued and that nobody refers to."""
    case = open_case(module.case, actor=actor)
    row = locked(module)
    if row.is_default:
        raise RuleBroken(_("%s is the first module of the case and stays.") % row.key)
    if Element.objects.filter(module=row).exists():
        raise RuleBroken(_("%s has elements, also if withdrawn ones: its history stays.") % row.key)
    if Element.objects.filter(cites_module=row).exists():
        raise RuleBroken(_("Something refers to %s. Withdraw the references first.") % row.key)
    key = row.key
    row.delete()
    reevaluate(case, actor=actor, happenings=[(ModuleEvent.REMOVED, case, {"module": key})])
    return case


def checked_title(title: str) -> str:
    if not title.strip():
        raise RuleBroken(_("Give the module a title."), field="title")
    return title
