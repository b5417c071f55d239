"""Telling a member something once, in the application."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from aims.integrations.actions import mark_read, notify
from aims.integrations.models import Notification
from aims.rules import RuleBroken
from aims.trail.models import Event

pytestmark = pytest.mark.django_db


def tell(member, key="fall-1", **changes):
    told = {"event": "cases.signal.raised", "sentence": "Case C-1 fell.", "link": "/o/acme/signals/1/", **changes}
    return notify(member, key=key, **told)


def test_the_same_key_tells_only_once(acme):
    with acme:
        assert tell(acme.owner) is not None
        assert tell(acme.owner) is None
        assert tell(acme.officer) is not None
        assert Notification.objects.count() == 2


def test_a_deactivated_member_is_told_nothing(acme):
    with acme:
        acme.owner.is_active = False
        assert tell(acme.owner) is None


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_link_never_leaves_the_site(acme, link):
    with acme, pytest.raises(ValueError, match="path of this site"):
        tell(acme.owner, link=link)


def test_a_long_sentence_is_cut(acme):
    with acme:
        assert len(tell(acme.owner, sentence="x" * 5000).sentence) == 1000


def test_reading_is_recorded_once(acme):
    with acme:
        one = tell(acme.owner)
        assert mark_read(one, actor=acme.owner) == 1
        assert mark_read(one, actor=acme.owner) == 0
        assert Event.objects.filter(event="integrations.notification.read").count() == 1


def test_nobody_reads_for_somebody_else(acme):
    with acme, pytest.raises(RuleBroken):
        mark_read(tell(acme.owner), actor=acme.officer)


@pytest.fixture
def told(acme):
    with acme:
        tell(acme.officer, key="other")
        return tell(acme.owner)


def url(name, slug="acme"):
    return reverse(f"integrations:{name}", kwargs={"slug": slug})


def test_the_page_shows_only_ones_own(acme, told, sign_in):
    with acme:
        tell(acme.officer, key="secret", sentence="For the officer only")
    page = sign_in(acme.owner).get(url("notification_list"))
    assert page.status_code == 200
    assert b"Case C-1 fell." in page.content
    assert b"For the officer only" not in page.content


def test_marking_one_and_all(acme, told, sign_in):
    browser = sign_in(acme.owner)
    assert browser.post(url("notification_read"), {"notification": str(told.pk)}).status_code == 302
    with acme:
        assert Notification.objects.get(pk=told.pk).read_at
        tell(acme.owner, key="second")
    browser.post(url("notification_read"))
    with acme:
        assert not Notification.objects.of(acme.owner).unread().exists()
        assert Notification.objects.of(acme.officer).unread().count() == 1


def test_the_notification_of_another_person_is_not_found(acme, told, sign_in):
    assert sign_in(acme.officer).post(url("notification_read"), {"notification": str(told.pk)}).status_code == 404


@pytest.mark.parametrize("value", ["1", "\x00", "x" * 10_000, "٣", "-1"])
def test_garbage_is_refused(acme, told, sign_in, value):
    assert sign_in(acme.owner).post(url("notification_read"), {"notification": value}).status_code == 400


def test_the_other_organisation_finds_nothing(acme, globex, told, sign_in):
    assert sign_in(globex.owner).get(url("notification_list")).status_code == 404
    assert sign_in(globex.owner).get(url("notification_list", "globex")).content.count(b"Case C-1") == 0


def test_a_certification_auditor_has_none(acme, told, sign_in):
    assert sign_in(acme.certifier).get(url("notification_list")).status_code == 403


def test_the_list_asks_a_fixed_number_of_queries(acme, told, sign_in, django_assert_max_num_queries):
    with acme:
        Notification.objects.bulk_create(
            Notification(
                organisation=acme.organisation, member=acme.owner, event="x", sentence=f"Told {n}", link="/", key=str(n)
            )
            for n in range(1000)
        )
    browser = sign_in(acme.owner)
    with django_assert_max_num_queries(18):  # with the savepoints and settings of the transaction
        assert browser.get(url("notification_list")).status_code == 200


def test_every_page_says_how_much_is_unread_without_asking_again(acme, sign_in):
    with acme:
        for key in ("first", "second", "third"):
            tell(acme.owner, key)
        mark_read([Notification.objects.of(acme.owner).first()], actor=acme.owner)
        tell(acme.officer)
    browser = sign_in(acme.owner)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get("/o/acme/risks/")
    assert page.context["needs_me_count"] == 2
    assert sum("integrations_notification" in query["sql"] for query in asked) == 1
    assert sign_in(acme.challenger).get("/o/acme/risks/").context["needs_me_count"] == 0
