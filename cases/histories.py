"""The picture of how a case stood over time, read from its transitions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cases.causes import sentence_of
from cases.history_chart import MOST_LANES, Chart, Lane, Step, Theme, Wording, draw_history
from cases.models import AssuranceCase, StandingLevel, StandingTransition
from cases.scale import Standing

MOST_READ: Final = 2000


def history_of(case: AssuranceCase, at: datetime, *, theme: Theme = Theme.LIGHT) -> Chart | None:
    """The case on top, below it the elements that moved last; None while no standing has changed."""
    rows = StandingTransition.objects.filter(case=case, as_of__lte=at).select_related("element__module")
    newest = list(rows.order_by("-as_of", "-recorded_at", "-id")[:MOST_READ])
    return draw_history(
        lanes_of(case, newest), at, title=_("Standing of “%s” over time") % case.title, theme=theme, wording=wording()
    )


def lanes_of(case: AssuranceCase, newest_first: Iterable[StandingTransition]) -> list[Lane]:
    """A lane for the case and for each element, the one that moved last first."""
    found: dict[UUID | None, list[StandingTransition]] = {None: []}
    for row in newest_first:
        found.setdefault(row.element_id, []).append(row)
    lanes = []
    for rows in list(found.values())[:MOST_LANES]:
        element = rows[0].element if rows else None
        lanes.append(Lane(element.address if element else _("The case"), steps_of(case, rows[::-1])))
    return lanes


def steps_of(case: AssuranceCase, oldest_first: list[StandingTransition]) -> list[Step]:
    """Where it stood before the first change that is known, then after each."""
    if not oldest_first:
        return []
    first = oldest_first[0]
    begins = min(case.created_at, first.as_of)
    steps = [Step(begins, Standing(first.before))] if begins < first.as_of else []
    return steps + [Step(row.as_of, Standing(row.after), why_of(row)) for row in oldest_first]


def why_of(row: StandingTransition) -> str:
    return " ".join(sentence_of(cause) for cause in row.causes[:2])


def wording() -> Wording:
    """The words of the picture in the reader's language."""
    words: dict[str, Any] = {
        "standings": {Standing(int(one)): str(one.label) for one in StandingLevel},
        "step": _("%(label)s: %(standing)s from %(start)s to %(end)s. %(why)s"),
        "day": lambda at: date_format(localtime(at), "j M Y"),
    }
    return Wording(**words)
