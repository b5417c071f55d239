"""Evidence requests: asked, submitted, accepted or given back, declined, cancelled; reminders; page and API alike."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from aims.integrations.models import Notification
from aims.integrations.tasks import send_mail
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.site.sweeping import sweep
from aims.tenancy.actions import deactivate_member
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence import actions
from evidence.actions.requests import reminder_after
from evidence.models import EvidenceItem, EvidenceRequest
from evidence.reminding import next_reminder_on
from evidence.subjects import subject_of
from tests.cases.building import make_case
from tests.evidence.making import make_system
from tests.factories import make_control, make_evidence

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def ask(cast, **fields):
    said = {
        "title": "Selection rates of November", "owner": cast.contributor, "due_on": today() + timedelta(days=14),
        "actor": cast.officer, **fields,
    }  # fmt: skip
    with working_in(cast.organisation):
        return actions.ask_for_evidence(**said)


def step(name, asked, actor, **said):
    with working_in(actor.organisation):
        return getattr(actions, name)(asked, actor=actor, **said)


def reload(asked):
    with working_in(asked.organisation_id):
        return EvidenceRequest.objects.select_related("owner", "asked_by", "item", "system").get(pk=asked.pk)


def told(cast, member):
    with cast:
        return [(each.event, each.sentence) for each in Notification.objects.filter(member=member).order_by("pk")]


def test_asked_submitted_accepted(acme):
    asked = ask(acme)
    assert asked.status == "asked" and asked.number == 1
    assert told(acme, acme.contributor)[0][1].startswith("Governance officer of Acme asks you for evidence by")
    item = make_evidence(acme.contributor)
    step("submit_evidence", asked, acme.contributor, item=item)
    assert reload(asked).item == item and reload(asked).next_reminder_at is None
    assert told(acme, acme.officer)[0][0] == "evidence.request.submitted"
    step("accept_submission", asked, acme.officer, note="That answers it.")
    found = reload(asked)
    assert (found.status, found.closing_note, found.is_open) == ("accepted", "That answers it.", False)
    assert found.closed_at and told(acme, acme.contributor)[-1][0] == "evidence.request.accepted"
    with acme:
        names = Event.objects.filter(event__startswith="evidence.request.").order_by("sequence")
        assert [event.event.rpartition(".")[2] for event in names] == ["asked", "submitted", "accepted"]


def test_given_back_it_is_asked_for_again(acme):
    asked = ask(acme)
    item = make_evidence(acme.contributor)
    step("submit_evidence", asked, acme.contributor, item=item)
    again = today() + timedelta(days=3)
    step("return_submission", asked, acme.officer, reason="October, not November.", due_on=again)
    found = reload(asked)
    assert (found.status, found.item, found.due_on) == ("asked", None, again) and found.next_reminder_at is not None
    assert "October, not November." in told(acme, acme.contributor)[-1][1]
    step("submit_evidence", asked, acme.contributor, item=item)
    assert len([each for each in told(acme, acme.officer) if each[0] == "evidence.request.submitted"]) == 2


@pytest.mark.parametrize(("name", "who", "status"), [
    ("decline_request", "contributor", "declined"), ("cancel_request", "officer", "cancelled"),
])  # fmt: skip
def test_declined_and_cancelled_say_why_and_are_the_end(acme, name, who, status):
    asked = ask(acme)
    with pytest.raises(RuleBroken) as broken:
        step(name, asked, getattr(acme, who), reason="  ")
    assert broken.value.field == "reason" and reload(asked).status == "asked"
    step(name, asked, getattr(acme, who), reason="The logs are gone.")
    assert (reload(asked).status, reload(asked).next_reminder_at) == (status, None)
    other = acme.officer if who == "contributor" else acme.contributor
    assert "The logs are gone." in told(acme, other)[-1][1]
    for again in ("decline_request", "cancel_request"):
        with pytest.raises(RuleBroken):
            step(again, asked, acme.contributor if again == "decline_request" else acme.officer, reason="Again.")
    with pytest.raises(RuleBroken):
        step("submit_evidence", asked, acme.contributor, item=make_evidence(acme.contributor))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "  "}, "title"),
        ({"due_on": date(2001, 1, 1)}, "due_on"),
        ({"due_on": date(9999, 1, 1)}, "due_on"),
        ({"kind": "rumour"}, "kind"),
    ],
)
def test_what_cannot_be_asked_is_refused(acme, fields, field):
    with pytest.raises(RuleBroken) as broken:
        ask(acme, **fields)
    assert broken.value.field == field
    with acme:
        assert not EvidenceRequest.objects.exists() and not Notification.objects.exists()


@pytest.mark.parametrize("who", ["observer", "executive", "challenger", "officer"])
def test_only_somebody_else_who_can_add_evidence_is_asked(acme, who):
    with pytest.raises(RuleBroken) as broken:
        ask(acme, owner=getattr(acme, who))
    assert broken.value.field == "owner"


def test_who_left_is_not_asked(acme):
    with working_in(acme.organisation):
        deactivate_member(acme.contributor, actor=acme.officer)
        acme.contributor.refresh_from_db(fields=["is_active"])
    with pytest.raises(RuleBroken):
        ask(acme)


def test_only_what_fits_is_submitted_and_only_by_who_was_asked(acme):
    scoring, chat = make_system(acme.owner, "Scoring"), make_system(acme.owner, "Chat")
    asked = ask(acme, system=scoring, kind="red_team")
    right = make_evidence(acme.contributor, system=scoring, kind="red_team")
    for wrong in (
        make_evidence(acme.contributor, kind="red_team"),
        make_evidence(acme.contributor, system=chat, kind="red_team"),
        make_evidence(acme.contributor, system=scoring),
    ):
        with pytest.raises(RuleBroken) as broken:
            step("submit_evidence", asked, acme.contributor, item=wrong)
        assert broken.value.field == "item"
    with pytest.raises(RuleBroken, match="Only they can"):
        step("submit_evidence", asked, acme.owner, item=right)
    step("submit_evidence", asked, acme.contributor, item=right)
    with pytest.raises(RuleBroken):
        step("submit_evidence", asked, acme.contributor, item=right)
    with pytest.raises(RuleBroken, match="Somebody else"):
        step("accept_submission", asked, acme.contributor)


def test_withdrawn_evidence_is_not_submitted(acme):
    asked, item = ask(acme), make_evidence(acme.contributor)
    with working_in(acme.organisation):
        actions.withdraw_item(item, reason="Wrong.", actor=acme.officer)
        item = EvidenceItem.objects.get(pk=item.pk)
    with pytest.raises(RuleBroken):
        step("submit_evidence", asked, acme.contributor, item=item)


def test_an_edit_tells_whom_it_concerns_and_refuses_a_lost_update(acme):
    asked = ask(acme)
    said = {"title": "The same, for December", "description": "", "kind": "", "due_on": today() + timedelta(days=30)}
    step("edit_request", asked, acme.officer, owner=acme.owner, **said)
    assert told(acme, acme.owner)[0][0] == "evidence.request.asked"
    with pytest.raises(ChangedSinceOpened):
        step("edit_request", asked, acme.officer, owner=acme.owner, revision=1, **said)
    assert reload(asked).owner == acme.owner


def test_a_request_names_the_control_or_claim_it_is_for(acme, sign_in):
    control = make_control(acme.officer)
    with acme:
        case = make_case(acme)
        found = subject_of("control", "own-1"), subject_of("claim", f"{case.number} g1")
        assert [each.label for each in found] == [str(control), f"{case.number} G1: Decisions are even-handed"]
        for kind, reference in (("control", "A.99"), ("claim", "G1"), ("claim", "99 G1"), ("moon", "1"), ("", "1")):
            with pytest.raises(RuleBroken):
                subject_of(kind, reference)
    page = "/o/acme/evidence/requests/ask/"
    shown = sign_in(acme.officer).get(f"{page}?claim={case.number}+G1").content.decode()
    assert f'value="{case.number} G1"' in shown
    form = {
        "title": "Rates", "owner": str(acme.contributor.pk), "due_on": str(today()),
        "subject_kind": "claim", "subject_reference": f"{case.number} G1",
    }  # fmt: skip
    assert sign_in(acme.officer).post(page, form).status_code == 302
    detail = sign_in(acme.observer).get("/o/acme/evidence/requests/1/").content.decode()
    assert "Decisions are even-handed" in detail and f"/o/acme/cases/{case.number}/?element=G1#element" in detail
    refused = sign_in(acme.officer).post(page, {**form, "subject_reference": "99 G1"})
    assert refused.status_code == 200 and "Nothing has this reference" in refused.content.decode()


def test_the_days_of_reminding():
    due = date(2026, 12, 24)
    days, today_is = [], date(2026, 12, 1)
    while (next_on := next_reminder_on(due, today_is)) is not None:
        assert next_on > today_is
        days.append(next_on)
        today_is = next_on
    assert days[:4] == [date(2026, 12, 17), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 8)]
    assert days[-1] <= due + timedelta(days=92) and len(days) == 15
    for late in range(0, 200):  # from any day on, the next one lies ahead, however many were missed
        after = next_reminder_on(due, due + timedelta(days=late))
        assert after is None or due + timedelta(days=late) < after <= due + timedelta(days=late + 7)


def test_the_sweep_reminds_once_and_the_asker_only_when_it_is_overdue(acme, globex):
    asked = ask(acme, due_on=today() + timedelta(days=3))
    morning = reminder_after(asked.due_on, today())
    with acme:
        EvidenceRequest.objects.update(next_reminder_at=timezone.now())
    assert sweep(timezone.now() + timedelta(minutes=1)).reminded == 1
    assert sweep(timezone.now() + timedelta(minutes=1)).reminded == 0
    assert [each[0] for each in told(acme, acme.contributor)].count("evidence.request.reminded") == 1
    assert reload(asked).next_reminder_at == morning
    late = morning + timedelta(days=1)
    for _ in range(3):
        sweep(late)
    assert "which is past" in told(acme, acme.contributor)[-1][1]
    assert "has not brought the evidence" in told(acme, acme.officer)[-1][1] and len(told(acme, acme.officer)) == 1
    send_mail()
    assert {message.to[0] for message in mail.outbox} == {"contributor@acme.example", "governance-officer@acme.example"}
    assert not told(globex, globex.contributor)


def test_home_shows_what_i_am_asked_for_and_what_i_have_to_look_at(acme, sign_in):
    asked = ask(acme, title="Rates of November")
    assert "Rates of November" in sign_in(acme.contributor).get("/o/acme/").content.decode()
    step("submit_evidence", asked, acme.contributor, item=make_evidence(acme.contributor))
    page = sign_in(acme.officer).get("/o/acme/").content.decode()
    assert "Evidence to look at that you asked for" in page


STEPS = [
    ("edit", "officer", {"title": "x", "description": "", "kind": "", "owner": "", "due_on": "2099-01-01"}),
    ("submit", "contributor", {"item": 1}),
    ("decline", "contributor", {"reason": "No."}),
    ("cancel", "officer", {"reason": "No."}),
    ("accept", "officer", {"note": ""}),
    ("return", "officer", {"reason": "No.", "due_on": "2099-01-01"}),
]


@pytest.mark.parametrize(("name", "who", "form"), STEPS)
def test_each_step_is_for_those_who_may(acme, globex, sign_in, api_as, client, name, who, form):
    ask(acme)
    make_evidence(acme.contributor)
    page = f"/o/acme/evidence/requests/1/{name}/"
    for member, status in ((acme.certifier, 403), (acme.observer, 403), (globex.officer, 404)):
        assert sign_in(member).post(page, form).status_code == status
    stranger = {"contributor": acme.executive, "officer": acme.contributor}[who]
    assert sign_in(stranger).post(page, form).status_code == 403
    if name != "edit":
        assert api_as(stranger).post(f"/api/v1{page}", form).status_code == 403
    assert sign_in(getattr(acme, who)).get(page).status_code == 200
    client.logout()
    assert client.post(page, form).status_code == 302


def test_the_whole_way_by_page(acme, sign_in):
    form = {"title": "Rates", "owner": str(acme.contributor.pk), "due_on": str(today() + timedelta(days=9))}
    assert sign_in(acme.owner).post("/o/acme/evidence/requests/ask/", form).status_code == 302
    add = "/o/acme/evidence/add/?request=1"
    assert 'value="Rates"' in sign_in(acme.contributor).get(add).content.decode()
    new = {
        "title": "Rates", "kind": "evaluation", "collected_at": "2026-01-10T09:00", "owner": str(acme.owner.pk),
        "confidentiality": "internal", "method": "All.",
    }  # fmt: skip
    assert sign_in(acme.contributor).post(add, new).status_code == 302
    with acme:
        found = EvidenceRequest.objects.get()
        assert found.status == "submitted" and found.item == EvidenceItem.objects.get()
    assert (
        sign_in(acme.owner).post("/o/acme/evidence/requests/1/accept/", {"revision": found.revision}).status_code == 302
    )
    listed = sign_in(acme.observer).get("/o/acme/evidence/requests/?status=accepted").content.decode()
    assert "Rates" in listed
    assert "Rates" not in sign_in(acme.observer).get("/o/acme/evidence/requests/?status=open").content.decode()


def test_evidence_for_a_request_is_added_with_it_or_not_at_all(acme, sign_in):
    ask(acme, kind="red_team")
    new = {
        "title": "Rates", "kind": "evaluation", "collected_at": "2026-01-10T09:00", "owner": str(acme.owner.pk),
        "confidentiality": "internal", "method": "All.",
    }  # fmt: skip
    response = sign_in(acme.contributor).post("/o/acme/evidence/add/?request=1", new)
    assert response.status_code == 200 and "is asked for" in response.content.decode()
    with acme:
        assert not EvidenceItem.objects.exists() and EvidenceRequest.objects.get().status == "asked"


def test_the_whole_way_by_api(acme, api_as):
    control = make_control(acme.officer)
    api = api_as(acme.officer)
    said = {
        "title": "Rates", "owner": str(acme.contributor.pk), "due_on": str(today() + timedelta(days=9)),
        "subject_kind": "control", "subject_reference": "OWN-1",
    }  # fmt: skip
    answer = api.post("/api/v1/o/acme/evidence/requests/", said)
    assert answer.status_code == 201 and answer.json()["subject"] == str(control)
    path = "/api/v1/o/acme/evidence/requests/1/"
    assert api.post("/api/v1/o/acme/evidence/requests/", {**said, "subject_reference": "A.99"}).status_code == 400
    assert api.post("/api/v1/o/acme/evidence/requests/", {**said, "owner": str(acme.executive.pk)}).status_code == 409
    body = {"title": "Rates again", "owner": said["owner"], "due_on": said["due_on"], "revision": 1}
    assert api.put(path, body).json()["title"] == "Rates again"
    item = make_evidence(acme.contributor)
    assert api_as(acme.contributor).post(f"{path}submit/", {"item": 99}).status_code == 400
    assert api_as(acme.contributor).post(f"{path}submit/", {"item": item.number}).json()["status"] == "submitted"
    assert api.post(f"{path}return/", {"reason": "", "due_on": said["due_on"]}).status_code == 409
    assert api.post(f"{path}accept/", {"note": "Fine."}).json()["closing_note"] == "Fine."
    assert api.post(f"{path}cancel/", {"reason": "Late."}).status_code == 409
    assert api.get("/api/v1/o/acme/evidence/requests/?status=accepted").json()["count"] == 1


@pytest.mark.parametrize("rows", [10, 1000])
def test_the_list_stays_within_the_query_budget(acme, sign_in, django_assert_max_num_queries, rows):
    with acme:
        EvidenceRequest.objects.bulk_create(
            EvidenceRequest(
                number=number, title=f"Request {number}", owner=acme.contributor, asked_by=acme.officer, due_on=today()
            )
            for number in range(1, rows + 1)
        )
    client = sign_in(acme.officer)
    with django_assert_max_num_queries(12):
        assert client.get("/o/acme/evidence/requests/").status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get("/o/acme/evidence/requests/1/").status_code == 200
