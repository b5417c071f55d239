"""The loop as people walk it, through the pages: from a new system to a case that falls, a decision, a finding and a pack."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from aims.site.demo.people import account
from aims.site.organisations import open_organisation
from aims.site.sweeping import sweep
from aims.tenancy.actions import add_member
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from audits.packs.building import build_due
from tests.browser.browsing import IN_A_BROWSER
from tests.browser.conftest import PASSWORD

pytestmark = IN_A_BROWSER

ROLES = {
    "officer": Role.GOVERNANCE_OFFICER,
    "owner": Role.SYSTEM_OWNER,
    "challenger": Role.CHALLENGER,
    "executive": Role.EXECUTIVE,
    "auditor": Role.INTERNAL_AUDITOR,
}
ANSWERS = {
    "prohibited_practice": "no",
    "effect_on_people": "informs",
    "decision_area": "credit",
    "safety_component": "no",
    "vulnerable_people": "no",
    "human_review": "every_output",
    "scale": "under_10000",
    "personal_data": "personal",
    "generates_for_public": "no",
    "reversible": "easily",
}
EVIDENCE = "Validation of the pre-check"


def a_new_organisation(slug: str) -> Any:
    """An empty organisation with one person per role, who sign in as `<role>@<slug>.example`."""
    organisation = open_organisation(name=slug.title(), slug=slug)
    with working_in(organisation):
        for name, role in ROLES.items():
            user = account(f"{name}@{slug}.example", name.title(), PASSWORD)
            add_member(organisation, user=user, display_name=name.title(), roles=[role], actor=None)
    return organisation


def sign_in(page: Any, email: str) -> None:
    """Through the form, as people do."""
    page.goto("/accounts/login/")
    page.fill("#id_login", email)
    page.fill("#id_password", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/o/**")


def send(page: Any, **values: Any) -> None:
    """Fill in the form of the page and send it; a list of errors ends the test with their words."""
    for name, value in values.items():
        field = page.locator(f"form.record-form [name={name}]")
        if field.first.get_attribute("type") == "radio":
            page.check(f"form.record-form [name={name}][value='{value}']")
        elif field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(**({"label": value} if isinstance(value, str) else value))
        elif field.get_attribute("type") == "file":
            field.set_input_files(value)
        else:
            field.fill(value)
    before = page.url
    page.click("form.record-form button[type=submit]")
    page.wait_for_load_state()
    refused = page.locator("[data-error-summary]")
    assert refused.count() == 0, f"{before}: {refused.first.inner_text()}"


def register_a_system(page: Any, home: str) -> None:
    page.goto(f"{home}systems/new/")
    send(
        page,
        name="Loan pre-check",
        purpose="Answers clear applications within minutes.",
        stage="Operation",
        owner="Owner",
    )
    page.goto(f"{home}systems/1/screen/")
    send(page, **ANSWERS)
    page.goto(f"{home}systems/1/")
    assert "T2" in page.inner_text("main")


def add_the_evidence(page: Any, home: str) -> None:
    page.goto(f"{home}evidence/add/")
    send(
        page,
        title=EVIDENCE,
        kind="Evaluation",
        files=[{"name": "validation.csv", "mimeType": "text/csv", "buffer": b"sample,agreed\n400,391\n"}],
        collected_at=(timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        valid_for_days="60",
        system="Loan pre-check",
        environment="Production",
    )
    assert EVIDENCE in page.inner_text("h1")


def accept_the_evidence(page: Any, home: str) -> None:
    page.goto(f"{home}evidence/1/")
    page.click(".page-actions >> text=Review")
    send(page, verdict="accepted", note="Figures recomputed.")
    assert "Accepted" in page.inner_text("main")


def build_the_case(page: Any, home: str) -> None:
    page.goto(f"{home}cases/add/")
    send(
        page,
        system="Loan pre-check",
        title="The pre-check may be relied upon",
        purpose="Lending",
        claim="The pre-check answers clear cases as a credit officer would.",
        accountable_owner="Owner",
    )
    page.goto(f"{home}cases/1/elements/add/?kind=solution&parent=G1")
    send(page, statement="Validation on production cases")
    page.goto(f"{home}cases/1/elements/Sn1/bind/")
    page.check("form.record-form [name=version] >> nth=0")
    send(page, relevance="391 of 400 answers agree.")
    page.goto(f"{home}cases/1/")
    assert "Holds" in page.inner_text(".page-heading")


def describe_a_risk(page: Any, home: str) -> None:
    page.goto(f"{home}risks/new/")
    ratings = {
        f"{when}{part}": {"value": value}
        for when, value in (("inherent_", "4"), ("", "3"), ("residual_", "2"))
        for part in ("likelihood", "impact")
    }
    send(
        page,
        title="Clear cases are answered wrongly",
        owner="Owner",
        rating_reason="Nine of 400 sampled answers differed.",
        treatment_option="Retain",
        **ratings,
    )


def accept_the_risk(page: Any, home: str) -> None:
    page.goto(f"{home}risks/1/")
    page.click(".page-actions >> text=Accept")
    send(page, reason="The gain outweighs nine answers in 400, and each can be undone.")
    assert "Accepted" in page.inner_text("main")


def raise_a_finding(page: Any, home: str) -> None:
    page.goto(f"{home}audits/plan/")
    today = timezone.localdate()
    send(
        page,
        title="Audit of lending",
        criteria="ISO/IEC 42001, clauses 6 and 8",
        scope_text="Lending",
        lead_auditor="Auditor",
        starts_on=today.isoformat(),
        ends_on=(today + timedelta(days=5)).isoformat(),
    )
    page.goto(f"{home}audits/1/clauses/")
    page.check("form.record-form [name=clauses] >> nth=0")
    send(page)
    page.goto(f"{home}audits/1/start/")
    page.click("main form button[type=submit]")
    page.goto(f"{home}audits/1/findings/raise/")
    statement = "Two of ten sampled decisions have no record."
    send(page, grade="Observation", statement=statement, evidence_seen="Decision log, 3 to 7 May.")
    page.goto(f"{home}findings/")
    assert "1" in page.inner_text("main table tbody")
    assert statement in page.inner_text("main")


def build_a_pack(page: Any, home: str, organisation: Any) -> None:
    page.goto(f"{home}packs/new/")
    send(page, title="For the board")
    assert "Waiting" in page.inner_text("main")
    assert build_due(organisation.pk) == 1
    page.goto(f"{home}packs/1/")
    with page.expect_download() as download:
        page.click("text=Download the PDF")
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(content) > 10_000


def test_people_walk_the_loop(world: Any, open_browser: Callable[..., Any], monkeypatch: Any) -> None:
    # The worker is this test: a pack is built when it says so, and no other organisation's.
    monkeypatch.setattr("audits.packs.views.build_packs", SimpleNamespace(delay=lambda: None))
    organisation = a_new_organisation("journey")
    home = "/o/journey/"
    officer = open_browser()
    sign_in(officer, "officer@journey.example")
    register_a_system(officer, home)
    owner = open_browser("owner@journey.example")
    add_the_evidence(owner, home)
    accept_the_evidence(open_browser("challenger@journey.example"), home)
    build_the_case(owner, home)
    officer.goto(home)
    assert "The one case holds." in officer.inner_text("#not-standing")
    describe_a_risk(owner, home)
    accept_the_risk(open_browser("executive@journey.example"), home)
    raise_a_finding(open_browser("auditor@journey.example"), home)
    build_a_pack(officer, home, organisation)

    with time_machine.travel(timezone.now() + timedelta(days=90)):
        sweep(timezone.now(), organisation)
        later = open_browser("owner@journey.example")
        later.goto(home)
        fallen = later.inner_text("#not-standing")
        assert "Unsupported" in fallen
        assert EVIDENCE in fallen
        later.goto(f"{home}signals/1/")
        assert EVIDENCE in later.inner_text("main")


def test_the_first_steps_work_without_javascript(world: Any, open_browser: Callable[..., Any]) -> None:
    a_new_organisation("quiet")
    page = open_browser(java_script_enabled=False)
    sign_in(page, "officer@quiet.example")
    assert "No assurance case yet" in page.inner_text("main")
    page.goto("/o/quiet/systems/new/")
    page.fill("#id_name", "Invoice reader")
    page.click("form.record-form button[type=submit]")
    assert "Purpose" in page.inner_text("[data-error-summary]")
    page.fill("#id_purpose", "Reads invoices.")
    page.click("form.record-form button[type=submit]")
    assert page.inner_text("h1") == "Screening"
    assert "Invoice reader" in page.inner_text("main")
    page.goto("/o/quiet/systems/?q=invoice")
    assert "Invoice reader" in page.inner_text("main table")


@pytest.mark.parametrize("who", ["executive", "observer", "owner"])
def test_home_opens_for_each_role_of_the_demo(world: Any, open_browser: Callable[..., Any], who: str) -> None:
    page = open_browser(f"{who}@acme.example")
    page.goto("/o/acme/")
    assert page.inner_text("h1") == "Home"
    assert ("Highest risks" in page.inner_text("main")) == (who == "executive")
