"""Appointing the people of one case: authors who build the argument, challengers who attack it."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.grants import give, holders, take
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.trail.record import record
from cases.access import Part
from cases.actions.checks import may_answer, open_case
from cases.events import CaseEvent
from cases.models import AssuranceCase

NEEDS = {Part.AUTHOR: "cases.edit", Part.CHALLENGER: "cases.challenge"}


@transaction.atomic
def appoint(case: AssuranceCase, *, member: Member, part: str, actor: Member) -> AssuranceCase:
    """Make somebody an author or a challenger of this case. They are told."""
    row = open_case(case, actor=actor)
    wanted = part_of(part)
    may_answer(member, field="member")
    if not member.may(NEEDS[wanted]):
        raise RuleBroken(
            _("The roles of %(member)s here do not allow the work of an %(part)s. Choose somebody else.")
            % {"member": member, "part": str(wanted.label).lower()},
            field="member",
        )
    if holders(row, wanted).filter(pk=member.pk).exists():
        raise RuleBroken(_("%s has this part already.") % member, field="member")
    refuse_both_sides(row, member, wanted)
    give(row, wanted, member)
    record(CaseEvent.APPOINTED, row, actor=actor, member=member, part=str(wanted.name).lower())
    notify(
        member,
        event=CaseEvent.APPOINTED,
        sentence=told_to(row, wanted),
        link=reverse("cases:case_detail", kwargs={"slug": row.organisation.slug, "number": row.number}),
        key=f"case:{row.pk}:{wanted.name}:{uuid7()}",
    )
    return row


@transaction.atomic
def dismiss(case: AssuranceCase, *, member: Member, part: str, actor: Member) -> AssuranceCase:
    """Take a part in this case from somebody; without it, nothing happens."""
    row = open_case(case, actor=actor)
    wanted = part_of(part)
    if holders(row, wanted).filter(pk=member.pk).exists():
        take(row, wanted, member)
        record(CaseEvent.DISMISSED, row, actor=actor, member=member, part=str(wanted.name).lower())
    return row


def part_of(part: str) -> Part:
    if part not in Part.values:
        raise RuleBroken(_("Choose one of the parts offered."), field="part")
    return Part(part)


def refuse_both_sides(case: AssuranceCase, member: Member, wanted: Part) -> None:
    """Nobody challenges an argument of their own."""
    if wanted == Part.AUTHOR and holders(case, Part.CHALLENGER).filter(pk=member.pk).exists():
        raise RuleBroken(
            _("%s challenges this case and cannot be its author as well. Choose somebody else.") % member,
            field="member",
        )
    if wanted == Part.CHALLENGER:
        if member.pk in {case.accountable_owner_id, case.system.owner_id}:
            raise RuleBroken(
                _("%s answers for this case or its system and cannot challenge it. Choose somebody else.") % member,
                field="member",
            )
        if holders(case, Part.AUTHOR).filter(pk=member.pk).exists():
            raise RuleBroken(
                _("%s is an author of this case and cannot challenge it. Choose somebody else.") % member,
                field="member",
            )


def told_to(case: AssuranceCase, part: Part) -> str:
    words = {
        Part.AUTHOR: _(
            "You were made an author of case %(number)d, “%(title)s”: you may build and change its argument."
        ),
        Part.CHALLENGER: _(
            "You were made a challenger of case %(number)d, “%(title)s”: look for what is wrong with it, and hold down "
            "what does not stand."
        ),
    }
    return words[part] % {"number": case.number, "title": case.title}
