"""Identifying, assessing and editing risks: action, page and API."""

import pytest

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from inventory.models import AISystem
from risks.actions import add_risk, edit_risk
from risks.models import Risk
from tests.factories import RATED, make_control, make_risk, make_system

pytestmark = pytest.mark.django_db


def test_a_risk_without_ratings_is_identified(acme):
    risk = make_risk(acme.contributor, rated=False)
    assert (risk.number, risk.status, risk.score, risk.level) == (1, "identified", 0, "")


def test_a_risk_with_ratings_is_assessed_and_says_so(acme):
    risk = make_risk(acme.owner)
    assert (risk.status, risk.inherent_score, risk.score, risk.residual_score) == ("assessed", 20, 10, 8)
    assert risk.level == "high"
    with acme:
        told = Event.objects.order_by("sequence").filter(target_id=risk.pk).values_list("event", flat=True)
        assert list(told) == ["risks.risk.identified", "risks.risk.assessed"]


def test_without_a_current_rating_the_risk_counts_untreated(acme):
    risk = make_risk(acme.owner, rated=False, inherent_likelihood=3, inherent_impact=4, rating_reason="Seen elsewhere.")
    assert (risk.likelihood, risk.impact, risk.score) == (3, 4, 12)


@pytest.mark.parametrize(
    ("ratings", "field"),
    [
        ({"likelihood": 3, "impact": 3}, "inherent_likelihood"),
        ({"inherent_likelihood": 3}, "inherent_impact"),
        ({"inherent_impact": 3}, "inherent_likelihood"),
        ({"inherent_likelihood": 6, "inherent_impact": 1}, "inherent_likelihood"),
        ({"inherent_likelihood": 1, "inherent_impact": 0}, "inherent_impact"),
        ({"inherent_likelihood": 1, "inherent_impact": 1, "residual_impact": 2}, "residual_likelihood"),
    ],
)
def test_half_or_impossible_ratings_are_refused_by_field(acme, ratings, field):
    with pytest.raises(RuleBroken) as broken:
        make_risk(acme.owner, rated=False, rating_reason="Because.", **ratings)
    assert broken.value.field == field


def test_a_rating_needs_a_reason(acme):
    with pytest.raises(RuleBroken) as broken:
        make_risk(acme.owner, rating_reason="  ")
    assert broken.value.field == "rating_reason"


@pytest.mark.parametrize(("field", "value"), [("source", "RS-NONSENSE"), ("harm", "X"), ("treatment_option", "ignore")])
def test_what_is_not_in_the_catalogue_is_refused(acme, field, value):
    with pytest.raises(RuleBroken) as broken:
        make_risk(acme.owner, **{field: value})
    assert broken.value.field == field


def test_a_reader_cannot_own_a_risk(acme):
    with pytest.raises(RuleBroken) as broken:
        make_risk(acme.officer, owner=acme.observer)
    assert broken.value.field == "owner"


def test_editing_changes_only_what_is_given_and_tells_the_trail(acme):
    risk = make_risk(acme.owner, owner=acme.owner)
    with working_in(acme.organisation):
        edit_risk(risk, title="Refused without a reason", revision=risk.revision, actor=acme.owner)
        risk.refresh_from_db()
        told = Event.objects.get(event="risks.risk.edited").changes
    assert (risk.title, risk.likelihood, risk.owner_id) == ("Refused without a reason", 2, acme.owner.pk)
    assert told == {"title": ["One group is refused more often", "Refused without a reason"]}


def test_a_lost_update_is_refused(acme):
    risk = make_risk(acme.owner)
    opened = risk.revision
    with working_in(acme.organisation):
        edit_risk(risk, title="First", revision=opened, actor=acme.owner)
    with working_in(acme.organisation), pytest.raises(ChangedSinceOpened):
        edit_risk(risk, title="Second", revision=opened, actor=acme.officer)
    with acme:
        assert Risk.objects.get().title == "First"


def test_changed_links_alone_also_refuse_a_lost_update(acme):
    risk, system = make_risk(acme.owner), make_system(acme.owner)
    opened = risk.revision
    with working_in(acme.organisation):
        edit_risk(risk, systems=[system], revision=opened, actor=acme.owner)
    with working_in(acme.organisation), pytest.raises(ChangedSinceOpened):
        edit_risk(risk, systems=[], revision=opened, actor=acme.owner)


def test_rating_an_identified_risk_assesses_it(acme):
    risk = make_risk(acme.owner, rated=False)
    with working_in(acme.organisation):
        edit_risk(risk, **RATED, actor=acme.contributor)
        assert Risk.objects.get().status == "assessed"


def test_an_assessed_risk_keeps_a_rating(acme):
    risk = make_risk(acme.owner)
    with working_in(acme.organisation), pytest.raises(RuleBroken):
        edit_risk(risk, **dict.fromkeys([n for n in RATED if n != "rating_reason"]), actor=acme.owner)


def test_a_retired_system_and_an_excluded_control_cannot_be_linked(acme):
    system, control, risk = make_system(acme.owner), make_control(acme.officer), make_risk(acme.owner)
    with working_in(acme.organisation):
        AISystem.objects.update(status="retired")
        control.applicability = "excluded"
        control.save()
        system.refresh_from_db()
        with pytest.raises(RuleBroken) as broken:
            edit_risk(risk, systems=[system], actor=acme.owner)
        assert broken.value.field == "systems"
        with pytest.raises(RuleBroken) as broken:
            edit_risk(risk, controls=[control], actor=acme.owner)
        assert broken.value.field == "controls"
        assert not risk.system_links.exists()
        assert not risk.control_links.exists()


def test_page_adds_a_risk_of_a_system(acme, sign_in):
    system, control = make_system(acme.owner), make_control(acme.officer)
    client = sign_in(acme.contributor)
    page = client.get("/o/acme/risks/new/?system=1")
    assert page.status_code == 200
    form = {"title": "Leaks", "systems": [str(system.pk)], "controls": [str(control.pk)], "_once": "a"}
    answer = client.post("/o/acme/risks/new/", form)
    assert answer.status_code == 302
    assert client.post("/o/acme/risks/new/", form)["Location"] == answer["Location"]
    with acme:
        risk = Risk.objects.get()
        assert risk.system_links.get().system_id == system.pk
        assert risk.control_links.get().control_id == control.pk


def test_page_edits_a_risk_and_refuses_a_lost_update(acme, sign_in):
    risk = make_risk(acme.owner, rated=False)
    client = sign_in(acme.owner)
    assert client.get("/o/acme/risks/1/edit/").status_code == 200
    form = {"title": "Anew", "revision": risk.revision}
    assert client.post("/o/acme/risks/1/edit/", form).status_code == 302
    late = client.post("/o/acme/risks/1/edit/", {**form, "title": "Late"})
    assert late.status_code == 422
    assert "changed since you opened it" in late.content.decode()
    with acme:
        assert Risk.objects.get().title == "Anew"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "a\x00b"),
        ("title", "x" * 301),
        ("description", "y" * 10_000_000),
        ("inherent_likelihood", "9" * 40),
        ("inherent_likelihood", "-1"),
        ("review_on", "2026-02-30"),
        ("owner", "nobody"),
        ("source", "\u202eRS-DATA"),
        ("systems", "999999999999999999999"),
    ],
)
def test_page_explains_garbage_by_field(acme, sign_in, field, value):
    answer = sign_in(acme.owner).post("/o/acme/risks/new/", {"title": "A risk", field: value})
    assert answer.status_code == 422
    with acme:
        assert not Risk.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"title": "a\x00b"},
        {"title": ["list"]},
        {"title": "x" * 301},
        {"title": "ok", "inherent_likelihood": 10**30, "inherent_impact": 1},
        {"title": "ok", "inherent_likelihood": True, "inherent_impact": "x"},
        {"title": "ok", "systems": [10**30]},
        {"title": "ok", "systems": "7"},
        {"title": "ok", "controls": ["A.99.9"]},
        {"title": "ok", "owner": "me"},
        {"title": "ok", "description": "z" * 10_000_001},
        [],
        "text",
    ],
)
def test_api_explains_garbage(acme, api_as, body):
    answer = api_as(acme.owner).post("/api/v1/o/acme/risks/", body, format="json")
    assert answer.status_code == 400
    with acme:
        assert not Risk.objects.exists()


def test_api_adds_and_edits_with_the_same_words_as_the_page(acme, api_as, sign_in):
    make_system(acme.owner)
    make_control(acme.officer)
    api = api_as(acme.owner)
    made = api.post("/api/v1/o/acme/risks/", {"title": "Leaks", "systems": [1], "controls": ["OWN-1"], **RATED})
    assert made.status_code == 201, made.content
    body = made.json()
    assert made["Location"].endswith("/api/v1/o/acme/risks/1/")
    assert (body["level"], body["systems"], body["controls"][0]["reference"]) == (
        "high",
        [{"number": 1, "name": "Credit scoring"}],
        "OWN-1",
    )
    assert api.patch("/api/v1/o/acme/risks/1/", {"likelihood": 5, "revision": body["revision"]}).json()["score"] == 25
    stale = api.patch("/api/v1/o/acme/risks/1/", {"likelihood": 1, "revision": body["revision"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "changed")
    refused = api.post("/api/v1/o/acme/risks/", {"title": "x", "likelihood": 1, "impact": 1})
    assert (refused.status_code, refused.json()["field"]) == (409, "inherent_likelihood")
    page = sign_in(acme.owner).post("/o/acme/risks/new/", {"title": "x", "likelihood": 1, "impact": 1})
    assert refused.json()["detail"] in page.content.decode()


def test_an_idempotency_key_makes_one_risk(acme, api_as):
    api = api_as(acme.owner)
    answers = [
        api.post("/api/v1/o/acme/risks/", {"title": "Once"}, HTTP_IDEMPOTENCY_KEY="k1").json()["number"] for _ in "ab"
    ]
    assert answers == [1, 1]
    with acme:
        assert Risk.objects.count() == 1


def test_many_systems_are_linked_by_searching(acme, sign_in):
    make_risk(acme.owner)
    make_system(acme.owner, "Credit scoring")
    make_system(acme.owner, "Chat")
    client = sign_in(acme.owner)
    found = client.get("/o/acme/risks/1/systems/?q=cha").content.decode()
    assert "Chat" in found
    assert "Credit scoring" not in found
    assert client.post("/o/acme/risks/1/systems/", {"item": 2}).status_code == 302
    with acme:
        assert Risk.objects.get().system_links.get().system.name == "Chat"
    assert client.post("/o/acme/risks/1/systems/", {"item": 2, "remove": "on"}).status_code == 302
    assert client.post("/o/acme/risks/1/systems/", {"item": 99}).status_code == 404
    with acme:
        assert not Risk.objects.get().system_links.exists()


def test_the_actor_gives_the_organisation(acme, globex):
    risk = make_risk(acme.owner)
    with globex:
        assert not Risk.objects.exists()
    with working_in(globex.organisation):
        other = add_risk(title="Ours", actor=globex.owner)
    assert (other.number, other.organisation_id) == (1, globex.organisation.pk)
    assert risk.organisation_id == acme.organisation.pk
