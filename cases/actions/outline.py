"""Editing the argument as an outline: saying a claim anew, moving it, looking at its links."""

from collections.abc import Sequence
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked
from aims.tenancy.models import Member
from cases.actions.argument import (
    change_element,
    checked_statement,
    link_kind,
    number_in_order,
    put_behind,
    review,
)
from cases.actions.checks import edge_of, element_of, open_case, refuse_malformed, refuse_while_doubted
from cases.evaluation import reevaluate
from cases.events import LinkEvent
from cases.loading import load_case
from cases.models import AssuranceCase, Element, Link


class Direction(models.TextChoices):
    """Where an element may go in the outline."""

    UP = "up", gettext_lazy("Move up")
    DOWN = "down", gettext_lazy("Move down")
    IN = "in", gettext_lazy("Put below the one before")
    OUT = "out", gettext_lazy("Put beside the one above")


@transaction.atomic
def restate_element(
    element: Element, *, revision: int | None, statement: str, actor: Member, links_still_hold: bool = False
) -> Element:
    """Say an element anew and leave all else as it is."""
    case = open_case(element.case, actor=actor)
    element_of(case, element)
    row = locked(element, revision=revision)
    changes = {"statement": checked_statement(statement)}
    return change_element(case, row, changes, actor=actor, links_still_hold=links_still_hold)


@transaction.atomic
def move_link(link: Link, *, direction: str, actor: Member, beside: Link | None = None) -> Link:
    """Move the element at the end of a link by one step. Steps are taken from the order as it is now, so that two people
    who move at once both get their way and nothing is lost. `beside` names the line above where it stands twice."""
    case = open_case(link.case, actor=actor)
    rows = Link.objects.select_related("source__module", "target__module").filter(case=case)
    row = rows.filter(pk=link.pk).first()
    if row is None:
        raise RuleBroken(_("Somebody moved or unlinked this meanwhile. Reload the page."))
    siblings = in_order(case, row)
    match direction:
        case Direction.UP | Direction.DOWN:
            moved = swap(row, siblings, up=direction == Direction.UP)
        case Direction.IN:
            moved = indent(case, row, siblings, actor)
        case Direction.OUT:
            moved = outdent(case, row, beside, actor)
        case _:
            raise RuleBroken(_("Move it up, down, in or out."), field="direction")
    told = {"element": row.target.address, "below": moved.source.address, "direction": str(direction)}
    reevaluate(case, actor=actor, happenings=[(LinkEvent.MOVED, case, told)])
    return moved


def in_order(case: AssuranceCase, link: Link) -> list[Link]:
    """The links beside this one that the outline shows in a row with it: contexts stand before supports."""
    rows = Link.objects.filter(case=case, source_id=link.source_id, kind=link.kind)
    return list(rows.select_related("source__module", "target__module").order_by("ordinal", "id"))


def swap(link: Link, siblings: list[Link], *, up: bool) -> Link:
    place = next(n for n, one in enumerate(siblings) if one.pk == link.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(siblings):
        said = _("%s is the first of its kind here.") if up else _("%s is the last of its kind here.")
        raise RuleBroken(said % link.target.address)
    siblings[place], siblings[other] = siblings[other], siblings[place]
    number_in_order(siblings)
    return siblings[other]


def indent(case: AssuranceCase, link: Link, siblings: list[Link], actor: Member) -> Link:
    place = next(n for n, one in enumerate(siblings) if one.pk == link.pk)
    if place == 0:
        raise RuleBroken(_("Nothing stands before %s that it could be put below.") % link.target.address)
    return rehang(case, link, siblings[place - 1].target, None, actor)


def outdent(case: AssuranceCase, link: Link, beside: Link | None, actor: Member) -> Link:
    above = Link.objects.select_related("source__module").filter(case=case, target_id=link.source_id)
    upper = above.filter(pk=beside.pk).first() if beside else above.order_by("id").first()
    if upper is None:
        said = _("%(element)s stands directly below the top, %(top)s, and a case has one claim on top.")
        raise RuleBroken(said % {"element": link.target.address, "top": link.source.address})
    return rehang(case, link, upper.source, link.source, actor)


def rehang(case: AssuranceCase, link: Link, source: Element, after: Element | None, actor: Member) -> Link:
    """Put what a link leads to below another element, right behind `after` or last; it is a step that somebody looked at."""
    target = link.target
    refuse_while_doubted(case, link.source, target)
    kind = link_kind(target.kind, as_context=link.kind == Link.Kind.IN_CONTEXT_OF)
    moved = Link(pk=link.pk, organisation_id=case.organisation_id, case=case, kind=kind, source=source, target=target,
                 is_exact=link.is_exact, exact_reason=link.exact_reason)  # fmt: skip

    def change(_nodes: list, edges: list) -> None:
        edges.remove(next(edge for edge in edges if (edge.source, edge.target) == (link.source_id, link.target_id)))
        edges.append(edge_of(moved))

    refuse_malformed(case, change)
    last = Link.objects.filter(source=source).aggregate(last=models.Max("ordinal"))["last"]
    link.source, link.kind, link.ordinal = source, kind, 0 if last is None else last + 1
    link.save(update_fields=["source", "kind", "ordinal"])
    review(link, actor)
    if after is not None:
        put_behind(link, after)
    return link


@transaction.atomic
def review_links(case: AssuranceCase, *, links: Sequence[UUID] | None = None, actor: Member) -> list[Link]:
    """Say that the steps of some links, or of all that await it, still hold as their ends stand now."""
    row = open_case(case, actor=actor, is_about_facts=True)
    loaded = load_case(row)
    suspect = loaded.suspect_links
    waiting = [link for link in loaded.links if link.pk in suspect]
    wanted = waiting if links is None else [link for link in waiting if link.pk in set(links)]
    if not wanted:
        raise RuleBroken(_("No such link awaits a review. Somebody may have looked at it meanwhile: reload the page."))
    for link in wanted:
        review(link, actor)
    elements = loaded.elements
    named = [f"{elements[link.source_id].address} → {elements[link.target_id].address}" for link in wanted]
    reevaluate(row, actor=actor, happenings=[(LinkEvent.REVIEWED, row, {"links": named})])
    return wanted
