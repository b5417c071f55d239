"""What all changes of an argument check: the case may be changed, people may answer, the result is well-formed."""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from cases.access import require_challenge, require_change
from cases.loading import LoadedCase, load_case
from cases.models import AssuranceCase, Challenge, DegradationCondition, Element, EvidenceBinding, Link
from cases.outline import Edge, Node, Problem
from cases.wellformed import blocking
from inventory.models import Environment

Change = Callable[[list[Node], list[Edge]], None]


def open_case(
    case: AssuranceCase,
    *,
    actor: Member,
    revision: int | None = None,
    only_to_challenge: bool = False,
    is_about_facts: bool = False,
) -> AssuranceCase:
    """The case, locked, when its argument may be changed now, and by this person.

    What only challenges it, or says what is known (`is_about_facts`), is possible until it is withdrawn.
    """
    (require_challenge if only_to_challenge else require_change)(actor, case)
    row = refuse_withdrawn(locked(case, revision=revision))
    if not (only_to_challenge or is_about_facts):
        refuse_under_review(row)
    return row


def refuse_under_review(case: AssuranceCase) -> None:
    """What people challenge, decide and sign stays as it is while they do."""
    if case.status in (AssuranceCase.Status.CHALLENGE, AssuranceCase.Status.DECISION):
        raise RuleBroken(
            _(
                "The argument is frozen while it is challenged and decided on. Have the case given back to its authors first."
            )
        )
    if case.status in AssuranceCase.IN_FORCE:
        raise RuleBroken(_("The argument is in force and stays as it was decided. Open a revision to change it."))


def refuse_withdrawn(case: AssuranceCase) -> AssuranceCase:
    if case.status == AssuranceCase.Status.WITHDRAWN:
        raise RuleBroken(_("This case is withdrawn and stays as it was. Open a new case instead."))
    return case


def may_answer(member: Member, *, field: str) -> Member:
    """Only an active person who may act can answer for something."""
    if not member.is_active:
        raise RuleBroken(_("%s is not active any more. Choose somebody else.") % member, field=field)
    if member.is_read_only:
        raise RuleBroken(
            _("%s may only read here and cannot answer for a claim. Choose somebody else.") % member, field=field
        )
    return member


def element_of(case: AssuranceCase, element: Element, *, may_be_counter: bool = False) -> Element:
    """The element, fresh and locked, when it belongs to the case and is in use. What argues a challenge is changed by
    whoever challenges, with the challenge, and not by the authors of what it attacks."""
    row = Element.objects.select_for_update(of=("self",)).select_related("module").get(pk=element.pk)
    if row.case_id != case.pk or row.withdrawn_at is not None:
        raise RuleBroken(_("%s is not part of this argument any more. Reload the page.") % row.address)
    if row.role == Element.Role.COUNTER and not may_be_counter:
        raise RuleBroken(
            _("%s argues a challenge. Change it on the page of the challenge, or choose another element.") % row.address
        )
    return row


def refuse_while_doubted(case: AssuranceCase, row: Element, step_to: Element | None = None) -> None:
    """Nobody takes away what is doubted, or what answers a doubt, before that is settled: no doubt is just ignored."""
    doubts = Challenge.objects.filter(case=case)
    about = doubts.about_step(row.pk, step_to.pk) if step_to else doubts.filter(Q(target=row) | Q(step_to=row))
    is_open = about.open().order_by("number").first()
    if is_open is not None:
        raise RuleBroken(
            _("Challenge %d about it is open. Have it decided, or ask whoever raised it to withdraw it.")
            % is_open.number
        )
    answered = None if step_to else doubts.filter(response_element=row).exclude(status="withdrawn").first()
    if answered is not None:
        raise RuleBroken(
            _(
                "%(element)s answers challenge %(number)d. Have that challenge opened again, or answered otherwise, first."
            )
            % {"element": row.address, "number": answered.number}
        )


def outline_of(loaded: LoadedCase) -> tuple[list[Node], list[Edge]]:
    """The argument as the rules of well-formedness look at it."""
    cited = [row for row in loaded.cited.values() if row.case_id != loaded.case.pk]
    withdrawn = {row.module_id for row in cited if row.case.status == AssuranceCase.Status.WITHDRAWN}
    undecided = {row.module_id for row in cited if not row.case.is_relied_on}
    counters = {challenge.counter_element_id for challenge in loaded.challenges}
    answers: dict[Any, list[Any]] = {}
    for challenge in loaded.challenges:
        if challenge.response_element_id is not None:
            answers.setdefault(challenge.target_id, []).append(challenge.response_element_id)
    nodes = [
        node_of(
            row,
            loaded.bindings.get(row.pk, []),
            cited=loaded.cited_row(row),
            is_withdrawn=row.cites_module_id in withdrawn,
            is_undecided=row.cites_module_id in undecided,
            is_challenging=row.pk in counters,
            answers=tuple(answers.get(row.pk, ())),
        )
        for row in loaded.elements.values()
    ]
    suspect = {(link.source, link.target) for link in loaded.argument.links if link.is_suspect}
    edges = [edge_of(link, (link.source_id, link.target_id) in suspect) for link in loaded.links]
    return nodes, edges


def node_of(
    row: Element,
    bindings: list[EvidenceBinding],
    *,
    cited: Element | None = None,
    circle: str = "",
    is_withdrawn: bool = False,
    is_undecided: bool = False,
    is_challenging: bool = False,
    answers: tuple[Any, ...] = (),
) -> Node:
    """One element; `cited` is what it cites, as far as this reader may see it."""
    own = cited is not None and cited.case_id == row.case_id
    module = cited.module if own and cited is not None else row.cites_module if row.cites_module_id else None
    return Node(
        id=row.pk,
        key=row.address,
        kind=row.kind,
        statement=row.statement,
        module=row.module.key,
        is_in_contract=row.module.is_contract,
        declaration=row.declaration,
        declaration_reason=row.declaration_reason,
        category=row.category,
        cites=row.cites_id,
        cites_module=module.key if module is not None and module.case_id == row.case_id else "",
        cited_kind=cited.kind if cited else "",
        is_cited_public=cited is None or cited.is_public,
        is_cited_withdrawn=is_withdrawn or (cited is not None and not is_in_use(cited)),
        is_cited_in_force=not is_undecided and (cited is None or own or cited.case.is_relied_on),
        is_cited_elsewhere=(row.cites_id is not None or row.cites_module_id is not None) and not is_own(row, cited),
        circle=circle,
        is_uninstantiated=row.is_uninstantiated,
        is_template_text=row.is_template_text,
        is_public=row.is_public,
        is_supported_by_contract=row.is_supported_by_contract,
        is_undeveloped=row.is_undeveloped,
        combine=row.combine,
        combine_k=row.combine_k,
        combine_reason=row.combine_reason,
        has_owner=row.owner_id is not None,
        has_review_date=row.review_by is not None,
        bindings=len(bindings),
        unexplained_bindings=sum(not (binding.locator and binding.relevance) for binding in bindings),
        is_counter=row.role == Element.Role.COUNTER,
        is_challenging=is_challenging,
        answers=answers,
    )


def is_own(row: Element, cited: Element | None) -> bool:
    """Whether what it cites is of its own case."""
    module = row.cites_module if row.cites_module_id else None
    return cited.case_id == row.case_id if cited is not None else module is not None and module.case_id == row.case_id


def is_in_use(cited: Element) -> bool:
    return cited.withdrawn_at is None and cited.case.status != AssuranceCase.Status.WITHDRAWN


def edge_of(link: Link, is_suspect: bool = False) -> Edge:
    return Edge(
        source=link.source_id,
        target=link.target_id,
        kind=link.kind,
        is_exact=link.is_exact,
        exact_reason=link.exact_reason,
        is_suspect=is_suspect,
    )


def refuse_malformed(case: AssuranceCase, change: Change) -> None:
    """Try the change on the outline: a rule that it would break, and that is not broken yet, refuses it."""
    nodes, edges = outline_of(load_case(case))
    before = set(blocking(nodes, edges))
    change(nodes, edges)
    refuse_too_deep(nodes, edges)
    for problem in blocking(nodes, edges):
        if problem not in before:
            raise RuleBroken(said(problem), rule=problem.rule)


MOST_DEEP: Final = 100


def refuse_too_deep(nodes: list[Node], edges: list[Edge]) -> None:
    """Nobody can follow a hundred steps; a circle is for the rules to name."""
    below: dict[Any, list[Any]] = {}
    waiting = {node.id: 0 for node in nodes}
    for edge in edges:
        below.setdefault(edge.source, []).append(edge.target)
        waiting[edge.target] = waiting.get(edge.target, 0) + 1
    depth = {node: 1 for node, above in waiting.items() if not above}
    order = list(depth)
    for node in order:
        for child in below.get(node, ()):
            depth[child] = max(depth.get(child, 0), depth[node] + 1)
            waiting[child] -= 1
            if not waiting[child]:
                order.append(child)
    if max(depth.values(), default=0) > MOST_DEEP:
        raise RuleBroken(_("An argument is %d steps deep at most. Argue a part of it in a module.") % MOST_DEEP)


def said(problem: Problem) -> str:
    """The problem and its remedy in the person's language."""
    return f"{message_of(problem)} {remedy_of(problem)}"


def message_of(problem: Problem) -> str:
    return gettext(problem.message) % words_of(problem)


def remedy_of(problem: Problem) -> str:
    return gettext(problem.remedy) % words_of(problem)


# Read once: a big argument has thousands of problems.
KINDS: Final = frozenset(Element.Kind.values)
ATTACKS: Final = frozenset(Challenge.Attack.values)
CHANGES: Final = frozenset(DegradationCondition.Type.values)
ENVIRONMENTS: Final = frozenset(Environment.values)


def words_of(problem: Problem) -> dict[str, Any]:
    """The places of a sentence, with kinds of element in words."""
    words = dict(problem.words)
    for name in ("kind", "other_kind"):
        if words.get(name) in KINDS:
            words[name] = str(Element.Kind(words[name]).label).lower()
    if words.get("attack") in ATTACKS:
        words["attack"] = str(Challenge.Attack(words["attack"]).label).partition(":")[0].lower()
    if words.get("change") in CHANGES:
        words["change"] = str(DegradationCondition.Type(words["change"]).label).lower()
    if words.get("environment") in ENVIRONMENTS:
        words["environment"] = str(Environment(words["environment"]).label).lower()
    return words
