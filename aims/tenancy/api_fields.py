"""Fields that the API of several rooms takes."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from aims.pages.text import forbidden_position, normalised
from aims.tenancy.models import Member


class PlainTextField(serializers.CharField):
    """Text in NFC without control characters, as the forms take it."""

    def to_internal_value(self, data: Any) -> str:
        text = normalised(super().to_internal_value(data))
        if position := forbidden_position(text):
            raise serializers.ValidationError(
                _("Contains an invisible control character at position %d. Delete it.") % position
            )
        return text


class MemberField(serializers.UUIDField):
    """An active member by identifier."""

    def to_internal_value(self, data: Any) -> Any:
        member = Member.objects.active().filter(pk=super().to_internal_value(data)).first()
        if member is None:
            raise serializers.ValidationError(_("There is no active member with this identifier."))
        return member
