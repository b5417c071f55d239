"""Appointing the people of one case: who builds the argument, reads it, attacks it, decides on it, looks on."""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.grants import give, holders, take
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.trail.record import record
from cases.access import NEEDS, Part, is_alone, person_of, require_appoint, roles_of
from cases.actions.checks import may_answer, refuse_withdrawn
from cases.events import CaseEvent
from cases.models import AssuranceCase
from cases.roles import clash


@transaction.atomic
def appoint(
    case: AssuranceCase, *, member: Member, part: str, actor: Member, exception_reason: str = ""
) -> AssuranceCase:
    """Give somebody a part in this case. They are told. Where nobody else is there, a reason lets one person have two parts
    that do not go together."""
    require_appoint(actor, case)
    row = refuse_withdrawn(locked(case))
    wanted = part_of(part)
    if wanted != Part.OBSERVER or not member.is_active:
        may_answer(member, field="member")
    if not member.may(NEEDS[wanted]):
        raise RuleBroken(
            _("The roles of %(member)s here do not allow the work of this part: %(part)s. Choose somebody else.")
            % {"member": member, "part": str(wanted.label).lower()},
            field="member",
        )
    if holders(row, wanted).filter(pk=member.pk).exists():
        raise RuleBroken(_("%s has this part already.") % member, field="member")
    reason = excepted(row, member, wanted, exception_reason.strip())
    give(row, wanted, member)
    told = {"member": member, "part": wanted.key}
    if reason:
        row.grants.filter(user_id=member.user_id, permission__codename=wanted).update(exception_reason=reason)
        told["exception"] = reason
    record(CaseEvent.APPOINTED, row, actor=actor, **told)
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
    require_appoint(actor, case)
    row = refuse_withdrawn(locked(case))
    wanted = part_of(part)
    if holders(row, wanted).filter(pk=member.pk).exists():
        take(row, wanted, member)
        record(CaseEvent.DISMISSED, row, actor=actor, member=member, part=wanted.key)
    return row


def part_of(part: str) -> Part:
    if part not in Part.values:
        raise RuleBroken(_("Choose one of the parts offered."), field="part")
    return Part(part)


def excepted(case: AssuranceCase, member: Member, wanted: Part, reason: str) -> str:
    """Nobody judges an argument of their own, unless nobody else is there: then the reason, which stays with the part."""
    why = clash(roles_of(case), person_of(member), wanted.key)
    if not why:
        return ""
    sentence = gettext(why) % {"person": member}
    if not is_alone(member):
        raise RuleBroken(_("%s Choose somebody else.") % sentence, field="member")
    if not reason:
        raise RuleBroken(
            _("%s Nobody else is there who could: say why it is done all the same.") % sentence,
            field="exception_reason",
        )
    return reason


def told_to(case: AssuranceCase, part: Part) -> str:
    words = {
        Part.AUTHOR: _(
            "You were made an author of case %(number)d, “%(title)s”: you may build and change its argument."
        ),
        Part.TEAM_REVIEWER: _(
            "You were made a team reviewer of case %(number)d, “%(title)s”: read it before it is challenged."
        ),
        Part.CHALLENGER: _(
            "You were made a challenger of case %(number)d, “%(title)s”: look for what is wrong with it, and hold down "
            "what does not stand."
        ),
        Part.DECIDER: _(
            "You were made a decider of case %(number)d, “%(title)s”: you say whether what is known is enough."
        ),
        Part.OBSERVER: _("You were made an observer of case %(number)d, “%(title)s”: you are told of its steps."),
    }
    return words[part] % {"number": case.number, "title": case.title}
