"""The pure rules name tiers and environments for themselves; the models must mean the same by the same words."""

from evidence.environment import Environment as EnvironmentOfRules
from inventory.models import Environment, Tier
from inventory.tiering import Tier as TierOfRules


def test_the_tiers_of_the_model_are_those_of_the_rules_in_the_same_order():
    assert Tier.values == [tier.value for tier in TierOfRules]


def test_the_environments_of_the_model_are_those_of_the_rules_weakest_first():
    assert Environment.values == [environment.value for environment in EnvironmentOfRules]
