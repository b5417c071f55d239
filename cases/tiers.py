"""What the organisation's tiers ask of its cases, and which version of that counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.models import AssuranceCase, TierPolicyVersion
from cases.tier_rules import (
    ASKED,
    DEFAULTS,
    KINDS,
    METRICS,
    TIERS,
    Asked,
    TierPolicy,
    TierRefused,
    default_for,
    policy_from,
    tier_asked,
)
from inventory.models import Environment

# The first version is the one that is shipped; it is written down as soon as somebody is judged by it.
SHIPPED: Final = 1
METRIC_WORDS: Final = dict(
    zip(
        METRICS,
        (_("as the author likes"), _("one in the whole case"), _("every leaf claim, or a reason why not")),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Tiers:
    """The requirements of all tiers in one version."""

    number: int
    policies: Mapping[str, TierPolicy]
    row: TierPolicyVersion | None = None

    def of(self, tier: str) -> TierPolicy:
        return self.policies[tier_asked(tier)]


def tiers_in_force(day: date | None = None) -> Tiers:
    """What counts on a day, today if none is given; one query."""
    return tiers_of(TierPolicyVersion.objects.in_force(day))


def tiers_of(row: TierPolicyVersion | None) -> Tiers:
    if row is None:
        return Tiers(SHIPPED, DEFAULTS)
    return Tiers(row.number, {tier: policy_from(row.tiers.get(tier, {})) for tier in TIERS}, row)


def tiers_subquery() -> ArraySubquery:
    """What counts today, to be read along with a case as `shown_tiers`."""
    rows = TierPolicyVersion.objects.filter(in_force_from__lte=timezone.localdate()).order_by("-number")[:1]
    return ArraySubquery(rows.values(one=JSONObject(number="number", tiers="tiers")))


def tiers_for(case: AssuranceCase) -> Tiers:
    """What counts today, by one query unless it came with the case."""
    came: list[dict[str, Any]] | None = getattr(case, "shown_tiers", None)
    if came is None:
        return tiers_in_force()
    return tiers_of(TierPolicyVersion(**came[0]) if came else None)


def policy_of(case: AssuranceCase, day: date | None = None) -> TierPolicy:
    """What the tier of the case's system asks of it, today or on another day."""
    return (tiers_in_force(day) if day else tiers_for(case)).of(case.system.tier or "")


def value_in_words(name: str, value: Any) -> str:
    """A requirement as people read it in a table."""
    if name == "metric_per_leaf":
        return str(METRIC_WORDS[value])
    if name == "environment_for_outcomes":
        return str(Environment(value).label) if value else gettext("anywhere")
    if KINDS[name] is bool:
        return gettext("yes") if value else gettext("not asked")
    if not value:
        return gettext("none")
    if name.endswith("_days"):
        return ngettext("%d day", "%d days", value) % value
    return str(value)


def refusal_in_words(refused: TierRefused) -> str:
    words = {"label": gettext(ASKED[refused.name].label), **refused.words}
    return gettext(refused.message) % words


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement over all tiers, with why it is asked."""

    name: str
    asked: Asked
    values: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        return gettext(self.asked.label)

    @property
    def why(self) -> str:
        return gettext(self.asked.why)

    @property
    def source(self) -> str:
        return self.asked.source


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: tuple[Row, ...]


def table_of(tiers: Tiers) -> list[Group]:
    """All requirements, group by group."""
    groups: dict[str, list[Row]] = {}
    for name, asked in ASKED.items():
        values = tuple((tier, value_in_words(name, getattr(tiers.policies[tier], name))) for tier in TIERS)
        groups.setdefault(asked.group, []).append(Row(name, asked, values))
    return [Group(gettext(title), tuple(rows)) for title, rows in groups.items()]


@dataclass(frozen=True, slots=True)
class Difference:
    """A requirement that a version changed."""

    tier: str
    label: str
    before: str
    after: str


def differences(before: Tiers, after: Tiers) -> list[Difference]:
    return [
        Difference(
            tier,
            gettext(asked.label),
            value_in_words(name, getattr(before.policies[tier], name)),
            value_in_words(name, getattr(after.policies[tier], name)),
        )
        for tier in TIERS
        for name, asked in ASKED.items()
        if getattr(before.policies[tier], name) != getattr(after.policies[tier], name)
    ]


__all__ = ["SHIPPED", "Tiers", "default_for", "policy_of", "table_of", "tiers_in_force", "tiers_of"]
