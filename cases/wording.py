"""Standings as people read them in the trail, which keeps their names."""

import re

from cases.models import StandingLevel

NAMES = re.compile(r"\b(" + "|".join(level.name for level in StandingLevel) + r")\b")


def standings_in_words(text: str) -> str:
    """ "G2: HOLDS → WEAKENED" with the labels of the standings."""
    return NAMES.sub(lambda found: str(StandingLevel[found[1]].label), str(text))
