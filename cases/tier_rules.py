"""What each tier asks of an assurance case, as data: the requirements with their reasons, and the values to begin with. Pure.

The tiers only add requirements: nothing about an argument has another form in a graver tier.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message


TIERS: Final = ("T0", "T1", "T2", "T3")
ENVIRONMENTS: Final = ("", "training", "validation", "test", "shadow", "production")
OPTIONAL, ONE, REQUIRED = "optional", "one", "required"
METRICS: Final = (OPTIONAL, ONE, REQUIRED)
"""How far claims are measured: as the author likes; one number in the whole case; one per leaf claim, or a reason why not."""
LONGEST_DAYS: Final = 3660
MOST_PEOPLE: Final = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement: its name, what it means, why anybody asks for it, and where that comes from."""

    label: str
    why: str
    source: str
    group: str


ARGUMENT, WATCHING, EVIDENCE, REVIEW, OWNER = (
    gettext_noop("The argument"),
    gettext_noop("What would break a claim"),
    gettext_noop("Evidence"),
    gettext_noop("Review and decision"),
    gettext_noop("The accountable owner"),
)


def asked(default: Any, label: str, why: str, source: str, group: str) -> Any:
    return field(default=default, metadata={"asked": Asked(label, why, source, group)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPolicy:
    """What one tier asks. Days and numbers are whole; 0 means that nothing of the kind is asked."""

    needs_contexts: bool = asked(
        False,
        gettext_noop("A context for the claim on top"),
        gettext_noop(
            "A claim holds for a use, for people and under conditions. Whoever does not say which cannot tell when "
            "the claim no longer applies."
        ),
        "ISO/IEC 42001 4.3, A.9.4; GSN v3 1:2.2.5",
        ARGUMENT,
    )
    needs_strategies: bool = asked(
        False,
        gettext_noop("Reasoning between a claim and the claims below it"),
        gettext_noop(
            "Several claims are not yet an argument: a strategy says why they are enough together, and that step is "
            "what a challenger has to look at."
        ),
        "GSN v3 1:2.2.3; ISO/IEC 42001 6.1.2",
        ARGUMENT,
    )
    needs_developed: bool = asked(
        False,
        gettext_noop("No vague words, and more than judgement, below each claim"),
        gettext_noop(
            "Words such as safe or fair hide the question that was to be answered, and an opinion cannot be checked "
            "by somebody else."
        ),
        "ISO/IEC 42001 6.1.2 d, 9.1; A.6.2.4",
        ARGUMENT,
    )
    needs_all_developed: bool = asked(
        False,
        gettext_noop("Nothing undeveloped, not even with a reason"),
        gettext_noop(
            "Elsewhere a claim may wait to be argued when a justification says why. Where people can be harmed gravely, "
            "whatever was not argued was not shown."
        ),
        "ISO/IEC 42001 6.1.2, 8.2; GSN v3 1:2.2.11",
        ARGUMENT,
    )
    metric_per_leaf: str = asked(
        OPTIONAL,
        gettext_noop("Claims are measured"),
        gettext_noop(
            "What is measured can be seen to fall. Where no number fits, the case says why it is judged instead."
        ),
        "ISO/IEC 42001 9.1; A.6.2.6",
        ARGUMENT,
    )
    needs_doubts: bool = asked(
        False,
        gettext_noop("At least one recorded challenge"),
        gettext_noop(
            "A case about something grave to which nobody ever objected was not looked at, or not in writing. "
            "Counter-arguments that were answered are part of why it is believed."
        ),
        "Buhl et al. 2024; GSN v3 1:6",
        ARGUMENT,
    )
    conditions_per_case: int = asked(
        1,
        gettext_noop("Degradation conditions in the whole case"),
        gettext_noop("Every claim ends somewhere. Somebody has to say what would show that it has."),
        "ISO/IEC 42001 6.3, 8.2, 9.1",
        WATCHING,
    )
    conditions_per_claim: int = asked(
        0,
        gettext_noop("Degradation conditions of each leaf claim"),
        gettext_noop(
            "Different claims break for different reasons; a watch over the case as a whole does not see which."
        ),
        "ISO/IEC 42001 8.2, 9.1; A.6.2.6",
        WATCHING,
    )
    condition_not_time: bool = asked(
        False,
        gettext_noop("One of them is about something other than time"),
        gettext_noop("A calendar reminds people. It sees neither a drift nor another population."),
        "ISO/IEC 42001 6.3; A.6.2.6",
        WATCHING,
    )
    named_changes: bool = asked(
        False,
        gettext_noop("The five named kinds of change are watched or ruled out"),
        gettext_noop(
            "Shifts of the data, other people, another model, another law and poor data from upstream are what "
            "breaks deployed systems most often; each is watched, or a reason says why it cannot happen here."
        ),
        "ISO/IEC 42001 8.4; A.6.2.6, A.7.4",
        WATCHING,
    )
    evidence_max_days: int = asked(
        548,
        gettext_noop("Measured evidence is at most so many days old"),
        gettext_noop("A result speaks for the system and its surroundings as they were when it was measured."),
        "ISO/IEC 42001 7.5.3, 9.1; A.6.2.4",
        EVIDENCE,
    )
    monitor_max_days: int = asked(
        183,
        gettext_noop("Series of a monitor are at most so many days old"),
        gettext_noop("A monitor that has not been read for long says nothing about today."),
        "ISO/IEC 42001 9.1; A.6.2.6",
        EVIDENCE,
    )
    environment_for_outcomes: str = asked(
        "",
        gettext_noop("Where evidence for claims about outcomes comes from"),
        gettext_noop(
            "What a system does to people shows where it meets them. A result on training data does not carry a "
            "claim about production."
        ),
        "ISO/IEC 42001 A.6.2.4, A.6.2.6, A.7.4",
        EVIDENCE,
    )
    needs_team_review: bool = asked(
        False,
        gettext_noop("Somebody of the team other than its authors reads the case"),
        gettext_noop("Most gaps are found by the first person who did not write the argument."),
        "ISO/IEC 42001 A.3.2, 8.2; Buhl et al. 2024",
        REVIEW,
    )
    challengers: int = asked(
        0,
        gettext_noop("Independent challengers who give an opinion"),
        gettext_noop(
            "Whoever builds an argument sees its strengths. Independent people are asked for what is wrong with it, "
            "and say in the end whether it stands."
        ),
        "ISO/IEC 42001 5.3, 6.1.4, A.3.2; Buhl et al. 2024",
        REVIEW,
    )
    needs_outside_unit: bool = asked(
        False,
        gettext_noop("One of them is from outside the owner's unit"),
        gettext_noop("A doubt about one's own superior's system is hard to raise."),
        "ISO/IEC 42001 A.3.2, A.3.3; Buhl et al. 2024",
        REVIEW,
    )
    challenge_days: int = asked(
        0,
        gettext_noop("Days that the challenge lasts"),
        gettext_noop("Attacking an argument takes time, and a deadline of a day is no invitation."),
        "Buhl et al. 2024",
        REVIEW,
    )
    needs_checklist: bool = asked(
        False,
        gettext_noop("Every prompt of the reviewers' checklist is answered"),
        gettext_noop("Prompts make sure that what is easily overlooked was looked at, and by whom."),
        "ISO/IEC 42001 6.1.2; Core Guidelines for assurance cases",
        REVIEW,
    )
    sign_off_days: int = asked(
        731,
        gettext_noop("Days for which the owner's sign-off is valid"),
        gettext_noop("Standing behind a case means having looked at it, and looking wears off."),
        "ISO/IEC 42001 5.3, 8.2, A.3.2",
        OWNER,
    )
    review_by_max_days: int = asked(
        731,
        gettext_noop("Days within which the case is reviewed"),
        gettext_noop(
            "A review that comes after the sign-off has run out finds nobody who still stands behind the case."
        ),
        "ISO/IEC 42001 8.2, 8.4, 9.1",
        OWNER,
    )
    successor_days: int = asked(
        60,
        gettext_noop("Days to find a successor when the owner steps down"),
        gettext_noop("A case for which nobody answers is withdrawn: its claims have no one to ask."),
        "ISO/IEC 42001 5.3, A.3.2, A.4.6",
        OWNER,
    )


DEFAULTS: Final[Mapping[str, TierPolicy]] = {
    "T0": TierPolicy(),
    "T1": TierPolicy(
        needs_contexts=True,
        metric_per_leaf=ONE,
        conditions_per_claim=1,
        evidence_max_days=366,
        monitor_max_days=183,
        environment_for_outcomes="test",
        needs_team_review=True,
        sign_off_days=366,
        review_by_max_days=366,
        successor_days=30,
    ),
    "T2": TierPolicy(
        needs_contexts=True,
        needs_strategies=True,
        needs_developed=True,
        metric_per_leaf=REQUIRED,
        conditions_per_claim=2,
        condition_not_time=True,
        evidence_max_days=184,
        monitor_max_days=92,
        environment_for_outcomes="shadow",
        needs_team_review=True,
        challengers=1,
        challenge_days=5,
        needs_checklist=True,
        sign_off_days=184,
        review_by_max_days=184,
        successor_days=14,
    ),
    "T3": TierPolicy(
        needs_contexts=True,
        needs_strategies=True,
        needs_developed=True,
        needs_all_developed=True,
        metric_per_leaf=REQUIRED,
        needs_doubts=True,
        conditions_per_claim=2,
        condition_not_time=True,
        named_changes=True,
        evidence_max_days=92,
        monitor_max_days=7,
        environment_for_outcomes="production",
        needs_team_review=True,
        challengers=2,
        needs_outside_unit=True,
        challenge_days=10,
        needs_checklist=True,
        sign_off_days=92,
        review_by_max_days=92,
        successor_days=7,
    ),
}
NOTHING: Final = TierPolicy(conditions_per_case=0)
"""What is asked where nothing is known of the case."""
ASKED: Final[Mapping[str, Asked]] = {one.name: one.metadata["asked"] for one in fields(TierPolicy)}
KINDS: Final[Mapping[str, type]] = {name: type(value) for name, value in asdict(TierPolicy()).items()}
CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "metric_per_leaf": METRICS,
    "environment_for_outcomes": ENVIRONMENTS,
}
# Where less is stricter: a graver tier may not give more.
LESS_IS_MORE: Final = frozenset(
    {"evidence_max_days", "monitor_max_days", "sign_off_days", "review_by_max_days", "successor_days"}
)


class TierRefused(Exception):
    """A value that no tier can have, or that would ask less of a graver tier: the field, and the sentence (English)."""

    def __init__(self, name: str, message: str, **words: object) -> None:
        super().__init__(message)
        self.name, self.message, self.words = name, message, words


def policy_from(values: Mapping[str, Any]) -> TierPolicy:
    """The requirements of a tier from stored values; what was added to the product since is as it was: not asked."""
    known = {name: values[name] for name in KINDS if name in values}
    return TierPolicy(**known)


def default_for(tier: str) -> TierPolicy:
    """As shipped. A system without a tier counts as everyday, a prohibited one as high: its case ends, it does not relax."""
    return DEFAULTS["T3" if tier == "TX" else tier or "T0"]


def tier_asked(tier: str) -> str:
    """The tier whose requirements count for a system."""
    return "T3" if tier == "TX" else tier or "T0"


def checked(name: str, value: Any) -> Any:
    """The value, or TierRefused."""
    if type(value) is not KINDS[name]:  # True is no number here
        raise TierRefused(name, gettext_noop("“%(label)s” has an impossible value. Choose one of those offered."))
    if name in CHOICES and value not in CHOICES[name]:
        raise TierRefused(name, gettext_noop("“%(label)s” has an impossible value. Choose one of those offered."))
    if isinstance(value, int) and KINDS[name] is int:
        least: int = 1 if name in LESS_IS_MORE or name == "conditions_per_case" else 0
        most: int = LONGEST_DAYS if name.endswith("_days") else MOST_PEOPLE
        if not least <= value <= most:
            message = gettext_noop("“%(label)s” must be between %(least)s and %(most)s.")
            raise TierRefused(name, message, least=least, most=most)
    return value


def check_order(tiers: Mapping[str, TierPolicy]) -> None:
    """A graver tier asks at least what a lighter one asks; raises TierRefused for the first requirement that does not."""
    for lighter, graver in zip(TIERS, TIERS[1:], strict=False):
        for name in KINDS:
            less, more = (strictness(name, getattr(tiers[tier], name)) for tier in (lighter, graver))
            if more < less:
                message = gettext_noop(
                    "“%(label)s” would ask less of %(graver)s than of %(lighter)s. Change %(other)s first, or ask for "
                    "as much in both."
                )
                raise TierRefused(name, message, graver=graver, lighter=lighter, other=lighter)


def strictness(name: str, value: Any) -> int:
    """How much a value asks, as a number to compare."""
    if name in CHOICES:
        return CHOICES[name].index(value)
    return -int(value) if name in LESS_IS_MORE else int(value)


def values_of(policy: TierPolicy) -> dict[str, Any]:
    """As it is stored."""
    return asdict(policy)
