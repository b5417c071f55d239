"""The first pages: whose pack it is, what it covers, who asked, and what the scope of the management system says."""

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from aims.documents.models import Document
from audits.packs.scope import PackScope, day, instant, name, status
from evidence.models import EvidenceItem
from inventory.models import AISystem, Tier
from risks.models import Risk

DOCUMENT_TONES = {"draft": "warn", "approved": "good", "withdrawn": "neutral"}
ON_THE_COVER = [Document.Kind.SCOPE, Document.Kind.POLICY, Document.Kind.CONTEXT, Document.Kind.ROLES]


def cover(scope: PackScope) -> dict[str, Any]:
    """Organisation, scope, moment and person, and how much is inside."""
    pack = scope.pack
    organisation = pack.organisation
    return {
        "number": pack.number,
        "title": pack.title,
        "organisation": organisation.name,
        "scope": str(pack.get_scope_display()),
        "as_of": instant(pack.as_of),
        "requested_at": instant(pack.created_at),
        "requested_by": name(pack.requested_by),
        "requested_by_title": pack.requested_by.job_title if pack.requested_by else "",
        "counts": {
            "systems": scope.systems().count(),
            "risks": Risk.objects.filter(scope.about("system_links__system")).distinct().count(),
            "cases": scope.cases().count(),
            "evidence": EvidenceItem.objects.filter(scope.about("system")).count(),
        },
    }


def scope_of_pack(scope: PackScope) -> dict[str, Any]:
    """Which systems are covered, by tier and stage, and what the scope, policy, context and roles say."""
    systems = scope.systems()
    by_tier = dict(systems.values_list("tier").annotate(n=Count("pk")).order_by("tier"))
    by_stage = dict(systems.values_list("stage").annotate(n=Count("pk")).order_by("stage"))
    chosen = [] if scope.system_ids is None else [{"number": s.number, "name": s.name} for s in systems]
    documents = Document.objects.filter(kind__in=ON_THE_COVER).exclude(status=Document.Status.WITHDRAWN)
    return {
        "is_whole": scope.system_ids is None,
        "systems": chosen,
        "by_tier": [
            {"label": str(label), "count": by_tier.get(value, 0)}
            for value, label in [*Tier.choices, ("", _("No tier yet"))]
        ],
        "by_stage": [{"label": str(label), "count": by_stage.get(value, 0)} for value, label in AISystem.Stage.choices],
        "documents": [
            {
                "number": document.number,
                "kind": str(document.get_kind_display()),
                "title": document.title,
                "edition": document.edition,
                "status": status(document.get_status_display(), DOCUMENT_TONES[document.status]),
                "approved_by": name(document.approved_by),
                "approved_at": instant(document.approved_at),
                "sha256": document.approved_sha256,
                "review_on": day(document.review_on),
                # The scope is what an auditor reads first; the others are named with their hash.
                "body": document.body[:12_000] if document.kind == Document.Kind.SCOPE else "",
            }
            for document in documents.select_related("approved_by").order_by("kind", "number")[:50]
        ],
    }
