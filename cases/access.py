"""Whose case it is: who may change its argument, and who may challenge it.

A case belongs to its system: whoever may change the system may change its cases. Beyond them its accountable owner and
the authors and challengers who were appointed to this one case (object grants). Author and challenger are never the same
person (ISO/IEC 42001 A.3.2; segregation of duties).
"""

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.tenancy.grants import is_given
from aims.tenancy.models import Member
from cases.models import AssuranceCase
from inventory.access import may_edit


class Part(models.TextChoices):
    """What somebody does in one case; the value is the codename of the object permission."""

    AUTHOR = "change_assurancecase", gettext_lazy("Author")
    CHALLENGER = "challenge_assurancecase", gettext_lazy("Challenger")


def may_change(member: Member, case: AssuranceCase) -> bool:
    """Whether this member may change the argument of this case."""
    if not member.may("cases.edit"):
        return False
    if case.accountable_owner_id == member.pk or may_edit(member, case.system):
        return True
    return is_given(case, Part.AUTHOR, member)


def may_challenge(member: Member, case: AssuranceCase) -> bool:
    """Whether this member may hold parts of the argument down: its challengers, and whoever may change it."""
    if not member.may("cases.challenge"):
        return False
    return is_given(case, Part.CHALLENGER, member) or may_change(member, case)


def people_of(case: AssuranceCase) -> list[tuple[Part, list[Member]]]:
    """Who was appointed to this case, part by part, by name."""
    appointed = Member.objects.active().filter(user__casegrant__content_object=case)
    rows = appointed.annotate(part=models.F("user__casegrant__permission__codename")).order_by("display_name", "pk")
    found = list(rows)
    return [(part, [member for member in found if member.part == part]) for part in Part]


def require_change(actor: Member, case: AssuranceCase) -> None:
    """Raise PermissionDenied unless the actor may change the argument."""
    if not may_change(actor, case):
        raise PermissionDenied(
            _(
                "This case is not yours to change. Ask its accountable owner, or a governance officer, to make you an author."
            )
        )


def require_challenge(actor: Member, case: AssuranceCase) -> None:
    """Raise PermissionDenied unless the actor may hold parts of the argument down."""
    if not may_challenge(actor, case):
        raise PermissionDenied(
            _("This case is not yours to challenge. Ask a governance officer to make you a challenger of it.")
        )
