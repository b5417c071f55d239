"""The pages and the API of metrics: what they show, to whom, and what they refuse."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from aims.tenancy.numbers import next_number
from cases.metric_forms import read_dimensions, written
from cases.models import ClaimMetric, Element, Indicator, MetricReading
from tests.cases.building import make_sound_case
from tests.cases.measuring import AGE, both_groups, make_measured_claim, make_metric, reading, send

pytestmark = pytest.mark.django_db
API = "/api/v1/o/acme/"


@pytest.fixture
def metric(acme):
    with acme:
        metric = make_measured_claim(acme)
        send(acme, *both_groups(0.93, days_ago=2), reading(0.86, verdict="pass"))
        return metric


def at(name, *args, slug="acme"):
    return reverse(f"cases:{name}", args=[slug, *args])


def get(browser, *where, status=200, **query):
    response = browser.get(at(*where), query)
    assert response.status_code == status
    return response.content.decode()


PAGES = [
    ("metric_list",),
    ("metric_detail", 1),
    ("indicator_list",),
    ("indicator_detail", 1),
    ("reading_import",),
    ("reading_add", 1),
    ("metric_edit", 1),
    ("metric_withdraw", 1),
    ("metric_define", 1, "G2"),
    ("indicator_add",),
    ("indicator_edit", 1),
]


def test_the_metric_shows_what_is_asked_what_was_measured_and_what_that_comes_to(acme, metric, sign_in):
    page = get(sign_in(acme.certifier), "metric_detail", 1)
    assert "≥ 0.9 ratio" in page
    assert "compared with 35-54" in page
    groups = page.split('id="groups"')[1].split("</section>")[0]
    assert groups.index("age 55+") < groups.index("age 18-34")
    assert "Fails" in groups
    assert "Passes" in groups
    assert "0.86" in page
    assert "Add a reading" not in page
    assert "Add a reading" in get(sign_in(acme.contributor), "metric_detail", 1)


def test_the_chart_is_drawn_for_page_and_api_and_loads_nothing(acme, metric, sign_in):
    browser = sign_in(acme.certifier)
    assert "chart.svg?theme=dark" in get(browser, "metric_detail", 1)
    for address in (at("metric_chart", 1), f"{API}metrics/1/chart.svg"):
        for theme in ("light", "dark", "print", "🧿"):
            answer = browser.get(address, {"theme": theme})
            assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
            assert "age 55+" in answer.content.decode()
    with acme:
        make_metric(acme, metric.element.case, "G3", key="empty", indicator=metric.indicator)
    assert browser.get(at("metric_chart", 2)).status_code == 404
    assert 'id="chart"' not in get(browser, "metric_detail", 2)


def test_the_element_of_the_case_shows_its_metrics(acme, metric, sign_in):
    page = get(sign_in(acme.owner), "case_detail", 1, element="G2")
    assert at("metric_detail", 1) in page
    assert "last 0.86" in page
    assert "(age 55+)" in page
    assert "Define a metric" in page
    assert "Define a metric" not in get(sign_in(acme.observer), "case_detail", 1, element="G2")
    assert "Define a metric" not in get(sign_in(acme.owner), "case_detail", 1, element="Sn1")


def test_the_lists_filter_and_export(acme, metric, sign_in):
    browser = sign_in(acme.officer)
    assert "cv-rate" in get(browser, "metric_list", q="selection")
    assert "cv-rate" not in get(browser, "metric_list", withdrawn="true")
    shown = get(browser, "metric_detail", 1, verdict="fail")
    rows = shown.split("<tbody")[-1]
    assert "0.86" in shown and "0.93" not in rows
    assert "0.86" in get(browser, "metric_detail", 1, disagreeing="true").split("<tbody")[-1]
    assert "No reading yet" not in get(browser, "metric_detail", 1, since="2020-01-01")
    export = browser.get(at("metric_detail", 1), {"export": "csv"})
    text = b"".join(export.streaming_content).decode()
    assert "0.86" in text and "SHA-256" in text
    assert "cv-rate" in b"".join(browser.get(at("metric_list"), {"export": "csv"}).streaming_content).decode()


def test_a_metric_is_defined_measured_changed_and_withdrawn_by_hand(acme, sign_in):
    with acme:
        make_sound_case(acme)
    browser = sign_in(acme.owner)
    assert "First add what is measured" in get(browser, "metric_define", 1, "G2")
    browser.post(at("indicator_add"), {"name": "Latency", "unit": "ms", "direction": "lower"})
    said = {
        "indicator": str(pk_of(acme)),
        "comparator": "le",
        "threshold": "250",
        "dimensions": "age: 18-34, *35-54, 55+",
        "dimension_rule": "every",
        "decision_rule": "point",
        "min_n": "10",
    }
    made = browser.post(at("metric_define", 1, "G2"), said)
    assert made.status_code == 302, made.content.decode()[-3000:]
    with acme:
        metric = ClaimMetric.objects.get()
        assert (metric.unit, metric.declared) == ("ms", [AGE])
    added = {"cell": '{"age":"55+"}', "value": "300", "n": "20", "measured_at": "2026-11-20T10:00", "note": "Log"}
    assert browser.post(at("reading_add", 1), added).status_code == 302
    again = browser.post(at("reading_add", 1), added).content.decode()
    assert "recorded already" in again
    future = browser.post(at("reading_add", 1), {**added, "measured_at": "2036-11-20T10:00"}).content.decode()
    assert "lies in the future" in future
    edit = browser.post(at("metric_edit", 1), {**said, "comparator": "between", "threshold_high": "2", "revision": "1"})
    assert "must be above the lower one" in edit.content.decode()
    assert browser.post(at("metric_edit", 1), {**said, "threshold": "350", "revision": "1"}).status_code == 302
    assert browser.post(at("metric_withdraw", 1), {"reason": "Measured elsewhere"}).status_code == 302
    assert "Measured elsewhere" in get(browser, "metric_detail", 1)


def pk_of(cast):
    with cast:
        return Indicator.objects.get().pk


def test_groups_are_written_as_they_are_read():
    text = "age: 18-34, *35-54, 55+\nsex: female, male"
    assert written(read_dimensions(text)) == text


CSV = "metric,measured_at,value,n,dimension:age,environment\n"


def upload(browser, text, **fields):
    content = text if isinstance(text, bytes) else text.encode()
    return browser.post(at("reading_import"), {"file": SimpleUploadedFile("r.csv", content), **fields})


def test_a_csv_file_is_shown_before_it_is_recorded(acme, metric, sign_in):
    browser = sign_in(acme.contributor)
    text = (
        CSV
        + 'cv-rate,2026-11-01T08:00,0.95,400,55+,production\ncv-rate,2026-11-01T08:00,"0,95",400,55+,production\n'
        + "\nnobody,2026-11-01T08:00,0.95,400,,\ncv-rate,2026-11-02,0.95,400,young,production\ncv-rate,x\n"
    )
    with acme:
        before = MetricReading.objects.count()
    page = upload(browser, text).content.decode()
    assert "1 reading is new." in page
    assert "4 are refused." in page
    assert "Line 3, value: Give a number with a decimal point" in page
    assert "Line 5, metric: There is no metric “nobody” here" in page
    assert "Line 6, dimensions: Give one group" in page
    assert "Line 7: The row has another number of columns" in page
    with acme:
        assert MetricReading.objects.count() == before
    done = browser.post(at("reading_import"), {"content": text}, follow=True).content.decode()
    assert "1 reading was recorded." in done
    assert "4 were refused." in done
    with acme:
        assert MetricReading.objects.filter(source="csv").count() == 1
    assert "1 is there already." in upload(browser, text.replace("\n", "\r\n")).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("value\n1\n", "lacks the column metric, measured_at"),
        (CSV.replace("\n", ",mood\n"), "There is no column “mood”"),
        (CSV.replace("\n", ",value\n"), "stands twice"),
        ("a\x00b", "NUL"),
        ("é".encode("latin-1"), "not in UTF-8"),
        (CSV + "x" * 200_000, "another number of columns"),
        (CSV + "cv-rate,2026-11-01,1,1,,\n" * 10_001, "10,000 readings at most"),
    ],
    ids=range(8),
)
def test_a_file_that_cannot_be_read_says_why(acme, metric, sign_in, text, said):
    page = upload(sign_in(acme.contributor), text).content.decode()
    assert said in page


def test_the_list_shows_the_value_that_decides_and_not_the_one_measured_last(acme, metric, sign_in):
    with acme:
        send(acme, reading(0.97, group="18-34", days_ago=0.5))
    rows = get(sign_in(acme.officer), "metric_list").split("<tbody")[-1]
    assert "0.86" in rows and "age 55+" in rows
    assert "0.97" not in rows


def test_before_a_file_is_chosen_nothing_is_wrong(acme, metric, sign_in):
    assert "was not saved" not in get(sign_in(acme.contributor), "reading_import")


def test_nothing_chosen_is_explained(acme, metric, sign_in):
    assert "Choose a file" in sign_in(acme.contributor).post(at("reading_import"), {}).content.decode()


def test_the_api_builds_changes_and_withdraws_a_metric(acme, api_as):
    with acme:
        make_sound_case(acme)
    api = api_as(acme.owner)
    made = api.post(f"{API}indicators/", {"name": "Latency", "unit": "ms"})
    assert made.status_code == 201
    assert api.patch(f"{API}indicators/1/", {"unit": "s", "revision": 1}).json()["unit"] == "s"
    said = {"indicator": 1, "comparator": "le", "threshold": 2.5, "key": "latency", "dimensions": [AGE.as_json()]}
    metric = api.post(f"{API}cases/1/elements/G2/metrics/", said)
    assert metric.status_code == 201, metric.content
    assert [group["reason"] for group in metric.json()["groups"]] == ["metric_missing", "metric_missing"]
    wrong = api.post(f"{API}cases/1/elements/G2/metrics/", {**said, "key": "b", "threshold_high": 1})
    assert (wrong.status_code, wrong.json()["field"]) == (409, "threshold_high")
    api.post(f"{API}readings/", [reading(2.0, metric="latency", n=None, environment=None)])
    edited = api.patch(f"{API}metrics/1/", {"threshold": 1.5, "revision": 1}).json()
    assert edited["asks"] == "≤ 1.5 s"
    assert {group["standing"] for group in edited["groups"]} == {"defeated", "unsupported"}
    assert api.get(f"{API}metrics/?search=latency").json()["results"][0]["standing"] == "defeated"
    assert api.get(f"{API}metrics/1/readings/?verdict=pass").json()["count"] == 1
    assert api.post(f"{API}metrics/1/withdraw/", {"reason": "Old"}).json()["withdrawn_reason"] == "Old"


def test_readers_and_strangers(acme, globex, metric, sign_in, api_as, client):
    for where in PAGES:
        assert client.get(at(*where)).status_code == 302
    for member in (acme.certifier, acme.observer, acme.auditor):
        browser = sign_in(member)
        for where in PAGES:
            expected = (
                200 if where[0] in ("metric_list", "metric_detail", "indicator_list", "indicator_detail") else 403
            )
            assert browser.get(at(*where)).status_code == expected, where
        assert browser.post(f"{API}readings/", [], content_type="application/json").status_code == 403
    stranger = sign_in(globex.officer)
    for where in PAGES:
        assert stranger.get(at(*where)).status_code == 404
    assert api_as(globex.officer).post(f"{API}readings/", [reading()]).status_code in (401, 403, 404)
    narrow = api_as(acme.contributor, "readings.add")
    assert narrow.post(f"{API}readings/", [reading(days_ago=0.2)]).status_code == 201
    assert narrow.get(f"{API}metrics/").status_code == 403


@pytest.mark.parametrize(
    "where", [("metric_list",), ("metric_detail", 1), ("indicator_list",), ("indicator_detail", 1)]
)
@pytest.mark.parametrize("count", [10, 1000])
def test_no_page_needs_more_than_twelve_queries(acme, metric, sign_in, where, count):
    with acme:
        goal = Element.objects.get(key="G2")
        first = next_number(acme.organisation, ClaimMetric, count)
        rule = {"indicator": metric.indicator, "element": goal, "threshold": 0.9, "unit": "ratio"}
        ClaimMetric.objects.bulk_create(
            [ClaimMetric(number=first + place, key=f"m{place}", **rule) for place in range(count)]
        )
        start = timezone.now() - timedelta(days=1)
        send(
            acme,
            *(
                {**reading(), "measured_at": (start - timedelta(minutes=place)).isoformat()}
                for place in range(1, count + 1)
            ),
        )
    browser = sign_in(acme.officer)
    browser.get(at(*where))
    with CaptureQueriesContext(connection) as asked:
        assert browser.get(at(*where)).status_code == 200
    queries = [q["sql"] for q in asked if "set_config" not in q["sql"] and not q["sql"].startswith(("SAVE", "RELEASE"))]
    assert len(queries) <= 12, "\n".join(sql[:150] for sql in queries)
