"""Where evidence was gathered, from the bench to the field; what comes from nearer the field speaks for the rest."""

from enum import StrEnum
from typing import Final


class Environment(StrEnum):
    """In rising order of nearness to real use."""

    TRAINING = "training"
    VALIDATION = "validation"
    TEST = "test"
    SHADOW = "shadow"
    PRODUCTION = "production"


_RANK: Final = {environment: rank for rank, environment in enumerate(Environment)}


def speaks_for(gathered_in: str | None, required: str | None) -> bool:
    """Whether evidence from one environment may carry a claim about another; an unnamed environment carries none."""
    if not required:
        return True
    if not gathered_in:
        return False
    return _RANK[Environment(gathered_in)] >= _RANK[Environment(required)]
