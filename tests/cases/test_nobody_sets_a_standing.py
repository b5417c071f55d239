"""Nobody, superuser included, can make a claim stand: not through a page, not through the API, not through an admin site."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from cases.evaluation import reevaluate
from cases.models import AssuranceCase, Element, StandingLevel, StandingTransition
from evidence.models import EvidenceVersion
from tests.cases.building import bind, grow, make_case, make_evidence
from tests.isolation.addresses import of_organisations

pytestmark = pytest.mark.django_db
# Every name under which a standing is kept or shown, with every spelling of the best one.
WISHES = {
    f"{prefix}{name}": value
    for prefix in ("", "case-", "element-")
    for name in ("standing", "standing_causes", "standing_as_of", "held_down_to", "level", "before", "after")
    for value in ("4",)
} | {"standing": "holds", "to": "holds", "effect": "4"}


WRITES = re.compile(r"""update\([^()]*\bstanding=|update_fields=\[[^\]]*["']standing["']""")


@pytest.fixture
def broken(acme):
    """A case that rests on rejected evidence, and an owner who is also a superuser of the installation."""
    with acme:
        case = make_case(acme)
        grow(case, acme, "solution", "G1", "Bias test")
        version = make_evidence(acme)
        bind(case, acme, "Sn1", version)
        EvidenceVersion.objects.filter(pk=version.pk).update(review="rejected")
        reevaluate(case)
    acme.owner.user.is_superuser = acme.owner.user.is_staff = True
    acme.owner.user.save()
    return case


def stands(acme, case):
    """The stored standings, and what an evaluation says."""
    with acme:
        case.refresh_from_db()
        stored = {case.standing, *Element.objects.filter(case=case).values_list("standing", flat=True)}
        reevaluate(case)
        return max(stored | {case.standing})


def test_no_form_takes_it(acme, broken, sign_in):
    """Whatever a page of a case is sent on top of what it asks, a claim does not come to hold."""
    browser = sign_in(acme.owner)
    pages = [one for one in of_organisations() if one.name.startswith("cases:") and not one.is_api]
    sent = 0
    for page in pages:
        values = {name: "1" for name in page.parameters} | {"slug": "acme", "key": "G1"}
        try:
            path = page.path(values)
            resolve(path)
        except (KeyError, Resolver404):
            continue  # an address of something that is named by an identifier
        browser.post(path, {**WISHES, "reason": "It is so.", "statement": "It stands."})
        sent += 1
    assert sent > 10
    assert stands(acme, broken) < StandingLevel.HOLDS


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("patch", "cases/1/"),
        ("patch", "cases/1/elements/G1/"),
        ("patch", "cases/1/elements/Sn1/"),
        ("post", "cases/1/elements/"),
        ("post", "cases/1/elements/G1/hold/"),
        ("post", "cases/1/standing/"),
        ("put", "cases/1/standing/"),
        ("post", "cases/1/transitions/"),
    ],
)
def test_no_route_of_the_api_takes_it(acme, broken, api_as, method, path):
    body = {**WISHES, "kind": "goal", "parent": "G1", "statement": "It stands.", "reason": "It is so.", "revision": 1}
    answer = getattr(api_as(acme.owner), method)(f"/api/v1/o/acme/{path}", body, format="json")
    assert answer.status_code in (200, 201, 400, 405, 409)
    assert stands(acme, broken) < StandingLevel.HOLDS


def test_a_hold_can_only_lower(acme, broken, api_as):
    answer = api_as(acme.owner).post(
        "/api/v1/o/acme/cases/1/elements/G1/hold/", {"to": "holds", "reason": "It is so."}, format="json"
    )
    assert answer.status_code in (400, 409)


def test_there_is_no_admin_site():
    assert not apps.is_installed("django.contrib.admin")
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")


def test_one_module_writes_standings_to_the_database():
    rooms = ("cases", "risks", "audits", "evidence", "inventory", "aims")
    found = {
        str(path.relative_to(settings.BASE_DIR))
        for room in rooms
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if WRITES.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"cases/evaluation.py"}


def test_history_is_only_added_to(acme, broken):
    with acme:
        row = StandingTransition.objects.filter(case=broken).first()
        assert row is not None and row.after < StandingLevel.HOLDS
    assert not AssuranceCase._meta.get_field("standing").editable
    assert not Element._meta.get_field("standing").editable
