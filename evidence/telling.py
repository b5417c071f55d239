"""What people are told about evidence: its keeper when it ages, who was asked for it and who asked."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.tenancy.models import Member, Organisation
from evidence.events import RequestEvent, VersionEvent
from evidence.models import EvidenceRequest, EvidenceVersion

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


def request_link(request: EvidenceRequest, reader: Member) -> str:
    return reverse("evidence:request_detail", args=[reader.organisation.slug, request.number])


def tell_asked(request: EvidenceRequest, actor: Member) -> None:
    """Tell the person who is asked, and again when the day or the person is another one."""
    words = {"actor": actor.display_name, "title": request.title[:200], "day": date_format(request.due_on, "j F Y")}
    notify(
        request.owner,
        event=RequestEvent.ASKED,
        sentence=_("%(actor)s asks you for evidence by %(day)s: %(title)s") % words,
        link=request_link(request, actor),
        key=f"{RequestEvent.ASKED}:{request.pk}:{request.owner_id}:{request.due_on}",
        due_on=request.due_on,
    )


def tell_submitted(request: EvidenceRequest, actor: Member) -> None:
    words = {"actor": actor.display_name, "title": request.title[:200]}
    notify(
        request.asked_by,
        event=RequestEvent.SUBMITTED,
        sentence=_("%(actor)s submitted what you asked for: %(title)s. Look at it and accept it, or give it back.")
        % words,
        link=request_link(request, actor),
        key=f"{RequestEvent.SUBMITTED}:{request.pk}:{request.submitted_at}",
    )


def tell_asker(request: EvidenceRequest, event: str, actor: Member) -> None:
    """Tell whoever asked that it will not come."""
    words = {"actor": actor.display_name, "title": request.title[:200], "reason": request.closing_note[:400]}
    notify(
        request.asked_by,
        event=event,
        sentence=_("%(actor)s cannot bring the evidence “%(title)s”: %(reason)s") % words,
        link=request_link(request, actor),
        key=f"{event}:{request.pk}",
    )


def tell_verdict(request: EvidenceRequest, event: str, actor: Member) -> None:
    """Tell the person who was asked what became of it."""
    sentences = {
        RequestEvent.ACCEPTED: _("%(actor)s accepted the evidence “%(title)s”. Thank you."),
        RequestEvent.RETURNED: _("%(actor)s gave the evidence “%(title)s” back: %(note)s"),
        RequestEvent.CANCELLED: _("%(actor)s no longer asks for the evidence “%(title)s”: %(note)s"),
    }
    if request.owner_id == actor.pk:
        return
    words = {"actor": actor.display_name, "title": request.title[:200], "note": request.closing_note[:400]}
    is_open = event == RequestEvent.RETURNED
    notify(
        request.owner,
        event=event,
        sentence=sentences[RequestEvent(event)] % words,
        link=request_link(request, actor),
        key=f"{event}:{request.pk}:{request.revision}",
        due_on=request.due_on if is_open else None,
    )


def remind(request: EvidenceRequest, today: date) -> None:
    """Remind the person who was asked; once it is overdue, whoever asked hears of it too."""
    words = {"title": request.title[:200], "day": date_format(request.due_on, "j F Y")}
    is_overdue = request.due_on < today
    sentence = (
        _("You were asked for evidence by %(day)s, which is past: %(title)s")
        if is_overdue
        else _("You were asked for evidence by %(day)s: %(title)s")
    )
    link = request_link(request, request.owner)
    key = f"{RequestEvent.REMINDED}:{request.pk}:{today}"
    notify(
        request.owner, event=RequestEvent.REMINDED, sentence=sentence % words, link=link, key=key, due_on=request.due_on
    )
    if is_overdue:
        words["owner"] = request.owner.display_name
        late = _("%(owner)s has not brought the evidence that you asked for by %(day)s: %(title)s") % words
        notify(request.asked_by, event=RequestEvent.REMINDED, sentence=late, link=link, key=f"{key}:asker")
