"""A signal as one sentence: what happened, which claim it took down, and where that leaves the case."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases.causes import clause_of, path_of
from cases.models import StandingLevel

FELL: Final[Mapping[StandingLevel, Any]] = {
    StandingLevel.DEFEATED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” no longer holds; the case is %(standing)s."
    ),
    StandingLevel.UNSUPPORTED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is no longer supported; the case is %(standing)s."
    ),
    StandingLevel.UNDEVELOPED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is no longer argued to its end; the case is %(standing)s."
    ),
    StandingLevel.WEAKENED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is weakened; the case is %(standing)s."
    ),
}
FELL_ALONE: Final[Mapping[StandingLevel, Any]] = {
    StandingLevel.DEFEATED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” no longer holds; the case still holds without it."
    ),
    StandingLevel.UNSUPPORTED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is no longer supported; the case still holds without it."
    ),
    StandingLevel.UNDEVELOPED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is no longer argued to its end; the case still holds without it."
    ),
    StandingLevel.WEAKENED: gettext_lazy(
        "%(why)s; claim %(claim)s of “%(case)s” is weakened; the case still holds without it."
    ),
}


def signal_sentence(
    causes: Sequence[Mapping[str, Any]],
    *,
    case: str,
    claim: str,
    after: StandingLevel,
    standing: StandingLevel,
    others: int = 0,
) -> str:
    """`causes` as they are stored, the gravest first; `claim` is the key of what fell, empty for the case as a whole,
    `after` where it fell to, `standing` where the case is left, `others` how many causes there are beside the first."""
    if not causes:
        words = {"case": Truncator(case).chars(120), "standing": standing.label.lower()}
        return _("Nothing is argued in “%(case)s” any more; the case is %(standing)s.") % words
    words = {
        "why": why_of(causes[0], others),
        "claim": claim or causes[0]["path"][0],
        "case": Truncator(case).chars(120),
        "standing": standing.label.lower(),
    }
    frames = FELL_ALONE if standing == StandingLevel.HOLDS else FELL
    return str(frames[min(after, StandingLevel.WEAKENED)]) % words


def why_of(cause: Mapping[str, Any], others: int) -> str:
    """The gravest cause with the way to it, and how many others there are."""
    words = {"clause": clause_of(cause), "path": path_of(cause)}
    told = _("%(clause)s (%(path)s)") % words if len(cause["path"]) > 1 else words["clause"]
    if others < 1:
        return told
    more = ngettext("%(told)s, with %(others)d other cause", "%(told)s, with %(others)d other causes", others)
    return more % {"told": told, "others": others}
