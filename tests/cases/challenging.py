"""Challenges for tests, through the real actions."""

from cases.actions import raise_challenge
from cases.models import Element


def at(case, key):
    return Element.objects.get(case=case, key=key)


def make_challenge(cast, case, about="G2", step_to=None, *, by=None, **fields):
    """A major rebuttal of a claim unless told otherwise, raised by the challenger of the case."""
    said = {"attack": "undercut" if step_to else "rebut", "statement": "Small groups are lumped together.", **fields}
    return raise_challenge(
        case,
        target=at(case, about),
        step_to=at(case, step_to) if step_to else None,
        actor=by or cast.challenger,
        **said,
    )
