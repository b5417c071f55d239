"""Elements that cite a public element of another module or case: who cites whom, and what the cited one is worth.

A citing case follows the cited one like evidence: what happens there makes it due here, and what time does there counts
as its own next change. Cases that cite each other are refused, so the way always ends.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import AssuranceCase, Element
from cases.scale import Standing

if TYPE_CHECKING:
    from cases.loading import LoadedCase

Way = list[int]


def load_citations(cases: Iterable["LoadedCase"]) -> None:
    """Read what elements cite in other cases: one query, and none where nothing is cited."""
    loaded = list(cases)
    elements: set[UUID] = set()
    modules: set[UUID] = set()
    for one in loaded:
        own = {row.module_id for row in one.elements.values()}
        for row in one.elements.values():
            if row.cites_id is not None and row.cites_id not in one.elements:
                elements.add(row.cites_id)
            if row.cites_module_id is not None and row.cites_module_id not in own:
                modules.add(row.cites_module_id)
    if not (elements or modules):
        return
    rows = Element.objects.filter(Q(pk__in=elements) | Q(module_id__in=modules, **PUBLIC_GOAL))
    found = list(rows.select_related("case__system__current_version", "module").order_by("created_at", "id"))
    by_id = {row.pk: row for row in found}
    for one in loaded:
        for row in one.elements.values():
            if row.cites_id in by_id:
                one.cited[row.cites_id] = by_id[row.cites_id]
            elif row.cites_module_id is not None:
                one.cited |= {other.pk: other for other in found if other.module_id == row.cites_module_id}


PUBLIC_GOAL: dict[str, Any] = {"kind": Element.Kind.GOAL, "is_public": True, "withdrawn_at__isnull": True}


def is_reliable(row: Element) -> bool:
    """Whether an element may be relied on from outside its module and case."""
    return row.is_public and row.withdrawn_at is None and row.case.status != AssuranceCase.Status.WITHDRAWN


def name_of_cited(row: Element) -> str:
    """What another case calls a cited element."""
    return _("%(element)s of case %(number)d “%(title)s”") % {
        "element": row.address,
        "number": row.case.number,
        "title": row.case.title,
    }


def bring_up_to_date(loaded: "LoadedCase", at: datetime) -> datetime | None:
    """Let cited standings be those of the instant, and return when the next of their cases changes by itself.

    What is stored of a cited case is right unless that case is due; then it is evaluated here, and nothing is written.
    """
    from cases.evaluation import assess, assess_loaded, is_late
    from cases.loading import load_in_force

    changes: list[datetime] = []
    for case in {row.case_id: row.case for row in loaded.cited.values()}.values():
        following = case.next_transition_at
        if loaded.as_of is not None or is_late(case, at):
            # Of the past it is asked what was known then, of now what is known now, whatever the caller calls now.
            assessment = assess(case, at=at) if loaded.as_of else assess_loaded(load_in_force([case])[0], at=at)
            following = assessment.next_transition_at
            for row in loaded.cited.values():
                if row.case_id == case.pk and row.pk in assessment.loaded.elements:
                    row.standing = assessment.evaluation[row.pk]
        if following is not None and case.status != AssuranceCase.Status.WITHDRAWN:
            changes.append(following)
    loaded.standings_of_cited.update(standings_of(loaded))
    return min(changes, default=None)


def standings_of(loaded: "LoadedCase") -> dict[Any, Standing | None]:
    """What cited elements of other cases are worth; None for what is not to be relied on from outside.

    An engagement may not see the cited case: then the citing element's own stored standing speaks for it.
    """
    known: dict[Any, Standing | None] = {
        row.pk: Standing(row.standing) if is_reliable(row) else None for row in loaded.cited.values()
    }
    for row in loaded.elements.values():
        if row.cites_id is not None and row.cites_id not in known and row.cites_id not in loaded.elements:
            known[row.cites_id] = Standing(row.standing)
    return known


# --- Who cites whom ---


def cases_citing(elements: Iterable[UUID] = (), modules: Iterable[UUID] = (), cases: Iterable[UUID] = ()) -> set[UUID]:
    """Cases in force with an element that cites one of these elements or modules, or anything of these cases."""
    case_ids = list(cases)
    rows = Element.objects.in_use().exclude(case__status=AssuranceCase.Status.WITHDRAWN).exclude(case_id__in=case_ids)
    wanted = {
        "cites_id__in": list(elements),
        "cites_module_id__in": list(modules),
        "cites__case_id__in": case_ids,
        "cites_module__case_id__in": case_ids,
    }
    # Each by an index of its own: one condition with OR would look at every element of the organisation.
    found = [rows.filter(**{name: ids}).order_by().values_list("case_id") for name, ids in wanted.items() if ids]
    return {case_id for (case_id,) in found[0].union(*found[1:])} if found else set()


def all_citing(cases: Iterable[UUID]) -> set[UUID]:
    """Every case that cites one of these, directly or by way of another."""
    found: set[UUID] = set()
    waiting = set(cases)
    while waiting:
        waiting = cases_citing(cases=waiting) - found
        found |= waiting
    return found


def one_at_a_time() -> None:
    """Let citations between cases of the organisation be made one after another, until the transaction ends.

    Two people could otherwise close a circle together, each over cases that the other does not touch.
    """
    from aims.tenancy.scope import current_organisation_id

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('cases.citations'), hashtext(%s))", [
            str(current_organisation_id())
        ])  # fmt: skip


def way_back(case: AssuranceCase, cited: UUID) -> Way:
    """The numbers of the cases from the cited one back to `case`, when that one rests on it already; else empty."""
    edges: dict[UUID, set[UUID]] = {}
    citing = Element.objects.in_use().filter(Q(cites__isnull=False) | Q(cites_module__isnull=False))
    for source, by_element, by_module in citing.values_list("case_id", "cites__case_id", "cites_module__case_id"):
        target = by_element or by_module
        if target != source:
            edges.setdefault(source, set()).add(target)
    came_from: dict[UUID, UUID | None] = {cited: None}
    waiting = [cited]
    for one in waiting:
        if one == case.pk:
            return numbers_along(one, came_from)
        for following in edges.get(one, ()):
            if following not in came_from:
                came_from[following] = one
                waiting.append(following)
    return []


def numbers_along(case_id: UUID, came_from: dict[UUID, UUID | None]) -> Way:
    ids: list[UUID] = []
    step: UUID | None = case_id
    while step is not None:
        ids.append(step)
        step = came_from[step]
    numbers = dict(AssuranceCase.objects.filter(pk__in=ids).values_list("pk", "number"))
    return [numbers[one] for one in reversed(ids)]


def names_of(numbers: Sequence[int]) -> str:
    """ "Case 3 → Case 1"."""
    return " → ".join(_("Case %d") % number for number in numbers)
