"""Systems, evidence and cases for tests; cases through the real actions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from aims.tenancy.numbers import next_number
from cases.actions import add_element, bind_evidence, create_case
from cases.models import AssuranceCase, Element
from evidence.models import EvidenceItem, EvidenceVersion
from inventory.models import AISystem, SystemVersion
from tests.again import said_again


def make_system(cast, name="Credit scoring", tier="T3", version="1.0"):
    system = AISystem.objects.create(
        number=next_number(cast.organisation, AISystem), name=name, tier=tier, owner=cast.owner
    )
    if version:
        system.current_version = SystemVersion.objects.create(system=system, label=version)
        system.save(update_fields=["current_version"])
    return system


def make_evidence(cast, title="Bias test", *, review="accepted", days=90, grace_days=0, item=None, **fields):
    """A version that stays current for `days` from now; None: for ever."""
    now = timezone.now()
    if item is None:
        item = EvidenceItem.objects.create(
            number=next_number(cast.organisation, EvidenceItem), title=title, kind="test_report", owner=cast.contributor
        )
    until = now + timedelta(days=days) if days is not None else None
    version = EvidenceVersion.objects.create(
        item=item,
        ordinal=item.versions.count() + 1,
        collected_at=now - timedelta(days=10),
        valid_until=until,
        grace_until=until + timedelta(days=grace_days) if until else None,
        grace_days=grace_days,
        review=review,
        submitted_by=cast.contributor,
        **fields,
    )
    item.current = version
    item.save(update_fields=["current"])
    return version


def make_case(cast, system=None, title="Credit scoring may be relied on", **fields):
    defaults = {
        "purpose": "Deciding on small loans",
        "accountable_owner": cast.owner,
        "claim": "Decisions are even-handed",
    }
    return create_case(system=system or make_system(cast), title=title, actor=cast.officer, **{**defaults, **fields})


def grow(case, cast, kind, parent=None, statement="A statement", **fields) -> Element:
    above = Element.objects.filter(case=case).addressed(parent).get() if parent else None
    return add_element(case, kind=kind, statement=statement, parent=above, actor=cast.officer, **fields)


def bind(case, cast, key, version, **fields):
    element = Element.objects.get(case=case, key=key)
    told = {"locator": "page 3", "relevance": "Selection rates by group", **fields}
    return bind_evidence(element, version=version, actor=cast.officer, **told)


@said_again
def make_sound_case(cast, **evidence) -> AssuranceCase:
    """G1 ← S1 ← G2 ← Sn1 ← "Bias test", and S1 ← G3 ← Sn2 ← "Drift report"; it holds."""
    case = make_case(cast)
    grow(case, cast, "strategy", "G1", "By group and over time")
    grow(case, cast, "goal", "S1", "Rates differ by less than a tenth")
    grow(case, cast, "goal", "S1", "Drift is noticed within a week")
    grow(case, cast, "solution", "G2", "Bias test of the quarter")
    grow(case, cast, "solution", "G3", "Drift report")
    bind(case, cast, "Sn1", make_evidence(cast, **evidence))
    bind(case, cast, "Sn2", make_evidence(cast, "Drift report", days=None))
    case.refresh_from_db()
    return case


@pytest.fixture
def sound(acme) -> AssuranceCase:
    with acme:
        return make_sound_case(acme)
