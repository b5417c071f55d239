"""Prometheus is asked; what it answers is a reading, what it does not is a failure that shows, never a reading."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from aims.integrations.models import Notification
from aims.integrations.outgoing import AskingFailed, addresses_of, get_json, target_of
from aims.rules import RuleBroken
from aims.trail.models import Event
from cases import tasks
from cases.actions import connect_metric, disconnect_metric, withdraw_metric
from cases.models import AssuranceCase, MetricPull, MetricReading, StandingLevel
from cases.pulling import pull_due
from cases.sweep import reevaluate_due
from tests.cases.building import make_sound_case
from tests.cases.measuring import make_measured_claim, make_metric

pytestmark = pytest.mark.django_db


class Prometheus(BaseHTTPRequestHandler):
    """A server that answers instant queries as it was told to."""

    answers: dict[str, object] = {}
    asked: list[str] = []

    def do_GET(self):
        address = urlsplit(self.path)
        query = parse_qs(address.query).get("query", [""])[0]
        self.asked.append(f"{address.path} {query}")
        answer = self.answers.get(query, b"")
        if isinstance(answer, int):
            self.send_response(answer)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            return
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said):
        return


def vector(*series):
    now = timezone.now().timestamp()
    found = [{"metric": labels, "value": [now, str(value)]} for labels, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": found}}


@pytest.fixture
def prometheus(settings):
    server = HTTPServer(("127.0.0.1", 0), Prometheus)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Prometheus.answers, Prometheus.asked = {}, []
    settings.ALLOWED_TARGETS = [f"127.0.0.1:{server.server_port}"]
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def metric(acme):
    with acme:
        return make_measured_claim(acme)


RATE, COUNT = "rate", "count"
LABELS = {"job": "api", "instance": "a"}


def connect(cast, metric, server, **changes):
    said = {"url": server.url, "query": RATE, "n_query": COUNT, "environment": "production", "every_minutes": 60}
    return connect_metric(metric, **{**said, **changes}, actor=cast.officer)


def good():
    return {
        RATE: vector(({**LABELS, "age": "55+"}, 0.93), ({**LABELS, "age": "18-34"}, 0.97)),
        COUNT: vector(({"age": "55+"}, 412), ({"age": "18-34"}, 800)),
    }


def test_an_answer_becomes_readings_and_the_standing_follows(acme, metric, prometheus):
    with acme:
        connect(acme, metric, prometheus)
        Prometheus.answers = good()
        assert pull_due(timezone.now()) == 2
        assert Prometheus.asked == ["/api/v1/query rate", "/api/v1/query count"]
        row = MetricReading.objects.select_related("system_version").get(cell='{"age":"55+"}')
        assert (row.value, row.n, row.source, row.environment) == (0.93, 412, "prometheus", "production")
        assert row.system_version.label == "1.0"
        reevaluate_due(timezone.now())
        assert AssuranceCase.objects.get().standing == StandingLevel.HOLDS
        assert pull_due(timezone.now()) == 0  # not before its time
        pull = MetricPull.objects.get()
        assert pull.failing_since is None and pull.last_success_at is not None
        assert abs(pull.next_pull_at - timezone.now() - timedelta(hours=1)) < timedelta(minutes=1)
        assert Event.objects.filter(event="cases.metric.measured", actor=None).count() == 1


def test_the_beat_asks_for_every_organisation_that_has_something_due(acme, globex, metric, prometheus):
    Prometheus.answers = good()
    with globex:
        connect(globex, make_metric(globex, make_sound_case(globex)), prometheus)
    with acme:
        connect(acme, metric, prometheus)
    assert tasks.pull_readings() == 4
    assert tasks.pull_readings() == 0
    with acme:
        assert MetricReading.objects.count() == 2


FAILURES = {
    "a refusal": ({RATE: {"status": "error", "error": "parse error"}}, "refuses the query: parse error"),
    "nothing found": ({RATE: vector()}, "found no series"),
    "no number": ({RATE: vector(({"age": "55+"}, "NaN"))}, "gave NaN"),
    "infinite": ({RATE: vector(({"age": "55+"}, "+Inf"))}, "gave +Inf"),
    "a range": ({RATE: {"status": "success", "data": {"resultType": "matrix", "result": []}}}, "range or a text"),
    "another server": ({RATE: {"hello": "world"}}, "not that of a Prometheus server"),
    "a list": ({RATE: [1]}, "not that of a Prometheus server"),
    "no JSON": ({RATE: b"<html>"}, "not JSON"),
    "an error": ({RATE: 500}, "answered 500"),
    "elsewhere": ({RATE: 302}, "answered 302"),
    "too long": ({RATE: b"[" + b"1," * 2_000_000}, "larger than 2 MB"),
    "an unknown group": (
        {RATE: vector(({"age": "young"}, 0.9)), COUNT: vector(({"age": "young"}, 400))},
        "Give one group",
    ),
    "no count": ({RATE: good()[RATE], COUNT: vector(({"age": "55+"}, 400))}, "leaves a group out"),
    "half a group": ({RATE: vector(({"a": "1", "age": "55+"}, 1), ({"a": "2", "age": "55+"}, 1))}, "several series"),
    "a negative count": ({RATE: good()[RATE], COUNT: vector(({"age": "55+"}, -4), ({"age": "18-34"}, 3))}, "cannot be one"),
    "a time in the future": (
        {
            RATE: {"status": "success", "data": {"resultType": "vector", "result": [
                {"metric": {"age": "55+"}, "value": [timezone.now().timestamp() + 9000, "0.9"]}]}},
            COUNT: vector(({"age": "55+"}, 400)),
        },
        "lies in the future",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(FAILURES))
def test_a_failure_shows_and_never_is_a_reading(acme, metric, prometheus, sign_in, what):
    Prometheus.answers, said = FAILURES[what]
    with acme:
        connect(acme, metric, prometheus)
        assert pull_due(timezone.now()) == 0
        assert not MetricReading.objects.exists()
        pull = MetricPull.objects.get()
        assert said in pull.last_error
        assert pull.failing_since is not None and pull.last_success_at is None
        assert pull.next_pull_at > timezone.now()
        assert Notification.objects.filter(event="cases.metric.pull_failed").count() == 2
    page = sign_in(acme.observer).get("/o/acme/metrics/1/").content.decode()
    assert "It gives no reading" in page


def test_a_server_that_is_gone_is_told_once_and_its_return_is_recorded(acme, metric, prometheus):
    prometheus.shutdown()
    prometheus.server_close()
    with acme:
        connect(acme, metric, prometheus)
        for hours in range(3):
            pull_due(timezone.now() + timedelta(hours=hours))
        assert "did not answer" in MetricPull.objects.get().last_error
        assert Event.objects.filter(event="cases.metric.pull_failed").count() == 1
    again = HTTPServer(("127.0.0.1", prometheus.server_port), Prometheus)
    threading.Thread(target=again.serve_forever, daemon=True).start()
    Prometheus.answers = good()
    with acme:
        assert pull_due(timezone.now() + timedelta(hours=9)) == 2
        assert MetricPull.objects.get().failing_since is None
        assert Event.objects.filter(event="cases.metric.pull_recovered").count() == 1
    again.shutdown()
    again.server_close()


def test_silence_of_the_server_becomes_a_doubt_when_the_last_reading_is_too_old(acme, metric, prometheus):
    with acme:
        connect(acme, metric, prometheus)
        Prometheus.answers = good()
        pull_due(timezone.now())
        reevaluate_due(timezone.now())
        Prometheus.answers = {RATE: 500}
        later = timezone.now() + timedelta(days=41)
        pull_due(later)
        reevaluate_due(later)
        assert AssuranceCase.objects.get().standing == StandingLevel.WEAKENED


def test_nobody_asks_for_a_metric_that_was_withdrawn(acme, metric, prometheus):
    with acme:
        connect(acme, metric, prometheus)
        withdraw_metric(metric, reason="Old", actor=acme.officer)
        assert pull_due(timezone.now()) == 0
        assert Prometheus.asked == []
        assert MetricPull.objects.get().next_pull_at is None


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("url", {"url": "prometheus"}),
        ("url", {"url": "file:///etc/passwd"}),
        ("url", {"url": "http://example.org"}),
        ("url", {"url": "https://10.0.0.1"}),
        ("query", {"query": "  "}),
        ("n_query", {"n_query": ""}),
        ("environment", {"environment": "moon"}),
        ("every_minutes", {"every_minutes": 1}),
        ("every_minutes", {"every_minutes": 100_000}),
    ],
    ids=str,
)
def test_a_question_that_cannot_be_put_is_refused(acme, metric, prometheus, field, change):
    with acme, pytest.raises(RuleBroken) as refused:
        connect(acme, metric, prometheus, **change)
    assert refused.value.field == field


def test_only_an_officer_connects_by_page_and_api(acme, globex, metric, prometheus, sign_in, api_as):
    said = {"url": prometheus.url, "query": RATE, "n_query": COUNT, "environment": "production", "every_minutes": 60}
    for member in (acme.owner, acme.contributor, acme.certifier):
        assert sign_in(member).post("/o/acme/metrics/1/connect/", said).status_code == 403
    assert sign_in(globex.officer).post("/o/acme/metrics/1/connect/", said).status_code == 404
    browser = sign_in(acme.officer)
    assert "Ask Prometheus" in browser.get("/o/acme/metrics/1/").content.decode()
    assert browser.post("/o/acme/metrics/1/connect/", said).status_code == 302
    assert "Asked of Prometheus" in browser.get("/o/acme/metrics/1/").content.decode()
    assert browser.post("/o/acme/metrics/1/disconnect/", {"reason": "Another way"}).status_code == 302
    api = api_as(acme.officer)
    assert api.post("/api/v1/o/acme/metrics/1/disconnect/", {"reason": "x"}).status_code == 409
    assert api.post("/api/v1/o/acme/metrics/1/connect/", said).json()["prometheus"]["query"] == RATE
    wrong = api.post("/api/v1/o/acme/metrics/1/connect/", {**said, "url": "http://127.0.0.1:1"})
    assert (wrong.status_code, wrong.json()["field"]) == (409, "url")
    with acme:
        disconnect_metric(metric, reason="Enough", actor=acme.officer)
        assert not MetricPull.objects.exists()


# --- What is not asked


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9090", "https://127.0.0.1", "https://localhost", "https://[::1]/", "https://10.1.2.3",
        "https://169.254.169.254", "https://192.168.0.1", "https://[::ffff:127.0.0.1]", "https://[64:ff9b::7f00:1]",
        "https://[2002:7f00:1::]", "https://[fe80::1]", "https://0.0.0.0", "https://224.0.0.1", "https://2130706433",
        "https://user:secret@example.org", "ftp://example.org", "https://", "https://exa mple.org", "https://a:99999",
        "https://example.org/?x=1", "https://example.org/#x", "javascript:alert(1)", "https://exämple\x00.org", "//x",
        "http://example.org",
    ],
)  # fmt: skip
def test_addresses_of_the_own_network_and_nonsense_are_not_asked(settings, url):
    settings.ALLOWED_TARGETS = []
    with pytest.raises(AskingFailed):
        addresses_of(target_of(url))


def test_a_name_that_leads_into_the_own_network_is_not_asked(settings, monkeypatch):
    settings.ALLOWED_TARGETS = []
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("127.0.0.1", 443))]
    monkeypatch.setattr("aims.integrations.outgoing.socket.getaddrinfo", lambda *_a, **_k: found)
    with pytest.raises(AskingFailed, match="not asked"):
        get_json("https://rebinding.example", "/x", {})


def test_the_operator_can_allow_a_network(settings):
    settings.ALLOWED_TARGETS = ["10.0.0.0/8"]
    assert addresses_of(target_of("http://10.1.2.3:9090")) == ["10.1.2.3"]
    with pytest.raises(AskingFailed):
        addresses_of(target_of("http://192.168.1.1"))
