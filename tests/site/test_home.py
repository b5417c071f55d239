"""Home: what does not stand, what needs me, what falls soon, readiness; within its query budget."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aims.integrations.models import Notification
from aims.site.home import home_of
from aims.tenancy.numbers import next_number
from audits.actions.review_actions import agree_action
from cases.evaluation import reevaluate
from cases.models import AssuranceCase, StandingLevel
from evidence.models import EvidenceItem, EvidenceVersion
from risks.actions.treatments import add_treatment
from risks.models import Risk
from tests.audits import making
from tests.cases import building
from tests.factories import make_evidence, make_risk, make_system

pytestmark = pytest.mark.django_db


def test_an_empty_organisation_is_told_the_first_step(acme, sign_in):
    page = sign_in(acme.officer).get("/o/acme/").content.decode()
    assert "No assurance case yet" in page
    assert "Nothing waits for you." in page


def test_evidence_that_runs_out_within_thirty_days_is_named(acme, sign_in):
    with acme:
        make_evidence(acme.owner, title="Soon old", collected_at=timezone.now() - timedelta(days=80), valid_for_days=90)
        make_evidence(acme.owner, title="Long fresh", collected_at=timezone.now(), valid_for_days=90)
    page = sign_in(acme.officer).get("/o/acme/").content.decode()
    assert "Soon old" in page
    assert "Long fresh" not in page


def test_a_case_that_is_due_is_evaluated_for_the_page_however_late_the_worker_is(acme):
    """The stored standing says Holds; its time has come, so the page must not believe it."""
    with acme:
        system = make_system(acme.officer)
        AssuranceCase.objects.create(
            number=1,
            system=system,
            title="Stale green",
            purpose="p",
            accountable_owner=acme.owner,
            standing=StandingLevel.HOLDS,
            next_transition_at=timezone.now() - timedelta(minutes=1),
        )
        page = home_of(acme.officer)
    assert [(entry.case.title, entry.standing) for entry in page.not_standing] == [
        ("Stale green", StandingLevel.UNDEVELOPED)
    ]


def test_the_causes_are_those_of_now_and_not_those_of_the_last_change(acme, sign_in):
    """Both reports are rejected, then one is repaired: the case stays unsupported, but for one reason only."""
    with acme:
        case = building.make_sound_case(acme)
        both = EvidenceVersion.objects.filter(bindings__element__case=case)
        both.update(review="rejected")
        reevaluate(case)
        assert len(home_of(acme.officer).not_standing[0].why) == 2
        both.filter(item__title="Bias test").update(review="accepted")
        reevaluate(case)
    page = sign_in(acme.officer).get("/o/acme/").content.decode()
    assert "Drift report" in page
    assert "Bias test" not in page
    with acme:
        row = sign_in(acme.officer).get("/o/acme/cases/").content.decode()
    assert "“Drift report” (version 1)" in row


def test_only_an_executive_sees_the_highest_risks(acme, sign_in):
    with acme:
        make_risk(acme.officer, title="Highest of all")
    assert "Highest of all" in sign_in(acme.executive).get("/o/acme/").content.decode()
    assert "Highest of all" not in sign_in(acme.officer).get("/o/acme/").content.decode()


@pytest.mark.parametrize("rows", [10, 1000])
@pytest.mark.parametrize("who", ["officer", "executive"])
def test_home_stays_within_twelve_queries(acme, sign_in, rows, who, django_assert_max_num_queries):
    with acme:
        system = make_system(acme.officer)
        first = next_number(acme.organisation, AssuranceCase, rows)
        AssuranceCase.objects.bulk_create(
            AssuranceCase(
                number=first + n,
                system=system,
                title=f"Case {n}",
                purpose=f"p{n}",
                accountable_owner=acme.owner,
                standing=StandingLevel.UNSUPPORTED,
            )
            for n in range(rows)
        )
        Risk.objects.bulk_create(Risk(number=n + 1, title=f"Risk {n}", owner=acme.owner) for n in range(rows))
        EvidenceItem.objects.bulk_create(
            EvidenceItem(
                number=n + 1,
                title=f"Evidence {n}",
                kind="evaluation",
                owner=acme.owner,
                fresh_until=timezone.now() + timedelta(days=3),
            )
            for n in range(rows)
        )
    client = sign_in(getattr(acme, who))
    with django_assert_max_num_queries(14):  # twelve, and the savepoint around the view and its release
        assert client.get("/o/acme/").status_code == 200


def test_every_list_says_how_much_it_leaves_out(acme, sign_in):
    with acme:
        risk = make_risk(acme.officer)
        for n in range(10):
            make_evidence(
                acme.owner, title=f"Old {n}", collected_at=timezone.now() - timedelta(days=80), valid_for_days=90
            )
            add_treatment(
                risk, description=f"Step {n}", owner=acme.owner, due_on=timezone.localdate(), actor=acme.officer
            )
    client = sign_in(acme.owner)
    page = client.get("/o/acme/").content.decode()
    assert page.count("Step ") == 8
    assert "2 more that wait for you" in page
    assert "2 more pieces of evidence" in page
    assert client.get("/o/acme/?due=all").content.decode().count("Step ") == 10


def test_what_is_due_is_said_once(acme, sign_in):
    with acme:
        review = making.make_decided(acme)
        agree_action(
            review,
            description="Train a reader",
            owner=acme.owner,
            due_on=timezone.localdate(),
            decision=None,
            actor=acme.executive,
        )
        assert Notification.objects.filter(member=acme.owner, sentence__contains="Train a reader").count() == 1
    assert sign_in(acme.owner).get("/o/acme/").content.decode().count("Train a reader") == 1


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("", "Home"),
        ("risks/", "Risks"),
        ("suppliers/", "Systems"),
        ("documents/", "Management system"),
        ("trail/", "Settings"),
    ],
)
def test_the_navigation_shows_where_a_page_belongs(acme, sign_in, path, entry):
    navigation = sign_in(acme.officer).get(f"/o/acme/{path}").context["navigation"]
    assert [item.label for item in navigation if item.is_current] == [entry]
