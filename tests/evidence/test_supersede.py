"""Superseding: other evidence takes the place, what relied on it is named beforehand and led to the successor."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.scope import working_in
from aims.trail.models import Event
from cases.actions import renew_binding
from cases.models import AssuranceCase, EvidenceBinding, StandingLevel
from evidence.actions import review_version, supersede_item, withdraw_item
from evidence.models import EvidenceItem
from evidence.reliance import Change, reliances_on
from risks.actions import link_evidence
from risks.models import Control
from tests.cases.building import make_evidence as make_version
from tests.cases.building import make_sound_case
from tests.factories import make_control, make_evidence

pytestmark = pytest.mark.django_db
REASON = "The quarter was measured again with better labels."


@pytest.fixture
def old(acme):
    return make_evidence(acme.contributor)


@pytest.fixture
def new(acme):
    return make_evidence(acme.contributor, title="Selection rates, better labels")


def supersede(item, successor, actor, reason=REASON, **options):
    with working_in(actor.organisation):
        return supersede_item(item, successor=successor, reason=reason, actor=actor, **options)


def reload(item):
    with working_in(item.organisation_id):
        return EvidenceItem.objects.select_related("superseded_by", "current").get(pk=item.pk)


def test_the_successor_takes_the_place_and_the_old_one_stays_readable(acme, old, new):
    supersede(old, new, acme.owner)
    found = reload(old)
    assert (found.status, found.superseded_by, found.current, found.fresh_until) == ("superseded", new, None, None)
    assert found.freshness() == "superseded" and reload(new).is_active
    with acme:
        assert found.versions.get().next_change_at is None
        told = {event.event: event for event in Event.objects.filter(event__startswith="evidence.item.")}
        assert told["evidence.item.superseded"].changes["successor"] == new.number
        assert told["evidence.item.took_over"].target_id == new.pk


def test_it_may_still_be_withdrawn_but_never_comes_back(acme, old, new):
    supersede(old, new, acme.owner)
    with pytest.raises(RuleBroken):
        supersede(old, make_evidence(acme.owner), acme.owner)
    with working_in(acme.organisation):
        withdraw_item(old, reason="Wrong data.", actor=acme.owner)
    assert reload(old).status == "withdrawn"


@pytest.mark.parametrize("wrong", ["itself", "withdrawn", "superseded", "without a version"])
def test_what_cannot_take_the_place_is_refused(acme, old, new, wrong):
    with working_in(acme.organisation):
        if wrong == "withdrawn":
            withdraw_item(new, reason="Wrong data.", actor=acme.owner)
        elif wrong == "superseded":
            supersede_item(new, successor=make_evidence(acme.owner), reason=REASON, actor=acme.owner)
        elif wrong == "without a version":
            review_version(new.versions.get(), verdict="rejected", note="Wrong.", actor=acme.officer)
    with pytest.raises(RuleBroken) as broken:
        supersede(old, old if wrong == "itself" else reload(new), acme.owner)
    assert broken.value.field == "successor" and reload(old).is_active


def test_a_reason_is_needed_and_a_lost_update_refused(acme, old, new):
    with pytest.raises(RuleBroken) as broken:
        supersede(old, new, acme.owner, reason="  ")
    assert broken.value.field == "reason"
    with pytest.raises(ChangedSinceOpened):
        supersede(old, new, acme.owner, revision=77)
    assert reload(old).is_active


def test_page_and_api_do_the_same(acme, globex, sign_in, api_as, old, new, client):
    form = {"successor": new.number, "reason": REASON, "revision": reload(old).revision}
    page = f"/o/acme/evidence/{old.number}/supersede/"
    for member, status in ((acme.contributor, 403), (acme.certifier, 403), (globex.officer, 404)):
        assert sign_in(member).post(page, form).status_code == status
    refused = sign_in(acme.owner).post(page, {**form, "successor": 99})
    assert "There is no evidence 99" in refused.content.decode()
    assert api_as(acme.owner).post(f"/api/v1{page}", {**form, "successor": 99}).status_code == 400
    assert sign_in(acme.owner).post(page, form).status_code == 302
    assert reload(old).superseded_by == new
    third = make_evidence(acme.owner)
    answer = api_as(acme.owner).post(
        f"/api/v1/o/acme/evidence/{new.number}/supersede/", {"successor": third.number, "reason": REASON}
    )
    assert answer.status_code == 200 and answer.json()["superseded_by"] == third.number
    assert answer.json()["freshness"] == "superseded"
    assert "better labels" in sign_in(acme.observer).get(f"/o/acme/evidence/{old.number}/").content.decode()


def relying(acme):
    """A case that holds and a control that works, both resting on the same accepted evidence."""
    with acme:
        case = make_sound_case(acme)
        item = EvidenceItem.objects.get(title="Bias test")
        EvidenceItem.objects.update(fresh_until=timezone.now())
    control = make_control(acme.officer)
    with working_in(acme.organisation):
        link_evidence(control, item=item, actor=acme.officer)
    return case, item, control


@pytest.mark.parametrize("change", list(Change))
def test_what_would_fall_is_what_does_fall(acme, change, django_capture_on_commit_callbacks):
    case, item, control = relying(acme)
    version = reload(item).current
    with acme:
        counts = AssuranceCase.objects.get().standing, EvidenceBinding.objects.count(), Event.objects.count()
        told = reliances_on(item, change, member=acme.observer, now=timezone.now(), version=version)
        assert counts == (AssuranceCase.objects.get().standing, EvidenceBinding.objects.count(), Event.objects.count())
        after = {each.name.split(":")[0]: str(each.after.label) for each in told}
        assert after == {
            "1 Credit scoring may be relied on": "Unsupported", "G1": "Unsupported", "G2": "Unsupported",
            "Sn1": "Unsupported", "OWN-1 Second pair of eyes": "Not shown to work",
        }  # fmt: skip
        assert all(each.falls and str(each.before.label) in ("Holds", "Shown to work") for each in told)
        successor = make_version(acme, "Another bias test").item
    if change is Change.REJECT:
        with acme:
            version.review = "pending"
            version.save(update_fields=["review"])
    with django_capture_on_commit_callbacks(execute=True), working_in(acme.organisation):
        if change is Change.WITHDRAW:
            withdraw_item(item, reason=REASON, actor=acme.officer)
        elif change is Change.SUPERSEDE:
            supersede_item(item, successor=successor, reason=REASON, actor=acme.officer)
        else:
            review_version(version, verdict="rejected", note=REASON, actor=acme.officer)
    with acme:
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED
        fallen = dict(case.elements.values_list("key", "standing"))
        assert {key for key, level in fallen.items() if level == 1} == {"G1", "S1", "G2", "Sn1"}
        assert Control.objects.get(pk=control.pk).effectiveness == "failing"


def test_the_pages_show_it_before_anything_happens_and_the_api_tells_it(acme, sign_in, api_as):
    _case, item, _control = relying(acme)
    for page in ("withdraw", "supersede", "versions/1/review"):
        shown = sign_in(acme.officer).get(f"/o/acme/evidence/{item.number}/{page}/").content.decode()
        assert "Unsupported" in shown and "Not shown to work" in shown and "Bias test of the quarter" in shown, page
    path = f"/api/v1/o/acme/evidence/{item.number}/reliance/"
    api = api_as(acme.officer)
    told = api.get(path, {"change": "withdraw"}).json()
    assert {"Unsupported", "Not shown to work"} == {each["after"] for each in told}
    assert api.get(path, {"change": "reject", "version": 1}).json() == told
    for wrong in ({}, {"change": "burn"}, {"change": "reject"}, {"change": "reject", "version": "x"}):
        assert api.get(path, wrong).status_code == 400
    assert api.get(path, {"change": "reject", "version": 9}).status_code == 404


def test_many_reliances_cost_no_more_queries(acme):
    _case, item, control = relying(acme)

    def queries():
        with acme, CaptureQueriesContext(connection) as captured:
            reliances_on(item, Change.WITHDRAW, member=acme.officer, now=timezone.now())
        return len(captured)

    few = queries()
    for number in range(2, 8):
        with working_in(acme.organisation):
            link_evidence(make_control(acme.officer, f"OWN-{number}"), item=item, actor=acme.officer)
    assert queries() == few <= 9  # one of them asks for the claims that show the controls to work


def test_a_binding_moves_to_the_successor_and_to_nothing_else(acme, sign_in):
    case, item, _control = relying(acme)
    with acme:
        binding = EvidenceBinding.objects.get(version__item=item)
        successor, stranger = (make_version(acme, title) for title in ("Another bias test", "Stranger"))
    supersede(item, successor.item, acme.officer)
    with working_in(acme.organisation), pytest.raises(RuleBroken, match="other evidence"):
        renew_binding(binding, version=stranger, actor=acme.officer)
    shown = sign_in(acme.officer).get(f"/o/acme/cases/{case.number}/?element=Sn1").content.decode()
    assert "superseded" in shown
    page = f"/o/acme/cases/{case.number}/bindings/{binding.pk}/renew/"
    assert "Another bias test" in sign_in(acme.officer).get(page).content.decode()
    assert sign_in(acme.officer).post(page, {"version": str(successor.pk), "revision": "1"}).status_code == 302
    with acme:
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS
