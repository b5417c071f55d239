"""What was believed at an instant of the past: the structure, the facts and the standing of then."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from cases.actions import (
    edit_element,
    freeze_baseline,
    hold_down,
    lift_hold,
    renew_binding,
    unbind_evidence,
    unlink_elements,
    withdraw_element,
)
from cases.evaluation import assess, assess_draft
from cases.loading import load_baseline, load_case, load_in_force
from cases.models import AssuranceCase, Element, EvidenceBinding, Link, StandingLevel
from evidence.actions import withdraw_item
from inventory.models import SystemVersion
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case
from tests.cases.clock import moving_clock
from tests.cases.measuring import both_groups, make_metric, send
from tests.cases.standing_behind import put_live, sign
from tests.cases.test_freeze_baseline import said_of

pytestmark = pytest.mark.django_db
HOLDS, WEAKENED, UNSUPPORTED, DEFEATED, UNDEVELOPED = (
    StandingLevel.HOLDS, StandingLevel.WEAKENED, StandingLevel.UNSUPPORTED, StandingLevel.DEFEATED,
    StandingLevel.UNDEVELOPED,
)  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clock(acme):
    """A clock that product and database share, and that a test moves."""
    with moving_clock(datetime.fromisoformat("2027-01-04T08:00:00+00:00")) as clock:
        yield clock


@pytest.fixture
def sound(acme, clock):
    with acme:
        case = make_sound_case(acme, days=None)
    clock.pass_(days=1)
    return case


def element(case, key):
    return Element.objects.select_related("case", "module").get(case=case, key=key)


def believed(case, at):
    assessment = assess(case, at=at)
    return {row.address: assessment.standing_of(row) for row in assessment.loaded.elements.values()}


def shape_of(loaded):
    return (
        [(row.pk, row.statement) for row in loaded.elements.values()],
        [(link.source_id, link.target_id) for link in loaded.links],
        {key: [row.version_id for row in rows] for key, rows in loaded.bindings.items()},
    )


def test_as_of_now_is_now(acme, sound, clock):
    with acme:
        make_metric(acme, sound)
        send(acme, *both_groups())
        hold_down(element(sound, "G3"), to=int(WEAKENED), reason="Not sure", actor=acme.officer)
        clock.pass_(hours=1)
        now = timezone.now()
        clock.pass_(hours=1)
        then, live = load_in_force([sound], now)[0], load_case(sound)
        assert shape_of(then) == shape_of(live)
        assert believed(sound, now) == {key: standing for key, standing in believed(sound, None).items()}
        assert assess(sound, at=now).standing == assess(sound).standing


def test_before_the_case_there_was_nothing(acme, sound, clock):
    with acme:
        then = load_in_force([sound], timezone.now() - timedelta(days=9))[0]
        assert not then.elements
        assert assess(sound, at=timezone.now() - timedelta(days=9)).standing == UNDEVELOPED


CHANGES = {
    "hold": lambda cast, case: hold_down(element(case, "G3"), to=1, reason="Not sure", actor=cast.officer),
    "withdraw": lambda cast, case: withdraw_element(element(case, "Sn1"), reason="Wrong", actor=cast.officer),
    "unlink": lambda cast, case: unlink_elements(
        Link.objects.get(case=case, target__key="Sn1"), actor=cast.officer
    ),
    "unbind": lambda cast, case: unbind_evidence(
        EvidenceBinding.objects.get(element__case=case, element__key="Sn1"), reason="Wrong", actor=cast.officer
    ),
    "evidence": lambda cast, case: withdraw_item(
        EvidenceBinding.objects.get(element__case=case, element__key="Sn1").version.item, reason="Wrong", actor=cast.officer
    ),
    "deploy": lambda cast, case: deploy(case),
    "metric": lambda cast, case: make_metric(cast, case),
    "restate": lambda cast, case: edit_element(
        element(case, "G2"), **said_of(case, "G2", statement="Something else"), actor=cast.officer
    ),
    "grow": lambda cast, case: grow(case, cast, "goal", "S1", "One claim more"),
}  # fmt: skip


def deploy(case):
    system = case.system
    system.current_version = SystemVersion.objects.create(system=system, label="9.9")
    system.save(update_fields=["current_version"])


@pytest.mark.parametrize("change", CHANGES)
def test_what_happened_later_is_not_known_yet(acme, sound, clock, change):
    with acme:
        before = timezone.now()
        stood, said = believed(sound, None), shape_of(load_case(sound))
        clock.pass_(days=1)
        CHANGES[change](acme, AssuranceCase.objects.select_related("system").get(pk=sound.pk))
        clock.pass_(days=1)
        assert shape_of(load_in_force([sound], before)[0]) == said
        assert believed(sound, before) == stood
        after = timezone.now()
        clock.pass_(days=1)
        assert believed(sound, after) == believed(sound, None)
        assert shape_of(load_in_force([sound], after)[0]) == shape_of(load_case(AssuranceCase.objects.get(pk=sound.pk)))


def test_a_reading_counts_from_when_it_was_received(acme, sound, clock):
    with acme:
        make_metric(acme, sound)
        clock.pass_(days=2)
        before = timezone.now()
        clock.pass_(hours=1)
        send(acme, *both_groups(days_ago=1))
        clock.pass_(hours=1)
        assert believed(sound, before)["G2"] == UNSUPPORTED
        assert believed(sound, timezone.now() - timedelta(minutes=1))["G2"] == HOLDS


def test_a_hold_that_was_lifted_held_then(acme, sound, clock):
    with acme:
        hold_down(element(sound, "G3"), to=1, reason="Not sure", actor=acme.officer)
        clock.pass_(days=1)
        held = timezone.now()
        clock.pass_(days=1)
        lift_hold(element(sound, "G3"), reason="Sure", actor=acme.officer)
        assert believed(sound, held)["G3"] == UNSUPPORTED
        assert believed(sound, None)["G3"] == HOLDS


def test_a_signature_counts_while_it_did(acme, sound, clock):
    with acme:
        put_live(acme, sound)
        unsigned = timezone.now()
        clock.pass_(days=1)
        signed = sign(sound, actor=acme.owner)
        clock.pass_(days=1)
        assert assess(sound, at=unsigned).standing == WEAKENED
        assert assess(sound, at=timezone.now() - timedelta(hours=1)).standing == HOLDS
        clock.move_to(signed.expires_at + timedelta(days=5))
        assert assess(sound, at=signed.expires_at).standing == HOLDS
        assert assess(sound, at=signed.expires_at + timedelta(seconds=1)).standing == WEAKENED


# A revision beside what is in force


@pytest.fixture
def revised(acme, sound, clock):
    """In force and signed, with a revision open in which nothing is changed yet."""
    with acme:
        put_live(acme, sound)
        sign(sound, actor=acme.owner)
        AssuranceCase.objects.filter(pk=sound.pk).update(status=AssuranceCase.Status.DRAFT, in_force_as="live")
        sound.refresh_from_db()
    clock.pass_(days=1)
    return sound


@pytest.mark.parametrize("change", ["withdraw", "unlink", "unbind", "metric", "restate", "grow"])
def test_what_a_revision_says_is_not_in_force(acme, revised, clock, change):
    with acme:
        said = shape_of(load_in_force([revised])[0])
        CHANGES[change](acme, revised)
        assert shape_of(load_in_force([revised])[0]) == said
        assert assess(revised).standing == HOLDS
        revised.refresh_from_db()
        assert revised.standing == HOLDS
        if change not in ("restate",):
            assert assess_draft(revised).argued < HOLDS
        clock.pass_(hours=1)
        assert assess(revised, at=timezone.now() - timedelta(minutes=1)).standing == HOLDS


@pytest.mark.parametrize("change", ["hold", "evidence", "deploy"])
def test_what_happens_to_the_world_counts_for_what_is_in_force(acme, revised, change):
    with acme:
        make_evidence(acme)
        if change == "deploy":
            version = EvidenceBinding.objects.get(element__case=revised, element__key="Sn1").version
            version.system_version = SystemVersion.objects.create(system=revised.system, label="0.9")
            version.save(update_fields=["system_version"])
        CHANGES[change](acme, AssuranceCase.objects.select_related("system").get(pk=revised.pk))
        fresh = AssuranceCase.objects.select_related("system__current_version").get(pk=revised.pk)
        assert assess(fresh).standing < HOLDS


def test_evidence_renewed_in_the_revision_counts_and_other_evidence_does_not(acme, revised, clock):
    with acme:
        binding = EvidenceBinding.objects.select_related("version__item", "element").get(
            element__case=revised, element__key="Sn1"
        )
        newer = make_evidence(acme, item=binding.version.item)
        renew_binding(binding, version=newer, actor=acme.officer)
        assert load_in_force([revised])[0].bindings[binding.element_id][0].version_id == newer.pk
        unbind_evidence(binding, reason="Another is better", actor=acme.officer)
        bind(revised, acme, "Sn1", make_evidence(acme, "Another"))
        kept = load_in_force([revised])[0].bindings[binding.element_id]
        assert [row.version_id for row in kept] == [newer.pk]


def test_a_baseline_is_loaded_with_the_facts_of_now_or_then(acme, sound, clock):
    with acme:
        baseline = freeze_baseline(sound, reason="For review", actor=acme.officer)
        before = timezone.now()
        clock.pass_(days=1)
        edit_element(element(sound, "G2"), **said_of(sound, "G2", statement="Something else"), actor=acme.officer)
        hold_down(element(sound, "G3"), to=1, reason="Not sure", actor=acme.officer)
        now, then = load_baseline(sound, baseline), load_baseline(sound, baseline, at=before)
        g2, g3 = element(sound, "G2"), element(sound, "G3")
        assert now.elements[g2.pk].statement == then.elements[g2.pk].statement == "Rates differ by less than a tenth"
        assert (now.elements[g3.pk].held_down_to, then.elements[g3.pk].held_down_to) == (1, None)


@pytest.mark.parametrize("count", [1, 12])
def test_what_the_past_costs_does_not_grow(acme, sound, clock, django_assert_max_num_queries, count):
    with acme:
        cases = [sound]
        for number in range(count - 1):
            other = make_case(acme, system=sound.system, title="Another", purpose=f"For {number}")
            bind(other, acme, grow(other, acme, "solution", "G1", "A test").key, make_evidence(acme))
            cases.append(other)
        at = timezone.now()
        clock.pass_(days=1)
        with django_assert_max_num_queries(8):
            assert len(load_in_force(cases, at)) == count


def test_the_page_shows_the_draft_beside_what_is_in_force(acme, revised, sign_in):
    with acme:
        grow(revised, acme, "goal", "S1", "One claim more")
    address = f"/o/acme/cases/{revised.number}/"
    shown = sign_in(acme.officer).get(address).content.decode()
    assert "A revision is open" in shown
    assert "One claim more" in shown
    assert "Why the case does not hold" not in shown


def test_the_api_shows_the_draft_with_the_standing_of_what_is_in_force(acme, revised, api_as):
    with acme:
        grow(revised, acme, "goal", "S1", "One claim more")
    api = api_as(acme.officer)
    found = api.get(f"/api/v1/o/acme/cases/{revised.number}/").json()
    assert found["standing"] == "holds"
    assert "One claim more" in [one["statement"] for one in found["elements"]]
    standing = api.get(f"/api/v1/o/acme/cases/{revised.number}/standing/").json()
    assert standing["standing"] == "holds"
    assert set(standing["elements"]) == {"G1", "S1", "G2", "G3", "Sn1", "Sn2"}
