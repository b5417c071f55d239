"""What can happen to the organisation's position on requirements."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class PositionEvent(models.TextChoices):
    SET = "standards.position.set", _("said where the organisation stands on the requirement")
