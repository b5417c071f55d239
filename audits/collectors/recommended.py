"""The recommended inputs on incidents, objectives and resources, suppliers."""

from django.db.models import Count as Total
from django.db.models import Q
from django.utils.translation import gettext as _

from aims.documents.models import Document
from aims.standards.models import RequirementPosition
from aims.tenancy.models import Member
from aims.tenancy.permissions import Role
from audits.inputs import MOST_RECORDS, Count, Facts, Line, Period, collector
from cases.models import Signal
from evidence.models import EvidenceItem, Kind
from inventory.models import AISystem, Supplier, SystemVersion, Tier
from risks.models import Risk

RESOURCE_CLAUSES = ["6.2", "7.1", "7.2", "7.3"]
NEEDED_ROLES = [Role.GOVERNANCE_OFFICER, Role.SYSTEM_OWNER, Role.CHALLENGER, Role.EXECUTIVE, Role.INTERNAL_AUDITOR]


@collector("MR-IN-X3")
def incidents(period: Period) -> Facts:
    records = EvidenceItem.objects.active().filter(kind=Kind.INCIDENT_RECORD, current__collected_at__range=period.span)
    lost = Signal.objects.filter(created_at__range=period.span).select_related("owner").order_by("after", "-number")
    shown = [
        Line(item.title, _("incident record"), "evidence:evidence_detail", item.number, "bad") for item in records[:20]
    ]
    shown += [
        Line(
            signal.sentence,
            f"{signal.get_status_display()}, {signal.owner.display_name}",
            "cases:signal_detail",
            signal.number,
            "warn",
        )
        for signal in lost[:20]
    ]
    return Facts(
        period,
        [
            Count(
                _("Incident records collected in the period"),
                records.count(),
                "evidence:evidence_list",
                "kind=incident_record",
                tone="bad",
            ),
            Count(_("Claims that lost standing in the period"), lost.count(), "cases:signal_list", tone="warn"),
            Count(
                _("Of these answered"),
                lost.filter(status="closed").count(),
                "cases:signal_list",
                "status=closed",
                tone="good",
            ),
        ],
        shown,
        records.count() + lost.count(),
        _("Concerns and outside reports that are not records here, and the lessons of all, are added as a comment."),
    )


@collector("MR-IN-X4")
def objectives_and_resources(period: Period) -> Facts:
    objectives = Document.objects.filter(kind=Document.Kind.OBJECTIVES).exclude(status=Document.Status.WITHDRAWN)
    positions = RequirementPosition.objects.filter(clause__in=RESOURCE_CLAUSES)
    held = {role for roles in Member.objects.active().values_list("roles", flat=True) for role in roles}
    empty = [role for role in NEEDED_ROLES if role not in held]
    unowned = AISystem.objects.in_use().filter(owner__isnull=True)
    shown = [Line(str(role.label), _("nobody holds this role"), "tenancy:member_list", None, "bad") for role in empty]
    shown += [
        Line(document.title, f"{document.get_status_display()}", "documents:document_detail", document.number, "info")
        for document in objectives.order_by("number")[:20]
    ]
    return Facts(
        period,
        [
            Count(
                _("Documents with AI objectives in force"),
                objectives.filter(status="approved").count(),
                "documents:document_list",
                "kind=objectives",
            ),
            Count(
                _("Of these past their review on the day of the meeting"),
                objectives.filter(review_on__lt=period.until).count(),
                "documents:document_list",
                "kind=objectives",
                tone="warn",
            ),
            Count(
                _("Requirements on objectives, resources, competence and awareness met"),
                positions.filter(position="met").count(),
                "standards:clause_list",
                tone="good",
            ),
            Count(
                _("Of these with a gap or partly met"),
                positions.filter(position__in=["gap", "partial"]).count(),
                "standards:clause_list",
                tone="warn",
            ),
            Count(_("Roles that nobody holds"), len(empty), "tenancy:member_list", tone="bad" if empty else "good"),
            Count(_("AI systems without an owner"), unowned.count(), "inventory:system_list", tone="warn"),
            Count(
                _("Open risks without an owner"),
                Risk.objects.open().filter(owner__isnull=True).count(),
                "risks:risk_list",
                tone="warn",
            ),
        ],
        shown,
        len(empty) + objectives.count(),
        _("Progress against each objective and whether people, money and tools suffice are added as a comment."),
    )


@collector("MR-IN-X6")
def suppliers(period: Period) -> Facts:
    supplied = AISystem.objects.in_use().filter(supplier__isnull=False)
    versions = SystemVersion.objects.filter(system__supplier__isnull=False, created_at__range=period.span)
    relied_on = (
        Supplier.objects.annotate(
            weighty_count=Total("systems", filter=Q(systems__tier__in=[Tier.T2, Tier.T3], systems__status="registered"))
        )
        .filter(weighty_count__gt=0)
        .order_by("-weighty_count", "name")
    )
    return Facts(
        period,
        [
            Count(_("Suppliers"), Supplier.objects.count(), "inventory:supplier_list"),
            Count(_("AI systems in use that come from a supplier"), supplied.count(), "inventory:system_list"),
            *[
                Count(
                    _("Of these %(tier)s") % {"tier": tier.label},
                    supplied.filter(tier=tier).count(),
                    "inventory:system_list",
                    f"tier={tier}",
                )
                for tier in (Tier.T2, Tier.T3)
            ],
            Count(_("New versions of supplied systems in the period"), versions.count(), "inventory:system_list"),
        ],
        [
            Line(
                supplier.name,
                _("%d consequential or high systems") % supplier.weighty_count,
                "inventory:supplier_detail",
                supplier.number,
                "info",
            )
            for supplier in relied_on[:MOST_RECORDS]
        ],
        relied_on.count(),
        _("Assessments of suppliers, complaints and customers' reports are added as a comment."),
    )
