"""Lists, tried on the session table: a plain one that belongs to no organisation."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

import django_filters
import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from aims.pages.badges import Badge
from aims.pages.listing import Column, Listing, ListPage

START = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class SessionFilter(django_filters.FilterSet):
    expire_date = django_filters.DateFilter(label="Ends after", lookup_expr="date__gte")
    kind = django_filters.ChoiceFilter(
        label="Kind",
        field_name="session_data",
        lookup_expr="startswith",
        choices=[("even", "Even"), ("odd", "Odd")],
    )
    span = django_filters.DateFromToRangeFilter(label="Between", field_name="expire_date")

    class Meta:
        model = Session
        fields = ()


class SessionListing(Listing):
    name = "sessions"
    caption = "Sessions"
    filterset_class = SessionFilter
    search_fields = ("session_key", "session_data")
    default_sort = "key"
    page_sizes = (5, 10, 25)
    default_size = 10
    empty: ClassVar = {
        "title": "No sessions yet",
        "text": "A session begins when a person signs in.",
    }
    columns = (
        Column("key", "Key", "session_key", order_by=("session_key",), is_heading=True),
        Column("data", "Data", "session_data", order_by=("session_data",)),
        Column(
            "kind",
            "Kind",
            lambda session: Badge(session.session_data[:4], "good", "check"),
        ),
        Column("ends", "Ends", "expire_date", order_by=("expire_date",), align="end"),
    )

    def get_queryset(self):
        return Session.objects.all()

    def record_url(self, record: Session) -> str:
        return f"/sessions/{record.session_key}/"


def seed(count: int = 23) -> None:
    Session.objects.all().delete()
    Session.objects.bulk_create(
        Session(
            session_key=f"key-{index:03d}",
            session_data=f"{'even' if index % 2 == 0 else 'odd'} <{index}>",
            expire_date=START + timedelta(days=index // 3),
        )
        for index in range(count)
    )


def page(query: str = "", **kwargs: object) -> ListPage:
    return SessionListing(**kwargs).page(RequestFactory().get(f"/sessions/?{query}"))


def keys(listed: ListPage) -> list[str]:
    return [row.record.session_key for row in listed.rows]


def test_a_page_tells_where_it_lies() -> None:
    seed()
    listed = page("page=2")
    assert listed.range_text == "11–20 of 23"
    assert (listed.previous_url, listed.next_url) == (
        "/sessions/?page=1",
        "/sessions/?page=3",
    )
    assert keys(listed)[0] == "key-010"
    assert page("page=3").next_url == ""


def test_a_list_costs_two_queries_however_long_it_is() -> None:
    seed(200)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        page("page=3&size=25")
    assert len(captured) == 2


def test_every_record_appears_once_over_the_pages_even_when_the_sorted_values_are_equal() -> None:
    seed()
    seen = [key for number in range(1, 6) for key in keys(page(f"sort=-ends&size=5&page={number}"))]
    assert len(seen) == len(set(seen)) == 23


def test_a_heading_turns_the_order_round() -> None:
    seed()
    heading = page("sort=key").headings[0]
    assert (heading.direction, heading.url) == ("ascending", "/sessions/?sort=-key")
    assert keys(page("sort=-key"))[0] == "key-022"
    assert page("sort=key").headings[2].url == ""


def test_search_wants_every_word_and_takes_wildcards_literally() -> None:
    seed()
    assert keys(page("q=even+12")) == ["key-012"]
    assert keys(page("q=%25")) == []
    assert page("q=even").chips[0].value == "even"


def test_filters_show_as_chips_that_lift_themselves() -> None:
    seed()
    listed = page("kind=even&sort=-key&page=2&size=5")
    assert [(chip.label, chip.value) for chip in listed.chips] == [("Kind", "Even")]
    assert listed.chips[0].remove_url == "/sessions/?sort=-key&size=5"
    assert listed.total == 12


def test_a_range_is_one_chip_and_lifts_whole() -> None:
    seed()
    listed = page("span_after=2026-01-02&span_before=2026-01-03&kind=even")
    span = next(chip for chip in listed.chips if chip.label == "Between")
    assert span.remove_url == "/sessions/?kind=even"
    assert listed.total == 3


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("kind=nonsense", "Kind"),
        ("expire_date=yesterday", "Ends after"),
        ("span_after=x", "Between"),
        ("sort=password", "cannot be sorted by “password”"),
        ("sort=-", "cannot be sorted"),
        ("sort=kind", "cannot be sorted"),
        ("size=7", "A page shows 5, 10, 25 records"),
        ("size=-5", "A page shows"),
        ("size=%C2%B2", "A page shows"),
        ("page=0", "no such page"),
        ("page=-1", "no such page"),
        ("page=abc", "no such page"),
        ("page=%D9%A3", "no such page"),
        ("page=99999999999999999999999999", "no such page"),
        ("page=999999", "has 3 pages"),
        ("q=%00", "control character"),
        ("kind=%00", "control character"),
        ("q=" + "x" * 300, "cut to its first"),
        ("q=" + "x" * 2_000, "too long"),
        ("kind=" + "x" * 2_000, "too long"),
    ],
)
def test_a_value_that_makes_no_sense_is_named_and_the_list_is_still_shown(query: str, named: str) -> None:
    seed()
    listed = page(query)
    assert any(named in error for error in listed.errors), listed.errors
    assert listed.rows or "q=x" in query


def test_a_good_filter_holds_beside_a_bad_one() -> None:
    seed()
    assert page("kind=even&expire_date=never").total == 12


def test_a_big_register_is_counted_only_so_far() -> None:
    seed()

    class Short(SessionListing):
        count_limit = 12

    listed = Short().page(RequestFactory().get("/sessions/?page=2"))
    assert listed.range_text == "11–20 of more than 12"
    assert listed.next_url
    last = Short().page(RequestFactory().get("/sessions/?page=3"))
    assert keys(last) == ["key-020", "key-021", "key-022"]


def test_words_from_records_and_the_address_are_escaped() -> None:
    seed()
    html = answer("/sessions/?q=%3Cscript%3E&kind=%22%3E%3Cscript%3E").content.decode()
    assert "<script>" not in html.replace("<script src", "")
    html = answer("/sessions/").content.decode()
    assert "even &lt;0&gt;" in html


def answer(address: str, **headers: str):
    request = RequestFactory().get(address, headers=headers)
    return SessionListing(file_prefix="acme").respond(request, "components/listing.html")


def test_the_table_is_accessible() -> None:
    seed()
    html = answer("/sessions/?sort=-key").content.decode()
    assert "<caption" in html
    assert 'aria-sort="descending"' in html
    assert 'scope="row"' in html
    assert 'aria-current="page"' in html
    assert "Filters in force" not in html


def test_an_empty_register_says_what_it_is_for() -> None:
    Session.objects.all().delete()
    assert "A session begins when a person signs in." in answer("/sessions/").content.decode()


def test_a_search_without_a_match_offers_the_way_back() -> None:
    seed()
    html = answer("/sessions/?q=nothing-like-it").content.decode()
    assert "No record matches" in html
    assert 'href="/sessions/"' in html


def test_htmx_gets_the_list_alone_from_the_same_address_and_caches_keep_them_apart() -> None:
    seed()
    response = answer("/sessions/?page=2", **{"HX-Request": "true", "HX-Target": "sessions"})
    assert response.content.decode().lstrip().startswith('<section id="sessions"')
    assert "HX-Request" in response["Vary"]


def test_an_export_holds_every_row_of_the_selection_in_the_order_shown() -> None:
    seed()
    response = answer("/sessions/?kind=even&sort=-key&page=2&size=5&export=csv")
    lines = b"".join(response).decode("utf-8-sig").strip().splitlines()
    assert lines[0] == "Key,Data,Kind,Ends"
    assert len(lines) == 13
    assert lines[1].startswith("key-022,even <22>,even,2026-01-08T")
    assert "acme-sessions-" in response["Content-Disposition"]


def test_an_unknown_export_shows_the_page() -> None:
    seed()
    assert answer("/sessions/?export=exe").status_code == 200


def test_page_and_api_choose_the_same_rows() -> None:
    seed()
    selection = SessionListing().selection(QueryDict("kind=odd&sort=-key&q=odd"))
    assert [session.session_key for session in selection.queryset[:10]] == keys(page("kind=odd&sort=-key&q=odd"))


class Reader:
    def __init__(self, *permissions: str) -> None:
        self.permissions = permissions

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def test_only_who_may_export_gets_files_and_their_links() -> None:
    seed()
    request = RequestFactory().get("/sessions/?export=csv")
    request.member = Reader()
    with pytest.raises(PermissionDenied):
        SessionListing().respond(request, "components/listing.html")
    assert SessionListing().page(request).exports == []
    request.member = Reader("registers.export")
    assert SessionListing().respond(request, "components/listing.html").status_code == 200
    assert [kind for kind, _url in SessionListing().page(request).exports] == ["csv", "xlsx"]


def test_a_filter_that_is_not_set_says_all() -> None:
    seed()
    html = answer("/sessions/").content.decode()
    assert '<option value="" selected>All</option>' in html
