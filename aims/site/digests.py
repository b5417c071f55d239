"""The daily digest: one e-mail a member and day with what does not stand, what is due and what falls in 30 days.

A row for each member and day comes first, in one transaction with the day on the organisation; whatever happens then,
there is never a second row. It is composed and sent while it is held, so that two workers pass each other by; only a death
between the mail server's answer and the commit could send it twice, under the same Message-ID.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.integrations.mailing import FAILURES_BEFORE_PAUSE, FIRST_RETRY
from aims.integrations.models import Digest
from aims.site.home import due_for
from aims.tenancy.across import organisations_due
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import READ_ONLY_ROLES, Role
from aims.tenancy.scope import working_in
from cases.causes import sentence_of
from cases.forecasting import falls_ahead
from cases.models import AssuranceCase, StandingLevel
from evidence.models import EvidenceItem

log = structlog.get_logger(__name__)
DAYS_AHEAD = 30
SHOWN = 15
BATCH = 500
GIVE_UP_AFTER = timedelta(hours=12)
SEES_ALL = frozenset({Role.GOVERNANCE_OFFICER, Role.EXECUTIVE})


@dataclass(frozen=True)
class Entry:
    """One line: what it is about, what is to be said of it, and where it is."""

    title: str
    text: str
    link: str

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}{self.link}"


@dataclass(frozen=True)
class Group:
    """A part of the digest; `total` counts what is left out as well."""

    title: str
    entries: list[Entry]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.entries)


def send_all(now: datetime) -> int:
    """Plan where the hour has come, then send what is due everywhere; returns how many e-mails left."""
    local = timezone.localtime(now)
    # Across organisations: which of them have not had their digests made today. Each is then entered in turn.
    late = Organisation.objects.filter(is_active=True, digest_hour__lte=local.hour).filter(
        Q(digest_planned_on__isnull=True) | Q(digest_planned_on__lt=local.date())
    )
    for organisation_id in late.values_list("pk", flat=True):
        plan(organisation_id, now)
    return sum(send_due_of(organisation_id, now) for organisation_id in organisations_due("across_digests_due", now))


def plan(organisation_id: UUID, now: datetime) -> int:
    """A row for each member who may get a digest today, and the day on the organisation; a second time does nothing."""
    today = timezone.localdate(now)
    with working_in(organisation_id):
        organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
        if organisation.digest_planned_on is not None and organisation.digest_planned_on >= today:
            return 0
        members = Member.objects.active().filter(wants_digest=True, user__is_active=True)
        # Whoever only reads answers for nothing here.
        members = members.exclude(roles__contained_by=[str(role) for role in READ_ONLY_ROLES])
        rows = [Digest(organisation_id=organisation_id, member=member, day=today, due_at=now) for member in members]
        Digest.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
        Organisation.objects.filter(pk=organisation_id).update(digest_planned_on=today)
    return len(rows)


def send_due_of(organisation_id: UUID, now: datetime) -> int:
    """One organisation's digests. A mail server that keeps failing is left alone until the next run."""
    with working_in(organisation_id):
        ids = list(Digest.objects.filter(due_at__lte=now).order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH])
    connection, sent, failures = get_connection(), 0, 0
    try:
        for digest_id in ids:
            was_sent = send_one(organisation_id, digest_id, now, connection)
            sent += was_sent is True
            failures = failures + 1 if was_sent is False else 0
            if failures >= FAILURES_BEFORE_PAUSE:
                break
    finally:
        connection.close()
    return sent


def send_one(organisation_id: UUID, digest_id: UUID, now: datetime, connection: Any) -> bool | None:
    """Compose and send one while its row is held. None: nothing to say, or not to be said any more. False: it failed."""
    with working_in(organisation_id):
        rows = Digest.objects.filter(pk=digest_id, due_at__lte=now).select_for_update(of=("self",), skip_locked=True)
        digest = rows.select_related("member__user", "organisation").first()
        if digest is None:
            return None
        member = digest.member
        member.organisation = digest.organisation
        is_wanted = member.is_active and member.user.is_active and member.wants_digest
        is_of_today = digest.day == timezone.localdate(now)
        groups = groups_of(member, now) if is_wanted and is_of_today else []
        if not groups:
            Digest.objects.filter(pk=digest.pk).update(due_at=None)
            return None
        try:
            with transaction.atomic():
                message_of(digest, groups, connection).send()
        except Exception as problem:  # whatever a mail server can answer: the row is tried again
            log.warning("digest_failed", digest=str(digest.pk), problem=type(problem).__name__)
            age = now - digest.created_at
            again = None if age > GIVE_UP_AFTER else now + max(FIRST_RETRY, age / 2)
            Digest.objects.filter(pk=digest.pk).update(due_at=again)
            return False
        Digest.objects.filter(pk=digest.pk).update(due_at=None, sent_at=now)
        return True


def groups_of(member: Member, now: datetime) -> list[Group]:
    """What there is to say to this member; parts without an entry are left out, and with none left there is no mail."""
    found = (not_standing(member, now), due(member, now), falling(member, now))
    return [group for group in found if group.entries]


def cases_of(member: Member) -> Any:
    """The cases that concern a member: all for who runs or decides, else those they or their systems answer for."""
    cases = AssuranceCase.objects.in_force()
    if SEES_ALL & set(member.roles):
        return cases
    mine = Q(accountable_owner=member) | Q(system__owner=member) | Q(elements__owner=member)
    return cases.filter(pk__in=AssuranceCase.objects.filter(mine).values("pk"))


def not_standing(member: Member, now: datetime) -> Group:
    fallen = list(cases_of(member).filter(standing__lt=StandingLevel.HOLDS).for_list().as_of(now))
    fallen = sorted(
        (case for case in fallen if case.standing < StandingLevel.HOLDS), key=lambda case: (case.standing, case.number)
    )
    slug = member.organisation.slug
    entries = [
        Entry(
            _("%(title)s: %(standing)s") % {"title": case.title, "standing": StandingLevel(case.standing).label},
            sentence_of(case.standing_causes[0]) if case.standing_causes else "",
            reverse("cases:case_detail", args=[slug, case.number]),
        )
        for case in fallen[:SHOWN]
    ]
    return Group(_("What does not stand"), entries, len(fallen))


def due(member: Member, now: datetime) -> Group:
    """What waits for this member and is overdue, or due within a week."""
    today = timezone.localdate(now)
    rows = [row for row in due_for(member, today) if row.due_on <= today + timedelta(days=7)]
    entries = [Entry(row.what, when_due(row.kind, row.due_on, today), row.url) for row in rows[:SHOWN]]
    return Group(_("What is due"), entries, len(rows))


def when_due(kind: str, due_on: date, today: date) -> str:
    days = (due_on - today).days
    words = {"kind": kind, "day": date_format(due_on, "j F Y"), "days": abs(days)}
    if days < 0:
        return ngettext("%(kind)s, overdue for %(days)d day", "%(kind)s, overdue for %(days)d days", -days) % words
    return (_("%(kind)s, due today") if days == 0 else _("%(kind)s, due on %(day)s")) % words


def falling(member: Member, now: datetime) -> Group:
    """Cases and evidence that fall within 30 days if nobody acts, soonest first."""
    slug, until = member.organisation.slug, now + timedelta(days=DAYS_AHEAD)
    falls = falls_ahead(cases_of(member).filter(next_transition_at__lte=until), now, DAYS_AHEAD)
    told = [(fall.at, case_entry(fall, slug)) for fall in falls]
    items = EvidenceItem.objects.active().filter(fresh_until__gt=now, fresh_until__lte=until)
    if not SEES_ALL & set(member.roles):
        items = items.filter(Q(owner=member) | Q(system__owner=member))
    for item in items.order_by(F("fresh_until").asc(), "number")[:BATCH]:
        text = _("current until %s") % date_format(timezone.localtime(item.fresh_until), "j F Y")
        told.append(
            (item.fresh_until, Entry(item.title, text, reverse("evidence:evidence_detail", args=[slug, item.number])))
        )
    told.sort(key=lambda one: one[0])
    return Group(_("What falls in 30 days if nobody acts"), [entry for _at, entry in told[:SHOWN]], len(told))


def case_entry(fall: Any, slug: str) -> Entry:
    words = {"standing": fall.after.label, "day": date_format(timezone.localtime(fall.at), "j F Y")}
    why = fall.causes[0]["sentence"] if fall.causes else ""
    text = _("falls to %(standing)s on %(day)s.") % words
    return Entry(
        fall.case.title, f"{text} {why}".strip(), reverse("cases:case_forecast", args=[slug, fall.case.number])
    )


def message_of(digest: Digest, groups: list[Group], connection: Any) -> EmailMultiAlternatives:
    """The e-mail as text and as HTML; its Message-ID is that of the row."""
    organisation, slug = digest.organisation, digest.organisation.slug
    count = sum(group.total for group in groups)
    heading = ngettext("%(count)d thing to look at", "%(count)d things to look at", count) % {"count": count}
    context = {
        "organisation": organisation,
        "groups": groups,
        "heading": f"{heading} · {date_format(digest.day, 'j F Y')}",
        "action_url": settings.BASE_URL + reverse("site:home", args=[slug]),
        "action_label": _("Open Home"),
        "reason": _("You receive this because you are a member of %(organisation)s. Do without: %(url)s")
        % {
            "organisation": organisation.name,
            "url": settings.BASE_URL + reverse("integrations:digest_choose", args=[slug]),
        },
    }
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message = EmailMultiAlternatives(
        subject=f"{organisation.name}: {context['heading']}",
        body=render_to_string("site/digest_email.txt", context),
        to=[digest.member.user.email],
        connection=connection,
        headers={
            "Message-ID": f"<digest-{digest.pk}@{domain}>",
            "X-Digest": str(digest.pk),
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("site/digest_email.html", context), "text/html")
    return message
