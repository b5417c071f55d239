"""What each tier asks of cases: versioned, with a reason, never less of a graver tier."""

from datetime import timedelta

import pytest
import time_machine
from django.db import ProgrammingError, transaction
from django.utils import timezone

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.trail.models import Event
from cases.actions import change_tier
from cases.actions.tiers import tiers_to_judge_by
from cases.models import TierPolicyVersion
from cases.tier_rules import ASKED, DEFAULTS, KINDS, TIERS, TierRefused, check_order, checked, policy_from, values_of
from cases.tiers import policy_of, tiers_in_force
from tests.cases.building import make_case

pytestmark = pytest.mark.django_db


def test_what_is_shipped_asks_more_the_graver_the_tier_and_says_why():
    check_order(DEFAULTS)
    assert (DEFAULTS["T0"].challengers, DEFAULTS["T2"].challengers, DEFAULTS["T3"].challengers) == (0, 1, 2)
    assert (DEFAULTS["T2"].challenge_days, DEFAULTS["T3"].challenge_days) == (5, 10)
    assert [DEFAULTS[tier].sign_off_days for tier in TIERS] == [731, 366, 184, 92]
    assert [DEFAULTS[tier].environment_for_outcomes for tier in TIERS] == ["", "test", "shadow", "production"]
    assert set(ASKED) == set(KINDS) and all(one.why and one.source and one.label for one in ASKED.values())
    assert len({one.why for one in ASKED.values()}) == len(ASKED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("challengers", -1),
        ("challengers", 10),
        ("challengers", True),
        ("challengers", "2"),
        ("challengers", 1.0),
        ("challenge_days", 3661),
        ("sign_off_days", 0),
        ("needs_contexts", 1),
        ("metric_per_leaf", "many"),
        ("environment_for_outcomes", "Production"),
        ("environment_for_outcomes", None),
        ("conditions_per_case", 0),
        ("evidence_max_days", float("nan")),
    ],
)
def test_impossible_values_are_refused(name, value):
    with pytest.raises(TierRefused):
        checked(name, value)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_graver_tier_never_asks_less(name):
    """Each requirement, asked of T0 as of T3 and of T1 as of T0, turns the order round."""
    lax, strict = values_of(DEFAULTS["T0"])[name], values_of(DEFAULTS["T3"])[name]
    strict = strict if strict != lax else lax + 1
    turned = {"T0": strict, "T1": lax}
    tiers = {
        tier: policy_from({**values_of(DEFAULTS[tier]), **({name: turned[tier]} if tier in turned else {})})
        for tier in TIERS
    }
    with pytest.raises(TierRefused) as refused:
        check_order(tiers)
    assert refused.value.name == name


def test_a_change_is_a_new_version_and_the_old_one_stays(acme):
    with acme:
        case = make_case(acme)
        assert policy_of(case) == DEFAULTS["T3"] and tiers_in_force().number == 1
        assert tiers_to_judge_by(acme.officer).number == 1, "whoever is judged can name the version"
        version = change_tier(
            "T3", values={"challengers": 3, "challenge_days": 20}, reason="Board, 3 May", actor=acme.officer, version=1
        )
        assert version.number == 2 and policy_of(case).challengers == 3 and policy_of(case).challenge_days == 20
        assert policy_of(case).sign_off_days == 92, "what was not named stays"
        assert TierPolicyVersion.objects.get(number=1).tiers["T3"]["challengers"] == 2
        told = Event.objects.get(event="cases.tier.changed").changes
        assert told["tier"] == "T3" and len(told["changed"]) == 2 and "2 → 3" in told["changed"][0]
        with pytest.raises(ChangedSinceOpened):
            change_tier("T3", values={"challengers": 4}, reason="Late", actor=acme.officer, version=1)
        for change in ({"reason": "Forged"}, {"tiers": {}}):
            with pytest.raises(ProgrammingError), transaction.atomic():
                TierPolicyVersion.objects.filter(number=1).update(**change)


def test_a_change_counts_from_its_day(acme):
    day = timezone.localdate() + timedelta(days=10)
    with acme:
        case = make_case(acme)
        change_tier("T3", values={"challengers": 3}, reason="From next month", in_force_from=day, actor=acme.officer)
        assert policy_of(case).challengers == 2 and policy_of(case, day).challengers == 3
        with pytest.raises(RuleBroken, match="later change is in force"):
            change_tier("T2", values={"challengers": 2}, reason="Before it", actor=acme.officer)
        with time_machine.travel(timezone.now() + timedelta(days=10)):
            assert policy_of(case).challengers == 3


@pytest.mark.parametrize(
    ("tier", "told", "words"),
    [
        ("T3", {"values": {"challengers": 0}}, "less of T3 than of T2"),
        ("T0", {"values": {"sign_off_days": 10}}, "less of T1 than of T0"),
        ("T3", {"values": {"challengers": 10}}, "between 0 and 9"),
        ("T3", {"values": {"challengers": "two"}}, "impossible value"),
        ("T3", {"values": {}}, "Nothing would change"),
        ("T3", {"values": {"challengers": 2}}, "Nothing would change"),
        ("T3", {"values": {"challengers": 3}, "reason": "  "}, "Say why"),
        ("T9", {"values": {"challengers": 3}}, "no tier"),
        ("TX", {"values": {"challengers": 3}}, "no tier"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(acme, tier, told, words):
    with acme:
        with pytest.raises(RuleBroken, match=words), transaction.atomic():
            change_tier(tier, **{"reason": "Because", **told}, actor=acme.officer)
        with pytest.raises(RuleBroken, match="past"):
            change_tier(
                "T3", values={"challengers": 3}, reason="Back then", actor=acme.officer,
                in_force_from=timezone.localdate() - timedelta(days=1),
            )  # fmt: skip
        assert tiers_in_force().number == 1 and tiers_in_force().of("T3") == DEFAULTS["T3"]


def test_each_organisation_has_its_own(acme, globex):
    with acme:
        change_tier("T3", values={"challengers": 3}, reason="Here only", actor=acme.officer)
    with globex:
        assert tiers_in_force().of("T3").challengers == 2
        assert not TierPolicyVersion.objects.exists()
