"""What can happen to documents."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentEvent(models.TextChoices):
    CREATED = "documents.document.created", _("wrote the document")
    EDITED = "documents.document.edited", _("edited the document")
    REOPENED = "documents.document.reopened", _("began a new edition, so that the approval lapsed")
    APPROVED = "documents.document.approved", _("approved the document")
    WITHDRAWN = "documents.document.withdrawn", _("withdrew the document")
