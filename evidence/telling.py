"""What the keeper of a piece of evidence is told when it ages."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.models import Member, Organisation
from evidence.events import VersionEvent
from evidence.models import EvidenceVersion

# More than so many in one batch come as one message: nobody reads five hundred e-mails.
ONE_BY_ONE = 5
Happened = tuple[str, EvidenceVersion]


def tell_keepers(organisation: Organisation, happened: Sequence[Happened], now: datetime) -> None:
    """Tell each keeper what aged, once, in the transaction that found it."""
    by_keeper: dict[object, list[Happened]] = defaultdict(list)
    for each in happened:
        by_keeper[each[1].item.owner_id].append(each)
    for keeper in Member.objects.active().filter(pk__in=by_keeper):
        theirs = by_keeper[keeper.pk]
        if len(theirs) > ONE_BY_ONE:
            tell_of_many(organisation, keeper, now)
            continue
        for event, version in theirs:
            tell_of_one(organisation, keeper, event, version)


def tell_of_one(organisation: Organisation, keeper: Member, event: str, version: EvidenceVersion) -> None:
    item = version.item
    in_grace = event == VersionEvent.ENTERED_GRACE
    words = {"title": item.title[:200], "day": date_format(localdate(version.valid_until), "j F Y")}
    if in_grace:
        words["last"] = date_format(localdate(version.grace_until), "j F Y")
        sentence = _("“%(title)s” was current until %(day)s. Its grace ends on %(last)s: add a new version.") % words
    else:
        sentence = _("“%(title)s” is stale: it was current until %(day)s. Add a new version.") % words
    notify(
        keeper,
        event=event,
        sentence=sentence,
        link=reverse("evidence:evidence_detail", args=[organisation.slug, item.number]),
        key=f"{event}:{version.pk}",
        due_on=localdate(version.grace_until) if in_grace else None,
    )


def tell_of_many(organisation: Organisation, keeper: Member, now: datetime) -> None:
    """One message with a link to the list, at most once an hour, in however many batches they were found."""
    link = reverse("evidence:evidence_list", args=[organisation.slug])
    notify(
        keeper,
        event=VersionEvent.WENT_STALE,
        sentence=_("Many pieces of evidence that you keep are past their date. Add new versions."),
        link=f"{link}?owner={keeper.pk}&sort=fresh_until",
        key=f"{VersionEvent.WENT_STALE}:many:{now.astimezone(UTC):%Y-%m-%dT%H}",
    )


def tell_of_rejection(organisation: Organisation, version: EvidenceVersion) -> None:
    """Tell the keeper that a version was rejected and why, unless the keeper did it."""
    item = version.item
    keeper = Member.objects.active().filter(pk=item.owner_id).exclude(pk=version.reviewed_by_id).first()
    if keeper is None:
        return
    words = {"ordinal": version.ordinal, "title": item.title[:200], "note": version.review_note[:500]}
    notify(
        keeper,
        event=VersionEvent.REJECTED,
        sentence=_("Version %(ordinal)d of “%(title)s” was rejected: %(note)s") % words,
        link=reverse("evidence:evidence_detail", args=[organisation.slug, item.number]),
        key=f"{VersionEvent.REJECTED}:{version.pk}",
    )
