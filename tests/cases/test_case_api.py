"""The API does what the pages do, under the same permissions and in the same words."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import AssuranceCase, EvidenceBinding, Link
from cases.sweep import reevaluate_due
from evidence.models import EvidenceVersion
from tests.cases.building import make_case, make_evidence, make_sound_case, make_system

pytestmark = pytest.mark.django_db
BASE = "/api/v1/o/acme/"


@pytest.fixture
def fallen(acme):
    with acme:
        case = make_sound_case(acme)
        ago = timezone.now() - timedelta(days=1)
        EvidenceVersion.objects.filter(item__title="Bias test").update(valid_until=ago, grace_until=ago)
        AssuranceCase.objects.update(next_transition_at=ago)
        return case


def test_the_list_and_the_detail_stand_as_of_now(acme, fallen, sign_in):
    api = sign_in(acme.certifier)
    (row,) = api.get(f"{BASE}cases/").json()["results"]
    assert row["standing"] == "unsupported"
    case = api.get(f"{BASE}cases/1/").json()
    assert case["standing"] == "unsupported"
    assert case["causes"][0]["path"] == ["G1", "S1", "G2", "Sn1"]
    assert case["causes"][0]["reason"] == "evidence_expired"
    assert {element["key"]: element["standing"] for element in case["elements"]}["G3"] == "holds"
    assert {(link["source"], link["target"]) for link in case["links"]} >= {("G1", "S1"), ("G2", "Sn1")}
    standing = api.get(f"{BASE}cases/1/standing/").json()
    assert standing["elements"]["Sn1"] == "unsupported"
    assert [horizon["days"] for horizon in api.get(f"{BASE}cases/1/forecast/").json()] == [30, 60, 90]
    assert api.get(f"{BASE}cases/1/transitions/").json()["count"] > 5
    assert api.get(f"{BASE}cases/1/figures/figure-1.svg")["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_the_filters_are_those_of_the_page(acme, fallen, api_as):
    api = api_as(acme.owner)
    with acme:
        reevaluate_due(timezone.now())
    assert api.get(f"{BASE}cases/?standing=unsupported&search=credit&ordering=-title").json()["count"] == 1
    assert api.get(f"{BASE}cases/?standing=holds").json()["count"] == 0
    assert api.get(f"{BASE}cases/?standing=perfect").status_code == 400
    assert api.get(f"{BASE}signals/?overdue=false&case=1").json()["count"] == 1


def test_a_case_is_built_by_the_api(acme, api_as):
    with acme:
        system, version = make_system(acme), make_evidence(acme)
    api = api_as(acme.owner)
    body = {"system": system.number, "title": "A case", "purpose": "Loans", "claim": "It is right"}
    made = api.post(f"{BASE}cases/", {**body, "accountable_owner": str(acme.owner.pk)})
    assert made.status_code == 201, made.content
    assert made["Location"].endswith("/api/v1/o/acme/cases/1/")
    api.post(f"{BASE}cases/1/elements/", {"kind": "solution", "parent": "G1", "statement": "The test"})
    bound = api.post(f"{BASE}cases/1/elements/Sn1/bind/", {"evidence": version.item.number, "relevance": "Rates"})
    assert bound.status_code == 201, bound.content
    assert bound.json()["standing"] == "holds"
    held = api.post(f"{BASE}cases/1/elements/G1/hold/", {"to": "weakened", "reason": "A doubt"}).json()
    assert held["standing"] == "weakened"
    assert held["elements"][0]["held_down_to"] == "weakened"
    assert api.post(f"{BASE}cases/1/elements/G1/lift/", {"reason": "Cleared"}).json()["standing"] == "holds"
    revision = held["elements"][0]["revision"]
    lost = api.patch(f"{BASE}cases/1/elements/G1/", {"statement": "Lost", "revision": revision})
    assert lost.status_code == 409
    assert lost.json()["code"] == "changed"
    with acme:
        binding, link = EvidenceBinding.objects.get(), Link.objects.get()
        make_evidence(acme, item=version.item)
    address = f"{BASE}cases/1/bindings/{binding.pk}/"
    assert api.patch(address, {"locator": "p. 2"}).status_code == 400
    assert api.patch(address, {"locator": "p. 2", "revision": 1}).status_code == 200
    for act, body in (("renew/", {"evidence": version.item.number}), ("remove/", {"reason": "Old"})):
        stale = api.post(address + act, {**body, "revision": 1})
        assert (stale.status_code, stale.json()["code"]) == (409, "changed")
    followed = api.patch(address, {"follow_latest": True, "revision": 2})
    assert (followed.status_code, followed.json()["field"]) == (409, "follow_latest")
    renewed = api.post(address + "renew/", {"evidence": version.item.number, "revision": 2})
    (shown,) = renewed.json()["elements"][1]["bindings"]
    assert (shown["version"], shown["revision"], shown["follow_latest"]) == (2, 3, False)
    assert (
        api.post(f"{BASE}cases/1/bindings/{binding.pk}/remove/", {"reason": "Old"}).json()["standing"] == "undeveloped"
    )
    assert api.post(f"{BASE}cases/1/links/{link.pk}/remove/").json()["links"] == []
    ends = {"source": "G1", "target": "Sn1"}
    for read in ({"revision": 99}, {"target_revision": 99}):
        stale = api.post(f"{BASE}cases/1/links/", {**ends, **read})
        assert (stale.status_code, stale.json()["code"]) == (409, "changed")
    assert api.post(f"{BASE}cases/1/links/", {**ends, "target_revision": 1}).status_code == 201
    cycle = api.post(f"{BASE}cases/1/links/", {"source": "Sn1", "target": "G1"})
    assert cycle.status_code == 409
    assert "nothing can be put below it" in cycle.json()["detail"]
    assert cycle.json()["detail"].endswith("(WF-S11)") and cycle.json()["rule"] == "WF-S11"
    assert api.post(f"{BASE}cases/1/elements/Sn1/withdraw/", {"reason": "Gone"}).status_code == 200
    edited = api.patch(f"{BASE}cases/1/", {"title": "Renamed", "revision": 1}).json()
    assert (edited["title"], edited["purpose"], edited["revision"]) == ("Renamed", "Loans", 2)
    assert api.post(f"{BASE}cases/1/withdraw/", {"reason": "Replaced"}).json()["status"] == "withdrawn"


@pytest.mark.parametrize("value", ["\x00", "x" * 20_000, -1, 10**20, [], {}, None, "‮" * 6000])
def test_garbage_is_refused_with_the_name_of_the_field(acme, fallen, api_as, value):
    api = api_as(acme.owner)
    for address, field in {
        "cases/": "system",
        "cases/1/elements/": "kind",
        "cases/1/elements/Sn1/bind/": "evidence",
        "cases/1/elements/G1/hold/": "to",
        "cases/1/links/": "source",
    }.items():
        answer = api.post(BASE + address, {field: value})
        assert answer.status_code == 400, (address, answer.content[:300])
        assert field in answer.json()


def test_nobody_sets_a_standing(acme, fallen, api_as):
    api = api_as(acme.officer)
    for body in ({"standing": "holds", "revision": 1}, {"standing": 4, "revision": 1}):
        assert api.patch(f"{BASE}cases/1/", body).json()["standing"] == "unsupported"
    raised = api.post(f"{BASE}cases/1/elements/G1/hold/", {"to": "holds", "reason": "Please"})
    assert raised.status_code == 400


def test_readers_and_strangers(acme, globex, fallen, api_as, sign_in):
    for member in (acme.certifier, acme.observer, acme.auditor):
        api = sign_in(member)
        assert api.get(f"{BASE}cases/1/").status_code == 200
        goal = {"kind": "goal", "statement": "x"}
        assert api.post(f"{BASE}cases/1/elements/", goal, content_type="application/json").status_code == 403
        assert api.post(f"{BASE}cases/1/withdraw/", {"reason": "x"}, content_type="application/json").status_code == 403
    with globex:
        make_case(globex)
    stranger = api_as(globex.officer)
    assert stranger.get(f"{BASE}cases/1/").status_code in (401, 403, 404)
    assert stranger.get("/api/v1/o/globex/cases/1/").json()["elements"][0]["standing"] == "undeveloped"
    assert stranger.get("/api/v1/o/globex/signals/1/").status_code == 404


def test_a_signal_is_closed_by_the_api(acme, fallen, api_as):
    with acme:
        reevaluate_due(timezone.now())
    api = api_as(acme.owner)
    assert api.get(f"{BASE}signals/1/").json()["causes"][0]["key"] == "Sn1"
    assert api.post(f"{BASE}signals/1/close/", {}).json()["field"] == "decision"
    assert api.post(f"{BASE}signals/1/close/", {"decision": "Suspended."}).json()["status"] == "closed"
