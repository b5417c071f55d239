"""What can happen to notifications. That one was made is told by its row, which is never deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NotificationEvent(models.TextChoices):
    READ = "integrations.notification.read", _("read the notification")


class DigestEvent(models.TextChoices):
    CHOSEN = "integrations.digest.chosen", _("chose whether to get the daily digest")
    HOUR_SET = "integrations.digest.hour_set", _("set the hour of the daily digest")
