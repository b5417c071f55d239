"""What audits know that smells need: days that somebody could prepare for, and how much people found."""

from datetime import date

from django.utils.translation import gettext as _

from audits.models import Audit, Finding, Nonconformity
from cases.smells.outside import AuditDay


def days_of_audits(since: date) -> list[AuditDay]:
    """Audits that began on that day or later, the newest first; cancelled ones are left out."""
    rows = Audit.objects.filter(starts_on__gte=since).exclude(status=Audit.Status.CANCELLED).order_by("-starts_on")
    label = _("Audit “%s”")
    return [AuditDay(row.starts_on, label % row.title, "audits:audit_detail", row.number) for row in rows]


def found_by_audits(since: date) -> int:
    """Findings and nonconformities since a day; opportunities for improvement are no fault found."""
    faults = Finding.objects.exclude(grade=Finding.Grade.OPPORTUNITY).filter(created_at__date__gte=since)
    return faults.count() + Nonconformity.objects.filter(created_at__date__gte=since).count()
