"""From a few screening answers to the tier of an AI system: why, what it asks for, and what is still unknown.

The tier is the highest that any rule asks for, so each reason can be shown beside the answer that gave it.
"Unknown" counts as the cautious answer and stays open as a question; a blank is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

UNKNOWN: Final = "unknown"


def gettext_noop(message: str) -> str:
    """Mark a message for translation where it is written; the page translates it where it is shown."""
    return message


class Tier(StrEnum):
    """How much care a system needs, from everyday to prohibited."""

    T0 = "T0"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    TX = "TX"

    @property
    def rank(self) -> int:
        return list(Tier).index(self)


class AnswerRefused(ValueError):
    """An answer that is missing or not offered; `question` is the key of the question."""

    def __init__(self, question: str, message: str) -> None:
        super().__init__(message)
        self.question = question


@dataclass(frozen=True, slots=True)
class Question:
    """One screening question; `why` answers "why am I asked this?"."""

    key: str
    text: str
    why: str
    choices: Mapping[str, str]


_YES_NO = {"yes": gettext_noop("Yes"), "no": gettext_noop("No"), UNKNOWN: gettext_noop("Unknown")}

QUESTIONS: Final[tuple[Question, ...]] = (
    Question(
        "prohibited_practice",
        gettext_noop(
            "Is it meant for a practice that law or your own policy forbids, such as social scoring, hidden "
            "manipulation or recognising emotions at work?"
        ),
        gettext_noop("A forbidden practice cannot be made acceptable by controls."),
        _YES_NO,
    ),
    Question(
        "effect_on_people",
        gettext_noop("What part does it play in decisions about individual people?"),
        gettext_noop("The closer the output is to a decision about a person, the more has to be shown about it."),
        {
            "none": gettext_noop("None: it does not bear on decisions about people"),
            "informs": gettext_noop("It informs a person who decides"),
            "decides": gettext_noop("It decides, or its output is followed in practice"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
    Question(
        "decision_area",
        gettext_noop("Which part of people's lives do those decisions concern? Choose the weightiest."),
        gettext_noop("Some decisions open or close what a person needs to live, work or be free."),
        {
            "none": gettext_noop("None of these"),
            "credit": gettext_noop("Credit or insurance"),
            "employment": gettext_noop("Work: hiring, pay, promotion, dismissal"),
            "education": gettext_noop("Education: admission, marks, examination"),
            "health": gettext_noop("Health and care"),
            "essential_services": gettext_noop("Essential services: benefits, housing, energy, emergency help"),
            "law_enforcement": gettext_noop("Law enforcement"),
            "migration": gettext_noop("Migration, asylum, borders"),
            "justice": gettext_noop("Courts and elections"),
            "identification": gettext_noop("Identifying or grouping people by their bodies"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
    Question(
        "safety_component",
        gettext_noop("Could a wrong output or a failure injure somebody or damage infrastructure?"),
        gettext_noop("Physical harm cannot be taken back."),
        _YES_NO,
    ),
    Question(
        "vulnerable_people",
        gettext_noop("Are children, patients or other people who cannot easily object among those affected?"),
        gettext_noop("Those who cannot object need others to look out for them."),
        _YES_NO,
    ),
    Question(
        "human_review",
        gettext_noop("How much of the output does a person examine before it takes effect?"),
        gettext_noop("Where nobody looks, the evidence has to look instead."),
        {
            "every_output": gettext_noop("Every output"),
            "sample": gettext_noop("A sample, or only flagged outputs"),
            "none": gettext_noop("None"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
    Question(
        "scale",
        gettext_noop("How many people are affected in a year?"),
        gettext_noop("A small error rate is many people at a large scale."),
        {
            "under_100": gettext_noop("Fewer than 100"),
            "under_10000": gettext_noop("100 to 9,999"),
            "over_10000": gettext_noop("10,000 or more"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
    Question(
        "personal_data",
        gettext_noop("Which data about people does it use, in training or in use?"),
        gettext_noop("Personal data brings duties to the people behind it."),
        {
            "none": gettext_noop("None"),
            "personal": gettext_noop("Personal data"),
            "special": gettext_noop("Sensitive data: health, beliefs, origin, biometrics, offences"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
    Question(
        "generates_for_public",
        gettext_noop("Does it produce text, images, sound or video that people outside the organisation receive?"),
        gettext_noop("People should know, and generated content can mislead far beyond its purpose."),
        _YES_NO,
    ),
    Question(
        "reversible",
        gettext_noop("If an output was wrong, can its consequence be undone?"),
        gettext_noop("What cannot be undone has to be right the first time."),
        {
            "easily": gettext_noop("Easily, and the person would notice"),
            "with_effort": gettext_noop("With effort, delay or loss"),
            "no": gettext_noop("No"),
            UNKNOWN: gettext_noop("Unknown"),
        },
    ),
)
QUESTIONS_BY_KEY: Final = {question.key: question for question in QUESTIONS}

Answers = Mapping[str, str]
_WEIGHTY: Final = frozenset(QUESTIONS_BY_KEY["decision_area"].choices) - {"none"}  # "unknown" is among them


@dataclass(frozen=True, slots=True)
class Rule:
    """A tier that certain answers ask for at least; the first question named is the one the reason is shown at."""

    tier: Tier
    questions: tuple[str, ...]
    applies: Callable[[Answers], bool]
    reason: str


def _is(key: str, *values: str) -> Callable[[Answers], bool]:
    return lambda answers: answers[key] in values


def _weighty(answers: Answers) -> bool:
    return answers["decision_area"] in _WEIGHTY


RULES: Final[tuple[Rule, ...]] = (
    Rule(
        Tier.TX,
        ("prohibited_practice",),
        _is("prohibited_practice", "yes"),
        gettext_noop("It is meant for a forbidden practice."),
    ),
    # Only a person's "yes" prohibits: an unsettled question gets the strictest care a system in use can have.
    Rule(
        Tier.T3,
        ("prohibited_practice",),
        _is("prohibited_practice", UNKNOWN),
        gettext_noop("Whether the practice is forbidden has not been settled."),
    ),
    Rule(
        Tier.T3,
        ("safety_component",),
        _is("safety_component", "yes", UNKNOWN),
        gettext_noop("A failure could cause physical harm."),
    ),
    Rule(
        Tier.T3,
        ("effect_on_people", "decision_area"),
        lambda a: _weighty(a) and a["effect_on_people"] in ("decides", UNKNOWN),
        gettext_noop("It decides about people in an area that shapes their lives."),
    ),
    Rule(
        Tier.T3,
        ("human_review", "effect_on_people", "decision_area"),
        lambda a: _weighty(a) and a["effect_on_people"] == "informs" and a["human_review"] in ("none", UNKNOWN),
        gettext_noop("It informs weighty decisions and nobody examines its output first."),
    ),
    Rule(
        Tier.T3,
        ("reversible", "effect_on_people"),
        lambda a: a["effect_on_people"] in ("decides", UNKNOWN) and a["reversible"] in ("no", UNKNOWN),
        gettext_noop("It decides about people and a wrong decision cannot be undone."),
    ),
    Rule(
        Tier.T2,
        ("decision_area", "effect_on_people"),
        lambda a: _weighty(a) and a["effect_on_people"] == "informs",
        gettext_noop("It informs decisions in an area that shapes people's lives."),
    ),
    Rule(
        Tier.T2,
        ("effect_on_people",),
        _is("effect_on_people", "decides", UNKNOWN),
        gettext_noop("It decides about people."),
    ),
    Rule(
        Tier.T2,
        ("vulnerable_people",),
        _is("vulnerable_people", "yes", UNKNOWN),
        gettext_noop("It affects people who cannot easily object."),
    ),
    Rule(
        Tier.T2,
        ("personal_data",),
        _is("personal_data", "special", UNKNOWN),
        gettext_noop("It uses sensitive data about people."),
    ),
    Rule(
        Tier.T2,
        ("generates_for_public", "human_review", "scale"),
        lambda a: (
            a["generates_for_public"] in ("yes", UNKNOWN)
            and a["human_review"] in ("none", UNKNOWN)
            and a["scale"] in ("over_10000", UNKNOWN)
        ),
        gettext_noop("It publishes generated content to many people without anybody examining it."),
    ),
    Rule(
        Tier.T1,
        ("effect_on_people",),
        _is("effect_on_people", "informs"),
        gettext_noop("It informs decisions about people."),
    ),
    Rule(Tier.T1, ("personal_data",), _is("personal_data", "personal"), gettext_noop("It uses personal data.")),
    Rule(
        Tier.T1,
        ("generates_for_public",),
        _is("generates_for_public", "yes", UNKNOWN),
        gettext_noop("People outside the organisation receive what it generates."),
    ),
    Rule(
        Tier.T1,
        ("human_review", "reversible"),
        lambda a: a["human_review"] in ("none", UNKNOWN) and a["reversible"] != "easily",
        gettext_noop("Nobody examines its output and errors are not easily undone."),
    ),
    Rule(Tier.T1, ("scale",), _is("scale", "over_10000", UNKNOWN), gettext_noop("It affects a great many people.")),
)


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a tier asks for; nothing beyond it is required of a system."""

    may_be_used: bool
    impact_assessment: str  # none, short, full
    case_form: str  # none, three_questions, gsn, gsn_modular
    metric_per_leaf_claim: str  # optional, one_overall, required
    conditions_per_claim: int
    independent_challengers: int
    challenge_days: int
    outcome_environment: str  # any, test, shadow, production
    evidence_months: int
    sign_off_months: int
    review_months: int
    approver: str  # owner, officer, executive


REQUIREMENTS: Final[Mapping[Tier, Requirements]] = {
    Tier.T0: Requirements(True, "none", "three_questions", "optional", 1, 0, 0, "any", 18, 24, 24, "owner"),
    Tier.T1: Requirements(True, "short", "three_questions", "one_overall", 1, 0, 0, "test", 12, 12, 12, "officer"),
    Tier.T2: Requirements(True, "full", "gsn", "required", 2, 1, 5, "shadow", 6, 6, 6, "executive"),
    Tier.T3: Requirements(True, "full", "gsn_modular", "required", 5, 2, 10, "production", 3, 3, 3, "executive"),
    Tier.TX: Requirements(False, "none", "none", "optional", 0, 0, 0, "any", 0, 0, 12, "executive"),
}


@dataclass(frozen=True, slots=True)
class TierReason:
    """Why the tier is at least `tier`: the answers that asked for it, and the sentence to show (an English message)."""

    tier: Tier
    questions: tuple[str, ...]
    text: str
    rests_on_unknown: bool


@dataclass(frozen=True, slots=True)
class Tiering:
    """The tier of one set of answers, with reasons from the highest tier down."""

    tier: Tier
    reasons: tuple[TierReason, ...]
    open_questions: tuple[str, ...]
    requires: Requirements

    @property
    def deciding_reasons(self) -> tuple[TierReason, ...]:
        """The reasons for exactly this tier; empty for T0, which needs none."""
        return tuple(reason for reason in self.reasons if reason.tier is self.tier)

    @property
    def is_provisional(self) -> bool:
        """Whether settling an open question could lower the tier."""
        return bool(self.deciding_reasons) and all(reason.rests_on_unknown for reason in self.deciding_reasons)


def tier_of(answers: Answers) -> Tiering:
    """Screen a system; every question must be answered (unknown is an answer). Raises AnswerRefused."""
    check_answers(answers)
    reasons = tuple(
        TierReason(rule.tier, rule.questions, rule.reason, any(answers[key] == UNKNOWN for key in rule.questions))
        for rule in sorted(RULES, key=lambda rule: -rule.tier.rank)
        if rule.applies(answers)
    )
    tier = max((reason.tier for reason in reasons), key=lambda tier: tier.rank, default=Tier.T0)
    unknown = tuple(question.key for question in QUESTIONS if answers[question.key] == UNKNOWN)
    return Tiering(tier, reasons, unknown, REQUIREMENTS[tier])


def check_answers(answers: Answers) -> None:
    """Raise AnswerRefused for the first answer that is missing, not offered, or to no question."""
    for question in QUESTIONS:
        answer = answers.get(question.key)
        if answer is None or answer == "":
            raise AnswerRefused(question.key, f'Answer "{question.text}" or choose Unknown.')
        if not isinstance(answer, str) or answer not in question.choices:
            offered = ", ".join(question.choices)
            raise AnswerRefused(
                question.key, f"{answer!r} is not offered for {question.key}. Choose one of: {offered}."
            )
    for key in answers:
        if key not in QUESTIONS_BY_KEY:
            raise AnswerRefused(str(key), f"There is no screening question {key!r}. Remove it.")
