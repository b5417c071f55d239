"""What can happen to evidence."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ItemEvent(models.TextChoices):
    ADDED = "evidence.item.added", _("added the evidence")
    EDITED = "evidence.item.edited", _("edited the evidence")
    SUPERSEDED = "evidence.item.superseded", _("superseded the evidence by other evidence")
    TOOK_OVER = "evidence.item.took_over", _("put the evidence in the place of other evidence")
    WITHDRAWN = "evidence.item.withdrawn", _("withdrew the evidence")


class VersionEvent(models.TextChoices):
    ADDED = "evidence.version.added", _("added a version of the evidence")
    ACCEPTED = "evidence.version.accepted", _("accepted a version of the evidence")
    REJECTED = "evidence.version.rejected", _("rejected a version of the evidence")
    ENTERED_GRACE = "evidence.version.entered_grace", _("found the evidence past its date and in its grace period")
    WENT_STALE = "evidence.version.went_stale", _("found the evidence stale")


class FileEvent(models.TextChoices):
    DOWNLOADED = "evidence.file.downloaded", _("downloaded a file of the evidence")
    FOUND_BROKEN = "evidence.file.found_broken", _("found a file of the evidence changed or missing")
    FOUND_WHOLE = "evidence.file.found_whole", _("found the files of the evidence whole again")
    UNREADABLE = "evidence.file.unreadable", _("could not read the text of a file of the evidence")
    READ_AGAIN = "evidence.file.read_again", _("asked for the text of a file of the evidence to be read again")


class RequestEvent(models.TextChoices):
    ASKED = "evidence.request.asked", _("asked for evidence")
    EDITED = "evidence.request.edited", _("changed what evidence is asked for")
    SUBMITTED = "evidence.request.submitted", _("submitted the evidence that was asked for")
    RETURNED = "evidence.request.returned", _("gave the submitted evidence back")
    ACCEPTED = "evidence.request.accepted", _("accepted the evidence that was asked for")
    DECLINED = "evidence.request.declined", _("declined to bring the evidence")
    CANCELLED = "evidence.request.cancelled", _("no longer asks for the evidence")
    REMINDED = "evidence.request.reminded", _("reminded of the evidence that is asked for")
