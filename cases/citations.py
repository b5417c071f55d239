"""What an element cites, as pages and API show it, and what may be cited."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from aims.pages.finding import search
from cases.argument import CITED_KINDS, Kind
from cases.citing import is_reliable
from cases.evaluation import assess, is_late
from cases.listing import standing_badge
from cases.loading import LoadedCase
from cases.models import ArgumentModule, AssuranceCase, Element, StandingLevel

MOST_OFFERED: Final = 25


@dataclass(frozen=True, slots=True)
class CitedNow:
    """A cited element with what it is worth there; of a whole module the key is None."""

    case: int
    title: str
    key: str | None
    module: str
    statement: str
    standing: StandingLevel | None
    is_reliable: bool
    is_elsewhere: bool = True

    @property
    def badge(self) -> Any:
        return standing_badge(self.standing) if self.standing is not None else None


def cited_now(row: Element, *, is_elsewhere: bool = True) -> CitedNow:
    reliable = is_reliable(row)
    return CitedNow(
        case=row.case.number,
        title=row.case.title,
        key=row.address,
        module=row.module.key,
        statement=row.statement,
        standing=StandingLevel(row.standing) if reliable else None,
        is_reliable=reliable,
        is_elsewhere=is_elsewhere,
    )


def cited_in(loaded: LoadedCase, row: Element) -> CitedNow | None:
    """What an element of a loaded and evaluated case cites; nothing where it cites nothing or you may not see it."""
    if row.cites_module_id is not None:
        module = row.cites_module
        if module is None:
            return None
        own = module.case_id == loaded.case.pk
        others = [other.case for other in loaded.cited.values() if other.module_id == module.pk]
        case = loaded.case if own else next(iter(others), None) or module.case
        return CitedNow(case.number, case.title, None, module.key, module.title, None, True, not own)
    cited = loaded.cited_row(row)
    if cited is None:
        return None
    if cited.pk in loaded.elements:
        cited.case = loaded.case
    return cited_now(cited, is_elsewhere=cited.pk not in loaded.elements)


def citable_elements(
    case: AssuranceCase, *, text: str = "", kind: str = "", home: ArgumentModule | None = None
) -> list[Element]:
    """Public elements of other cases and modules that a search finds, with their standing now."""
    wanted = CITED_KINDS[Kind(kind)] if kind in CITED_KINDS else None
    rows = Element.objects.in_use().filter(is_public=True).exclude(case__status=AssuranceCase.Status.WITHDRAWN)
    rows = rows.filter(kind=wanted) if wanted else rows
    rows = rows.exclude(module=home) if home else rows
    fields = ("statement", "key", "case__title", "module__title")
    found = search(rows, fields, text[:200].replace("\x00", ""), number_field="case__number")
    listed = list(found.select_related("case", "module").order_by("case__number", "created_at", "id")[:MOST_OFFERED])
    show_now(listed)
    return listed


def citable_modules(case: AssuranceCase, *, is_contract: bool, home: ArgumentModule | None = None) -> Any:
    """Modules of this case, and those of others in which something is public."""
    public = Element.objects.in_use().filter(is_public=True, kind=Element.Kind.GOAL).values("module_id")
    rows = ArgumentModule.objects.filter(Q(case=case) | Q(pk__in=public), is_contract=is_contract)
    rows = rows.exclude(case__status=AssuranceCase.Status.WITHDRAWN).select_related("case")
    return (rows.exclude(pk=home.pk) if home else rows).order_by("case__number", "created_at")


def show_now(rows: Iterable[Element]) -> None:
    """Put the standing of now into elements whose cases are due; nothing is written."""
    now = timezone.now()
    late = {row.case_id: row.case for row in rows if is_late(row.case, now)}
    for case in late.values():
        assessment = assess(case)
        for row in rows:
            if row.case_id == case.pk and row.pk in assessment.loaded.elements:
                row.standing = assessment.evaluation[row.pk]
