"""What templates ask about the member: `{% if member|may:"risks.accept" %}`. Hiding is courtesy, never protection."""

from django import template

from aims.tenancy.door import opens
from aims.tenancy.models import Member

register = template.Library()


@register.filter
def may(member: Member | None, permission: str) -> bool:
    """Whether the member's roles allow it."""
    return member is not None and member.may(permission)


@register.filter
def opens_for(url: str, member: Member | None) -> bool:
    """`{% if url|opens_for:member %}`: whether a link would lead to a page, and not to a refusal."""
    return bool(url) and member is not None and opens(url, member)
