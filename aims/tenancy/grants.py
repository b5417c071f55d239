"""Object grants: this person, this act, this record. Few and coarse: AI systems, assurance cases, engagements.

They are django-guardian's, each in a table with a real key and an organisation (`<Model>.grants`); whatever lies below
such a record inherits by join. Roles say what a member may do at all; a grant says to which record.
"""

from functools import cache
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from guardian.core import ObjectPermissionChecker

from aims.tenancy.models import Member


def give(record: Any, codename: str, member: Member) -> None:
    """Let a member do the act that `codename` names to this record; a second time changes nothing."""
    table = record.grants.model
    grant = table(
        organisation_id=record.organisation_id,
        user_id=member.user_id,
        permission_id=permission_id(record._meta.app_label, codename),
        content_object=record,
    )
    table.objects.bulk_create([grant], ignore_conflicts=True)


def take(record: Any, codename: str, member: Member) -> None:
    """Take the grant away, if there is one."""
    record.grants.filter(user_id=member.user_id, permission__codename=codename).delete()


def is_given(record: Any, codename: str, member: Member) -> bool:
    """Whether the member holds the grant on this record."""
    return bool(ObjectPermissionChecker(member.user).has_perm(codename, record))


def holders(record: Any, codename: str) -> QuerySet[Member]:
    """Active members who hold the grant, by name."""
    granted = record.grants.filter(permission__codename=codename).values("user_id")
    return Member.objects.active().filter(user_id__in=granted).order_by("display_name", "pk")


@cache
def permission_id(app_label: str, codename: str) -> int:
    """The row of django.contrib.auth behind a codename; migrations make it."""
    return int(
        Permission.objects.values_list("pk", flat=True).get(content_type__app_label=app_label, codename=codename)
    )
