"""The daily digest: once a member and day, at the organisation's hour, only where there is something to say."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from aims.integrations.actions import choose_digest, set_digest_hour
from aims.integrations.models import Digest
from aims.rules import RuleBroken
from aims.site import digests
from aims.tenancy.models import Member, Organisation
from aims.tenancy.scope import working_in
from cases.sweep import reevaluate_due
from tests.cases.building import make_sound_case
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def fallen(acme):
    """A case whose evidence runs out 90 days from the start, and did."""
    with acme:
        case = make_sound_case(acme)
        reevaluate_due(timezone.now() + timedelta(days=91))
        case.refresh_from_db()
        return case


@pytest.fixture
def morning(fallen):
    """Half past eight on a day after the fall."""
    day = timezone.localdate() + timedelta(days=92)
    now = datetime.combine(day, datetime.min.time(), tzinfo=timezone.get_current_timezone()) + timedelta(hours=8.5)
    with time_machine.travel(now, tick=False):
        yield now


def recipients():
    return sorted(message.to[0] for message in mail.outbox)


def test_each_whom_it_concerns_gets_one_with_links_in_text_and_html(acme, globex, fallen, morning):
    assert digests.send_all(morning) == len(mail.outbox) > 0
    assert acme.officer.user.email in recipients()
    assert acme.owner.user.email in recipients()
    # Nothing of this case concerns them, and nothing of it the other organisation.
    assert acme.challenger.user.email not in recipients()
    assert not [address for address in recipients() if "globex" in address]
    message = next(one for one in mail.outbox if one.to == [acme.owner.user.email])
    html = message.alternatives[0][0]
    for body in (message.body, html):
        assert "What does not stand (1)" in body
        assert f"{fallen.title}: Unsupported" in body
        assert "/o/acme/cases/1/" in body
        assert "What is due (1)" in body
        assert "/o/acme/signals/1/" in body
        assert "/o/acme/notifications/digest/" in body
    assert "2 things to look at" in message.subject
    with acme:
        digest = Digest.objects.get(member=acme.owner)
    assert message.extra_headers["Message-ID"].startswith(f"<digest-{digest.pk}@")
    assert (digest.sent_at, digest.due_at) == (morning, None)


def test_it_is_sent_once_however_often_the_beat_rings(acme, fallen, morning):
    first = digests.send_all(morning)
    for minutes in (5, 10, 600):
        assert digests.send_all(morning + timedelta(minutes=minutes)) == 0
    assert len(mail.outbox) == first == len(set(recipients()))


def test_a_worker_that_dies_after_planning_or_between_two_members_loses_and_doubles_nothing(
    acme, fallen, morning, monkeypatch
):
    digests.plan(acme.organisation.pk, morning)  # killed here
    assert digests.plan(acme.organisation.pk, morning) == 0

    class Killed(BaseException):
        """Nothing catches it, as nothing catches SIGKILL."""

    send, sent = digests.EmailMultiAlternatives.send, []

    def dies_at_the_second(message):
        if len(sent) == 1:
            raise Killed
        sent.append(message)
        return send(message)

    with monkeypatch.context() as killed:
        killed.setattr(digests.EmailMultiAlternatives, "send", dies_at_the_second)
        with pytest.raises(Killed):
            digests.send_all(morning)
    assert len(mail.outbox) == 1
    digests.send_all(morning + timedelta(minutes=5))
    assert len(recipients()) == len(set(recipients())) > 1


def test_before_the_hour_nothing_and_the_next_day_again(acme, fallen, morning):
    early = morning.replace(hour=6, minute=59)
    assert digests.send_all(early) == 0
    today = digests.send_all(morning)
    assert digests.send_all(early + timedelta(days=1)) == 0
    assert digests.send_all(morning + timedelta(days=1)) == today > 0


def test_the_hour_is_the_organisations_and_never_is_an_hour_too(acme, fallen, morning, sign_in):
    address = "/o/acme/settings/digest/"
    assert sign_in(acme.owner).post(address, {"hour": "9"}).status_code == 403
    assert sign_in(acme.officer).post(address, {"hour": "24"}).context["form"].errors["hour"]
    assert sign_in(acme.officer).post(address, {"hour": "9"}).status_code == 302
    assert digests.send_all(morning) == 0
    assert digests.send_all(morning.replace(hour=9)) > 0
    assert sign_in(acme.officer).post(address, {"hour": ""}).status_code == 302
    assert Organisation.objects.get(slug="acme").digest_hour is None
    assert digests.send_all(morning + timedelta(days=1, hours=5)) == 0
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        set_digest_hour(acme.organisation, hour=24, actor=acme.officer)


def test_who_does_without_gets_none_even_when_it_was_planned_already(acme, fallen, morning, sign_in):
    digests.plan(acme.organisation.pk, morning)
    page = "/o/acme/notifications/digest/"
    assert b"Send me the daily digest" in sign_in(acme.owner).get(page).content
    assert sign_in(acme.owner).post(page, {}).status_code == 302
    with acme:
        assert Member.objects.get(pk=acme.owner.pk).wants_digest is False
    digests.send_all(morning)
    assert acme.owner.user.email not in recipients()
    assert acme.officer.user.email in recipients()
    with working_in(acme.organisation), pytest.raises(RuleBroken, match="for themselves"):
        choose_digest(acme.owner, wants=True, actor=acme.officer)
    assert sign_in(acme.owner).post(page, {"wants": "on"}).status_code == 302
    digests.send_all(morning + timedelta(days=1))
    assert acme.owner.user.email in recipients()


def test_nothing_to_say_is_no_mail_and_is_asked_once(acme):
    now = timezone.localtime().replace(hour=9)
    assert digests.send_all(now) == 0
    assert mail.outbox == []
    with acme:
        assert Digest.objects.count() > 3
        assert not Digest.objects.filter(due_at__isnull=False).exists()


def test_readers_and_people_who_left_get_none(acme, fallen, morning):
    with working_in(acme.organisation):
        Member.objects.filter(pk=acme.executive.pk).update(is_active=False)
    digests.send_all(morning)
    assert not {acme.observer.user.email, acme.certifier.user.email, acme.executive.user.email} & set(recipients())


def test_what_falls_is_told_with_the_day_and_the_reason(acme):
    with acme:
        make_sound_case(acme, days=20)
    now = timezone.localtime().replace(hour=9)
    digests.send_all(now)
    body = next(one.body for one in mail.outbox if one.to == [acme.owner.user.email])
    assert "What falls in 30 days if nobody acts" in body
    assert "falls to Unsupported on" in body
    assert "“Bias test” (version 1) of Sn1 expires on" in body
    assert "/o/acme/cases/1/forecast/" in body
    assert "What does not stand" not in body


def test_evidence_that_runs_out_is_told_to_its_keeper_and_words_are_escaped(acme):
    make_evidence(acme.contributor, owner=acme.contributor, title="<b>Bold</b> test", valid_for_days=20)
    digests.send_all(timezone.localtime().replace(hour=9))
    (message,) = [one for one in mail.outbox if one.to == [acme.contributor.user.email]]
    assert "<b>Bold</b> test" in message.body
    assert "&lt;b&gt;Bold&lt;/b&gt; test" in message.alternatives[0][0]


def test_a_failing_server_is_tried_again_and_not_for_ever(acme, fallen, morning, monkeypatch):
    def refuse(message):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(digests.EmailMultiAlternatives, "send", refuse)
        assert digests.send_all(morning) == 0
    assert digests.send_all(morning + timedelta(minutes=1)) == len(mail.outbox), "those that were not tried yet"
    digests.send_all(morning + timedelta(hours=1))
    assert acme.owner.user.email in recipients()
    assert len(recipients()) == len(set(recipients()))


def test_yesterdays_digest_is_not_sent_today(acme, fallen, morning):
    digests.plan(acme.organisation.pk, morning)
    tomorrow = morning + timedelta(days=1)
    digests.send_all(tomorrow)
    with acme:
        assert not Digest.objects.filter(day=morning.date(), sent_at__isnull=False).exists()
    assert len(recipients()) == len(set(recipients())) > 0
