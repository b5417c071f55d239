"""The baselines of a case: columns, order and exports."""

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing
from cases.models import AssuranceCase, Baseline
from cases.models.baselines import BaselineQuerySet

IN_FORCE = Badge(_("In force"), "good", "circle-check")
IN_REVIEW = Badge(_("In review"), "info", "eye")


class BaselineListing(Listing):
    """The baselines of one case, the newest first."""

    name = "baselines"
    caption = _("Baselines")
    columns = (
        Column("ordinal", _("No."), align="end", order_by=("ordinal",)),
        Column("reason", _("Frozen for"), is_heading=True),
        Column("use", _("Use"), lambda row: use_of(row)),
        Column("frozen_at", _("Frozen"), order_by=("frozen_at", "ordinal")),
        Column("author", _("Frozen by"), "author.display_name", order_by=("author__display_name", "ordinal")),
        Column("element_count", _("Elements"), align="end", order_by=("element_count", "ordinal"), is_minor=True),
        Column("parent", _("Follows"), "parent.ordinal", align="end", is_minor=True),
        Column("sha256", _("SHA-256"), is_shown=False),
    )
    search_fields = ("reason", "sha256", "author__display_name")
    number_field = "ordinal"
    default_sort = "-ordinal"
    empty = {
        "icon": "stack-2",
        "title": _("No baseline yet"),
        "text": _(
            "A baseline freezes what the argument says, so that a review, a decision and a signature speak about one text. "
            "One is frozen when the case goes into review."
        ),
    }

    def __init__(self, case: AssuranceCase, slug: str, **kwargs: object) -> None:
        self.case, self.slug = case, slug
        super().__init__(baselines_of(case), file_prefix=f"{slug}-case-{case.number}", **kwargs)  # type: ignore[arg-type]

    def record_url(self, record: Baseline) -> str:
        return reverse("cases:baseline_detail", args=[self.slug, self.case.number, record.ordinal])


def baselines_of(case: AssuranceCase) -> BaselineQuerySet:
    """With what a row shows, the documents left where they are."""
    rows = Baseline.objects.of(case).select_related("case", "parent", "author")
    return rows.defer("document", "reviews", "parent__document", "parent__reviews")


def use_of(row: Baseline) -> Badge | SafeString | str:
    if row.pk == row.case.live_baseline_id:
        return IN_FORCE
    return IN_REVIEW if row.pk == row.case.draft_baseline_id else ""
