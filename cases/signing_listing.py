"""The record of sign-offs: columns, order and exports."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.models import SignOff
from cases.models.signoff import SignOffQuerySet

VALID = Badge(_("Valid"), "good", "circle-check")
LAPSED = Badge(_("Lapsed"), "neutral", "history")
EXPIRED = Badge(_("Expired"), "warn", "hourglass-empty")


def state_of(row: SignOff) -> Badge:
    """Whether it counts by now, as far as the record of it says."""
    if row.expires_at < timezone.now() or row.lapsed_reason == SignOff.Lapse.EXPIRED:
        return EXPIRED
    return VALID if row.lapsed_at is None else LAPSED


class SignOffListing(Listing):
    """Every list of sign-offs, newest first."""

    name = "sign-offs"
    caption = _("Sign-offs")
    columns = (
        Column("number", _("No."), align="end", order_by=("number",)),
        Column("signed_at", _("Signed"), order_by=("signed_at", "number"), is_heading=True),
        Column("state", _("State"), state_of),
        Column("member", _("Signed by"), "member.display_name", order_by=("member__display_name", "number")),
        Column("baseline", _("Baseline"), "baseline.ordinal", align="end", order_by=("baseline__ordinal", "number")),
        Column("expires_at", _("Valid until"), order_by=("expires_at", "number")),
        Column("lapsed_at", _("Lapsed"), order_by=("lapsed_at", "number"), is_minor=True),
        Column("lapsed_reason", _("Why it lapsed"), "get_lapsed_reason_display", is_minor=True),
        Column("proof", _("Proved by"), "get_proof_display", is_shown=False),
        Column("sha256", _("SHA-256"), is_shown=False),
        Column("baseline_sha256", _("Hash of the baseline"), is_shown=False),
        Column("statement", _("What was declared"), is_shown=False),
    )
    search_fields = ("statement", "member__display_name", "sha256", "baseline_sha256")
    number_field = "number"
    default_sort = "-signed_at"
    empty = {
        "icon": "writing",
        "title": _("Nobody has signed yet"),
        "text": _("The accountable owner signs a baseline before the case goes live, and again before that runs out."),
    }

    def get_queryset(self) -> SignOffQuerySet:
        return SignOff.objects.for_list()

    def record_url(self, record: SignOff) -> str:
        return reverse("cases:sign_off_detail", args=[self.file_prefix, record.number])
