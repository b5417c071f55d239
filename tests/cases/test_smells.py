"""Assurance smells: each is found in what it is about and only there, is answered and never hidden, and goes by the records."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from aims.integrations.models import Notification
from aims.rules import ChangedSinceOpened, RuleBroken
from aims.site.sweeping import sweep
from aims.trail.models import Event
from aims.trail.record import record
from audits.models import Audit
from cases.actions import answer_smell, hold_down, look_for_smells, raise_challenge, trip_condition, withdraw_case
from cases.events import CaseEvent
from cases.models import AssuranceCase, ClaimMetric, DegradationCondition, Element, EvidenceBinding, Smell, SmellRound
from cases.smells.finding import FINDERS, find_smells
from cases.smells.kinds import WHY, SmellKind
from evidence.downloads import note
from evidence.events import FileEvent
from evidence.models import EvidenceFile, EvidenceVersion
from inventory.models import SystemVersion
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case, make_system
from tests.cases.challenging import make_challenge
from tests.cases.measuring import both_groups, make_metric, reading, send
from tests.cases.watching import make_condition

pytestmark = pytest.mark.django_db
BASE = "/api/v1/o/acme/"
ANSWER = "The next collection runs in January on the new version."


def kinds(case=None) -> set[str]:
    """What smells now, by the finders themselves."""
    wanted = case.pk if case else None
    return {str(whiff.kind) for whiff in find_smells(timezone.now()) if whiff.case_id == wanted}


def records(case, kind) -> list[dict]:
    return next(w.records for w in find_smells(timezone.now()) if w.kind == kind and w.case_id == case.pk)


def at(name, *args):
    return reverse(f"cases:{name}", args=["acme", *args])


@pytest.fixture
def smelling(acme):
    """A sound case with a claim that nothing could make fall."""
    with acme:
        case = make_sound_case(acme)
        look_for_smells(actor=acme.officer)
    return case


# --- What is found, and where it is not ---------------------------------------------------------------------------------


def test_every_kind_says_why_it_smells_and_what_would_answer_it():
    assert set(WHY) == set(SmellKind)
    assert all(str(why.reason).endswith(".") and str(why.remedy).endswith(".") for why in WHY.values())


def test_a_claim_with_neither_metric_nor_condition(acme):
    with acme:
        case = make_sound_case(acme)
        assert [one["element"] for one in records(case, SmellKind.UNMEASURED)] == ["G2", "G3"]
        make_condition(acme, case, "G2")
        make_metric(acme, case, "G3")
        assert SmellKind.UNMEASURED not in kinds(case)
        DegradationCondition.objects.update(status="retired")
        assert [one["element"] for one in records(case, SmellKind.UNMEASURED)] == ["G2"]


def test_a_producer_that_judges_otherwise(acme):
    with acme:
        metric = make_metric(acme, (case := make_sound_case(acme)), "G3")
        send(acme, *both_groups(verdict="pass"))
        assert SmellKind.PRODUCER_DISAGREES not in kinds(case)
        send(acme, reading(0.85, days_ago=2, verdict="pass"), reading(0.86, days_ago=3, verdict="pass"))
        (found,) = records(case, SmellKind.PRODUCER_DISAGREES)
        assert (found["label"], found["element"], found["number"]) == ("cv-rate", "G3", metric.number)
        assert found["detail"] == "2 readings in 90 days"
        with time_machine.travel(timezone.now() + timedelta(days=91)):
            assert SmellKind.PRODUCER_DISAGREES not in kinds(case)
        look_for_smells(actor=acme.officer)
        smell = Smell.objects.get(case=case, kind=SmellKind.PRODUCER_DISAGREES)
        answer_smell(smell, answer="The producer rounds to one decimal.", actor=acme.officer)
        ClaimMetric.objects.filter(pk=metric.pk).update(withdrawn_at=timezone.now())
        assert SmellKind.PRODUCER_DISAGREES not in kinds(case)


def test_only_process_needs_two_claims_and_no_other_kind(acme):
    with acme:
        case = make_sound_case(acme)
        Element.objects.filter(case=case, key="G3").update(category="process")
        assert SmellKind.ONLY_PROCESS not in kinds(case)
        Element.objects.filter(case=case, key="G2").update(category="conformity")
        assert SmellKind.ONLY_PROCESS in kinds(case)
        Element.objects.filter(case=case, key="G2").update(category="outcome")
        assert SmellKind.ONLY_PROCESS not in kinds(case)


def test_evidence_older_than_the_version_in_operation(acme):
    with acme:
        case = make_sound_case(acme)
        assert SmellKind.OLDER_THAN_VERSION not in kinds(case)
        SystemVersion.objects.update(deployed_at=timezone.now() - timedelta(days=1))
        found = records(case, SmellKind.OLDER_THAN_VERSION)
        assert [one["element"] for one in found] == ["Sn1", "Sn2"] and "before" in found[0]["detail"]
        EvidenceVersion.objects.update(collected_at=timezone.now())
        assert SmellKind.OLDER_THAN_VERSION not in kinds(case)


@pytest.mark.parametrize("how", ["binding", "category", "metric"])
def test_a_claim_about_operation_on_test_data(acme, how):
    with acme:
        case = make_sound_case(acme, environment="test")
        assert SmellKind.NOT_FROM_PRODUCTION not in kinds(case)
        if how == "binding":
            EvidenceBinding.objects.update(environment_required="production")
        elif how == "category":
            Element.objects.filter(key="G2").update(category="outcome")
        else:
            make_metric(acme, case)
        assert SmellKind.NOT_FROM_PRODUCTION in kinds(case)
        EvidenceVersion.objects.update(environment="shadow")
        assert SmellKind.NOT_FROM_PRODUCTION not in kinds(case)


def test_an_approval_within_seconds_or_without_a_look(acme):
    with acme:
        case = make_sound_case(acme)
        version = EvidenceVersion.objects.get(item__title="Bias test")
        mine = EvidenceVersion.objects.filter(pk=version.pk)
        assert SmellKind.APPROVED_UNSEEN not in kinds(case)
        mine.update(reviewed_by=acme.officer, reviewed_at=version.recorded_at + timedelta(seconds=59))
        assert "59 seconds" in records(case, SmellKind.APPROVED_UNSEEN)[0]["detail"]
        mine.update(reviewed_at=version.recorded_at + timedelta(seconds=60))
        assert SmellKind.APPROVED_UNSEEN not in kinds(case)
        file = EvidenceFile.objects.create(version=version, name="a.csv", key="x", sha256="0" * 64, size=1)
        mine.update(reviewed_at=timezone.now() + timedelta(hours=1))
        assert "had not opened" in records(case, SmellKind.APPROVED_UNSEEN)[0]["detail"]
        note(FileEvent.DOWNLOADED, file, acme.challenger)
        assert SmellKind.APPROVED_UNSEEN in kinds(case), "somebody else opened it"
        note(FileEvent.DOWNLOADED, file, acme.officer)
        assert SmellKind.APPROVED_UNSEEN not in kinds(case)


def test_one_piece_of_evidence_below_more_than_five_claims(acme):
    with acme:
        case = make_sound_case(acme)
        version = EvidenceVersion.objects.get(item__title="Bias test")
        for number in range(3, 8):
            assert SmellKind.COMMON_CAUSE not in kinds(case)
            grow(case, acme, "solution", "G2", f"Solution {number}")
            bind(case, acme, f"Sn{number}", version)
        (record,) = records(case, SmellKind.COMMON_CAUSE)
        assert record["detail"] == "below Sn1, Sn3, Sn4, Sn5, Sn6, Sn7"


def test_a_monitor_that_never_spoke(acme):
    with acme:
        case = make_sound_case(acme)
        condition = make_condition(acme, case)
        make_condition(acme, case, detector="calendar")
        assert SmellKind.SILENT_MONITOR not in kinds(case)
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False), acme:
        assert [one["number"] for one in records(case, SmellKind.SILENT_MONITOR)] == [condition.number]
        trip_condition(condition, reason="Tripped on purpose, as a test", actor=acme.officer)
        assert SmellKind.SILENT_MONITOR not in kinds(case)


def test_all_evidence_collected_in_the_week_before_an_audit(acme):
    with acme:
        case = make_sound_case(acme)
        assert SmellKind.BEFORE_AUDIT not in kinds(case)
        grow(case, acme, "solution", "G2", "Another test")
        bind(case, acme, "Sn3", make_evidence(acme, "Another test"))
        day = (EvidenceVersion.objects.first().collected_at + timedelta(days=7)).date()
        audit = Audit.objects.create(
            number=1,
            title="Surveillance",
            criteria="x",
            scope_text="x",
            lead_auditor=acme.auditor,
            starts_on=day,
            ends_on=day,
        )
        (record,) = records(case, SmellKind.BEFORE_AUDIT)
        assert record["number"] == audit.number and "3 pieces" in record["detail"]
        Audit.objects.update(starts_on=day + timedelta(days=1))
        assert SmellKind.BEFORE_AUDIT not in kinds(case), "eight days before"
        Audit.objects.update(starts_on=day, status="cancelled")
        assert SmellKind.BEFORE_AUDIT not in kinds(case)


def test_a_challenge_in_which_nobody_challenged(acme):
    with acme:
        case = make_sound_case(acme)
        for status in ("draft", "team_review", "challenge"):
            AssuranceCase.objects.update(status=status)
            assert SmellKind.UNCHALLENGED not in kinds(case)
        AssuranceCase.objects.update(status="decision")
        assert SmellKind.UNCHALLENGED in kinds(case)
        raise_challenge(
            case,
            target=Element.objects.get(key="G2"),
            attack="rebut",
            severity="minor",
            statement="Only two groups.",
            actor=acme.officer,
        )
        assert SmellKind.UNCHALLENGED not in kinds(case)


def test_doubts_that_were_there_before_the_challenge_are_no_challenge(acme):
    with acme:
        case = make_sound_case(acme)
        make_challenge(acme, case, by=acme.officer, statement="Brought along by a template.")
        AssuranceCase.objects.update(status="decision")
        assert SmellKind.UNCHALLENGED not in kinds(case), "nothing says when its challenge began"
        with transaction.atomic():
            record(CaseEvent.CHALLENGE_STARTED, case, actor=acme.officer)
        assert SmellKind.UNCHALLENGED in kinds(case)
        (found,) = records(case, SmellKind.UNCHALLENGED)
        assert "challenge began on" in found["detail"]
        make_challenge(acme, case, by=acme.officer, statement="Raised in the challenge.")
        assert SmellKind.UNCHALLENGED not in kinds(case)


def test_a_year_of_several_cases_in_which_nothing_was_wrong(acme):
    with acme:
        system = make_system(acme)
        for number in range(3):
            make_case(acme, system, title=f"Case {number}", purpose=f"Purpose {number}", review_by=None)
        assert SmellKind.NOTHING_FOUND not in kinds()
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False), acme:
        assert SmellKind.NOTHING_FOUND in kinds()
        hold_down(Element.objects.first(), to=3, reason="A doubt", actor=acme.officer)
        assert SmellKind.NOTHING_FOUND not in kinds()


def smelling_number(cast) -> int:
    with cast:
        return Smell.objects.get(kind=SmellKind.UNMEASURED).case.number


def test_a_withdrawn_case_and_a_withdrawn_element_do_not_smell(acme, smelling):
    with acme:
        withdraw_case(smelling, reason="Not needed", actor=acme.officer)
        assert kinds(smelling) == set()
        look_for_smells()
        assert {smell.status for smell in Smell.objects.all()} == {"gone"}


@pytest.mark.parametrize("cases", [1, 6])
def test_all_cases_are_looked_through_in_a_fixed_number_of_queries(acme, cases, django_assert_max_num_queries):
    with acme:
        system = make_system(acme)
        for number in range(cases):
            make_case(acme, system, title=f"Case {number}", purpose=f"Purpose {number}")
        with django_assert_max_num_queries(len(FINDERS) + 6):
            find_smells(timezone.now())


# --- A round --------------------------------------------------------------------------------------------------------------


def test_a_round_twice_finds_nothing_new_and_tells_once(acme, smelling):
    with acme:
        before = list(Smell.objects.values_list("pk", "revision", "status"))
        told, events = Notification.objects.count(), Event.objects.count()
        assert told
        look_for_smells()
        assert list(Smell.objects.values_list("pk", "revision", "status")) == before
        assert (Notification.objects.count(), Event.objects.count()) == (told, events)


def test_what_is_mended_goes_and_comes_back_with_other_records(acme, smelling):
    with acme:
        smell = Smell.objects.get(kind=SmellKind.UNMEASURED)
        answer_smell(smell, answer=ANSWER, actor=acme.owner)
        make_condition(acme, smelling, "G2")
        make_condition(acme, smelling, "G3")
        look_for_smells()
        smell.refresh_from_db()
        assert smell.status == "gone" and smell.gone_at and smell.answer == ANSWER
        grow(smelling, acme, "goal", "S1", "Another claim")
        look_for_smells()
        smell.refresh_from_db()
        assert smell.status == "present" and smell.gone_at is None


def test_an_answer_holds_for_the_records_that_it_was_about(acme, smelling):
    with acme:
        smell = Smell.objects.get(kind=SmellKind.UNMEASURED)
        answer_smell(smell, answer=ANSWER, actor=acme.owner)
        look_for_smells()
        smell.refresh_from_db()
        assert smell.status == "answered"
        grow(smelling, acme, "goal", "S1", "Another claim")
        look_for_smells()
        smell.refresh_from_db()
        assert smell.status == "present" and smell.answer == ANSWER, "the earlier answer stays to be read"


def test_the_clock_looks_once_a_day(acme):
    with acme:
        make_sound_case(acme)
        assert SmellRound.objects.get().looked_at is None
    now = timezone.now() + timedelta(minutes=1)
    assert sweep(now).failed == []
    with acme:
        assert SmellRound.objects.get().due_at == now + timedelta(days=1)
        assert Smell.objects.exists()
        looked = SmellRound.objects.get().looked_at
    sweep(now + timedelta(hours=1), acme.organisation)
    with acme:
        assert SmellRound.objects.get().looked_at == looked


def test_it_stays_in_its_organisation(acme, globex, smelling):
    with globex:
        assert not Smell.objects.exists()
        make_sound_case(globex)
        look_for_smells(actor=globex.officer)
        theirs = set(Smell.objects.values_list("pk", flat=True))
    with acme:
        assert not theirs & set(Smell.objects.values_list("pk", flat=True))


# --- Answering -----------------------------------------------------------------------------------------------------------


def test_who_answers(acme, smelling):
    with acme:
        smell = Smell.objects.get(kind=SmellKind.UNMEASURED)
        for member in (acme.auditor, acme.certifier, acme.observer, acme.executive):
            with pytest.raises(PermissionDenied):
                answer_smell(smell, answer=ANSWER, actor=member)
        with pytest.raises(RuleBroken) as refused:
            answer_smell(smell, answer="  fine ", actor=acme.owner)
        assert refused.value.field == "answer"
        answered = answer_smell(smell, answer=ANSWER, actor=acme.owner)
        with pytest.raises(ChangedSinceOpened):
            answer_smell(smell, answer=ANSWER, actor=acme.officer, revision=answered.revision - 1)
        answer_smell(smell, answer="Said better by the officer.", actor=acme.officer, revision=answered.revision)
        whole = Smell.objects.create(
            number=99, kind=SmellKind.NOTHING_FOUND, found_at=timezone.now(), looked_at=timezone.now(), fingerprint="x"
        )
        with pytest.raises(PermissionDenied):
            answer_smell(whole, answer=ANSWER, actor=acme.contributor)
        answer_smell(whole, answer=ANSWER, actor=acme.executive)


def test_the_pages(acme, smelling, sign_in, django_assert_max_num_queries):
    browser = sign_in(acme.owner)
    with acme:
        smell = Smell.objects.get(kind=SmellKind.UNMEASURED)
    with django_assert_max_num_queries(12):
        page = browser.get(at("smell_list")).content.decode()
    assert "Claims without a metric and without a condition" in page and "Look again now" in page
    with django_assert_max_num_queries(12):
        page = browser.get(at("smell_detail", smell.number)).content.decode()
    assert f'href="{at("case_detail", smelling_number(acme))}?element=G2#element"' in page
    on_case = browser.get(at("case_detail", smelling_number(acme))).content.decode()
    assert "What an auditor would look at twice" in on_case and at("smell_detail", smell.number) in on_case
    assert "G2" in page and "Nothing that happens could make such a claim fall" in page
    assert (
        "in a sentence"
        in browser.post(at("smell_answer", smell.number), {"answer": "ok", "revision": 1}).content.decode()
    )
    assert browser.post(at("smell_answer", smell.number), {"answer": ANSWER, "revision": 1}).status_code == 302
    page = browser.get(at("smell_list")).content.decode()
    assert ANSWER in page and "Answered" in page
    assert (
        "has changed since"
        in browser.post(at("smell_answer", smell.number), {"answer": ANSWER, "revision": 1}).content.decode()
    )
    assert browser.post(at("smells_look")).status_code == 302
    csv = b"".join(browser.get(at("smell_list") + "?export=csv").streaming_content).decode()
    assert ANSWER in csv
    assert f"{smell.what}</a>" in page
    assert f"{smell.what}</a>" not in browser.get(at("smell_list") + "?status=gone").content.decode()


def test_others_do_not_get_in(acme, globex, smelling, sign_in, client):
    with acme:
        number = Smell.objects.get(kind=SmellKind.UNMEASURED).number
    for member in (acme.auditor, acme.observer):
        browser = sign_in(member)
        assert browser.get(at("smell_detail", number)).status_code == 200
        assert "Look again now" not in browser.get(at("smell_list")).content.decode()
        assert browser.post(at("smells_look")).status_code == 403
        assert browser.post(at("smell_answer", number), {"answer": ANSWER}).status_code == 403
    assert sign_in(globex.officer).get(at("smell_detail", number)).status_code == 404
    assert client.get(at("smell_list")).status_code == 404
    assert sign_in(acme.officer).get(at("smell_detail", 2_000_000_000)).status_code == 404


def test_the_api(acme, smelling, api_as):
    api = api_as(acme.owner)
    listed = api.get(f"{BASE}smells/?status=present").json()
    assert listed["results"][0]["what"]
    number = next(one["number"] for one in listed["results"] if one["kind"] == "unmeasured")
    detail = api.get(f"{BASE}smells/{number}/").json()
    assert detail["records"][0]["element"] == "G2" and detail["why"] and detail["remedy"]
    assert api.post(f"{BASE}smells/{number}/answer/", {"answer": "ok"}).status_code == 409
    answered = api.post(f"{BASE}smells/{number}/answer/", {"answer": ANSWER, "revision": detail["revision"]}).json()
    assert answered["status"] == "answered" and answered["answered_by"]
    assert api.post(f"{BASE}smells/look/").json()["due_at"]
    assert api.get(f"{BASE}smells/?kind=nonsense").status_code == 400
