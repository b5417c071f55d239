"""The freshness picture of pieces of evidence, and the table that says the same in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from aims.pages.badges import Badge, named_badge
from evidence.freshness_chart import MOST_ROWS, Chart, Row, Wording, draw_freshness, in_order
from evidence.models import EvidenceVersion
from evidence.strip import Stretch


@dataclass(frozen=True, slots=True)
class Shown:
    """A version in the table beside the picture."""

    version: EvidenceVersion
    row: Row
    badge: Badge


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a page or a pack shows of the freshness of evidence: the rows in the order of the picture."""

    rows: list[Shown]
    at: datetime
    title: str

    def chart(self, theme: str) -> Chart | None:
        return draw_freshness([one.row for one in self.rows], self.at, title=self.title, theme=theme, wording=wording())

    @property
    def size(self) -> Chart | None:
        """The picture as it is inlined nowhere, for its width and height."""
        return self.chart("light")

    @property
    def left_out(self) -> int:
        """How many the picture has no room for."""
        return max(0, len(self.rows) - MOST_ROWS)


def freshness_of(versions: Iterable[EvidenceVersion], at: datetime, *, title: str) -> Freshness:
    """Each version once, what ends first on top; `versions` come with their item."""
    found = {version.pk: shown(version, at) for version in versions}
    by_row = {id(one.row): one for one in found.values()}
    rows = [by_row[id(row)] for row in in_order([one.row for one in found.values()])]
    return Freshness(rows, at, title)


def shown(version: EvidenceVersion, at: datetime) -> Shown:
    is_usable = version.is_usable and version.is_intact and version.item.is_active
    words: dict[str, Any] = {"title": version.item.title, "ordinal": version.ordinal}
    stretch = Stretch(
        _("%(title)s, version %(ordinal)d") % words,
        version.collected_at,
        version.valid_until,
        version.grace_until,
        is_usable,
    )
    badge = named_badge("freshness", version.freshness(at).state.value)
    if not version.is_intact:
        badge = Badge(_("File broken"), "bad", "alert-octagon")
    elif not version.item.is_active:
        badge = Badge(version.item.get_status_display(), "neutral", "archive")
    elif not version.is_usable:
        badge = Badge(version.get_review_display(), "bad", "x")
    return Shown(version, Row(stretch, str(badge.label)), badge)


def wording() -> Wording:
    """The words of the picture in the reader's language."""
    return Wording(
        today=_("today"),
        pieces={
            "fresh": _("fresh"),
            "never_expires": _("never expires"),
            "ageing": _("ageing"),
            "grace": _("in its grace"),
            "unused": _("not usable"),
        },
        from_to=_("%(label)s: %(piece)s from %(start)s to %(end)s"),
        day=lambda at: date_format(localtime(at), "j M Y"),
    )
