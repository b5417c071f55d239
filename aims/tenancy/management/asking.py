"""What the operator's commands have in common: organisations and members by the names that people know."""

from django.core.management.base import CommandError

from aims.tenancy.models import Member, Organisation


def organisation_named(slug: str) -> Organisation:
    """The active organisation with this short name, or a sentence for the operator."""
    found = Organisation.objects.filter(slug=slug, is_active=True).first()
    if found is None:
        raise CommandError(f"There is no active organisation with the short name {slug!r}.")
    return found


def member_with(email: str) -> Member:
    """The active member with this address in the entered organisation."""
    found = Member.objects.active().select_related("user", "organisation").filter(user__email__iexact=email).first()
    if found is None:
        raise CommandError(f"{email} is no active member of this organisation.")
    return found
