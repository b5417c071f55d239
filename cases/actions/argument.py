"""Building the argument: elements and links, always well-formed."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any, TypedDict, Unpack

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from cases.actions.checks import (
    edge_of,
    element_of,
    may_answer,
    node_of,
    open_case,
    refuse_malformed,
    refuse_while_doubted,
)
from cases.actions.citations import cited_by, tell_citing
from cases.citing import one_at_a_time
from cases.drafts import KEY, MOST_ELEMENTS, MOST_LETTERS
from cases.evaluation import reevaluate
from cases.events import ElementEvent, LinkEvent
from cases.loading import hash_of_element, load_case
from cases.models import ArgumentModule, AssuranceCase, Element, EvidenceBinding, Link
from cases.outline import CLAIMS, CONTEXTUAL, MAY_BE_PUBLIC, PREFIXES, PREMISES
from cases.reviewing import hash_of_ends
from cases.wellformed_content import PLACEHOLDER


class Described(TypedDict, total=False):
    """What an element says beside its statement; what means nothing for its kind is left out."""

    owner: Member | None
    declaration: str
    declaration_reason: str
    category: str
    is_undeveloped: bool
    is_uninstantiated: bool
    is_public: bool
    is_supported_by_contract: bool
    combine: str
    combine_k: int | None
    combine_reason: str
    review_by: date | None


def next_key(module: ArgumentModule, kind: str) -> str:
    """The next free key of a kind in a module: G1, G2, …; keys of withdrawn elements are not used again."""
    prefix = PREFIXES[kind]
    pattern = re.compile(rf"{prefix}(\d{{1,9}})\Z")
    keys = Element.objects.filter(module=module, key__startswith=prefix).values_list("key", flat=True)
    taken = [int(found.group(1)) for key in keys if (found := pattern.match(key))]
    return f"{prefix}{max(taken, default=0) + 1}"


def link_kind(kind: str, as_context: bool = False) -> str:
    """How an element of a kind hangs below its parent; an away goal and a module can give context too."""
    is_context = kind in CONTEXTUAL or (as_context and kind in (Element.Kind.AWAY_GOAL, Element.Kind.MODULE_REF))
    return Link.Kind.IN_CONTEXT_OF if is_context else Link.Kind.SUPPORTED_BY


@transaction.atomic
def add_element(
    case: AssuranceCase,
    *,
    kind: str,
    statement: str = "",
    actor: Member,
    parent: Element | None = None,
    after: Element | None = None,
    as_context: bool = False,
    module: ArgumentModule | None = None,
    cites: Element | None = None,
    cites_module: ArgumentModule | None = None,
    key: str = "",
    **described: Unpack[Described],
) -> Element:
    """Add an element, below its parent when one is given, there right behind `after`. Without a key it gets the next one.

    An away element without a statement repeats that of the element which it cites.
    """
    if cites is not None or cites_module is not None:
        one_at_a_time()  # before any row is locked: two people who cite each other's elements wait in one order
    row = open_case(case, actor=actor)
    above = element_of(row, parent) if parent else None
    if kind not in PREFIXES:
        raise RuleBroken(_("Choose one of the kinds offered."), field="kind", rule="WF-S02")
    refuse_too_many(row)
    home = home_of(row, above, module)
    cited = cited_by(row, home, kind, cites, cites_module)
    element = Element(
        organisation=actor.organisation,
        case=row,
        module=home,
        key=free_key(home, key) if key else next_key(home, kind),
        kind=kind,
        statement=checked_statement(statement or cited.statement),
        cites=cited.element,
        cites_module=cited.module,
        **only_for_kind(kind, **described),
    )
    if element.owner is not None:
        may_answer(element.owner, field="owner")
    link = new_link(row, link_kind(kind, as_context), above, element, reviewer=actor) if above else None

    def change(nodes: list, edges: list) -> None:
        nodes.append(node_of(element, [], cited=cited.element, circle=cited.circle))
        if link:
            edges.append(edge_of(link))

    refuse_malformed(row, change)
    element.save()
    if link:
        link.save()
        if after is not None:
            put_behind(link, after)
    told = {"element": element.address, "kind": kind, "below": above.address if above else None, "statement": statement}
    if cited.element or cited.module:
        told["cites"] = cited.name
    reevaluate(row, actor=actor, happenings=[(ElementEvent.ADDED, row, told)])
    return element


def refuse_too_many(case: AssuranceCase, more: int = 1) -> None:
    """An argument stays of a size that can be read, drawn and evaluated; an import has the same limit."""
    if Element.objects.in_use().filter(case=case).count() + more > MOST_ELEMENTS:
        raise RuleBroken(_("A case holds %d elements at most. Split it into several cases.") % MOST_ELEMENTS)


def checked_statement(statement: str) -> str:
    if not statement.strip():
        raise RuleBroken(_("Write what the element states."), field="statement")
    if len(statement) > MOST_LETTERS:
        said = _("A statement has up to %d letters. Say one thing, and put the rest into elements of its own.")
        raise RuleBroken(said % MOST_LETTERS, field="statement")
    return statement


def home_of(case: AssuranceCase, above: Element | None, module: ArgumentModule | None) -> ArgumentModule:
    """The module that a new element belongs to: that of its parent, the one that was named, or the first."""
    if module is not None and (module.case_id != case.pk or (above is not None and above.module_id != module.pk)):
        raise RuleBroken(_("Choose the module of the element above, or a module of this case."), field="module")
    if above is not None:
        return above.module
    return module or ArgumentModule.objects.get(case=case, is_default=True)


def free_key(module: ArgumentModule, key: str) -> str:
    if not KEY.match(key):
        raise RuleBroken(
            _(
                "A key starts with a letter and has up to 20 letters, digits, dots, hyphens and underscores, such as G12."
            ),
            field="key",
        )
    if Element.objects.filter(module=module, key=key).exists():
        raise RuleBroken(
            _("The key %s is or was used in this module. Choose another.") % key, field="key", rule="WF-S01"
        )
    return key


def only_for_kind(kind: str, **described: Unpack[Described]) -> dict[str, Any]:
    """Leave out what means nothing for the kind, so that nothing lies hidden in a row."""
    is_claim, is_goal = kind in CLAIMS, kind == Element.Kind.GOAL
    combine = described.get("combine", Element.Combine.ALL)
    is_all = not is_claim or combine == Element.Combine.ALL
    asserted = Element.Declaration.ASSERTED
    declaration = (described.get("declaration") or asserted) if is_goal else asserted
    is_given = declaration in (Element.Declaration.ASSUMED, Element.Declaration.AXIOMATIC)
    return {
        "owner": described.get("owner"),
        "declaration": declaration,
        "declaration_reason": described.get("declaration_reason", "") if is_given else "",
        "category": described.get("category", "") if is_goal else "",
        "is_undeveloped": described.get("is_undeveloped", False) and is_claim,
        "is_uninstantiated": described.get("is_uninstantiated", False),
        "is_public": described.get("is_public", False) and kind in MAY_BE_PUBLIC,
        "is_supported_by_contract": described.get("is_supported_by_contract", False) and is_goal,
        "combine": Element.Combine.ALL if is_all else combine,
        "combine_k": described.get("combine_k") if is_claim and combine == Element.Combine.AT_LEAST else None,
        "combine_reason": "" if is_all else described.get("combine_reason", ""),
        "review_by": described.get("review_by") if kind in PREMISES else None,
    }


def new_link(
    case: AssuranceCase, kind: str, source: Element, target: Element, *, reviewer: Member, **fields: Any
) -> Link:
    """A link at the end of its siblings, reviewed as its ends stand: whoever puts them together has read both."""
    last = Link.objects.filter(case=case, source=source).aggregate(last=models.Max("ordinal"))["last"]
    return Link(
        organisation_id=case.organisation_id,
        case=case,
        kind=kind,
        source=source,
        target=target,
        ordinal=0 if last is None else last + 1,
        reviewed_hash=hash_of_rows(source, target),
        reviewed_at=timezone.now(),
        reviewed_by=reviewer,
        **fields,
    )


def hash_of_rows(source: Element, target: Element) -> str:
    return hash_of_ends(*(hash_of_element(row, row.cites if row.cites_id else None) for row in (source, target)))


def put_behind(link: Link, sibling: Element | None) -> None:
    """Let a link stand right behind that to `sibling`, or first; the other siblings keep their order."""
    links = list(Link.objects.filter(source_id=link.source_id).exclude(pk=link.pk).order_by("ordinal", "id"))
    place = next((n + 1 for n, one in enumerate(links) if sibling and one.target_id == sibling.pk), len(links))
    number_in_order([*links[:place], link, *links[place:]])


def number_in_order(links: Iterable[Link]) -> None:
    """Write the order of siblings, only where it changed."""
    for ordinal, link in enumerate(links):
        if link.ordinal != ordinal:
            link.ordinal = ordinal
            link.save(update_fields=["ordinal"])


@transaction.atomic
def edit_element(
    element: Element,
    *,
    revision: int | None,
    statement: str,
    actor: Member,
    links_still_hold: bool = False,
    **described: Unpack[Described],
) -> Element:
    """Change what an element says. Its key, its kind and what it cites stay, because others refer to them.

    The links of a changed element await a review; `links_still_hold` says that the actor has just looked at them.
    """
    case = open_case(element.case, actor=actor)
    element_of(case, element)
    row = locked(element, revision=revision)
    changes = {"statement": checked_statement(statement), **only_for_kind(row.kind, **described)}
    return change_element(case, row, changes, actor=actor, links_still_hold=links_still_hold)


def change_element(
    case: AssuranceCase, row: Element, changes: dict[str, Any], *, actor: Member, links_still_hold: bool
) -> Element:
    """What every edit of a locked element does: check, save, review its links or leave them open, tell who cites it."""
    changes |= of_template(row, changes.get("statement", row.statement), actor)
    owner = changes.get("owner")
    if owner is not None and owner.pk != row.owner_id:
        may_answer(owner, field="owner")
    was_public = row.is_public
    sound = links_in_review(case, row) if links_still_hold else []

    def change(nodes: list, _edges: list) -> None:
        place = next(place for place, node in enumerate(nodes) if node.id == row.pk)
        kept = {name: getattr(row, name) for name in Described.__annotations__}
        changed = Element(pk=row.pk, case=case, module=row.module, key=row.key, kind=row.kind, cites=row.cites,
                          cites_module=row.cites_module, **{"statement": row.statement, **kept, **changes})  # fmt: skip
        bindings = list(EvidenceBinding.objects.filter(element=row))
        nodes[place] = node_of(changed, bindings, cited=row.cites)

    refuse_malformed(case, change)
    told = save_changes(row, **changes)
    if told:
        for link in sound:
            review(link, actor)
        if was_public or row.is_public:
            tell_citing(case)
        reevaluate(case, actor=actor, happenings=[(ElementEvent.EDITED, case, {"element": row.address, **told})])
    return row


def of_template(row: Element, statement: str, actor: Member) -> dict[str, Any]:
    """Who says anew what a template said makes it theirs; the trace to the template stays."""
    if not row.pattern or statement == row.statement:
        return {}
    is_filled = row.is_uninstantiated and PLACEHOLDER.search(row.statement) and not PLACEHOLDER.search(statement)
    return {
        "modified_from_pattern": True,
        "adopted_at": row.adopted_at or timezone.now(),
        "adopted_by": row.adopted_by or actor,
        **({"is_uninstantiated": False} if is_filled else {}),
    }


def links_in_review(case: AssuranceCase, row: Element) -> list[Link]:
    """The links of an element that were reviewed as they stand now; others keep waiting for their own review."""
    loaded = load_case(case)
    suspect = loaded.suspect_links
    return [link for link in loaded.links if row.pk in (link.source_id, link.target_id) and link.pk not in suspect]


def review(link: Link, actor: Member) -> None:
    """Let a link count as looked at, as its ends stand now."""
    fresh = Link.objects.select_related("source__cites", "target__cites").get(pk=link.pk)
    link.reviewed_hash = hash_of_rows(fresh.source, fresh.target)
    link.reviewed_at, link.reviewed_by = timezone.now(), actor
    link.save(update_fields=["reviewed_hash", "reviewed_at", "reviewed_by"])


@transaction.atomic
def withdraw_element(element: Element, *, reason: str, actor: Member, revision: int | None = None) -> Element:
    """Take an element out of the argument. Its links and bindings go with it; the history keeps all of them.

    `revision`: the one that the person read; what says something else by now is not withdrawn.
    """
    case = open_case(element.case, actor=actor)
    row = element_of(case, element)
    locked(element, revision=revision)
    if not reason.strip():
        raise RuleBroken(_("Say why the element is withdrawn."), field="reason")
    if Link.objects.filter(source=row).exists():
        raise RuleBroken(
            _("%s still has elements below it. Withdraw those first, or unlink them.") % row.address, field="reason"
        )
    refuse_while_doubted(case, row)
    if row.held_down_to is not None:
        raise RuleBroken(_("%s is held down. Lift the hold first, with a reason.") % row.address, field="reason")
    Link.objects.filter(target=row).delete()
    unbound = EvidenceBinding.objects.filter(element=row).delete()[0]
    row.withdrawn_at, row.withdrawn_reason = timezone.now(), reason
    row.revision += 1
    row.save(update_fields=["withdrawn_at", "withdrawn_reason", "revision", "updated_at"])
    told = {"element": row.address, "reason": reason, "bindings": unbound}
    if row.is_public:
        tell_citing(case)
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
    as_context: bool = False,
    revision: int | None = None,
    target_revision: int | None = None,
) -> Link:
    """Put an existing element below another one as well. The kind of link follows from the kind of element.

    Whoever links has read both ends, so `revision` (of the source) and `target_revision` say what they read: an end that says
    something else by now is not linked unseen.
    """
    row = open_case(case, actor=actor)
    upper, lower = element_of(row, source), element_of(row, target)
    for end, read in ((upper, revision), (lower, target_revision)):
        if read is not None and end.revision != read:
            raise ChangedSinceOpened(
                _(
                    "%(element)s has changed since you opened this, and now says: “%(statement)s” Read it and link again."
                )
                % {"element": end.address, "statement": end.statement}
            )
    kind = link_kind(lower.kind, as_context)
    exact = is_exact and kind == Link.Kind.SUPPORTED_BY
    reason = exact_reason if exact else ""
    link = new_link(row, kind, upper, lower, reviewer=actor, is_exact=exact, exact_reason=reason)
    refuse_malformed(row, lambda _nodes, edges: edges.append(edge_of(link)))
    link.save()
    told = {"link": f"{upper.address} → {lower.address}", "exact": exact}
    reevaluate(row, actor=actor, happenings=[(LinkEvent.ADDED, row, told)])
    return link


@transaction.atomic
def unlink_elements(link: Link, *, actor: Member) -> AssuranceCase:
    """Take a link away; both elements stay."""
    case = open_case(link.case, actor=actor)
    row = Link.objects.select_related("source__module", "target__module").get(pk=link.pk)
    refuse_while_doubted(case, row.source, row.target)
    told = {"link": f"{row.source.address} → {row.target.address}"}
    row.delete()
    reevaluate(case, actor=actor, happenings=[(LinkEvent.REMOVED, case, told)])
    return case
