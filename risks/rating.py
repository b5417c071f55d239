"""From the six numbers that a person gives to what is stored: complete pairs, scores, and what does not fit."""

from typing import Any

from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from risks.models import Risk
from risks.scoring import Rating, Scoring, ScoringRefused

KINDS = ("inherent_", "", "residual_")
RATING_FIELDS = tuple(f"{kind}{part}" for kind in KINDS for part in ("likelihood", "impact"))


def scoring_of(values: Any) -> Scoring | None:
    """The three judgements of a risk (or of a mapping with the same names); None before it is rated."""
    read = values.get if isinstance(values, dict) else lambda name: getattr(values, name)
    ratings = [pair(read(f"{kind}likelihood"), read(f"{kind}impact"), kind) for kind in KINDS]
    inherent, current, residual = ratings
    if inherent is None:
        if current or residual:
            raise RuleBroken(
                _("Rate the inherent risk first: how likely and how bad it would be without any control."),
                field="inherent_likelihood",
            )
        return None
    return Scoring(inherent, current, residual)


def pair(likelihood: int | None, impact: int | None, kind: str) -> Rating | None:
    """A rating from two numbers; half a rating is refused by the field that is missing."""
    if likelihood is None and impact is None:
        return None
    if likelihood is None or impact is None:
        missing = "likelihood" if likelihood is None else "impact"
        raise RuleBroken(_("Give both likelihood and impact, or neither."), field=f"{kind}{missing}")
    try:
        return Rating(likelihood, impact)
    except ScoringRefused as refused:
        raise RuleBroken(
            _("Choose a whole number from 1 to 5."),
            field=f"{kind}{refused.field}",
        ) from refused


def stored(values: dict[str, Any]) -> dict[str, Any]:
    """The columns for these ratings. Without a judgement of the controls in place the risk counts untreated."""
    scoring = scoring_of(values)
    if scoring is None:
        return {name: None for name in RATING_FIELDS} | {"inherent_score": 0, "score": 0, "residual_score": 0}
    residual = scoring.residual
    return {
        "inherent_likelihood": scoring.inherent.likelihood,
        "inherent_impact": scoring.inherent.impact,
        "likelihood": scoring.today.likelihood,
        "impact": scoring.today.impact,
        "residual_likelihood": residual.likelihood if residual else None,
        "residual_impact": residual.impact if residual else None,
        "inherent_score": scoring.inherent.score,
        "score": scoring.today.score,
        "residual_score": residual.score if residual else 0,
    }


def doubts_of(risk: Risk) -> list[str]:
    """Sentences where the three ratings do not fit each other; a person answers, nothing is blocked."""
    scoring = scoring_of(risk)
    sentences = {
        "current": _("The current score is above the inherent score. Raise the inherent rating, or check both."),
        "residual": _("Treatment is expected to leave more risk than there is today. Check both ratings."),
    }
    return [sentences[field] for field, _sentence in scoring.doubts()] if scoring else []
