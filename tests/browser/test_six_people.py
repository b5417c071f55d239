"""A case from a template into force by six people in browsers: built, reviewed, doubted, decided, signed, fallen, brought back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from aims.site.demo.people import account
from aims.site.organisations import open_organisation
from aims.site.sweeping import sweep
from aims.tenancy.actions import add_member
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from cases.access import Part
from cases.models import AssuranceCase, Element
from inventory.actions import add_version, deploy_version, register_system, screen_system
from tests.browser.browsing import IN_A_BROWSER
from tests.browser.conftest import PASSWORD
from tests.browser.test_journey import ANSWERS, send, sign_in

pytestmark = IN_A_BROWSER

PEOPLE = {
    "officer": Role.GOVERNANCE_OFFICER,
    "owner": Role.SYSTEM_OWNER,
    "author": Role.CONTRIBUTOR,
    "reviewer": Role.CONTRIBUTOR,
    "challenger": Role.CHALLENGER,
    "executive": Role.EXECUTIVE,
}
HOME = "/o/six/"
CASE = f"{HOME}cases/1/"
LOW_TIER = {**ANSWERS, "effect_on_people": "none", "decision_area": "none", "human_review": "every_output"}


@pytest.fixture
def six(world: Any) -> Any:
    """An organisation of six people with a system of a low tier in operation."""
    organisation = open_organisation(name="Six", slug="six")
    with working_in(organisation):
        members = {}
        for name, role in PEOPLE.items():
            user = account(f"{name}@six.example", name.title(), PASSWORD)
            members[name] = add_member(organisation, user=user, display_name=name.title(), roles=[role], actor=None)
        system = register_system(
            name="Meeting notes",
            purpose="Minutes of meetings.",
            stage="operation",
            owner=members["owner"],
            actor=members["officer"],
        )
        screen_system(system, answers=LOW_TIER, actor=members["officer"])
        system.refresh_from_db()
        assert system.tier == "T1", system.tier
        version = add_version(system, label="1.0", actor=members["owner"])
        deploy_version(version, actor=members["owner"])
    return organisation


class People:
    """A browser for each person, signed in through the form when they first come."""

    def __init__(self, open_browser: Callable[..., Any]) -> None:
        self.open_browser = open_browser
        self.pages: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self.pages:
            page = self.pages[name] = self.open_browser()
            sign_in(page, f"{name}@six.example")
        return self.pages[name]


PARTS = {"author": "author", "reviewer": "team_reviewer", "challenger": "challenger", "executive": "decider"}
PART_VALUES = {str(part.key): str(part.value) for part in Part}


def go(page: Any, path: str, **values: Any) -> str:
    """Open a form below the case and send it; what the page after it says."""
    page.goto(path if path.startswith("/") else f"{CASE}{path}")
    send(page, **values)
    return str(page.inner_text("main"))


def confirm(page: Any, path: str, **values: Any) -> str:
    """Take a step that asks first."""
    page.goto(f"{CASE}{path}")
    for name, value in values.items():
        page.fill(f"main form [name={name}]", value)
    page.click("main form button.btn-danger")
    page.wait_for_load_state()
    refused = page.locator("[data-error-summary]")
    assert refused.count() == 0, refused.first.inner_text()
    return str(page.inner_text("main"))


def open_from_the_template(page: Any) -> None:
    page.goto(f"{HOME}cases/templates/p0/")
    page.fill("#template-form [name=system]", "Meeting notes")
    page.fill("#template-form [name=title]", "The notes may be relied upon")
    page.fill("#template-form [name=purpose]", "Minutes of meetings")
    page.fill("#template-form [name=review_by]", (timezone.localdate() + timedelta(days=200)).isoformat())
    page.fill("#template-form [name=q_system]", "Meeting notes")
    page.fill("#template-form [name=q_use]", "minutes of internal meetings")
    for name, value in (
        ("claim", "The notes keep every decision of the meeting"),
        ("evidence", "Sample of 40 meetings"),
        ("condition", "the language model is replaced"),
    ):
        page.fill(f"#template-form [name=q_claims-0-{name}]", value)
    page.click("#template-form .button-row button[value=preview]")
    assert "The notes keep every decision" in page.inner_text("#preview")
    page.click("#template-form .button-row button[value=create]")
    page.wait_for_url("**/cases/1/**")


def appoint_the_others(page: Any) -> None:
    for name, part in PARTS.items():
        page.goto(f"{CASE}people/add/?part={part}")
        send(page, member=name.title(), part={"value": PART_VALUES[part]})


def adopt_the_text(page: Any) -> None:
    page.goto(f"{CASE}adopt/")
    for box in page.locator("main form input[type=checkbox]").all():
        box.check()
    page.click("main form button[type=submit]")
    page.wait_for_load_state()


def show_the_claim(page: Any, reviewer: Any) -> None:
    """Evidence by the author, accepted by somebody else, bound; a metric with its first reading."""
    page.goto(f"{HOME}evidence/add/")
    send(
        page,
        title="Sample of 40 meetings",
        kind="Evaluation",
        files=[{"name": "sample.csv", "mimeType": "text/csv", "buffer": b"meetings,kept\n40,40\n"}],
        collected_at=a_while_ago(),
        valid_for_days="180",
        system="Meeting notes",
        environment="Production",
        system_version="1.0",
    )
    reviewer.goto(f"{HOME}evidence/1/")
    reviewer.click(".page-actions >> text=Review")
    send(reviewer, verdict="accepted", note="Counted again.")
    page.goto(f"{CASE}elements/Sn1.1/bind/")
    page.check("form.record-form [name=version] >> nth=0")
    send(page, locator="Sheet 1", relevance="All decisions of 40 meetings are in the notes.")
    page.goto(f"{CASE}elements/G2.1/edit/")
    send(page, owner="Author")
    page.goto(f"{HOME}indicators/add/")
    send(page, name="Decisions kept", unit="share")
    page.goto(f"{CASE}elements/G2.1/metrics/add/")
    send(
        page,
        indicator="Decisions kept",
        key="kept",
        threshold="0.95",
        environment_required="Production",
        max_age_days="40",
    )
    measure(page, "0.99")


def measure(page: Any, value: str) -> None:
    page.goto(f"{HOME}metrics/1/readings/add/")
    send(page, value=value, n="400", measured_at=a_while_ago(), environment="Production")


def a_while_ago() -> str:
    return (timezone.localtime() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")


def sign_each(page: Any) -> str:
    """Open each claim, one after the other, then sign; what the page of signing says of the claims."""
    page.goto(f"{CASE}sign/")
    assert page.locator("[name=password]").count() == 0, "nothing is signed unread"
    page.click("text=Open the claims one by one")
    while page.locator("text=All opened: sign").count() == 0:
        page.click(".button-row .btn-primary")
        page.wait_for_load_state()
    page.click("text=All opened: sign")
    claims = str(page.inner_text("#claims"))
    page.check("[name=i_stand_behind_it]")
    send(page, password=PASSWORD)
    return claims


def standing(page: Any) -> str:
    page.goto(f"{CASE}life/")
    return str(page.inner_text(".page-heading"))


def test_six_people_bring_a_case_from_a_template_into_force_and_back(
    six: Any, open_browser: Callable[..., Any]
) -> None:
    people = People(open_browser)
    owner, author, reviewer = people["owner"], people["author"], people["reviewer"]
    challenger, executive, officer = people["challenger"], people["executive"], people["officer"]

    open_from_the_template(owner)
    appoint_the_others(officer)
    adopt_the_text(author)
    show_the_claim(author, challenger)
    author.goto(f"{HOME}conditions/1/attest/")
    send(author, seen="ok", statement="The model is the same as in the sample.")

    with working_in(six):
        solution = str(Element.objects.get(key="Sn1.1").pk)

    # What the template doubts is answered, and somebody else decides.
    author.goto(f"{HOME}challenges/1/answer/")
    send(
        author,
        response="People who missed a meeting were asked what they would look for.",
        response_element={"value": solution},
    )
    challenger.goto(f"{HOME}challenges/1/decide/")
    send(challenger, verdict="refuted", rationale="Their list holds nothing that the claim leaves out.")

    assert "Team review" in go(author, "submit/", note="Ready.")
    # Of this tier no independent challenger is asked for: the review of the team is its challenge.
    assert "Decision" in confirm(reviewer, "start-challenge/")

    # Doubted once more while it is frozen: the doubt costs its standing at once, and the answer gives it back.
    challenger.goto(f"{CASE}elements/G2.1/challenge/")
    send(
        challenger,
        statement="The sample holds no meeting in two languages.",
        attack="rebut",
        severity="major",
    )
    assert "Weakened" in standing(author)
    author.goto(f"{HOME}challenges/2/answer/")
    send(author, response="Eight of the 40 were held in two languages.", response_element={"value": solution})
    executive.goto(f"{HOME}challenges/2/decide/")
    send(executive, verdict="refuted", rationale="The eight are marked in the sample.")
    assert "Holds" in standing(author)

    go(executive, "decide/", outcome="approve", reason="It shows what we rely on it for.")
    assert "The notes keep every decision of the meeting" in sign_each(owner)
    assert "Live" in standing(author)
    with working_in(six):
        case = AssuranceCase.objects.get()
        assert (case.status, case.get_standing_display()) == ("live", "Holds")

    # A reading takes it down, and the world alone does not bring it back into force.
    measure(author, "0.80")
    sweep(timezone.now(), six)
    page = standing(owner)
    assert "Degraded" in owner.inner_text("main")
    assert "Holds" not in page
    owner.goto(HOME)
    assert "Decisions kept fell to 0.80 (threshold 0.95)" in owner.inner_text("main")
    measure(author, "0.97")
    sweep(timezone.now(), six)
    standing(owner)
    assert "Degraded" in owner.inner_text("main")
    sign_each(owner)
    assert "Holds" in standing(owner)
    with working_in(six):
        case.refresh_from_db()
        assert (case.status, case.get_standing_display()) == ("live", "Holds")
