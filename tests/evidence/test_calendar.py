"""The expiry calendar: what runs out when, narrowed by keeper, system and kind; as a page, a list and an iCalendar file."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.actions import withdraw_item
from evidence.expiry import expiry_page, month_of, moved
from evidence.icalendar import Entry, calendar, escaped, folded
from evidence.models import EvidenceItem
from tests.evidence.making import make_system
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/evidence/calendar/"


def running_out_in(cast, days, title, **fields):
    """Evidence that is current for so many days more."""
    collected = timezone.now() - timedelta(days=100)
    return make_evidence(
        cast.contributor, title=title, collected_at=collected, valid_for_days=100 + days, kind="audit_report", **fields
    )


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("2026-12", date(2026, 12, 1)), ("2027-1", date(2027, 1, 1)), ("", date(2026, 11, 1)),
        ("2026-13", date(2026, 11, 1)), ("0001-01", date(2026, 11, 1)), ("9999-12", date(2026, 11, 1)),
        ("２０２６-12", date(2026, 11, 1)), ("2026", date(2026, 11, 1)), ("2026-12-24", date(2026, 11, 1)),
    ],
)  # fmt: skip
def test_the_month_that_is_meant(text, month):
    assert month_of(text, date(2026, 11, 21)) == month


def test_months_end_where_the_calendar_ends():
    assert moved(date(2199, 12, 1), 1) is None and moved(date(2000, 1, 1), -1) is None
    assert moved(date(2026, 12, 1), 1) == date(2027, 1, 1) and moved(date(2026, 1, 1), -1) == date(2025, 12, 1)


def test_each_piece_stands_on_the_day_on_which_it_runs_out(acme):
    soon, later = running_out_in(acme, 10, "Soon"), running_out_in(acme, 45, "Later")
    running_out_in(acme, 75, "Much later")
    running_out_in(acme, -5, "Past")
    with acme:
        withdraw_item(running_out_in(acme, 11, "Withdrawn"), reason="Wrong.", actor=acme.officer)
        for item in (soon, later):
            on = timezone.localdate(item.fresh_until)
            page = expiry_page(EvidenceItem.objects.all(), on.replace(day=1), timezone.now())
            days = {day.on: [each.title for each in day.items] for week in page.weeks for day in week}
            assert days[on] == [item.title] and "Withdrawn" not in str(days)
            assert [day.on for week in page.weeks for day in week if day.is_today] in ([], [timezone.localdate()])
        assert [(each.days, each.total, [i.title for i in each.items]) for each in page.ahead] == [
            (30, 1, ["Soon"]), (60, 1, ["Later"]), (90, 1, ["Much later"]),
        ]  # fmt: skip
        assert page.overdue == 1


def test_the_last_day_of_a_horizon_belongs_to_it(acme):
    today = timezone.localdate()
    with acme:
        for days in (0, 29, 30, 59, 60, 89, 90):
            item = make_evidence(acme.contributor, title=f"In {days}")
            at = timezone.make_aware(datetime.combine(today + timedelta(days=days), datetime.max.time()))
            EvidenceItem.objects.filter(pk=item.pk).update(fresh_until=at)
        ahead = expiry_page(EvidenceItem.objects.all(), today.replace(day=1), timezone.now()).ahead
        assert [each.total for each in ahead] == [2, 2, 2]
        for each in ahead:
            listed = EvidenceItem.objects.active().filter(title__in=[item.title for item in each.items])
            assert listed.count() == each.total


def test_the_page_is_narrowed_and_links_to_the_list(acme, sign_in):
    system = make_system(acme.owner, "Scoring")
    running_out_in(acme, 10, "About scoring", system=system)
    running_out_in(acme, 10, "Of the owner", owner=acme.owner)
    client = sign_in(acme.observer)
    assert all(title in client.get(PAGE).content.decode() for title in ("About scoring", "Of the owner"))
    narrowed = client.get(PAGE, {"system": system.number}).content.decode()
    assert "About scoring" in narrowed and "Of the owner" not in narrowed
    narrowed = client.get(PAGE, {"owner": str(acme.owner.pk), "kind": "audit_report"}).content.decode()
    assert "Of the owner" in narrowed and "About scoring" not in narrowed
    assert f"owner={acme.owner.pk}" in narrowed
    odd = client.get(PAGE, {"system": "x", "owner": "nobody", "month": "12", "kind": "rumour"})
    assert odd.status_code == 200 and "About scoring" in odd.content.decode()
    today = timezone.localdate()
    window = {"runs_out_from": today, "runs_out_to": today + timedelta(days=29)}
    assert "About scoring" in client.get("/o/acme/evidence/", window).content.decode()
    window = {"runs_out_from": today, "runs_out_to": today + timedelta(days=9)}
    assert "About scoring" not in client.get("/o/acme/evidence/", window).content.decode()
    assert client.get("/o/acme/evidence/", {"runs_out_to": "9999-12-31"}).status_code == 200


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_page_stays_within_the_query_budget(acme, sign_in, django_assert_max_num_queries, rows):
    first = running_out_in(acme, 10, "First")
    with acme:
        EvidenceItem.objects.bulk_create(
            EvidenceItem(
                number=number, title=f"Piece {number}", kind="evaluation", owner=acme.contributor,
                current=first.current, fresh_until=first.fresh_until,
            )
            for number in range(2, rows + 1)
        )  # fmt: skip
    client = sign_in(acme.officer)
    with django_assert_max_num_queries(12):
        page = client.get(PAGE, {"month": f"{timezone.localdate(first.fresh_until):%Y-%m}"}).content.decode()
    assert f"{rows - 6} more" in page
    with django_assert_max_num_queries(12):
        assert client.get("/o/acme/evidence/calendar.ics").status_code == 200


def test_the_file_is_for_those_who_may_export_and_holds_only_the_own_organisation(acme, globex, sign_in, client):
    running_out_in(acme, 10, "Ours; one, two\nEND:VCALENDAR")
    running_out_in(globex, 10, "Theirs")
    path = "/o/acme/evidence/calendar.ics"
    assert sign_in(acme.observer).get(path).status_code == 403
    assert sign_in(globex.officer).get(path).status_code == 404
    response = sign_in(acme.officer).get(path)
    assert response["Content-Type"].startswith("text/calendar")
    text = response.content.decode()
    assert text.count("BEGIN:VEVENT") == 1 and text.count("\r\nEND:VCALENDAR\r\n") == 1 and "Theirs" not in text
    assert "SUMMARY:Runs out: Ours\\; one\\, two\\nEND:VCALENDAR" in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    client.logout()
    assert client.get(path).status_code == 302


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_out_of_its_line(text):
    entry = Entry("uid", date(2026, 12, 24), text, "https://aims.example/", text)
    written = calendar(text, [entry], datetime(2026, 11, 21, tzinfo=UTC))
    lines = written.split("\r\n")
    assert lines[-1] == "" and all(len(line.encode()) <= 75 for line in lines)
    assert "\n" not in written.replace("\r\n", "") and "\r" not in written.replace("\r\n", "")
    unfolded = written.replace("\r\n ", "").split("\r\n")
    assert unfolded[0] == "BEGIN:VCALENDAR" and [line.partition(":")[0].partition(";")[0] for line in unfolded[5:-2]] == [
        "BEGIN", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", *(["DESCRIPTION"] if text else []), "URL", "TRANSP", "END",
    ]  # fmt: skip


def test_folding_never_cuts_a_character():
    line = "SUMMARY:" + "測試" * 60
    assert folded(line).replace("\r\n ", "") == line
    assert escaped("a\\b;c,d\ne") == "a\\\\b\\;c\\,d\\ne"
