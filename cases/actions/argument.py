"""Building the argument: elements and links, always well-formed."""

import re
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from cases.actions.checks import edge_of, element_of, may_answer, node_of, open_case, refuse_malformed
from cases.evaluation import reevaluate
from cases.events import ElementEvent, LinkEvent
from cases.models import AssuranceCase, Element, EvidenceBinding, Link
from cases.wellformed import PREFIXES, PREMISES

KEY = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,19}\Z")
MOST_ELEMENTS = 20_000


def next_key(case: AssuranceCase, kind: str) -> str:
    """The next free key of a kind: G1, G2, …; keys of withdrawn elements are not used again."""
    prefix = PREFIXES[kind]
    pattern = re.compile(rf"{prefix}(\d{{1,9}})\Z")
    keys = Element.objects.filter(case=case, key__startswith=prefix).values_list("key", flat=True)
    taken = [int(found.group(1)) for key in keys if (found := pattern.match(key))]
    return f"{prefix}{max(taken, default=0) + 1}"


def link_kind(kind: str) -> str:
    """How an element of a kind hangs below its parent."""
    return Link.Kind.IN_CONTEXT_OF if kind in PREMISES else Link.Kind.SUPPORTED_BY


@transaction.atomic
def add_element(
    case: AssuranceCase,
    *,
    kind: str,
    statement: str,
    actor: Member,
    parent: Element | None = None,
    key: str = "",
    owner: Member | None = None,
    is_undeveloped: bool = False,
    combine: str = Element.Combine.ALL,
    combine_k: int | None = None,
    combine_reason: str = "",
    review_by: date | None = None,
) -> Element:
    """Add an element, below its parent when one is given. Without a key it gets the next one of its kind."""
    row = open_case(case, actor=actor)
    above = element_of(row, parent) if parent else None
    if kind not in PREFIXES:
        raise RuleBroken(_("Choose one of the kinds offered."), field="kind")
    if Element.objects.in_use().filter(case=row).count() >= MOST_ELEMENTS:
        raise RuleBroken(_("A case holds %d elements at most. Split it into several cases.") % MOST_ELEMENTS)
    element = Element(
        organisation=actor.organisation,
        case=row,
        key=free_key(row, key) if key else next_key(row, kind),
        kind=kind,
        statement=statement,
        owner=may_answer(owner, field="owner") if owner else None,
        **only_for_kind(kind, is_undeveloped, combine, combine_k, combine_reason, review_by),
    )
    link = new_link(row, link_kind(kind), above, element) if above else None

    def change(nodes: list, edges: list) -> None:
        nodes.append(node_of(element, []))
        if link:
            edges.append(edge_of(link))

    refuse_malformed(row, change)
    element.save()
    if link:
        link.save()
    told = {"element": element.key, "kind": kind, "below": above.key if above else None, "statement": statement}
    reevaluate(row, actor=actor, happenings=[(ElementEvent.ADDED, row, told)])
    return element


def free_key(case: AssuranceCase, key: str) -> str:
    if not KEY.match(key):
        raise RuleBroken(
            _(
                "A key starts with a letter and has up to 20 letters, digits, dots, hyphens and underscores, such as G12."
            ),
            field="key",
        )
    if Element.objects.filter(case=case, key=key).exists():
        raise RuleBroken(_("The key %s is or was used in this case. Choose another.") % key, field="key")
    return key


def only_for_kind(
    kind: str, is_undeveloped: bool, combine: str, combine_k: int | None, combine_reason: str, review_by: date | None
) -> dict[str, Any]:
    """Leave out what means nothing for the kind, so that nothing lies hidden in a row."""
    is_claim = kind in (Element.Kind.GOAL, Element.Kind.STRATEGY)
    is_all = not is_claim or combine == Element.Combine.ALL
    return {
        "is_undeveloped": is_undeveloped and is_claim,
        "combine": Element.Combine.ALL if is_all else combine,
        "combine_k": combine_k if is_claim and combine == Element.Combine.AT_LEAST else None,
        "combine_reason": "" if is_all else combine_reason,
        "review_by": review_by if kind in PREMISES else None,
    }


def new_link(case: AssuranceCase, kind: str, source: Element, target: Element, **fields: Any) -> Link:
    last = Link.objects.filter(case=case, source=source).order_by("-ordinal").values_list("ordinal", flat=True).first()
    return Link(
        organisation_id=case.organisation_id,
        case=case,
        kind=kind,
        source=source,
        target=target,
        ordinal=0 if last is None else last + 1,
        **fields,
    )


@transaction.atomic
def edit_element(
    element: Element,
    *,
    revision: int | None,
    statement: str,
    actor: Member,
    owner: Member | None = None,
    is_undeveloped: bool = False,
    combine: str = Element.Combine.ALL,
    combine_k: int | None = None,
    combine_reason: str = "",
    review_by: date | None = None,
) -> Element:
    """Change what an element says. Its key and kind stay, because others refer to them."""
    case = open_case(element.case, actor=actor)
    element_of(case, element)
    row = locked(element, revision=revision)
    if owner is not None and owner.pk != row.owner_id:
        may_answer(owner, field="owner")
    changes = {
        "statement": statement,
        "owner": owner,
        **only_for_kind(row.kind, is_undeveloped, combine, combine_k, combine_reason, review_by),
    }

    def change(nodes: list, _edges: list) -> None:
        place = next(place for place, node in enumerate(nodes) if node.id == row.pk)
        changed = Element(pk=row.pk, key=row.key, kind=row.kind, **changes)
        bindings = list(EvidenceBinding.objects.filter(element=row))
        nodes[place] = node_of(changed, bindings)

    refuse_malformed(case, change)
    told = save_changes(row, **changes)
    if told:
        reevaluate(case, actor=actor, happenings=[(ElementEvent.EDITED, case, {"element": row.key, **told})])
    return row


@transaction.atomic
def withdraw_element(element: Element, *, reason: str, actor: Member) -> Element:
    """Take an element out of the argument. Its links and bindings go with it; the history keeps all of them."""
    case = open_case(element.case, actor=actor)
    row = element_of(case, element)
    if not reason.strip():
        raise RuleBroken(_("Say why the element is withdrawn."), field="reason")
    if Link.objects.filter(source=row).exists():
        raise RuleBroken(
            _("%s still has elements below it. Withdraw those first, or unlink them.") % row.key, field="reason"
        )
    if row.held_down_to is not None:
        raise RuleBroken(_("%s is held down. Lift the hold first, with a reason.") % row.key, field="reason")
    Link.objects.filter(target=row).delete()
    unbound = EvidenceBinding.objects.filter(element=row).delete()[0]
    row.withdrawn_at, row.withdrawn_reason = timezone.now(), reason
    row.revision += 1
    row.save(update_fields=["withdrawn_at", "withdrawn_reason", "revision", "updated_at"])
    told = {"element": row.key, "reason": reason, "bindings": unbound}
    reevaluate(case, actor=actor, happenings=[(ElementEvent.WITHDRAWN, case, told)])
    return row


@transaction.atomic
def link_elements(
    case: AssuranceCase,
    *,
    source: Element,
    target: Element,
    actor: Member,
    is_exact: bool = False,
    exact_reason: str = "",
) -> Link:
    """Put an existing element below another one as well. The kind of link follows from the kind of element."""
    row = open_case(case, actor=actor)
    upper, lower = element_of(row, source), element_of(row, target)
    kind = link_kind(lower.kind)
    exact = is_exact and kind == Link.Kind.SUPPORTED_BY
    link = new_link(row, kind, upper, lower, is_exact=exact, exact_reason=exact_reason if exact else "")
    refuse_malformed(row, lambda _nodes, edges: edges.append(edge_of(link)))
    link.save()
    told = {"link": f"{upper.key} → {lower.key}", "exact": exact}
    reevaluate(row, actor=actor, happenings=[(LinkEvent.ADDED, row, told)])
    return link


@transaction.atomic
def unlink_elements(link: Link, *, actor: Member) -> AssuranceCase:
    """Take a link away; both elements stay."""
    case = open_case(link.case, actor=actor)
    row = Link.objects.select_related("source", "target").get(pk=link.pk)
    told = {"link": f"{row.source.key} → {row.target.key}"}
    row.delete()
    reevaluate(case, actor=actor, happenings=[(LinkEvent.REMOVED, case, told)])
    return case
