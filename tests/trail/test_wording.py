"""What the trail says about a change, in words."""

import pytest

from aims.tenancy.events import MemberEvent
from aims.trail.models import Event
from aims.trail.wording import describe, register_words
from tests.factories import make_evidence, make_system

pytestmark = pytest.mark.django_db


def event(kind: str, **changes) -> Event:
    return Event(target_kind=kind, event=MemberEvent.CHANGED, changes=changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ends_on": "2027-01-20"}, "ends on: 20 January 2027"),
        ({"collected_at": "2026-10-12 12:00:00+00:00"}, "collected at: 12 October 2026, 12:00 UTC"),
        ({"reason": "2027-01-20 was too early"}, "reason: 2027-01-20 was too early"),
        ({"day": "2027-02-31"}, "day: 2027-02-31"),
        ({"systems": [], "scope": "all", "unit": ""}, "scope: all"),
        ({"job_title": ["", "Head of credit"]}, "job title: Head of credit"),
        ({"job_title": ["Clerk", "Head of credit"]}, "job title: Clerk → Head of credit"),
        ({"job_title": ["Clerk", ""]}, "job title: Clerk → –"),
        ({"roles": ["observer"]}, "roles: Observer"),
        ({"seats": list(range(23))}, "seats: " + ", ".join(map(str, range(20))) + " and 3 more"),
    ],
)
def test_a_change_reads_as_people_say_it(changes, words):
    assert describe(event("tenancy.member", **changes), briefly=True) == words


def test_a_hash_is_whole_in_the_trail_and_short_beside_a_record():
    told = event("tenancy.member", sha256="ab" * 32)
    assert describe(told) == "SHA-256: " + "ab" * 32
    assert describe(told, briefly=True) == "SHA-256: abababababab…"


def test_the_trail_says_that_a_field_was_empty():
    assert describe(event("tenancy.member", job_title=["", "Head of credit"])) == "job title: – → Head of credit"


def test_a_room_translates_what_only_it_knows():
    register_words("tenancy.member", "desk", lambda value: f"desk {value}")
    assert describe(event("tenancy.member", desk=["1", "2"])) == "desk: desk 1, desk 2"
    assert describe(event("risks.risk", source="RS-SUPPLY")) == "risk source: Supply chain"
    assert describe(event("audits.audit", result=["open", "conforms"])) == "result: Not looked at → Conforms"
    moved = describe(event("cases.assurancecase", standing=["HOLDS", "WEAKENED"], elements=["G1: HOLDS → WEAKENED"]))
    assert moved == "standing: Holds → Weakened; elements: G1: Holds → Weakened"
    told = describe(event("inventory.aisystem", screening=["", {"safety_component": "no"}]))
    assert "damage infrastructure? No" in told


def test_past_states_name_the_records_that_they_refer_to(acme, sign_in):
    evidence = make_evidence(acme.owner, system=make_system(acme.owner, name="Credit scoring"))
    page = f"/o/acme/trail/records/evidence.evidenceitem/{evidence.pk}/"
    values = dict(sign_in(acme.officer).get(page).context["states"][0].values)
    assert (values["AI system"], values["keeper"]) == ("Credit scoring", acme.owner.display_name)
    assert values["current until"].endswith("UTC")
