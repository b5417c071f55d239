"""Management reviews (9.3): gather, freeze, decide, hold; what cannot be gathered stops the whole."""

import hashlib

import pytest
import rfc8785

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.standards import catalogue
from aims.tenancy.scope import working_in
from audits import inputs
from audits.actions import review_actions, reviews
from audits.inputs import Count, Facts
from audits.models import ManagementReview, Nonconformity, ReviewAction, ReviewInput
from tests.audits.making import (
    make_decided,
    make_finding,
    make_gathered,
    make_held,
    make_nonconformity,
    make_prepared,
    make_review,
    make_running_audit,
    today,
)
from tests.factories import make_evidence

pytestmark = pytest.mark.django_db


def refused(cast, action, *args, **values) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken, working_in(cast.organisation):
        action(*args, **values)
    return broken.value


def facts_of(cast, review, key) -> dict:
    with working_in(cast.organisation):
        return ReviewInput.objects.get(review=review, input=key).facts


def figure(facts, label) -> int:
    return next(count["value"] for count in facts["counts"] if count["label"] == label)


def test_every_input_of_the_catalogue_has_its_collector():
    for entry in catalogue.review_inputs():
        assert callable(inputs.collector_of(entry.id)), entry.id


def test_gathering_fills_every_input_with_figures(acme):
    review = make_gathered(acme)
    with working_in(acme.organisation):
        rows = list(review.inputs.all())
    assert [row.input for row in rows] == [entry.id for entry in catalogue.review_inputs()]
    assert all(row.facts["counts"] for row in rows)


def test_figures_are_those_of_the_day_of_the_meeting(acme):
    make_nonconformity(acme, due_on=today(5))
    assert figure(facts_of(acme, make_gathered(acme), "MR-IN-D1"), "Overdue on the day of the meeting") == 0
    later = make_gathered(acme, held_on=today(10))
    assert figure(facts_of(acme, later, "MR-IN-D1"), "Overdue on the day of the meeting") == 1


def test_evidence_that_ages_until_the_meeting_counts_as_aged(acme):
    make_evidence(acme.owner, valid_for_days=7)
    label = "No longer current on the day of the meeting"
    assert figure(facts_of(acme, make_gathered(acme), "MR-IN-D2"), label) == 0
    assert figure(facts_of(acme, make_gathered(acme, held_on=today(60)), "MR-IN-D2"), label) == 1


def test_audit_results_name_the_findings(acme):
    make_finding(acme, make_running_audit(acme))
    facts = facts_of(acme, make_gathered(acme), "MR-IN-D3")
    assert figure(facts, "Minor nonconformity") == 1
    assert facts["records"][0]["page"] == "audits:finding_detail"


def test_a_figure_opens_to_its_records(acme, sign_in):
    make_nonconformity(acme, due_on=today(-2))
    make_gathered(acme)
    page = sign_in(acme.observer).get("/o/acme/reviews/1/").content.decode()
    assert "/o/acme/improvement/?state=overdue" in page and "/o/acme/nonconformities/1/" in page


def test_a_collector_that_fails_stops_the_gathering_and_says_which_and_why(acme, monkeypatch):
    def broken(period):
        Nonconformity.objects.get(number=404)

    review = make_review(acme)
    inputs.collector_of("MR-IN-D1")
    monkeypatch.setitem(inputs._collectors, "MR-IN-D1", broken)
    refusal = refused(acme, reviews.gather_inputs, review, actor=acme.officer)
    assert "MR-IN-D1" in refusal.message and "DoesNotExist" in refusal.message
    with working_in(acme.organisation):
        assert not ReviewInput.objects.exists()


@pytest.mark.parametrize(
    "empty",
    [
        lambda period: Facts(period),
        lambda period: Facts(period, [Count("Negative", -1)]),
        lambda period: None,
    ],
)
def test_an_empty_input_is_no_input(acme, monkeypatch, empty):
    review = make_review(acme)
    inputs.collector_of("MR-IN-E")
    monkeypatch.setitem(inputs._collectors, "MR-IN-E", empty)
    assert "MR-IN-E" in refused(acme, reviews.gather_inputs, review, actor=acme.officer).message


def test_an_input_without_collector_is_named(acme, monkeypatch):
    review = make_review(acme)
    inputs.collector_of("MR-IN-X6")
    monkeypatch.delitem(inputs._collectors, "MR-IN-X6")
    assert "nothing gathers it" in refused(acme, reviews.gather_inputs, review, actor=acme.officer).message


def test_gathering_again_keeps_comments(acme):
    review = make_gathered(acme)
    with working_in(acme.organisation):
        first = review.inputs.get(ordinal=1)
        reviews.comment_input(first, comment="Seven of eight are done.", actor=acme.executive)
        reviews.gather_inputs(review, actor=acme.officer)
        assert review.inputs.get(ordinal=1).comment == "Seven of eight are done."
        assert review.inputs.count() == len(catalogue.review_inputs())


def test_the_freeze_is_the_hash_of_canonical_json(acme):
    review = make_prepared(acme)
    with working_in(acme.organisation):
        review = ManagementReview.objects.get(pk=review.pk)
        rows = list(review.inputs.order_by("ordinal"))
    said = {
        "review": review.number,
        "title": review.title,
        "held_on": review.held_on.isoformat(),
        "inputs": [{"input": r.input, "gathered_at": r.gathered_at.isoformat(), "facts": r.facts} for r in rows],
    }
    assert review.frozen_sha256 == hashlib.sha256(rfc8785.dumps(said)).hexdigest()
    assert review.status == "prepared"


def test_what_was_gathered_for_another_day_is_gathered_again(acme):
    review = make_gathered(acme)
    values = {"title": review.title, "held_on": today(3), "chair": acme.executive, "actor": acme.officer}
    with working_in(acme.organisation):
        reviews.edit_review(review, **values)
    assert "Gather them again" in refused(acme, reviews.freeze_inputs, review, actor=acme.officer).message
    assert "not gathered" in refused(acme, reviews.freeze_inputs, make_review(acme), actor=acme.officer).message


def test_frozen_inputs_open_only_with_a_reason(acme):
    review = make_prepared(acme)
    assert "frozen" in refused(acme, reviews.gather_inputs, review, actor=acme.officer).message
    assert refused(acme, reviews.reopen_inputs, review, reason="", actor=acme.officer).field == "reason"
    with working_in(acme.organisation):
        reviews.reopen_inputs(review, reason="The meeting moves.", actor=acme.officer)
        reviews.gather_inputs(review, actor=acme.officer)


def test_a_changed_input_is_noticed(acme, sign_in):
    review = make_decided(acme)
    with working_in(acme.organisation):
        row = review.inputs.first()
        ReviewInput.objects.filter(pk=row.pk).update(facts={**row.facts, "note": "All is well."})
    assert "not what was frozen" in sign_in(acme.observer).get("/o/acme/reviews/1/").content.decode()
    hold = {"conclusion": "c", "attendees": "a", "actor": acme.executive}
    assert "differ" in refused(acme, reviews.hold_review, review, **hold).message


def test_holding_asks_for_frozen_inputs_conclusion_decisions_and_the_day(acme):
    hold, values = reviews.hold_review, {"conclusion": "It works.", "attendees": "The board", "actor": acme.executive}
    assert "frozen" in refused(acme, hold, make_gathered(acme), **values).message
    prepared = make_prepared(acme)
    assert refused(acme, hold, prepared, **{**values, "conclusion": " "}).field == "conclusion"
    assert refused(acme, hold, prepared, **{**values, "attendees": " "}).field == "attendees"
    assert "Decisions on improvement" in refused(acme, hold, prepared, **values).message
    future = make_decided(acme, held_on=today(4))
    assert "not taken place" in refused(acme, hold, future, **values).message


def test_a_held_review_never_changes(acme):
    review = make_held(acme)
    by = {"actor": acme.executive}
    assert "over" in refused(acme, reviews.decide, review, result="MR-OUT-1", statement="s", **by).message
    assert "over" in refused(acme, reviews.gather_inputs, review, **by).message
    with working_in(acme.organisation):
        each, decision = review.inputs.first(), review.decisions.first()
    assert "over" in refused(acme, reviews.comment_input, each, comment="c", **by).message
    assert "over" in refused(acme, reviews.edit_decision, decision, result="MR-OUT-1", statement="s", **by).message
    assert refused(acme, reviews.cancel_review, review, reason="r", **by)


def test_open_actions_are_carried_into_the_next_review(acme):
    make_held(acme, held_on=today(-40))
    second = make_gathered(acme)
    facts = facts_of(acme, second, "MR-IN-A")
    assert figure(facts, "Open, carried forward") == 1
    assert facts["records"][0]["label"] == "Hire a tester" and facts["since"] == today(-40).isoformat()
    with working_in(acme.organisation):
        action = ReviewAction.objects.get()
        review_actions.complete_review_action(action, note="Hired.", actor=acme.owner)
        reviews.gather_inputs(second, actor=acme.officer)
    facts = facts_of(acme, second, "MR-IN-A")
    assert (figure(facts, "Open, carried forward"), figure(facts, "Done since the last review")) == (0, 1)


def test_an_action_is_closed_by_who_is_responsible_or_who_plans(acme):
    make_held(acme)
    with working_in(acme.organisation):
        action = ReviewAction.objects.get()
    close = review_actions.complete_review_action
    assert "Only" in refused(acme, close, action, note="n", actor=acme.contributor).message
    assert refused(acme, close, action, note=" ", actor=acme.owner).field == "note"
    with working_in(acme.organisation):
        close(action, note="Done.", actor=acme.owner)


def test_the_words_of_the_minutes_stay(acme):
    make_held(acme)
    with working_in(acme.organisation):
        action = ReviewAction.objects.select_related("review", "decision").get()
        kept = {"owner": acme.officer, "due_on": today(60), "decision": action.decision, "actor": acme.officer}
        review_actions.edit_review_action(action, description=action.description, **kept)
    assert refused(acme, review_actions.edit_review_action, action, description="Less", **kept).field == "description"


def test_a_lost_update_is_refused(acme):
    review = make_review(acme)
    with working_in(acme.organisation):
        reviews.gather_inputs(review, actor=acme.officer, revision=review.revision)
    with pytest.raises(ChangedSinceOpened), working_in(acme.organisation):
        reviews.gather_inputs(review, actor=acme.officer, revision=review.revision)


def test_the_chair_may_hold_reviews(acme):
    values = {"title": "t", "held_on": today(), "chair": acme.contributor, "actor": acme.officer}
    assert refused(acme, reviews.plan_review, **values).field == "chair"


def test_the_pages_go_from_plan_to_minutes(acme, sign_in):
    client = sign_in(acme.executive)
    values = {"title": "Half-year", "held_on": str(today()), "chair": str(acme.executive.pk)}
    assert client.post("/o/acme/reviews/plan/", values)["Location"] == "/o/acme/reviews/1/"
    client.post("/o/acme/reviews/1/gather/", {"revision": "1"})
    client.post("/o/acme/reviews/1/inputs/1/", {"comment": "All done.", "revision": "1"})
    client.post("/o/acme/reviews/1/freeze/", {"revision": "2"})
    for result in ("MR-OUT-1", "MR-OUT-2"):
        client.post("/o/acme/reviews/1/decisions/record/", {"result": result, "statement": "None needed."})
    values = {"description": "Tell purchasing", "owner": str(acme.owner.pk), "due_on": str(today(9))}
    client.post("/o/acme/reviews/1/actions/record/", values)
    response = client.post("/o/acme/reviews/1/hold/", {"conclusion": "Good.", "attendees": "Us", "revision": "3"})
    assert response.status_code == 302, response.content.decode()[-3000:]
    minutes = client.get("/o/acme/reviews/1/minutes/").content.decode()
    for words in ("All done.", "None needed.", "Tell purchasing", "Good.", "SHA-256", "These minutes are complete."):
        assert words in minutes


def test_a_failed_gathering_is_shown_on_the_page(acme, sign_in, monkeypatch):
    make_review(acme)
    inputs.collector_of("MR-IN-B")
    monkeypatch.setitem(inputs._collectors, "MR-IN-B", lambda period: 1 // 0)
    page = sign_in(acme.officer).post("/o/acme/reviews/1/gather/", {"revision": "1"})
    assert page.status_code == 200 and "ZeroDivisionError" in page.content.decode()


def test_the_api_goes_the_same_way(acme, api_as, sign_in):
    api, base = api_as(acme.executive), "/api/v1/o/acme/reviews/"
    values = {"title": "Half-year", "held_on": str(today()), "chair": str(acme.executive.pk)}
    assert api.post(base, values).status_code == 201
    assert len(api.post(f"{base}1/gather/", {}).json()["inputs"]) == len(catalogue.review_inputs())
    assert api.put(f"{base}1/inputs/2/", {"comment": "c", "revision": 1}).json()["comment"] == "c"
    assert len(api.post(f"{base}1/freeze/", {}).json()["frozen_sha256"]) == 64
    for result in ("MR-OUT-1", "MR-OUT-2"):
        assert api.post(f"{base}1/decisions/", {"result": result, "statement": "None needed."}).status_code == 201
    assert api.post(f"{base}1/decisions/", {"result": "MR-OUT-99", "statement": "s"}).status_code == 409
    agreed = {"description": "d", "owner": str(acme.owner.pk), "due_on": str(today(3)), "decision": 1}
    assert api.post(f"{base}1/actions/", agreed).status_code == 201
    held = api.post(f"{base}1/hold/", {"conclusion": "c", "attendees": "a"})
    assert held.status_code == 200 and held.json()["status"] == "held"
    assert (
        api_as(acme.owner).post("/api/v1/o/acme/review-actions/1/complete/", {"note": "n"}).json()["status"] == "done"
    )
    assert api_as(acme.contributor).post(base, {}).status_code == 403
    reader = sign_in(acme.certifier)
    assert reader.get(f"{base}1/").status_code == 200
    assert reader.post(f"{base}1/gather/", {}).status_code == 403


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("owner", "reviews/plan/"),
        ("auditor", "reviews/1/gather/"),
        ("contributor", "reviews/1/hold/"),
        ("certifier", "reviews/1/freeze/"),
        ("observer", "review-actions/1/complete/"),
    ],
)
def test_who_may_not_is_told_so(acme, sign_in, who, path):
    make_held(acme)
    assert sign_in(getattr(acme, who)).post(f"/o/acme/{path}", {"note": "x"}).status_code == 403
