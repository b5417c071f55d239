"""The Statement of Applicability: adopted, decided, implemented, shown to work."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.standards.catalogue import controls as annex_controls
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from evidence.actions import review_version, withdraw_item
from evidence.models import EvidenceItem, EvidenceVersion
from risks.actions import (
    adopt_annex_a,
    edit_control,
    edit_risk,
    link_evidence,
    refresh_effectiveness,
    refresh_for_items,
    unlink_evidence,
)
from risks.models import Control, ControlEvidence
from risks.selectors import soa_summary, statement_of_applicability
from tests.factories import make_control, make_evidence, make_risk

pytestmark = pytest.mark.django_db


@pytest.fixture
def statement(acme):
    with working_in(acme.organisation):
        return adopt_annex_a(acme.organisation, actor=acme.officer)


def accepted(acme, **fields):
    item = make_evidence(acme.contributor, **fields)
    with working_in(acme.organisation):
        review_version(item.current, verdict="accepted", note="Read it.", actor=acme.challenger)
        return EvidenceItem.objects.get(pk=item.pk)


def test_annex_a_is_adopted_once_in_the_order_of_the_standard(acme, globex, statement):
    with working_in(acme.organisation):
        assert adopt_annex_a(acme.organisation, actor=None) == []
        found = list(Control.objects.values_list("reference", flat=True))
        assert Event.objects.filter(event="risks.control.adopted").count() == 38
    assert found == [control.ref for control in annex_controls()]
    assert len(found) == 38
    with globex:
        assert not Control.objects.exists()


def test_a_missing_control_is_completed(acme, statement):
    with working_in(acme.organisation):
        Control.objects.get(reference="A.10.2").delete()
        assert [control.reference for control in adopt_annex_a(acme.organisation, actor=acme.officer)] == ["A.10.2"]


@pytest.mark.parametrize("applicability", ["applicable", "excluded"])
def test_inclusion_and_exclusion_both_need_a_justification(acme, statement, applicability):
    with working_in(acme.organisation), pytest.raises(RuleBroken) as broken:
        edit_control(statement[0], applicability=applicability, justification=" ", actor=acme.officer)
    assert broken.value.field == "justification"


def test_a_decision_is_recorded_and_stays_a_decision(acme, statement):
    with working_in(acme.organisation):
        edit_control(statement[0], applicability="applicable", justification="Needed.", actor=acme.officer)
        assert Event.objects.filter(event="risks.control.decided").count() == 1
        with pytest.raises(RuleBroken) as broken:
            edit_control(statement[0], applicability="undecided", actor=acme.officer)
        assert broken.value.field == "applicability"


def test_a_control_that_open_risks_rely_on_cannot_be_excluded(acme, statement):
    risk = make_risk(acme.owner, controls=[statement[3]])
    with working_in(acme.organisation):
        with pytest.raises(RuleBroken, match="1 open risk relies"):
            edit_control(statement[3], applicability="excluded", justification="Not here.", actor=acme.officer)
        edit_risk(risk, controls=[], actor=acme.owner)
        edit_control(statement[3], applicability="excluded", justification="Not here.", actor=acme.officer)


def test_annex_a_keeps_its_words_and_own_controls_may_change_theirs(acme, statement):
    own = make_control(acme.officer)
    with working_in(acme.organisation):
        with pytest.raises(RuleBroken):
            edit_control(statement[0], title="Other words", actor=acme.officer)
        assert edit_control(own, title="Other words", actor=acme.officer).title == "Other words"


@pytest.mark.parametrize("reference", ["", "A.2.2", "A.99", "own 1", "OWN-" + "1" * 30, "OWN-1\x00", "ÄÖ-1", "-1"])
def test_odd_references_of_own_controls_are_refused(acme, reference):
    with pytest.raises(RuleBroken) as broken:
        make_control(acme.officer, reference)
    assert broken.value.field == "reference"


def test_references_are_unique(acme):
    make_control(acme.officer, "own-1")
    with pytest.raises(RuleBroken) as broken:
        make_control(acme.officer, "OWN-1")
    assert broken.value.field == "reference"


def test_a_lost_update_is_refused(acme, statement):
    control = statement[0]
    said = {"revision": control.revision, "actor": acme.officer}
    with working_in(acme.organisation):
        edit_control(control, implementation="partial", **said)
        with pytest.raises(ChangedSinceOpened):
            edit_control(control, implementation="implemented", **said)


def test_effectiveness_follows_the_evidence(acme, statement):
    control = statement[0]
    item = accepted(acme)
    with working_in(acme.organisation):
        link_evidence(control, item=item, relevance="Shows it.", actor=acme.officer)
        control.refresh_from_db()
        assert control.effectiveness == "working"
        revision = control.revision
        later = timezone.now() + timedelta(days=400)
        assert [one.pk for one in refresh_for_items([item.pk], later)] == [control.pk]
        control.refresh_from_db()
        assert (control.effectiveness, control.revision) == ("failing", revision)
        assert "Selection rates by age band" in control.effectiveness_reason
        assert refresh_effectiveness([control], later) == []
        unlink_evidence(control, item=item, actor=acme.officer)
        control.refresh_from_db()
        assert control.effectiveness == "unknown"
        names = list(Event.objects.filter(target_id=control.pk).order_by("sequence").values_list("event", flat=True))
    assert names == [
        "risks.control.adopted",
        "risks.control.evidence_linked",
        "risks.control.effectiveness_changed",
        "risks.control.effectiveness_changed",
        "risks.control.evidence_unlinked",
        "risks.control.effectiveness_changed",
    ]


def test_what_happens_to_evidence_reaches_its_controls(acme, statement, django_capture_on_commit_callbacks):
    item = accepted(acme)
    with working_in(acme.organisation):
        link_evidence(statement[0], item=item, actor=acme.officer)
    with django_capture_on_commit_callbacks(execute=True), working_in(acme.organisation):
        withdraw_item(item, reason="Wrong period.", actor=acme.officer)
    with acme:
        assert Control.objects.get(pk=statement[0].pk).effectiveness == "failing"


def test_a_late_worker_never_shows_a_stale_green(acme, statement, sign_in):
    control, item = statement[0], accepted(acme)
    with working_in(acme.organisation):
        link_evidence(control, item=item, actor=acme.officer)
        past = timezone.now() - timedelta(days=300)
        EvidenceVersion.objects.update(collected_at=past, valid_until=past + timedelta(days=30))
        assert Control.objects.get(pk=control.pk).effectiveness == "working"
    client = sign_in(acme.certifier)
    for path in (f"controls/{control.number}/", "controls/"):
        page = client.get(f"/o/acme/{path}").content.decode()
        assert "Not shown to work" in page
        assert "None of the evidence counts any more" in page
    failing = client.get("/o/acme/controls/?effectiveness=failing").context["listing"]
    assert [row.record.reference for row in failing.rows] == [control.reference]
    rows = list(csv.DictReader(io.StringIO(client.get("/o/acme/controls/?export=csv").getvalue().decode("utf-8-sig"))))
    assert rows[0]["Effectiveness"] == "Not shown to work"
    assert len(rows) == 38


def test_withdrawn_evidence_and_excluded_controls_are_not_linked(acme, statement):
    item = accepted(acme)
    with working_in(acme.organisation):
        edit_control(statement[1], applicability="excluded", justification="Not here.", actor=acme.officer)
        with pytest.raises(RuleBroken, match="excluded"):
            link_evidence(statement[1], item=item, actor=acme.officer)
        withdraw_item(item, reason="Wrong period.", actor=acme.officer)
        item.refresh_from_db()
        with pytest.raises(RuleBroken) as broken:
            link_evidence(statement[0], item=item, actor=acme.officer)
        assert broken.value.field == "item"


def test_linking_twice_makes_one_link(acme, statement):
    item = accepted(acme)
    with working_in(acme.organisation):
        for relevance in ("One", "One", "Two"):
            link_evidence(statement[0], item=item, relevance=relevance, actor=acme.officer)
        assert ControlEvidence.objects.get().relevance == "Two"


def test_pages_decide_add_and_link(acme, statement, sign_in):
    item = accepted(acme)
    client = sign_in(acme.officer)
    form = {"applicability": "applicable", "justification": "Needed.", "implementation": "partial", "revision": 1}
    refused = client.post("/o/acme/controls/1/edit/", {**form, "justification": ""})
    assert (refused.status_code, "Say why the control is needed here." in refused.content.decode()) == (422, True)
    assert client.post("/o/acme/controls/1/edit/", form).status_code == 302
    assert client.post("/o/acme/controls/1/edit/", form).status_code == 422
    own = {"reference": "own-1", "title": "Pair", "justification": "Needed."}
    assert client.post("/o/acme/controls/new/", own)["Location"] == "/o/acme/controls/39/"
    assert client.post("/o/acme/controls/new/", own).status_code == 422
    assert "Selection rates" in client.get("/o/acme/controls/1/evidence/?q=selection").content.decode()
    link = {"item": item.number, "relevance": "Shows it"}
    assert client.post("/o/acme/controls/1/evidence/", link).status_code == 302
    assert "Shows it" in client.get("/o/acme/controls/1/").content.decode()
    assert "A.2.2" in client.get(f"/o/acme/evidence/{item.number}/").content.decode()
    assert client.post("/o/acme/controls/1/evidence/", {"item": 99}).status_code == 404
    assert client.post("/o/acme/controls/1/evidence/", {"item": "x"}).status_code == 422
    assert client.post("/o/acme/controls/1/evidence/", {"item": item.number, "remove": "on"}).status_code == 302


def test_the_api_decides_adds_and_links(acme, statement, api_as):
    item = accepted(acme)
    api = api_as(acme.officer)
    body = {"applicability": "applicable", "justification": "Needed.", "revision": 1}
    assert api.patch("/api/v1/o/acme/controls/1/", body).json()["applicability"] == "applicable"
    assert api.patch("/api/v1/o/acme/controls/1/", body).status_code == 409
    assert api.patch("/api/v1/o/acme/controls/2/", {"applicability": "excluded"}).json()["field"] == "justification"
    assert api.patch("/api/v1/o/acme/controls/2/", {"applicability": "perhaps"}).status_code == 400
    made = api.post("/api/v1/o/acme/controls/", {"reference": "OWN-1", "title": "Pair", "justification": "Needed."})
    assert (made.status_code, made.json()["number"]) == (201, 39)
    linked = api.post("/api/v1/o/acme/controls/1/evidence/", {"item": item.number})
    assert linked.json()["effectiveness"] == "working"
    assert linked.json()["evidence"][0]["item"] == item.number
    assert api.post("/api/v1/o/acme/controls/1/evidence/", {"item": 10**20}).status_code == 400
    assert api.post("/api/v1/o/acme/controls/1/evidence/remove/", {"item": item.number}).json()["evidence"] == []
    found = api.get("/api/v1/o/acme/controls/?effectiveness=unknown&search=policy&ordering=-reference").json()
    assert found["results"][0]["reference"] == "A.2.4"


def test_the_statement_for_reports_is_whole_and_grouped(acme, statement):
    make_control(acme.officer)
    with acme:
        groups = statement_of_applicability("acme")
        summary = soa_summary()
    assert [group.reference for group in groups] == [f"A.{n}" for n in range(2, 11)] + [""]
    assert sum(len(group.rows) for group in groups) == 39
    assert (summary.total, summary.undecided, summary.applicable, summary.missing) == (39, 38, 1, 0)
