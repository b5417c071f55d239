"""What an owner signs: exactly what the page of signing shows, with a digest, so that nothing else can be signed by it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from aims.trail.record import canonical
from cases.causes import stored_causes, with_words
from cases.evaluation import Assessment, assess
from cases.models import AssuranceCase, Baseline, Element, SignOff, StandingLevel
from cases.tiers import policy_of

Status = AssuranceCase.Status


@dataclass(slots=True)
class Claim:
    """One goal as it is signed."""

    address: str
    statement: str
    standing: StandingLevel
    is_top: bool

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
        tops = {root.id for root in self.assessment.roots}
        return [
            Claim(row.address, row.statement, self.assessment.standing_of(row), row.pk in tops)
            for row in self.assessment.loaded.elements.values()
            if row.kind == Element.Kind.GOAL
        ]

    @property
    def standing(self) -> StandingLevel:
        """Of the argument, whoever has signed it or not: what is signed must not depend on being signed."""
        return self.assessment.argued

    @property
    def causes(self) -> list[dict[str, Any]]:
        evaluation = self.assessment.evaluation
        return with_words(stored_causes(evaluation, self.assessment.argued_causes()))

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
                {name: cause[name] for name in ("key", "reason", "fact", "standing", "sentence")}
                for cause in self.causes
            ],
            "signed_before": self.last.sha256 if self.last else None,
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
    return ToSign(case, baseline, assess(case, at=at) if at else assess(case), last, policy_of(case).sign_off_days)


def meaning(to_be_signed: ToSign, until: datetime, *, remark: str = "") -> str:
    """What the signature says, in words."""
    from cases.causes import day

    said = _(
        "I stand behind this case. I have read its claims and what is known against them, and I answer for relying on "
        "“%(system)s” for “%(purpose)s” until %(until)s."
    ) % {"system": to_be_signed.case.system.name, "purpose": to_be_signed.case.purpose, "until": day(until)}
    return f"{said} {remark.strip()}".strip()
