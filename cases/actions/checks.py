"""What all changes of an argument check: the case may be changed, people may answer, the result is well-formed."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from cases.access import require_challenge, require_change
from cases.loading import LoadedCase, load_case
from cases.models import AssuranceCase, Element, EvidenceBinding, Link
from cases.wellformed import Edge, Node, Problem, blocking, problems_of

Change = Callable[[list[Node], list[Edge]], None]


def open_case(
    case: AssuranceCase, *, actor: Member, revision: int | None = None, only_to_challenge: bool = False
) -> AssuranceCase:
    """The case, locked, when its argument may still be changed, and by this person."""
    (require_challenge if only_to_challenge else require_change)(actor, case)
    row = locked(case, revision=revision)
    if row.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("This case is withdrawn and stays as it was. Open a new case instead."))
    return row


def may_answer(member: Member, *, field: str) -> Member:
    """Only an active person who may act can answer for something."""
    if not member.is_active:
        raise RuleBroken(_("%s is not active any more. Choose somebody else.") % member, field=field)
    if member.is_read_only:
        raise RuleBroken(
            _("%s may only read here and cannot answer for a claim. Choose somebody else.") % member, field=field
        )
    return member


def element_of(case: AssuranceCase, element: Element) -> Element:
    """The element, fresh and locked, when it belongs to the case and is in use."""
    row = Element.objects.select_for_update(of=("self",)).get(pk=element.pk)
    if row.case_id != case.pk or row.withdrawn_at is not None:
        raise RuleBroken(_("%s is not part of this argument any more. Reload the page.") % row.key)
    return row


def outline_of(loaded: LoadedCase) -> tuple[list[Node], list[Edge]]:
    """The argument as the rules of well-formedness look at it."""
    nodes = [node_of(row, loaded.bindings.get(row.pk, [])) for row in loaded.elements.values()]
    return nodes, [edge_of(link) for link in loaded.links]


def node_of(row: Element, bindings: list[EvidenceBinding]) -> Node:
    return Node(
        id=row.pk,
        key=row.key,
        kind=row.kind,
        statement=row.statement,
        is_undeveloped=row.is_undeveloped,
        combine=row.combine,
        combine_k=row.combine_k,
        combine_reason=row.combine_reason,
        has_owner=row.owner_id is not None,
        has_review_date=row.review_by is not None,
        bindings=len(bindings),
        unexplained_bindings=sum(not (binding.locator and binding.relevance) for binding in bindings),
    )


def edge_of(link: Link) -> Edge:
    return Edge(
        source=link.source_id,
        target=link.target_id,
        kind=link.kind,
        is_exact=link.is_exact,
        exact_reason=link.exact_reason,
    )


def problems_in(loaded: LoadedCase) -> list[Problem]:
    """All rules that the argument breaks as it stands."""
    return problems_of(*outline_of(loaded))


def refuse_malformed(case: AssuranceCase, change: Change) -> None:
    """Try the change on the outline: a rule that it would break, and that is not broken yet, refuses it."""
    nodes, edges = outline_of(load_case(case))
    before = set(blocking(nodes, edges))
    change(nodes, edges)
    for problem in blocking(nodes, edges):
        if problem not in before:
            raise RuleBroken(said(problem))


def said(problem: Problem) -> str:
    """The problem and its remedy in the person's language."""
    return f"{message_of(problem)} {remedy_of(problem)}"


def message_of(problem: Problem) -> str:
    return gettext(problem.message) % words_of(problem)


def remedy_of(problem: Problem) -> str:
    return gettext(problem.remedy) % words_of(problem)


def words_of(problem: Problem) -> dict[str, Any]:
    """The places of a sentence, with kinds of element in words."""
    words = dict(problem.words)
    for name in ("kind", "other_kind"):
        if words.get(name) in Element.Kind.values:
            words[name] = str(Element.Kind(words[name]).label).lower()
    return words
