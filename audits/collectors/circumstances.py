"""Inputs a to c: earlier actions, what changed around the organisation, what interested parties need."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from aims.documents.models import Document
from aims.pages.wording import exact_time
from audits.inputs import MOST_RECORDS, Count, Facts, Line, Period, collector
from audits.models import ManagementReview, ReviewAction
from inventory.models import AISystem, Supplier, SystemVersion


@collector("MR-IN-A")
def earlier_actions(period: Period) -> Facts:
    """Actions of every earlier review: the open ones are carried forward, whichever review asked for them."""
    earlier = ManagementReview.objects.before(period.until, period.review.number)
    actions = ReviewAction.objects.filter(review__in=earlier.order_by().values("pk"))
    open_actions = actions.open().order_by("due_on", "number").select_related("owner", "review")
    settled = actions.filter(closed_at__range=period.span)
    note = "" if period.previous else _("There is no earlier management review here, so nothing is carried forward.")
    return Facts(
        period,
        [
            Count(_("Open, carried forward"), open_actions.count(), "audits:review_action_list", "status=open"),
            Count(
                _("Overdue on the day of the meeting"),
                open_actions.overdue(period.until).count(),
                "audits:review_action_list",
                "state=overdue",
                tone="bad",
            ),
            Count(
                _("Done since the last review"),
                settled.filter(status="done").count(),
                "audits:review_action_list",
                "status=done",
            ),
            Count(
                _("Dropped since the last review"),
                settled.filter(status="dropped").count(),
                "audits:review_action_list",
                "status=dropped",
            ),
        ],
        [action_line(action, period) for action in open_actions[:MOST_RECORDS]],
        open_actions.count(),
        note,
    )


def action_line(action: ReviewAction, period: Period) -> Line:
    is_late = action.due_on < period.until
    words = {
        "owner": action.owner.display_name,
        "due": exact_time(action.due_on),
        "review": action.review.title,
    }
    pattern = (
        _("overdue since %(due)s, %(owner)s, from “%(review)s”")
        if is_late
        else _("due %(due)s, %(owner)s, from “%(review)s”")
    )
    return Line(
        action.description, pattern % words, "audits:review_action_detail", action.number, "bad" if is_late else "info"
    )


@collector("MR-IN-B")
def circumstances(period: Period) -> Facts:
    """What the registers show of changes; what they mean, a person says."""
    systems = AISystem.objects.filter(created_at__range=period.span)
    retired = AISystem.objects.filter(retired_at__range=period.span)
    versions = SystemVersion.objects.filter(created_at__range=period.span)
    context = documents_changed(period, [Document.Kind.CONTEXT, Document.Kind.SCOPE])
    return Facts(
        period,
        [
            Count(
                _("Descriptions of context and scope written or changed"),
                context.count(),
                "documents:document_list",
                "kind=context",
            ),
            Count(_("AI systems registered"), systems.count(), "inventory:system_list"),
            Count(_("AI systems retired"), retired.count(), "inventory:system_list", "status=retired"),
            Count(_("New versions of AI systems"), versions.count(), "inventory:system_list"),
            Count(
                _("Suppliers added"),
                Supplier.objects.filter(created_at__range=period.span).count(),
                "inventory:supplier_list",
            ),
        ],
        [document_line(document) for document in context[:10]]
        + [
            Line(system.name, _("registered"), "inventory:system_detail", system.number, "info")
            for system in systems.order_by("-number")[:15]
        ]
        + [
            Line(system.name, _("retired: %s") % system.retired_reason, "inventory:system_detail", system.number)
            for system in retired.order_by("-number")[:15]
        ],
        context.count() + systems.count() + retired.count(),
        _(
            "Changes in law, market, technology and the organisation that no register shows are added as a comment, with what each means."
        ),
    )


@collector("MR-IN-C")
def interested_parties(period: Period) -> Facts:
    changed = documents_changed(period, [Document.Kind.PARTIES, Document.Kind.COMMUNICATION])
    kept = Document.objects.filter(kind=Document.Kind.PARTIES).exclude(status=Document.Status.WITHDRAWN)
    return Facts(
        period,
        [
            Count(
                _("Descriptions of interested parties in force"),
                kept.filter(status="approved").count(),
                "documents:document_list",
                "kind=parties",
            ),
            Count(
                _("Of these past their review on the day of the meeting"),
                kept.filter(review_on__lt=period.until).count(),
                "documents:document_list",
                "kind=parties",
                tone="warn",
            ),
            Count(
                _("Descriptions of parties and communication written or changed"),
                changed.count(),
                "documents:document_list",
                "kind=communication",
            ),
        ],
        [document_line(document) for document in changed[:MOST_RECORDS]],
        changed.count(),
        _("New wishes of regulators, customers and people affected that no document holds yet are added as a comment."),
    )


def documents_changed(period: Period, kinds: list[str]) -> QuerySet[Document]:
    return Document.objects.filter(
        Q(created_at__range=period.span) | Q(updated_at__range=period.span), kind__in=kinds
    ).order_by("-updated_at", "number")


def document_line(document: Document) -> Line:
    words = _("%(kind)s, %(status)s") % {
        "kind": document.get_kind_display(),
        "status": document.get_status_display().lower(),
    }
    return Line(document.title, words, "documents:document_detail", document.number, "info")
