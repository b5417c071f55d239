"""What can happen in the inventory."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SystemEvent(models.TextChoices):
    REGISTERED = "inventory.system.registered", _("registered the AI system")
    CHANGED = "inventory.system.changed", _("changed the AI system")
    OWNER_ASSIGNED = "inventory.system.owner_assigned", _("assigned the owner of the AI system")
    SCREENED = "inventory.system.screened", _("answered the screening of the AI system")
    RETIRED = "inventory.system.retired", _("retired the AI system")
    RESTORED = "inventory.system.restored", _("brought the AI system back into use")
    IMPORTED = "inventory.system.imported", _("registered the AI system by an import")
    REIMPORTED = "inventory.system.reimported", _("changed the AI system by an import")


class VersionEvent(models.TextChoices):
    ADDED = "inventory.version.added", _("added a version of the AI system")
    DEPLOYED = "inventory.version.deployed", _("put a version of the AI system into operation")


class CoverageEvent(models.TextChoices):
    CHANGED = "inventory.engagement.coverage_changed", _("changed which AI systems the engagement covers")


class SupplierEvent(models.TextChoices):
    ADDED = "inventory.supplier.added", _("added the supplier")
    CHANGED = "inventory.supplier.changed", _("changed the supplier")


class ImportEvent(models.TextChoices):
    UPLOADED = "inventory.import.uploaded", _("uploaded a register of AI systems")
    CONFIRMED = "inventory.import.confirmed", _("started the import of a register")
    TAKEN_UP = "inventory.import.taken_up", _("took up the import of a register")
    FINISHED = "inventory.import.finished", _("finished the import of a register")
    FAILED = "inventory.import.failed", _("gave up the import of a register")
    DISCARDED = "inventory.import.discarded", _("discarded an uploaded register")
