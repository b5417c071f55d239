"""What templates ask about the member: `{% if member|may:"risks.accept" %}`. Hiding is courtesy, never protection."""

from django import template

from aims.tenancy.models import Member

register = template.Library()


@register.filter
def may(member: Member | None, permission: str) -> bool:
    """Whether the member's roles allow it."""
    return member is not None and member.may(permission)
