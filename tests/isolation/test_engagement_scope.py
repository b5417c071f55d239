"""A certification auditor whose engagement covers some AI systems: every page and route, and the database itself."""

import re

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from aims.tenancy.owned import OrganisationOwned
from aims.tenancy.public import PUBLIC_VIEWS
from aims.tenancy.scope import only_read, organisation_scope, working_in
from audits.models import ManagementReview, Pack
from cases.models import AssuranceCase
from evidence.models import EvidenceFile, EvidenceItem
from inventory.models import AISystem, EngagementSystem
from risks.models import Risk
from tests.isolation.addresses import of_organisations
from tests.isolation.parameters import value_of
from tests.isolation.test_the_walk import browser, caller, path_of, response_body

# Frozen minutes say what the meeting was told about the whole organisation; the meeting itself is in every scope.
MINUTES = ("/reviews/",)


@pytest.fixture(scope="module")
def covered(world) -> set:
    with working_in(world.globex):
        return set(EngagementSystem.objects.values_list("system_id", flat=True))


@pytest.fixture(scope="module")
def hidden(world, covered) -> dict[str, str]:
    """Words that only appear on records of systems that the engagement does not cover, and whose they are."""
    with working_in(world.globex):
        words = {system.name: "a system" for system in AISystem.objects.exclude(pk__in=covered)}
        words |= {case.title: "a case" for case in AssuranceCase.objects.exclude(system__in=covered)}
        elsewhere = EvidenceItem.objects.exclude(system=None).exclude(system__in=covered)
        words |= {item.title: "evidence" for item in elsewhere}
        risks = Risk.objects.filter(system_links__isnull=False).exclude(system_links__system__in=covered)
        words |= {risk.title: "a risk" for risk in risks}
    assert len(words) > 8
    return words


def test_no_page_and_no_route_shows_a_limited_auditor_what_is_not_covered(world, hidden):
    certifier = world.member(world.globex, "certifier")
    client, api = browser(certifier), caller(certifier)
    problems, answered = [], 0
    for address in of_organisations():
        if address.name in PUBLIC_VIEWS:
            continue
        path = path_of(address, "globex", world)
        response = (api if address.is_api else client).get(path)
        if response.status_code >= 500:
            problems.append(f"{path}: {response.status_code}")
        body = response_body(response).decode(errors="replace")
        answered += response.status_code == 200
        if not any(part in path for part in MINUTES):
            problems += [f"{path} shows {what}: {word}" for word, what in hidden.items() if word in body]
    assert problems == []
    assert answered > 60


def test_every_record_outside_is_not_found_and_every_record_inside_is(world, covered):
    certifier = world.member(world.globex, "certifier")
    client = browser(certifier)
    with working_in(world.globex):
        systems = dict(AISystem.objects.values_list("number", "pk"))
        cases = dict(AssuranceCase.objects.values_list("number", "system_id"))
        risks = {
            risk.number: {link.system_id for link in risk.system_links.all()}
            for risk in Risk.objects.prefetch_related("system_links")
        }
        items = dict(EvidenceItem.objects.values_list("number", "system_id"))
        files = list(EvidenceFile.objects.values_list("pk", "version__item__number", "version__item__system_id"))
    for number, pk in systems.items():
        assert client.get(f"/o/globex/systems/{number}/").status_code == (200 if pk in covered else 404)
    for number, pk in cases.items():
        for page in ("", "drawing/", "forecast/", "history/"):
            assert client.get(f"/o/globex/cases/{number}/{page}").status_code == (200 if pk in covered else 404)
    for number, pks in risks.items():
        seen = not pks or bool(pks & covered)
        assert client.get(f"/o/globex/risks/{number}/").status_code == (200 if seen else 404), number
    for number, pk in items.items():
        seen = pk is None or pk in covered
        assert client.get(f"/o/globex/evidence/{number}/").status_code == (200 if seen else 404)
    assert any(pk not in covered for pk in systems.values())
    assert {bool(pks & covered) for pks in risks.values()} == {True, False}
    for pk, number, system in files:
        status = client.get(f"/o/globex/evidence/{number}/files/{pk}/download/").status_code
        assert status == (200 if system is None or system in covered else 404)


def test_the_history_of_a_record_outside_is_not_shown_for_its_identifier(world, covered):
    certifier = world.member(world.globex, "certifier")
    with working_in(world.globex):
        outside = AISystem.objects.exclude(pk__in=covered).first()
        inside = AISystem.objects.filter(pk__in=covered).first()
    address = next(a for a in of_organisations() if {"kind", "record"} <= set(a.parameters) and not a.is_api)
    for system, seen in ((outside, False), (inside, True)):
        path = address.path({"slug": "globex", "kind": "inventory.aisystem", "record": system.pk,
                             **{n: value_of(address, n, "globex", world) for n in address.parameters
                                if n not in {"slug", "kind", "record"}}})  # fmt: skip
        response = browser(certifier).get(path)
        assert (system.name in response_body(response).decode()) == seen, path


def test_the_database_itself_hides_what_is_not_covered_and_refuses_writes(world, covered):
    with working_in(world.globex):
        everything = {m._meta.db_table: m.objects.count() for m in of_tenants()}
        with transaction.atomic():
            only_read(covered)
            bounded = {m._meta.db_table: m.objects.count() for m in of_tenants()}
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                AISystem.objects.update(name="changed")
        with organisation_scope(world.globex), transaction.atomic():
            only_read([])
            assert AISystem.objects.count() == AssuranceCase.objects.count() == Pack.objects.count() == 0
    assert bounded["inventory_aisystem"] == len(covered)
    for table in ("cases_assurancecase", "cases_element", "evidence_evidenceitem", "risks_risk", "trail_event"):
        assert 0 < bounded[table] < everything[table], table
    assert bounded["risks_control"] == everything["risks_control"]


def of_tenants():
    return [m for m in apps.get_models() if issubclass(m, OrganisationOwned)]


def test_after_the_visit_the_application_is_itself_again(world, covered):
    browser(world.member(world.globex, "certifier")).get("/o/globex/systems/")
    with working_in(world.globex), connection.cursor() as cursor:
        cursor.execute("select current_user = session_user, current_setting('aims.systems')")
        assert cursor.fetchone() == (True, "")
        assert AISystem.objects.count() > len(covered)


def test_the_minutes_link_only_to_records_that_the_auditor_can_open(world):
    """They name what the meeting was told about, also outside the engagement; a link there would lead nowhere."""
    client = browser(world.member(world.globex, "certifier"))
    with working_in(world.globex):
        numbers = list(ManagementReview.objects.values_list("number", flat=True))
    links = set()
    for number in numbers:
        page = response_body(client.get(f"/o/globex/reviews/{number}/")).decode()
        links |= set(re.findall(r'href="(/o/globex/[a-z-]+/\d+/)"', page))
    assert links
    assert {link: client.get(link).status_code for link in links if client.get(link).status_code != 200} == {}
