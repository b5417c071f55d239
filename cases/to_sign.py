"""What an owner signs: exactly what the page of signing shows, with a digest, so that nothing else can be signed by it.

Each claim is opened before it is signed (`Claim.mark`): one signature covers many claims, and none that was not read.
"""

import hashlib
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aims.trail.record import canonical
from cases.causes import stored_cause, with_words
from cases.challenges import state_key
from cases.evaluation import Assessment, assess, assess_draft
from cases.models import AssuranceCase, Baseline, Challenge, Element, SignOff, StandingLevel
from cases.reviews import lapse_of
from cases.tiers import policy_of

Status = AssuranceCase.Status
SETTLED = frozenset({"withdrawn", "refuted"})
LENGTH_OF_MARK = 24


@dataclass(slots=True)
class Claim:
    """One goal as it is signed."""

    address: str
    statement: str
    standing: StandingLevel
    is_top: bool
    element: Element
    mark: str
    """What whoever opened it has seen: with other words, another standing or baseline, or after a signature, it is another."""

    @property
    def badge(self) -> Any:
        from cases.listing import standing_badge

        return standing_badge(self.standing)


@dataclass(slots=True)
class ToSign:
    """A baseline with how it stands now, and the signature that it had before."""

    case: AssuranceCase
    baseline: Baseline
    assessment: Assessment
    last: SignOff | None
    valid_days: int

    @property
    def claims(self) -> list[Claim]:
        """The goals of the argument; what argues a challenge is a doubt, and nobody stands behind it."""
        tops = {root.id for root in self.assessment.roots}
        whole = {"baseline": self.baseline.sha256, "signed_before": self.last.sha256 if self.last else None}
        found = []
        for row in self.assessment.loaded.elements.values():
            if row.kind == Element.Kind.GOAL and row.role != Element.Role.COUNTER:
                standing = self.assessment.standing_of(row)
                said = {"claim": row.address, "statement": row.statement, "standing": standing.name, **whole}
                mark = digest_of(said)[:LENGTH_OF_MARK]
                found.append(Claim(row.address, row.statement, standing, row.pk in tops, row, mark))
        return found

    @property
    def doubts(self) -> list[Challenge]:
        """The challenges that count against what is signed, or that somebody lives with."""
        at = self.assessment.evaluation.at
        for row in self.assessment.loaded.challenges:
            row.lapsed_at = lapse_of(row, self.assessment)
        counting = [row for row in self.assessment.loaded.challenges if state_key(row, at) not in SETTLED]
        return sorted(counting, key=lambda row: row.number)

    def unopened(self, opened: Container[str]) -> list[Claim]:
        """The claims that were not opened as they are now."""
        return [claim for claim in self.claims if claim.mark not in opened]

    @property
    def standing(self) -> StandingLevel:
        """Of the argument, whoever has signed it or not: what is signed must not depend on being signed."""
        return self.assessment.argued

    @property
    def causes(self) -> list[dict[str, Any]]:
        """All of them: a signature covers what is not on the first screen, too."""
        evaluation = self.assessment.evaluation
        return with_words([stored_cause(evaluation, cause) for cause in self.assessment.argued_causes()])

    @property
    def standings(self) -> dict[str, Any]:
        """How the case and each element stand, by address."""
        loaded = self.assessment.loaded
        elements = {row.address: self.assessment.standing_of(row).name.lower() for row in loaded.elements.values()}
        return {"case": self.standing.name.lower(), "elements": elements}

    @property
    def content(self) -> dict[str, Any]:
        """What is signed, in plain values: no person, no time, nothing that differs from one reading to the next."""
        return {
            "case": str(self.case.pk),
            "case_number": self.case.number,
            "title": self.case.title,
            "purpose": self.case.purpose,
            "baseline": self.baseline.ordinal,
            "baseline_sha256": self.baseline.sha256,
            "standings": self.standings,
            "causes": [
                {name: cause[name] for name in ("element", "key", "reason", "fact", "standing", "sentence")}
                for cause in self.causes
            ],
            "doubts": [self.doubt_in_words(row) for row in self.doubts],
            "valid_days": self.valid_days,
            "signed_before": self.last.sha256 if self.last else None,
        }

    def doubt_in_words(self, row: Challenge) -> dict[str, Any]:
        elements = self.assessment.loaded.elements
        about = [elements[pk].address for pk in (row.target_id, row.step_to_id) if pk in elements]
        return {
            "number": row.number,
            "about": " → ".join(about),
            "statement": row.statement,
            "severity": str(row.severity),
            "state": state_key(row, self.assessment.evaluation.at),
            "accepted_until": row.accepted_until.isoformat() if row.accepted_until else None,
        }

    @property
    def digest(self) -> str:
        """What the page hands back, so that what is signed is what was shown."""
        return digest_of(self.content)

    def expires_at(self, at: datetime) -> datetime:
        return at + timedelta(days=self.valid_days)


def digest_of(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def baseline_to_sign(case: AssuranceCase) -> Baseline | None:
    """What is before the decider while a decision is asked, else what is in force."""
    baseline: Baseline | None = case.draft_baseline if case.status == Status.DECISION else case.live_baseline
    return baseline


def to_sign(case: AssuranceCase, *, at: datetime | None = None) -> ToSign | None:
    """What can be signed of a case now; None where nothing waits for a signature."""
    baseline = baseline_to_sign(case)
    if baseline is None or case.status == Status.WITHDRAWN:
        return None
    last = SignOff.objects.filter(case=case).select_related("member", "baseline").order_by("-signed_at").first()
    # Of a revision that is decided on, the revision is signed, and not what is in force beside it.
    assessed = assess_draft(case, at=at) if case.status == Status.DECISION else assess(case, at=at)
    return ToSign(case, baseline, assessed, last, policy_of(case).sign_off_days)


def meaning(to_be_signed: ToSign, until: datetime, *, remark: str = "") -> str:
    """What the signature says, in words."""
    from cases.causes import day

    said = _(
        "I stand behind this case. I have read its claims and what is known against them, and I answer for relying on "
        "“%(system)s” for “%(purpose)s” until %(until)s."
    ) % {"system": to_be_signed.case.system.name, "purpose": to_be_signed.case.purpose, "until": day(until)}
    return f"{said} {remark.strip()}".strip()
