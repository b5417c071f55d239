"""The rules of the actions that change a case, at the actions themselves."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.trail.models import Event
from cases.actions import (
    add_element,
    bind_evidence,
    create_case,
    edit_case,
    edit_element,
    hold_down,
    lift_hold,
    link_elements,
    renew_binding,
    withdraw_case,
    withdraw_element,
)
from cases.models import AssuranceCase, Element, EvidenceBinding, Link, StandingLevel, StandingTransition
from tests.cases.building import bind, grow, make_case, make_evidence, make_sound_case

pytestmark = pytest.mark.django_db


def element(key):
    return Element.objects.get(key=key)


def refused(words, act, *args, **rest):
    before = Event.objects.count()
    with pytest.raises(RuleBroken, match=words), transaction.atomic():
        act(*args, **rest)
    assert Event.objects.count() == before


def test_one_case_in_force_per_system_and_purpose(acme):
    with acme:
        case = make_case(acme)
        refused("argues about this system", make_case, acme, system=case.system)
        withdraw_case(case, reason="Replaced", actor=acme.officer)
        assert make_case(acme, system=case.system).number == 2


def test_a_reader_cannot_answer_for_a_case(acme):
    with acme:
        refused("may only read", make_case, acme, accountable_owner=acme.observer)


def test_a_review_date_lies_ahead(acme):
    with acme:
        yesterday = timezone.localdate() - timedelta(days=1)
        refused("date of review is past", make_case, acme, review_by=yesterday)


def test_a_retired_system_gets_no_case(acme):
    with acme:
        case = make_case(acme)
        case.system.status = "retired"
        case.system.save(update_fields=["status"])
        refused("is retired", make_case, acme, system=case.system, purpose="Other")


def test_keys_count_by_kind_and_are_never_used_again(acme):
    with acme:
        case = make_case(acme)
        assert grow(case, acme, "goal", "G1").key == "G2"
        assert grow(case, acme, "solution", "G2").key == "Sn1"
        assert grow(case, acme, "strategy", "G1").key == "S1"
        withdraw_element(element("Sn1"), reason="Wrong", actor=acme.officer)
        assert grow(case, acme, "solution", "G2").key == "Sn2"
        refused("is or was used", grow, case, acme, "solution", "G2", key="Sn1")


def test_a_malformed_argument_is_not_saved(acme):
    with acme:
        case = make_sound_case(acme)
        refused("cannot be supported by", grow, case, acme, "solution", "S1")
        refused("nothing can be put below it", grow, case, acme, "goal", "Sn1")
        refused(
            "would rest on itself", link_elements, case, source=element("G2"), target=element("G1"), actor=acme.officer
        )
        refused("linked to itself", link_elements, case, source=element("G1"), target=element("G1"), actor=acme.officer)
        refused(
            "without a reason",
            edit_element,
            element("S1"),
            revision=1,
            statement="x",
            combine="any",
            actor=acme.officer,
        )
        assert Element.objects.count() == 6


def test_an_element_of_another_case_is_not_linked(acme):
    with acme:
        case = make_sound_case(acme)
        other = make_case(acme, system=case.system, purpose="Other")
        theirs = Element.objects.get(case=other)
        refused(
            "not part of this argument", link_elements, case, source=element("G2"), target=theirs, actor=acme.officer
        )


def test_fewer_than_all_may_be_enough_with_a_reason(acme):
    with acme:
        case = make_sound_case(acme)
        hold_down(element("Sn1"), to=StandingLevel.UNSUPPORTED, reason="Doubt", actor=acme.officer)
        edit_element(
            element("S1"),
            revision=1,
            statement="Either",
            combine="any",
            combine_reason="Independent",
            actor=acme.officer,
        )
        case.refresh_from_db()
        assert case.standing == StandingLevel.WEAKENED


def test_withdrawing_an_element_takes_links_and_bindings_and_keeps_the_history(acme):
    with acme:
        make_sound_case(acme)
        refused("still has elements below", withdraw_element, element("G2"), reason="x", actor=acme.officer)
        refused("Say why", withdraw_element, element("Sn1"), reason=" ", actor=acme.officer)
        withdraw_element(element("Sn1"), reason="Wrong test", actor=acme.officer)
        assert not EvidenceBinding.objects.filter(element__key="Sn1").exists()
        assert not Link.objects.filter(target__key="Sn1").exists()
        assert element("Sn1").withdrawn_reason == "Wrong test"
        assert StandingTransition.objects.filter(element__key="Sn1").exists()


def test_evidence_belongs_to_solutions_and_premises(acme):
    with acme:
        case = make_case(acme)
        version = make_evidence(acme)
        refused("belongs to a solution", bind_evidence, element("G1"), version=version, actor=acme.officer)
        grow(case, acme, "solution", "G1")
        bind(case, acme, "Sn1", version)
        refused("already", bind, case, acme, "Sn1", version)
        refused("was rejected", bind, case, acme, "Sn1", make_evidence(acme, "Other", review="rejected"))
        policy = {"version_policy": StandingLevel.HOLDS, "relevance": ""}
        refused("speaks for this claim all the same", bind, case, acme, "Sn1", make_evidence(acme, "Third"), **policy)


def test_a_binding_is_not_moved_to_a_live_page(acme):
    with acme:
        case = make_sound_case(acme)
        binding = EvidenceBinding.objects.filter(element__case=case).first()
        page = make_evidence(acme, item=binding.version.item, uri="https://example.org/results")
        with pytest.raises(RuleBroken, match="Keep a copy of what it says as a file") as refused:
            renew_binding(binding, version=page, actor=acme.owner)
        assert refused.value.field == "version"
        binding.refresh_from_db()
        assert binding.version_id != page.pk


def test_evidence_from_a_weaker_environment_costs_what_was_decided(acme):
    with acme:
        case = make_case(acme)
        grow(case, acme, "solution", "G1")
        version = make_evidence(acme, environment="training")
        bind(
            case, acme, "Sn1", version, environment_required="production", environment_policy=StandingLevel.UNSUPPORTED
        )
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED


def test_a_hold_only_lowers_and_stays_until_it_is_lifted(acme):
    with acme:
        case = make_sound_case(acme)
        refused("can only lower", hold_down, element("G1"), to=StandingLevel.HOLDS, reason="x", actor=acme.officer)
        hold_down(element("G2"), to=StandingLevel.UNSUPPORTED, reason="A doubt", actor=acme.officer)
        refused("further already", hold_down, element("G2"), to=StandingLevel.WEAKENED, reason="x", actor=acme.officer)
        case.refresh_from_db()
        assert case.standing == StandingLevel.UNSUPPORTED
        lift_hold(element("G2"), reason="Cleared", actor=acme.officer)
        case.refresh_from_db()
        assert case.standing == StandingLevel.HOLDS
        refused("is not held down", lift_hold, element("G2"), reason="Cleared", actor=acme.officer)


def test_a_lost_update_is_refused(acme):
    with acme:
        case = make_case(acme)
        told = {"purpose": "Loans", "scope_text": "", "accountable_owner": acme.owner, "review_by": None}
        edit_case(case, revision=1, title="First", **told, actor=acme.officer)
        with pytest.raises(ChangedSinceOpened):
            edit_case(case, revision=1, title="Second", **told, actor=acme.officer)
        assert AssuranceCase.objects.get().title == "First"


def test_a_withdrawn_case_stays_as_it_was(acme):
    with acme:
        case = make_sound_case(acme)
        goal = element("G1")
        withdraw_case(case, reason="Replaced", actor=acme.officer)
        refused("is withdrawn", add_element, case, kind="goal", statement="x", actor=acme.officer)
        refused("is withdrawn", hold_down, goal, to=1, reason="x", actor=acme.officer)
        refused("is withdrawn", edit_element, goal, revision=1, statement="x", actor=acme.officer)
        refused("is withdrawn", withdraw_case, case, reason="Again", actor=acme.officer)


def test_the_history_of_belief_cannot_be_rewritten(acme):
    with acme:
        make_sound_case(acme)
        for act in (lambda rows: rows.update(after=4), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                act(StandingTransition.objects.all())


def test_every_change_is_told_of_the_case(acme):
    with acme:
        case = make_sound_case(acme)
        names = set(Event.objects.filter(target_id=case.pk).values_list("event", flat=True))
        assert names == {"cases.case.created", "cases.element.added", "cases.binding.added", "cases.case.rose",
                         "cases.element.standing_changed"}  # fmt: skip
        assert not Event.objects.filter(target_id=case.pk, actor=None).exists()


def test_a_case_belongs_to_the_organisation_of_its_author(acme, globex):
    with acme:
        case = make_case(acme)
    with globex:
        assert not AssuranceCase.objects.exists()
        with pytest.raises(Exception, match="AISystem"), transaction.atomic():
            create_case(
                system=case.system, title="x", purpose="x", accountable_owner=globex.owner, actor=globex.officer
            )
