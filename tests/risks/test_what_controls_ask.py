"""What a control asks of its evidence: environment and system version, what a mismatch costs, followed at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aims.rules import RuleBroken
from aims.tenancy.scope import working_in
from evidence.actions import review_version
from inventory.actions import add_version as add_system_version
from inventory.models import AISystem, SystemVersion
from risks.actions import link_evidence
from risks.judging import judged
from risks.models import Control, ControlEvidence
from tests.factories import make_control, make_evidence, make_system

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(acme):
    """A control and accepted evidence from the test environment about the version in operation."""
    system = make_system(acme.owner, "Scoring")
    with working_in(acme.organisation):
        version = SystemVersion.objects.create(system=system, label="1.0")
        AISystem.objects.filter(pk=system.pk).update(current_version=version)
        system = AISystem.objects.get(pk=system.pk)
    item = make_evidence(acme.contributor, system=system, system_version=version, environment="test")
    with working_in(acme.organisation):
        review_version(item.versions.get(), verdict="accepted", note="Read.", actor=acme.officer)
    return make_control(acme.officer), item, system


def ask(control, item, actor, **asked):
    with working_in(actor.organisation):
        link_evidence(control, item=item, actor=actor, **asked)
        return judged([control], timezone.now())[control.pk]


@pytest.mark.parametrize(
    ("asked", "effectiveness", "words"),
    [
        ({}, "working", "accepted and current"),
        ({"environment_required": "validation"}, "working", "accepted and current"),
        ({"environment_required": "test"}, "working", "accepted and current"),
        ({"environment_required": "shadow"}, "doubtful", "from Test, Shadow is asked for"),
        ({"environment_required": "production", "environment_policy": "refuse"}, "failing", "from Test, Production"),
        (
            {"environment_required": "production", "environment_policy": "counts", "relevance": "Same data."},
            "working",
            "accepted and current",
        ),
    ],
)
def test_the_environment_that_is_asked_for(acme, world, asked, effectiveness, words):
    control, item, _system = world
    found = ask(control, item, acme.officer, **asked)
    assert found.effectiveness == effectiveness and words in found.reason
    with acme:
        assert Control.objects.get(pk=control.pk).effectiveness == effectiveness


@pytest.mark.parametrize(
    ("policy", "effectiveness"), [("doubt", "doubtful"), ("refuse", "failing"), ("counts", "working")]
)
def test_another_version_in_operation_is_followed_at_once(
    acme, world, policy, effectiveness, django_capture_on_commit_callbacks
):
    control, item, system = world
    ask(control, item, acme.officer, version_policy=policy, relevance="The part that is tested did not change.")
    with django_capture_on_commit_callbacks(execute=True), working_in(acme.organisation):
        add_system_version(system, label="2.0", deploy=True, actor=acme.owner)
    with acme:
        kept = Control.objects.get(pk=control.pk)
        assert kept.effectiveness == effectiveness
        if policy != "counts":
            assert "about version 1.0, 2.0 is in operation" in kept.effectiveness_reason


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"environment_required": "moon"}, "environment_required"),
        ({"environment_policy": "maybe"}, "environment_policy"),
        ({"version_policy": ""}, "version_policy"),
        ({"version_policy": "counts"}, "relevance"),
        ({"environment_policy": "counts", "relevance": "  "}, "relevance"),
    ],
)
def test_what_cannot_be_asked_is_refused(acme, world, asked, field):
    control, item, _system = world
    with pytest.raises(RuleBroken) as broken:
        ask(control, item, acme.officer, **asked)
    assert broken.value.field == field
    with acme:
        assert not ControlEvidence.objects.exists()


def test_page_and_api_ask_the_same(acme, globex, sign_in, api_as, world):
    control, item, _system = world
    ask(control, item, acme.officer)
    page = f"/o/acme/controls/{control.number}/evidence/{item.number}/"
    form = {
        "relevance": "All runs.", "locator": "page 3", "environment_required": "production",
        "environment_policy": "refuse", "version_policy": "doubt",
    }  # fmt: skip
    for member, status in ((acme.contributor, 403), (acme.certifier, 403), (globex.officer, 404)):
        assert sign_in(member).post(page, form).status_code == status
    assert sign_in(acme.officer).get(page).status_code == 200
    assert sign_in(acme.officer).post(page, form).status_code == 302
    with acme:
        link = ControlEvidence.objects.get()
        assert {name: getattr(link, name) for name in form} == form
    assert "page 3" in sign_in(acme.observer).get(f"/o/acme/controls/{control.number}/").content.decode()
    answer = api_as(acme.officer).post(
        f"/api/v1/o/acme/controls/{control.number}/evidence/", {**form, "item": item.number, "locator": "page 4"}
    )
    assert answer.status_code == 200 and answer.json()["evidence"][0]["locator"] == "page 4"
    wrong = {**form, "version_policy": "counts", "relevance": ""}
    refused = sign_in(acme.officer).post(page, wrong)
    words = api_as(acme.officer).post(
        f"/api/v1/o/acme/controls/{control.number}/evidence/", {**wrong, "item": item.number}
    )
    assert words.status_code == 409 and words.json()["detail"].split("“")[0] in refused.content.decode()


def test_judging_many_controls_takes_a_query_for_evidence_and_one_for_claims(acme, world):
    control, item, _system = world
    ask(control, item, acme.officer)
    for number in range(2, 6):
        ask(make_control(acme.officer, f"OWN-{number}"), item, acme.officer)
    with acme, CaptureQueriesContext(connection) as queries:
        judged(list(Control.objects.values_list("pk", flat=True)), timezone.now())
    assert len(queries) == 3  # the ids, the evidence with all that judging needs, the claims
