"""Notifications leave as e-mail once each; a mail server that fails is tried again."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from aims.integrations import mailing
from aims.integrations.actions import notify
from aims.integrations.models import Notification
from aims.integrations.tasks import send_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(acme):
    with acme:
        return notify(
            acme.owner,
            event="cases.signal.raised",
            sentence="“Fair <lending>” no longer holds.",
            link="/o/acme/signals/1/",
            key="k",
            due_on=timezone.localdate() + timedelta(days=5),
        )


def fresh(acme, notification):
    with acme:
        return Notification.objects.get(pk=notification.pk)


def test_it_is_sent_once_however_often_the_task_runs(acme, globex, told):
    assert send_mail() == 1
    assert send_mail() == 0
    (message,) = mail.outbox
    assert message.to == ["system-owner@acme.example"]
    assert "“Fair <lending>” no longer holds." in message.body
    assert "/o/acme/signals/1/" in message.body
    assert "Please answer by" in message.body
    html = message.alternatives[0][0]
    assert "Fair &lt;lending&gt;" in html
    assert fresh(acme, told).emailed_at
    assert fresh(acme, told).email_due_at is None


def test_without_email_nothing_is_sent(acme):
    with acme:
        notify(acme.owner, event="x", sentence="Quiet", link="/", key="q", email=False)
    assert send_mail() == 0


def test_a_failing_server_is_tried_again_later(acme, told, monkeypatch):
    def refuse(self):
        raise ConnectionRefusedError

    with monkeypatch.context() as broken:
        broken.setattr(mailing.EmailMultiAlternatives, "send", refuse)
        assert mailing.send_due() == 0
    assert fresh(acme, told).emailed_at is None
    assert mailing.send_due() == 0  # not at once
    assert mailing.send_due(timezone.now() + timedelta(minutes=5)) == 1
    assert len(mail.outbox) == 1


def test_one_bad_address_does_not_hold_up_the_others(acme, told, monkeypatch):
    with acme:
        notify(acme.officer, event="x", sentence="Second", link="/", key="k2")
    send = mailing.EmailMultiAlternatives.send

    def picky(self):
        if "system-owner" in self.to[0]:
            raise ValueError("no such address")
        return send(self)

    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", picky)
    assert mailing.send_due() == 1
    assert mail.outbox[0].to == ["governance-officer@acme.example"]


def test_a_deactivated_account_gets_nothing(acme, told):
    acme.owner.user.is_active = False
    acme.owner.user.save()
    assert send_mail() == 0
    assert fresh(acme, told).email_due_at is None


def test_after_a_week_of_failures_it_stays_in_the_application(acme, told, monkeypatch):
    monkeypatch.setattr(mailing.EmailMultiAlternatives, "send", lambda self: 1 / 0)
    assert mailing.send_due(timezone.now() + timedelta(days=8)) == 0
    assert fresh(acme, told).email_due_at is None


def test_the_subject_has_no_line_break(acme):
    with acme:
        notify(acme.owner, event="x", sentence="Two\nlines", link="/", key="lines")
    assert send_mail() == 1
    assert mail.outbox[0].subject == "Two lines"
