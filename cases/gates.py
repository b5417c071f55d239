"""What stands between a case and its next state: each requirement with whether it is met, why it is asked, where to mend it.

One list for the page, the API and the action that takes the step. Reads no database: see gating.py for the facts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from cases.models import AssuranceCase, StandingLevel
from cases.outline import Level, Problem
from cases.roles import Lack
from cases.tier_rules import ASKED, TierPolicy

Status = AssuranceCase.Status
NEXT: Final[Mapping[str, str]] = {
    Status.DRAFT: Status.TEAM_REVIEW,
    Status.TEAM_REVIEW: Status.CHALLENGE,
    Status.CHALLENGE: Status.DECISION,
    Status.DECISION: Status.LIVE,
    Status.DEGRADED: Status.LIVE,
}
"""The step ahead of each state, as far as one waits for a gate."""
MOST_NAMED: Final = 12
RULES: Final[Mapping[str, str]] = {
    "people": "WF-G02",
    **dict.fromkeys(("period", "opinions", "outside", "blocking", "doubts", "checklist"), "WF-G03"),
    **dict.fromkeys(("approved", "signed", "standing", "causes", "baseline"), "WF-G04"),
    "links": "WF-G06",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is mended: a name in PLACES of gating.py, what it is about, and its words."""

    name: str
    label: str = ""
    about: Any = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that must be so before the step; `why` with its source answers "why am I asked this?"."""

    id: str
    met: bool
    sentence: str
    why: str
    source: str = ""
    places: tuple[Place, ...] = ()
    left_out: int = 0
    """Places beyond those that are named."""

    @property
    def rule(self) -> str:
        """The rule of a well-formed case that it asks for; a family of rules names its own in its places."""
        return RULES.get(self.id, "")


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The owner's signature that is valid now, as far as there is one."""

    sha256: str
    at: datetime
    standing: StandingLevel = StandingLevel.HOLDS
    """Of the argument, as the owner had it before them."""
    causes: Sequence[Mapping[str, Any]] = ()


@dataclass(slots=True, kw_only=True)
class GateFacts:
    """All that a gate looks at."""

    status: str
    policy: TierPolicy
    at: datetime
    standing: StandingLevel
    problems: Sequence[Problem] = ()
    say: Any = None
    """How a problem is said: (message, remedy) of a Problem."""
    lacks: Sequence[Lack] = ()
    suspect_links: int = 0
    open_comments: Sequence[tuple[int, str]] = ()
    state_since: datetime | None = None
    challenge_ends_at: datetime | None = None
    opinions: int = 0
    """Of appointed, independent challengers, about the argument as it is now."""
    outside_opinion: bool = True
    blocking_challenges: Sequence[tuple[int, str]] = ()
    challenges: int = 0
    unanswered: int = 0
    prompts: int = 0
    sha256: str = ""
    baseline_sha256: str = ""
    approved_sha256: str = ""
    is_decided: bool = False
    approved_standing: StandingLevel | None = None
    causes: Sequence[Mapping[str, Any]] = ()
    """Why the case is below Holds, as causes.py stores them."""
    accepted: frozenset[str] = frozenset()
    signed: SignedBy | None = None
    sentence_of: Any = field(default=None)


def requirements(to: str, facts: GateFacts) -> list[Requirement]:
    """What the step to a state needs; an unknown step needs what nobody can meet, so none is refused by the table of
    transitions alone."""
    gates = {
        (Status.DRAFT, Status.TEAM_REVIEW): submission,
        (Status.TEAM_REVIEW, Status.CHALLENGE): challenge,
        (Status.CHALLENGE, Status.DECISION): decision,
        (Status.DECISION, Status.LIVE): going_live,
        (Status.DEGRADED, Status.LIVE): going_live_again,
    }
    found = gates.get((Status(facts.status), Status(to)))
    return list(found(facts)) if found else []


# --- Draft to team review


FAMILIES: Final = (
    ("WF-S", gettext_noop("The argument is whole: one claim on top, nothing loose, nothing left open.")),
    ("WF-M", gettext_noop("What is cited exists and may be relied on.")),
    ("WF-D", gettext_noop("Doubts are recorded as the rules ask.")),
    ("WF-A", gettext_noop("Confidence points belong to their elements.")),
    ("WF-C", gettext_noop("Claims are clear, owned and measured as the tier asks.")),
    ("WF-E", gettext_noop("Evidence is accepted, current, and speaks for the claims that rest on it.")),
    ("WF-K", gettext_noop("What would break a claim is watched, and somebody answers.")),
    ("WF-G", gettext_noop("The case has an owner and a date of review.")),
)
WHY: Final[Mapping[str, tuple[str, str]]] = {
    "WF-S": (
        gettext_noop("Reviewers can only judge an argument that leads from one claim down to evidence without a gap."),
        "GSN v3 1:2; ISO/IEC 42001 6.1.2",
    ),
    "WF-M": (
        gettext_noop("A claim of another module or case carries only what was meant to be relied on from outside."),
        "GSN v3 1:4",
    ),
    "WF-D": (
        gettext_noop("A doubt without a target or an answer without support would look settled and is not."),
        "GSN v3 1:6; Bloomfield and Rushby 2024",
    ),
    "WF-A": (gettext_noop("Confidence in one step says nothing about another."), "GSN v3 1:5"),
    "WF-C": (
        gettext_noop("A vague claim can neither be tested nor fall, and a claim without an owner is nobody's."),
        "ISO/IEC 42001 6.1.2 d, 9.1, A.3.2",
    ),
    "WF-E": (
        gettext_noop("Evidence of another time, place or version is evidence for something else."),
        "ISO/IEC 42001 7.5.3, 9.1, A.6.2.4",
    ),
    "WF-K": (
        gettext_noop("Every claim ends somewhere, and someone must notice when it does."),
        "ISO/IEC 42001 8.2, 9.1, A.6.2.6",
    ),
    "WF-G": (
        gettext_noop("One active person answers for the case, and looks again before too long."),
        "ISO/IEC 42001 5.3, 8.2",
    ),
    "people": (
        gettext_noop("Who builds an argument, who attacks it and who decides on it must not be the same person."),
        "ISO/IEC 42001 5.3, A.3.2; Buhl et al. 2024",
    ),
    "links": (
        gettext_noop("A step whose ends were reworded may not follow any more, and nobody has looked since."),
        "ISO/IEC 42001 7.5.3",
    ),
    "comments": (
        gettext_noop(
            "A comment is a question to the authors. An argument with open questions is not ready for attack."
        ),
        "Buhl et al. 2024",
    ),
    "blocking": (
        gettext_noop("A blocking challenge says that the claim does not stand. A decision over it would be a guess."),
        "Buhl et al. 2024; GSN v3 1:6",
    ),
    "baseline": (
        gettext_noop("What was reviewed, decided and signed must be one and the same text."),
        "ISO/IEC 42001 7.5.3",
    ),
    "approved": (
        gettext_noop("Leadership answers for the use of the system and says so, with a reason, in writing."),
        "ISO/IEC 42001 5.1, 6.1.2, A.3.2",
    ),
    "signed": (
        gettext_noop("One person stands behind the case. Who signs has seen what it says and how it stands."),
        "ISO/IEC 42001 5.3, A.3.2",
    ),
    "standing": (
        gettext_noop("A case that is not carried by its evidence cannot be relied on, whoever decides."),
        "ISO/IEC 42001 6.1.2, 8.2",
    ),
    "causes": (
        gettext_noop("A weakness that the decision does not name was not decided on."),
        "ISO/IEC 42001 6.1.3, 8.3",
    ),
}


def asked(
    name: str, met: bool, sentence: str, places: Sequence[Place] = (), *, why: str = "", left_out: int = 0
) -> Requirement:
    """A requirement with the reason of its own name, or of a requirement of the tier."""
    if why:
        return Requirement(name, met, sentence, _(ASKED[why].why), ASKED[why].source, tuple(places), left_out)
    text, source = WHY[name]
    return Requirement(name, met, sentence, _(text), source, tuple(places), left_out)


def submission(facts: GateFacts) -> Iterator[Requirement]:
    """WF-G02 and every rule that blocks saving or submission."""
    yield from well_formed(facts)
    yield people(facts)


def well_formed(facts: GateFacts) -> Iterator[Requirement]:
    """The rules, family by family; a family of which no rule could be broken here is left out."""
    stops = [one for one in facts.problems if one.level is not Level.WARNS]
    for family, whole in FAMILIES:
        broken = [one for one in stops if one.rule.startswith(family)]
        if not broken and family in ("WF-M", "WF-D", "WF-A"):
            continue
        places = [
            Place("element" if one.key else "problems", f"{one.rule}: {' '.join(facts.say(one))}", one.key or None)
            for one in broken[:MOST_NAMED]
        ]
        yield asked(family, not broken, _(whole), places, left_out=max(0, len(broken) - MOST_NAMED))


def people(facts: GateFacts) -> Requirement:
    places = [
        Place("people", f"{_(lack.message) % dict(lack.words)} {_(lack.remedy) % dict(lack.words)}")
        for lack in facts.lacks
    ]
    sentence = _("The people of the case are named, and nobody judges an argument of their own.")
    return asked("people", not facts.lacks, sentence, places)


# --- Team review to challenge


def challenge(facts: GateFacts) -> Iterator[Requirement]:
    yield from well_formed(facts)
    sentence = _("Every link was looked at since its ends changed.")
    yield asked("links", not facts.suspect_links, sentence, [Place("links")] if facts.suspect_links else [])
    places = [Place("comment", words, number) for number, words in facts.open_comments[:MOST_NAMED]]
    yield asked(
        "comments",
        not facts.open_comments,
        _("Every comment of the reviewers is resolved."),
        places,
        left_out=max(0, len(facts.open_comments) - MOST_NAMED),
    )


# --- Challenge to decision


def decision(facts: GateFacts) -> Iterator[Requirement]:
    """WF-G02 and WF-G03."""
    policy = facts.policy
    yield people(facts)
    if policy.challenge_days:
        is_over = facts.challenge_ends_at is not None and facts.at >= facts.challenge_ends_at
        days = policy.challenge_days
        sentence = ngettext(
            "The challenge has lasted %(days)d day.", "The challenge has lasted %(days)d days.", days
        ) % {"days": days}
        yield asked("period", is_over, sentence, why="challenge_days")
    if policy.challengers:
        sentence = _("Independent challengers have given their opinion on this baseline: %(given)d of %(needed)d.")
        words = {"given": facts.opinions, "needed": policy.challengers}
        is_met = facts.opinions >= policy.challengers
        yield asked("opinions", is_met, sentence % words, [] if is_met else [Place("opinions")], why="challengers")
    if policy.challengers and policy.needs_outside_unit:
        sentence = _("One of the opinions comes from outside the owner's unit.")
        yield asked(
            "outside",
            facts.outside_opinion,
            sentence,
            [] if facts.outside_opinion else [Place("people")],
            why="needs_outside_unit",
        )
    places = [Place("challenge", words, number) for number, words in facts.blocking_challenges[:MOST_NAMED]]
    left = max(0, len(facts.blocking_challenges) - MOST_NAMED)
    sentence = _("No blocking challenge is open.")
    yield asked("blocking", not facts.blocking_challenges, sentence, places, left_out=left)
    if policy.needs_doubts:
        sentence = _("At least one challenge was raised.")
        yield asked("doubts", facts.challenges > 0, sentence, [] if facts.challenges else [Place("challenges")],
                    why="needs_doubts")  # fmt: skip
    if policy.needs_checklist:
        sentence = _("Every question of the checklist is answered for this argument: %(given)d of %(needed)d.")
        words = {"given": facts.prompts - facts.unanswered, "needed": facts.prompts}
        places = [Place("checklist")] if facts.unanswered else []
        yield asked("checklist", not facts.unanswered, sentence % words, places, why="needs_checklist")
    yield unchanged(facts)


def unchanged(facts: GateFacts) -> Requirement:
    is_met = bool(facts.baseline_sha256) and facts.sha256 == facts.baseline_sha256
    sentence = _("The argument says what the baseline under review says.")
    return asked("baseline", is_met, sentence, [] if is_met else [Place("baselines")])


# --- Decision to live


def going_live(facts: GateFacts) -> Iterator[Requirement]:
    """WF-G04: decision and signature name one hash, and every weakness is in the decision."""
    is_approved = bool(facts.baseline_sha256) and facts.approved_sha256 == facts.baseline_sha256
    sentence = _("A decider has approved this baseline, with a reason.")
    yield asked("approved", is_approved, sentence, [] if is_approved else [Place("decide")])
    sentence = _("The accountable owner has signed this baseline for this decision, and the signature is valid.")
    yield asked("signed", is_signed(facts), sentence, [] if is_signed(facts) else [Place("sign")])
    yield asked("standing", facts.standing >= StandingLevel.WEAKENED, _("The case holds, or is weakened at most."),
                [Place("argument")] if facts.standing < StandingLevel.WEAKENED else [])  # fmt: skip
    if is_approved:
        yield causes_accepted(facts)
    yield unchanged(facts)


def is_signed(facts: GateFacts) -> bool:
    """Whether the owner's signature is about this baseline, and given since the case came into its present state."""
    signature = facts.signed
    if signature is None or signature.sha256 != facts.baseline_sha256:
        return False
    return facts.state_since is None or signature.at >= facts.state_since


def causes_accepted(facts: GateFacts) -> Requirement:
    unknown = unaccepted(facts.causes, facts.accepted)
    places = [Place("element", facts.sentence_of(one), one["key"]) for one in unknown[:MOST_NAMED]]
    sentence = _("Everything that keeps the case below Holds is named in the decision.")
    return asked("causes", not unknown, sentence, places, left_out=max(0, len(unknown) - MOST_NAMED))


# --- Degraded to live again


def going_live_again(facts: GateFacts) -> Iterator[Requirement]:
    level = facts.approved_standing
    is_back = level is not None and facts.standing >= level
    words = {"standing": str(level.label).lower() if level is not None else "–"}
    sentence = _("The case stands again as it was decided: %(standing)s.") % words
    yield asked("standing", is_back, sentence, [] if is_back else [Place("argument")])
    yield causes_accepted(facts)
    # Whoever affirmed it while it was down did not say that it is back.
    signature = facts.signed
    is_met = (
        is_signed(facts)
        and signature is not None
        and level is not None
        and not has_fallen(signature.standing, signature.causes, level, facts.accepted)
    )
    sentence = _("The accountable owner has signed again since the case fell, as it stood when it was decided.")
    yield asked("signed", is_met, sentence, [] if is_met else [Place("sign")])


# --- Causes


def cause_id(cause: Mapping[str, Any]) -> str:
    """What makes two causes the same for a decision: which fact of which element, and what is wrong with it."""
    return f"{cause.get('element', '')}|{cause['fact']}|{cause['reason']}"


def unaccepted(causes: Sequence[Mapping[str, Any]], accepted: frozenset[str]) -> list[Mapping[str, Any]]:
    return [one for one in causes if cause_id(one) not in accepted]


def has_fallen(
    standing: StandingLevel, causes: Sequence[Mapping[str, Any]], level: int, accepted: frozenset[str]
) -> bool:
    """Whether a case is not any more what was decided: lower, or weak for a reason that the decision does not name."""
    return standing < level or bool(unaccepted(causes, accepted))
