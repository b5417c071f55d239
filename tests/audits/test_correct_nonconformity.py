"""Nonconformities and corrective actions (10.2): cause, action, effect checked by somebody else, closing."""

import pytest

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from audits.actions import corrective_actions, nonconformities
from audits.models import CorrectiveAction, Nonconformity
from tests.audits.making import (
    make_action,
    make_analysed,
    make_done,
    make_finding,
    make_nonconformity,
    make_running_audit,
    make_system,
    today,
)

pytestmark = pytest.mark.django_db


def refused(cast, action, *args, **values) -> RuleBroken:
    with pytest.raises(RuleBroken) as broken, working_in(cast.organisation):
        action(*args, **values)
    return broken.value


def fresh(cast, record):
    with working_in(cast.organisation):
        return type(record).objects.get(pk=record.pk)


def test_from_a_finding_it_takes_requirement_and_system(acme):
    system = make_system(acme)
    finding = make_finding(acme, make_running_audit(acme), system=system)
    nonconformity = make_nonconformity(acme, finding=finding)
    assert (nonconformity.requirement, nonconformity.system) == ("8.4-r01", system)


def test_an_observation_is_no_nonconformity(acme):
    finding = make_finding(acme, make_running_audit(acme), grade="observation")
    values = {"title": "t", "description": "d", "owner": acme.owner, "due_on": today(), "finding": finding}
    assert refused(acme, nonconformities.raise_nonconformity, actor=acme.officer, **values).field == "finding"


def test_who_is_responsible_can_work_on_it_and_is_told(acme):
    values = {"title": "t", "description": "d", "due_on": today()}
    broken = refused(acme, nonconformities.raise_nonconformity, owner=acme.observer, actor=acme.officer, **values)
    assert broken.field == "owner"
    make_nonconformity(acme)
    with working_in(acme.organisation):
        assert "Assessment not repeated" in Notification.objects.get(member=acme.owner).sentence


def test_no_action_before_the_cause_is_known(acme):
    nonconformity = make_nonconformity(acme)
    values = {"description": "d", "owner": acme.owner, "due_on": today(), "actor": acme.owner}
    assert "root cause" in refused(acme, corrective_actions.plan_corrective_action, nonconformity, **values).message


def test_the_whole_way_to_closed(acme):
    nonconformity = make_analysed(acme)
    assert nonconformity.status == "analysed"
    action = make_done(acme, nonconformity)
    assert fresh(acme, nonconformity).status == "in_action"
    with working_in(acme.organisation):
        corrective_actions.check_effect(action, is_effective=True, note="Tried twice.", actor=acme.officer)
        nonconformities.close_nonconformity(nonconformity, note="Good.", actor=acme.officer)
    closed = fresh(acme, nonconformity)
    assert (closed.status, closed.closed_by_id) == ("closed", acme.officer.pk)
    assert (
        "closed"
        in refused(
            acme, nonconformities.analyse_nonconformity, closed, correction="", root_cause="x", actor=acme.owner
        ).message
    )


@pytest.mark.parametrize("who", ["contributor", "owner"])
def test_neither_the_doer_nor_the_responsible_checks_the_effect(acme, who):
    nonconformity = make_analysed(acme)
    action = make_action(acme, nonconformity, owner=acme.owner)
    with working_in(acme.organisation):
        corrective_actions.complete_corrective_action(action, note="Done.", actor=acme.contributor)
    broken = refused(
        acme, corrective_actions.check_effect, action, is_effective=True, note="n", actor=getattr(acme, who)
    )
    assert "Somebody else" in broken.message


def test_closing_waits_for_every_action_and_a_good_effect(acme):
    nonconformity = make_analysed(acme)
    first = make_done(acme, nonconformity)
    close = nonconformities.close_nonconformity
    assert "not checked" in refused(acme, close, nonconformity, actor=acme.officer).message
    with working_in(acme.organisation):
        corrective_actions.check_effect(first, is_effective=False, note="Came back.", actor=acme.officer)
    assert fresh(acme, nonconformity).status == "analysed"
    assert "not effective" in refused(acme, close, nonconformity, actor=acme.officer).message
    second = make_action(acme, nonconformity)
    assert "still planned" in refused(acme, close, nonconformity, actor=acme.officer).message
    with working_in(acme.organisation):
        corrective_actions.complete_corrective_action(second, note="Done.", actor=acme.contributor)
        corrective_actions.check_effect(second, is_effective=True, note="Gone.", actor=acme.auditor)
        close(nonconformity, actor=acme.officer)
    assert fresh(acme, nonconformity).status == "closed"


def test_closing_without_any_action_is_refused(acme):
    nonconformity = make_analysed(acme)
    action = make_action(acme, nonconformity)
    with working_in(acme.organisation):
        corrective_actions.cancel_corrective_action(action, reason="Not needed.", actor=acme.owner)
    assert (
        "No corrective action"
        in refused(acme, nonconformities.close_nonconformity, nonconformity, actor=acme.officer).message
    )


def test_what_comes_back_is_reopened_with_a_reason(acme):
    nonconformity = make_analysed(acme)
    action = make_done(acme, nonconformity)
    reopen = nonconformities.reopen_nonconformity
    assert "not closed" in refused(acme, reopen, nonconformity, reason="r", actor=acme.officer).message
    with working_in(acme.organisation):
        corrective_actions.check_effect(action, is_effective=True, note="n", actor=acme.officer)
        nonconformities.close_nonconformity(nonconformity, actor=acme.officer)
    assert refused(acme, reopen, nonconformity, reason=" ", actor=acme.officer).field == "reason"
    with working_in(acme.organisation):
        reopen(nonconformity, reason="Again in May.", actor=acme.officer)
    again = fresh(acme, nonconformity)
    assert (again.status, again.closed_at, again.closed_by_id) == ("analysed", None, None)


def test_nothing_is_done_in_the_future(acme):
    action = make_action(acme, make_analysed(acme))
    complete = corrective_actions.complete_corrective_action
    assert refused(acme, complete, action, note="n", done_on=today(1), actor=acme.contributor).field == "done_on"
    with working_in(acme.organisation):
        complete(action, note="n", done_on=today(-3), actor=acme.contributor)
    assert fresh(acme, action).done_at.date() == today(-3)


def test_a_lost_update_is_refused(acme):
    nonconformity = make_nonconformity(acme)
    values = {"correction": "c", "root_cause": "r", "actor": acme.owner, "revision": nonconformity.revision}
    with working_in(acme.organisation):
        nonconformities.analyse_nonconformity(nonconformity, **values)
    with pytest.raises(ChangedSinceOpened), working_in(acme.organisation):
        nonconformities.analyse_nonconformity(nonconformity, **values)


def test_the_pages_lead_from_finding_to_closed(acme, sign_in):
    make_finding(acme, make_running_audit(acme))
    client = sign_in(acme.officer)
    filled = client.get("/o/acme/nonconformities/raise/?finding=1").content.decode()
    assert "The assessment was not repeated" in filled
    values = {"title": "t", "description": "d", "owner": str(acme.owner.pk), "due_on": str(today(9))}
    assert client.post("/o/acme/nonconformities/raise/?finding=1", values)["Location"] == "/o/acme/nonconformities/1/"
    client.post("/o/acme/nonconformities/1/analyse/", {"root_cause": "r", "revision": "1"})
    client.post(
        "/o/acme/nonconformities/1/actions/plan/",
        {"description": "a", "owner": str(acme.owner.pk), "due_on": str(today(5))},
    )
    sign_in(acme.owner).post("/o/acme/corrective-actions/1/complete/", {"note": "n", "revision": "1"})
    client = sign_in(acme.officer)
    client.post("/o/acme/corrective-actions/1/check/", {"is_effective": "yes", "note": "n", "revision": "2"})
    client.post("/o/acme/nonconformities/1/close/", {"revision": "3"})
    with working_in(acme.organisation):
        assert Nonconformity.objects.get().status == "closed"
        assert Nonconformity.objects.get().finding.number == 1


def test_the_page_puts_a_broken_rule_into_the_form(acme, sign_in):
    make_action(acme, make_analysed(acme), owner=acme.officer)
    client = sign_in(acme.officer)
    client.post("/o/acme/corrective-actions/1/complete/", {"note": "n", "revision": "1"})
    page = client.post("/o/acme/corrective-actions/1/check/", {"is_effective": "yes", "note": "n", "revision": "2"})
    assert page.status_code == 200 and "Somebody else checks its effect" in page.content.decode()


def test_the_api_goes_the_same_way(acme, api_as):
    officer, base = api_as(acme.officer), "/api/v1/o/acme/"
    created = officer.post(
        f"{base}nonconformities/",
        {"title": "t", "description": "d", "owner": str(acme.owner.pk), "due_on": str(today(3))},
    )
    assert created.status_code == 201
    assert (
        officer.post(
            f"{base}nonconformities/1/analyse/", {"correction": "", "root_cause": "r", "revision": 1}
        ).status_code
        == 200
    )
    planned = officer.post(
        f"{base}nonconformities/1/actions/", {"description": "a", "owner": str(acme.owner.pk), "due_on": str(today(3))}
    )
    assert planned.status_code == 201
    assert officer.post(f"{base}nonconformities/1/close/", {}).status_code == 409
    assert api_as(acme.owner).post(f"{base}corrective-actions/1/complete/", {"note": "n"}).status_code == 200
    assert (
        api_as(acme.owner).post(f"{base}corrective-actions/1/check/", {"is_effective": True, "note": "n"}).status_code
        == 403
    )
    assert (
        officer.post(f"{base}corrective-actions/1/check/", {"is_effective": True, "note": "n"}).json()["status"]
        == "effective"
    )
    assert officer.post(f"{base}nonconformities/1/close/", {}).json()["corrective_actions"][0]["checked_by"]["name"]
    assert officer.get(f"{base}nonconformities/?state=closed").json()["count"] == 1
    stale = officer.post(f"{base}nonconformities/1/reopen/", {"reason": "r", "revision": 1})
    assert stale.status_code == 409 and stale.json()["code"] == "changed"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("auditor", "nonconformities/1/analyse/"),
        ("contributor", "nonconformities/1/close/"),
        ("contributor", "corrective-actions/1/check/"),
        ("challenger", "nonconformities/raise/"),
        ("certifier", "corrective-actions/1/complete/"),
        ("observer", "nonconformities/1/edit/"),
    ],
)
def test_who_may_not_is_told_so(acme, sign_in, who, path):
    make_action(acme, make_analysed(acme))
    assert sign_in(getattr(acme, who)).post(f"/o/acme/{path}", {"note": "x"}).status_code == 403


def test_garbage_is_explained_and_nothing_is_written(acme, sign_in):
    make_nonconformity(acme)
    client = sign_in(acme.owner)
    for bad in [
        {"root_cause": "\x00"},
        {"root_cause": ""},
        {"root_cause": "x", "revision": "-1"},
        {"root_cause": "x", "revision": "9" * 400},
        {"root_cause": "🜀" * 5001},
    ]:
        response = client.post("/o/acme/nonconformities/1/analyse/", {"revision": "1", **bad})
        assert response.status_code in (200, 400), bad
    assert client.get("/o/acme/nonconformities/raise/?finding=%20drop").status_code == 404
    with working_in(acme.organisation):
        assert Nonconformity.objects.get().root_cause == "" and not CorrectiveAction.objects.exists()


def test_the_api_takes_a_finding_by_number_and_says_so_when_there_is_none(acme, api_as):
    make_finding(acme, make_running_audit(acme))
    values = {"title": "t", "description": "d", "owner": str(acme.owner.pk), "due_on": str(today(3))}
    api, path = api_as(acme.officer), "/api/v1/o/acme/nonconformities/"
    assert api.post(path, {**values, "finding": 1}).json()["requirement"] == "8.4-r01"
    for wrong in (0, -3, 77, 10**30, "seven", [], {}):
        answer = api.post(path, {**values, "finding": wrong})
        assert answer.status_code == 400 and "finding" in answer.json(), wrong
