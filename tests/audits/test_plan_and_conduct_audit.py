"""Internal audits from the plan to the report: rules at the action, answers at the page and the API."""

import pytest
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.standards.models import RequirementPosition
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from audits.actions import audits, findings
from audits.models import Audit, ChecklistItem
from tests.audits.making import (
    audit_values,
    items_of,
    make_audit,
    make_finding,
    make_running_audit,
    make_system,
    record_all,
    today,
)
from tests.factories import make_member

pytestmark = pytest.mark.django_db


def refused(cast, action, *args, **values) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken, working_in(cast.organisation):
        action(*args, **values)
    return broken.value


def own_requirement(cast, member, key="8.4-r01") -> None:
    with working_in(cast.organisation):
        RequirementPosition.objects.create(number=900, requirement=key, clause=key.partition("-")[0], owner=member)


def test_a_plan_has_number_trail_and_tells_the_lead_auditor(acme):
    with working_in(acme.organisation):
        audit = audits.plan_audit(actor=acme.officer, **audit_values(acme))
        assert (audit.number, audit.status) == (1, Audit.Status.PLANNED)
        assert Event.objects.filter(event="audits.audit.planned", target_id=audit.pk).count() == 1
        assert Notification.objects.get(member=acme.auditor).link == "/o/acme/audits/1/"


def test_only_an_internal_auditor_leads(acme):
    broken = refused(acme, audits.plan_audit, actor=acme.officer, **audit_values(acme, lead_auditor=acme.owner))
    assert broken.field == "lead_auditor"


def test_an_audit_cannot_end_before_it_starts(acme):
    broken = refused(acme, audits.plan_audit, actor=acme.officer, **audit_values(acme, ends_on=today(-9)))
    assert broken.field == "ends_on"


def test_the_checklist_holds_every_requirement_of_the_clauses_in_the_order_of_the_catalogue(acme):
    audit = make_audit(acme, ("9.1", "8.4"))
    items = items_of(acme, audit)
    assert {item.clause for item in items} == {"8.4", "9.1"}
    assert [item.clause for item in items] == sorted(item.clause for item in items)
    assert all(item.result == "open" and not item.notes for item in items)


def test_clauses_can_be_changed_until_something_was_seen_there(acme):
    audit = make_running_audit(acme, ("8.4", "9.1"))
    record_all(acme, audit)
    broken = refused(acme, audits.choose_clauses, audit, clauses=["9.1"], actor=acme.officer)
    assert "8.4" in broken.message and broken.field == "clauses"
    with working_in(acme.organisation):
        audits.choose_clauses(audit, clauses=["8.4", "9.1", "8.1"], actor=acme.officer)
        assert audit.checklist.filter(clause="8.1", result="open").exists()
        assert not audit.checklist.filter(clause="8.4", result="open").exists()


def test_an_audit_without_checklist_does_not_start(acme):
    with working_in(acme.organisation):
        audit = audits.plan_audit(actor=acme.officer, **audit_values(acme))
    assert "checklist" in refused(acme, audits.start_audit, audit, actor=acme.auditor).message


def test_nobody_leads_an_audit_of_what_they_answer_for(acme):
    audit = make_audit(acme)
    own_requirement(acme, acme.auditor)
    assert "8.4-r01" in refused(acme, audits.start_audit, audit, actor=acme.auditor).message


def test_nobody_judges_a_requirement_that_they_answer_for(acme):
    other = make_member(acme.organisation, Role.INTERNAL_AUDITOR, email="second@acme.example", name="Second Auditor")
    item = items_of(acme, make_running_audit(acme))[0]
    own_requirement(acme, other)
    broken = refused(acme, audits.record_item, item, result="conforms", notes="Seen.", actor=other)
    assert "Second Auditor" in broken.message


def test_a_verdict_needs_what_was_seen(acme):
    item = items_of(acme, make_running_audit(acme))[0]
    for result in ("conforms", "nonconforming", "not_applicable"):
        assert refused(acme, audits.record_item, item, result=result, notes="  ", actor=acme.auditor).field == "notes"


def test_nothing_is_recorded_before_the_start_or_after_the_report(acme):
    planned = items_of(acme, make_audit(acme))[0]
    assert (
        "Start" in refused(acme, audits.record_item, planned, result="conforms", notes="x", actor=acme.auditor).message
    )
    audit = make_running_audit(acme)
    record_all(acme, audit)
    with working_in(acme.organisation):
        audits.report_audit(audit, conclusion="It conforms.", actor=acme.auditor)
    item = items_of(acme, audit)[0]
    assert "closed" in refused(acme, audits.record_item, item, result="open", notes="", actor=acme.auditor).message


def test_two_auditors_do_not_overwrite_each_other(acme):
    item = items_of(acme, make_running_audit(acme))[0]
    with working_in(acme.organisation):
        audits.record_item(item, result="conforms", notes="First.", actor=acme.auditor, revision=item.revision)
    with pytest.raises(ChangedSinceOpened), working_in(acme.organisation):
        audits.record_item(item, result="nonconforming", notes="Second.", actor=acme.auditor, revision=item.revision)


def test_a_finding_never_names_a_system_of_its_auditors(acme):
    system = make_system(acme, owner=acme.auditor)
    audit = make_running_audit(acme)
    broken = refused(
        acme,
        findings.raise_finding,
        audit,
        grade="observation",
        statement="s",
        evidence_seen="e",
        system=system,
        actor=acme.auditor,
    )
    assert broken.field == "system" and "may not audit" in broken.message


def test_a_nonconformity_is_against_a_requirement(acme):
    audit = make_running_audit(acme)
    values = {"statement": "s", "evidence_seen": "e", "actor": acme.auditor}
    assert refused(acme, findings.raise_finding, audit, grade="major", **values).field == "requirement"
    assert (
        refused(acme, findings.raise_finding, audit, grade="major", requirement="99-r1", **values).field
        == "requirement"
    )


def test_an_item_with_a_nonconformity_does_not_conform(acme):
    audit = make_running_audit(acme)
    make_finding(acme, audit)
    item = items_of(acme, audit)[0]
    broken = refused(acme, audits.record_item, item, result="conforms", notes="Fine.", actor=acme.auditor)
    assert broken.field == "result"


def test_the_report_asks_for_open_items_findings_and_a_conclusion(acme):
    audit = make_running_audit(acme)
    first = items_of(acme, audit)[0]
    with working_in(acme.organisation):
        audits.record_item(first, result="nonconforming", notes="Missing.", actor=acme.auditor)
    report = {"actor": acme.auditor, "conclusion": "Mostly."}
    assert refused(acme, audits.report_audit, audit, **{**report, "conclusion": " "}).field == "conclusion"
    assert refused(acme, audits.report_audit, audit, **report).field == "open_items_reason"
    report["open_items_reason"] = "No time left."
    assert "8.4-r01" in refused(acme, audits.report_audit, audit, **report).message
    make_finding(acme, audit)
    with working_in(acme.organisation):
        audits.report_audit(audit, **report)
        audit.refresh_from_db()
    assert (audit.status, audit.open_items_reason) == ("reported", "No time left.")
    assert audit.reported_at <= timezone.now()


def test_a_report_waits_when_the_lead_has_come_to_own_what_was_found(acme):
    system = make_system(acme)
    audit = make_running_audit(acme)
    make_finding(acme, audit, system=system, grade="observation", requirement="")
    record_all(acme, audit)
    with working_in(acme.organisation):
        type(system).objects.filter(pk=system.pk).update(owner=acme.auditor)
    assert "owns" in refused(acme, audits.report_audit, audit, conclusion="c", actor=acme.auditor).message


def test_a_cancelled_audit_keeps_its_reason_and_is_never_started(acme):
    audit = make_audit(acme)
    assert refused(acme, audits.cancel_audit, audit, reason=" ", actor=acme.officer).field == "reason"
    with working_in(acme.organisation):
        audits.cancel_audit(audit, reason="The unit was sold.", actor=acme.officer)
    assert refused(acme, audits.start_audit, audit, actor=acme.auditor)
    assert refused(acme, audits.edit_audit, audit, actor=acme.officer, **audit_values(acme))


def form(**changes) -> dict:
    return {
        "title": "Audit",
        "criteria": "8",
        "scope_text": "All",
        "starts_on": "2026-12-01",
        "ends_on": "2026-12-02",
        **changes,
    }


def test_the_page_plans_chooses_starts_and_reports(acme, sign_in):
    client = sign_in(acme.auditor)
    response = client.post("/o/acme/audits/plan/", form(lead_auditor=str(acme.auditor.pk)))
    assert response["Location"] == "/o/acme/audits/1/clauses/"
    client.post("/o/acme/audits/1/clauses/", {"clauses": ["8.4"], "revision": "1"})
    assert client.post("/o/acme/audits/1/start/", {"x": ""})["Location"] == "/o/acme/audits/1/checklist/"
    with working_in(acme.organisation):
        places = list(ChecklistItem.objects.values_list("ordinal", flat=True))
    for place, following in zip(places, [*places[1:], None], strict=True):
        values = {"result": "conforms", "notes": "Seen.", "revision": "1", "then": "next"}
        response = client.post(f"/o/acme/audits/1/checklist/{place}/record/", values)
        assert response["Location"] == (
            f"/o/acme/audits/1/checklist/{following}/" if following else "/o/acme/audits/1/checklist/"
        )
    page = client.get("/o/acme/audits/1/report/").content.decode()
    revision = page.split('name="revision" value="')[1].split('"')[0]
    client.post("/o/acme/audits/1/report/", {"conclusion": "It conforms.", "revision": revision})
    with working_in(acme.organisation):
        assert Audit.objects.get().status == "reported"


def test_the_checklist_shows_guidance_as_guidance_and_fills_in_no_opinion(acme, sign_in):
    item = items_of(acme, make_running_audit(acme))[0]
    page = sign_in(acme.auditor).get(f"/o/acme/audits/1/checklist/{item.ordinal}/").content.decode()
    assert "Questions to ask" in page and "no evidence" in page
    assert 'value="open"' in page and "checked" in page
    assert page.split("<textarea")[1].split(">")[1].split("<")[0].strip() == ""


def test_a_page_says_what_is_wrong_and_writes_nothing(acme, sign_in):
    client = sign_in(acme.officer)
    for bad in [
        {"lead_auditor": str(acme.owner.pk)},
        {"lead_auditor": "not a person"},
        {"starts_on": "31 February"},
        {"title": "x" * 201},
        {"title": "nul\x00byte"},
        {"criteria": "y" * 2_000_000},
        {"title": "\u202egnp"},
    ]:
        response = client.post("/o/acme/audits/plan/", form(**{"lead_auditor": str(acme.auditor.pk), **bad}))
        assert response.status_code in (200, 400), bad
        if response.status_code == 200:
            assert "This was not saved" in response.content.decode(), bad
    with working_in(acme.organisation):
        assert not Audit.objects.exists()


def test_page_and_api_refuse_in_the_same_words(acme, sign_in, api_as):
    make_running_audit(acme)
    page = sign_in(acme.auditor).post("/o/acme/audits/1/report/", {"conclusion": "c", "revision": "3"}).content.decode()
    answer = api_as(acme.auditor).post("/api/v1/o/acme/audits/1/report/", {"conclusion": "c"})
    assert answer.status_code == 409 and answer.json()["field"] == "open_items_reason"
    assert answer.json()["detail"] in page


def test_a_form_sent_twice_plans_one_audit(acme, sign_in):
    client = sign_in(acme.officer)
    values = form(lead_auditor=str(acme.auditor.pk), _once="the-same-key")
    first, second = (client.post("/o/acme/audits/plan/", values) for _ in range(2))
    assert first["Location"] == second["Location"]
    with working_in(acme.organisation):
        assert Audit.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("owner", "audits/plan/", 403),
        ("officer", "audits/1/start/", 403),
        ("officer", "audits/1/findings/raise/", 403),
        ("contributor", "audits/1/cancel/", 403),
        ("certifier", "audits/plan/", 403),
        ("certifier", "audits/1/start/", 403),
    ],
)
def test_who_may_not_is_told_so(acme, sign_in, who, path, status):
    make_audit(acme)
    assert sign_in(getattr(acme, who)).post(f"/o/acme/{path}", {"reason": "x"}).status_code == status


def test_the_api_runs_a_whole_audit(acme, api_as, globex):
    api, base = api_as(acme.auditor), "/api/v1/o/acme/audits/"
    created = api.post(base, form(lead_auditor=str(acme.auditor.pk)))
    assert created.status_code == 201 and created.json()["open_count"] == 0
    assert api.post(f"{base}1/clauses/", {"clauses": ["8.4"]}).json()["item_count"] == 3
    assert api.post(f"{base}1/start/").json()["status"] == "in_progress"
    for item in api.get(f"{base}1/checklist/").json():
        answer = api.put(
            f"{base}1/checklist/{item['ordinal']}/", {"result": "nonconforming", "notes": "No.", "revision": 1}
        )
        assert answer.status_code == 200, answer.json()
        found = {"grade": "minor", "statement": "s", "evidence_seen": "e", "requirement": item["requirement"]}
        assert api.post(f"{base}1/findings/", found).status_code == 201
    assert api.post(f"{base}1/report/", {"conclusion": "Not yet."}).json()["status"] == "reported"
    assert api.get("/api/v1/o/acme/findings/?grade=minor&search=s&ordering=-number").json()["count"] == 3
    assert api_as(globex.officer).get(f"{base}1/").status_code in (401, 404)
    assert api_as(acme.owner).post(base, {}).status_code == 403


def test_the_api_names_each_field_that_is_wrong(acme, api_as):
    api = api_as(acme.officer)
    answer = api.post(
        "/api/v1/o/acme/audits/",
        {"title": "a\u0000b", "lead_auditor": 7, "starts_on": "soon", "criteria": [], "scope_text": ""},
    )
    assert answer.status_code == 400
    assert set(answer.json()) == {"title", "lead_auditor", "starts_on", "ends_on", "criteria", "scope_text"}
    make_running_audit(acme)
    item = items_of(acme, make_running_audit(acme))[0]
    auditor = api_as(acme.auditor)
    huge = {"result": "perfect", "notes": "x" * 10_001, "revision": -1}
    answer = auditor.put(f"/api/v1/o/acme/audits/2/checklist/{item.ordinal}/", huge)
    assert set(answer.json()) == {"result", "notes", "revision"}
    assert auditor.put("/api/v1/o/acme/audits/2/checklist/999999999/", {}).status_code == 404
    assert auditor.get("/api/v1/o/acme/findings/?grade=purple").status_code == 400
