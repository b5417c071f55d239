"""A control is shown to work by claims as by evidence: it follows what they are worth, now and in time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.rules import RuleBroken
from aims.trail.models import Event
from cases.actions import hold_down, lift_hold, link_control, unlink_control, withdraw_case, withdraw_element
from cases.models import ControlClaim, Element, Link, StandingLevel
from cases.sweep import reevaluate_due
from evidence.actions import review_version
from risks.actions import edit_control, link_evidence
from risks.judging import judged, judged_all
from risks.models import Control
from tests.cases.building import make_sound_case
from tests.cases.standing_behind import put_live
from tests.factories import make_control
from tests.factories import make_evidence as add_evidence

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNDEVELOPED, UNSUPPORTED, DEFEATED = (
    StandingLevel.HOLDS, StandingLevel.WEAKENED, StandingLevel.UNDEVELOPED, StandingLevel.UNSUPPORTED,
    StandingLevel.DEFEATED,
)  # fmt: skip
API = "/api/v1/o/acme/controls/1/claims/"


@pytest.fixture
def control(acme):
    return make_control(acme.officer)


@pytest.fixture
def case(acme, control):
    """In force, with evidence that runs out in 90 days."""
    with acme:
        case = make_sound_case(acme)
        put_live(acme, case)
        return case


@pytest.fixture
def shown(acme, case, control):
    """The control, shown to work by G2."""
    with acme:
        link_control(control, element=goal(case), relevance="Rates are even", actor=acme.officer)
    return control


def goal(case, key="G2"):
    return Element.objects.select_related("case", "module").get(case=case, key=key)


def of(control, at=None):
    return judged([control], at or timezone.now())[control.pk]


def test_a_claim_that_holds_shows_the_control_to_work(acme, shown):
    with acme:
        assert (of(shown).effectiveness, of(shown).reason) == ("working", "Its one claim holds.")
        assert judged_all(timezone.now())[shown.pk] == of(shown)
        shown.refresh_from_db()
        assert shown.effectiveness == "working"


@pytest.mark.parametrize(
    ("to", "effectiveness", "word"),
    [
        (WEAKENED, "doubtful", "weakened"),
        (UNDEVELOPED, "unknown", "not argued to its end"),
        (UNSUPPORTED, "failing", "unsupported"),
        (DEFEATED, "failing", "defeated"),
    ],
)
def test_the_control_follows_the_claim_down_and_back(
    acme, case, shown, django_capture_on_commit_callbacks, to, effectiveness, word
):
    with django_capture_on_commit_callbacks(execute=True), acme:
        hold_down(goal(case), to=to, reason="A doubt", actor=acme.officer)
    with acme:
        assert of(shown).effectiveness == effectiveness
        assert f"“claim G2 of case 1” ({word})" in of(shown).reason
        shown.refresh_from_db()
        assert shown.effectiveness == effectiveness
        told = Event.objects.filter(event="risks.control.effectiveness_changed", target_id=shown.pk)
        assert told.order_by("-sequence").first().changes["effectiveness"] == ["working", effectiveness]
    with django_capture_on_commit_callbacks(execute=True), acme:
        lift_hold(goal(case), reason="Examined", actor=acme.officer)
    with acme:
        shown.refresh_from_db()
        assert shown.effectiveness == "working"


def test_time_alone_takes_it_down_whether_or_not_the_sweep_comes(acme, shown, django_capture_on_commit_callbacks):
    later = timezone.now() + timedelta(days=91)
    with acme:
        assert of(shown, later).effectiveness == "failing"
    with django_capture_on_commit_callbacks(execute=True), acme:
        reevaluate_due(later)
    with acme:
        shown.refresh_from_db()
        assert shown.effectiveness == "failing"


def test_a_claim_of_a_case_that_is_not_in_force_awaits_it(acme, control):
    with acme:
        case = make_sound_case(acme)
        link_control(control, element=goal(case), actor=acme.officer)
        assert of(control).effectiveness == "unknown"
        assert "its case is not in force yet" in of(control).reason
        put_live(acme, case)
        assert of(control).effectiveness == "working"


def test_evidence_and_claims_count_together(acme, case, shown):
    item = add_evidence(acme.contributor)
    with acme:
        link_evidence(shown, item=item, relevance="Log of the quarter", actor=acme.officer)
        assert of(shown).effectiveness == "doubtful"
        review_version(item.versions.get(), verdict="accepted", note="Read.", actor=acme.officer)
        assert of(shown).reason == "All of its evidence is accepted and current, and its claims hold."
        hold_down(goal(case), to=DEFEATED, reason="A doubt", actor=acme.officer)
        assert (of(shown).effectiveness, "claim G2" in of(shown).reason) == ("doubtful", True)


@pytest.mark.parametrize("act", ["claim", "case"])
def test_what_is_withdrawn_shows_nothing_any_more(acme, control, act):
    with acme:
        case = make_sound_case(acme)
        link_control(control, element=goal(case), actor=acme.officer)
        if act == "claim":
            Link.objects.filter(case=case).delete()
            withdraw_element(goal(case), reason="Wrong", actor=acme.officer)
        else:
            withdraw_case(case, reason="Replaced", actor=acme.officer)
        assert (of(control).effectiveness, "(withdrawn)" in of(control).reason) == ("failing", True)
        with pytest.raises(RuleBroken, match="was withdrawn"):
            link_control(control, element=goal(case), actor=acme.officer)
        unlink_control(control, element=goal(case), actor=acme.officer)
        assert of(control).effectiveness == "unknown"


def test_only_claims_are_named_and_not_for_excluded_controls(acme, case, control):
    with acme:
        for key in ("S1", "Sn1"):
            with pytest.raises(RuleBroken, match="Only a claim"):
                link_control(control, element=goal(case, key), actor=acme.officer)
        with pytest.raises(RuleBroken, match="not named"):
            unlink_control(control, element=goal(case), actor=acme.officer)
        Control.objects.filter(pk=control.pk).update(applicability="excluded")
        with pytest.raises(RuleBroken, match="excluded"):
            link_control(control, element=goal(case), actor=acme.officer)


def test_page_and_api_name_a_claim_and_take_it_off(acme, case, control, sign_in, api_as):
    browser, api = sign_in(acme.officer), api_as(acme.officer)
    page = "/o/acme/controls/1/claims/"
    assert "Rates differ by less than a tenth" in browser.get(page, {"q": "tenth"}).content.decode()
    answer = browser.post(page, {"case": "1", "element": "G2", "relevance": "<b>Even</b>"})
    assert answer.status_code == 302
    shown = browser.get("/o/acme/controls/1/").content.decode()
    assert "Shown to work" in shown
    assert "&lt;b&gt;Even&lt;/b&gt;" in shown
    (said,) = api.get(API).json()["claims"]
    assert (said["case"], said["element"], said["standing"], said["counts_as"]) == (1, "G2", "holds", "holds")
    assert browser.post(page, {"case": "1", "element": "G2", "remove": "on"}).status_code == 302
    assert api.get(API).json()["claims"] == []
    assert api.post(API, {"case": 1, "element": "G2"}, format="json").json()["effectiveness"] == "working"
    assert api.get("/api/v1/o/acme/controls/1/").json()["effectiveness"] == "working"
    assert api.post(f"{API}remove/", {"case": 1, "element": "G2"}, format="json").json()["effectiveness"] == "unknown"
    with acme:
        kinds = ["cases.control_claim.linked", "cases.control_claim.unlinked"]
        told = Event.objects.filter(target_id=control.pk, event__in=kinds).order_by("sequence")
        assert [event.event for event in told] == kinds * 2


@pytest.mark.parametrize(
    "said", [{}, {"case": 0, "element": "G2"}, {"case": 1, "element": ""}, {"case": "x", "element": "\x00"}]
)
def test_garbage_is_refused(acme, case, control, sign_in, api_as, said):
    assert api_as(acme.officer).post(API, said, format="json").status_code == 400
    assert sign_in(acme.officer).post("/o/acme/controls/1/claims/", said).status_code == 422
    assert api_as(acme.officer).post(API, {"case": 1, "element": "S1"}, format="json").status_code == 409
    assert api_as(acme.officer).post(API, {"case": 1, "element": "G99"}, format="json").status_code == 409


def test_readers_and_strangers_name_nothing(acme, globex, case, control, sign_in, api_as):
    said = {"case": 1, "element": "G2"}
    for member in (acme.observer, acme.certifier, acme.contributor):
        browser = sign_in(member)
        assert browser.get("/o/acme/controls/1/claims/").status_code == 403
        assert browser.post("/o/acme/controls/1/claims/", said).status_code == 403
    assert api_as(acme.contributor).post(API, said, format="json").status_code == 403
    assert sign_in(globex.officer).get("/o/acme/controls/1/claims/").status_code == 404
    make_control(globex.officer)
    browser = sign_in(globex.officer)
    assert browser.post("/o/globex/controls/1/claims/", said).status_code == 404
    with acme:
        assert not ControlClaim.objects.exists()


def test_more_claims_cost_no_more_queries(acme, case, shown):
    with acme:
        with CaptureQueriesContext(connection) as one:
            of(shown)
        for key in ("G1", "G3"):
            link_control(shown, element=goal(case, key), actor=acme.officer)
        with CaptureQueriesContext(connection) as three:
            of(shown)
        assert len(one) == len(three) <= 3
        edit_control(shown, revision=None, implementation="implemented", actor=acme.officer)
        assert of(shown).reason == "All 3 claims hold."
