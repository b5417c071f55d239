"""Arguing a doubt: counter-elements with evidence of their own, below the challenge that they belong to (GSN 1:6)."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from cases import challenge_telling as telling
from cases.access import require_doubt
from cases.actions.argument import checked_statement, new_link, next_key, refuse_too_many
from cases.actions.challenges import both, lock_challenge, words_of
from cases.actions.checks import element_of
from cases.actions.evidence import refuse_unpinned, refuse_unusable
from cases.evaluation import reevaluate
from cases.events import DoubtEvent
from cases.models import Challenge, Element, EvidenceBinding, Link
from evidence.models import EvidenceItem, EvidenceVersion

Kind = Element.Kind
COUNTER_KINDS: Final = (Kind.GOAL, Kind.SOLUTION)


@transaction.atomic
def argue_challenge(
    challenge: Challenge,
    *,
    kind: str,
    statement: str,
    actor: Member,
    evidence: EvidenceItem | None = None,
    relevance: str = "",
    locator: str = "",
) -> Challenge:
    """Add a counter-element: the first one states the doubt, the others carry it. What is sustained should rest on evidence
    (WF-D05); the authors of the argument cannot change any of it."""
    row = lock_challenge(challenge)
    require_doubt(actor, row.case)
    if row.status == Challenge.Status.WITHDRAWN:
        raise RuleBroken(_("This challenge was withdrawn. Open it again before you argue it."))
    if kind not in COUNTER_KINDS:
        raise RuleBroken(_("Argue the challenge with a goal or with a solution."), field="kind")
    top = element_of(row.case, row.counter_element, may_be_counter=True) if row.counter_element else None
    if top is not None and top.kind != Kind.GOAL:
        raise RuleBroken(_("%s is evidence, and nothing can be put below it.") % top.address, field="kind")
    if evidence is not None and kind != Kind.SOLUTION:
        raise RuleBroken(_("Evidence belongs to a solution. Add the goal first, then a solution."), field="evidence")
    refuse_too_many(row.case)
    version = usable_version(evidence) if evidence is not None else None
    element = Element(
        organisation_id=row.organisation_id,
        case=row.case,
        module=row.target.module,
        key=next_key(row.target.module, kind),
        kind=kind,
        role=Element.Role.COUNTER,
        statement=checked_statement(statement),
    )
    if version is not None:
        refuse_unpinned(version, element)
    element.save()
    if top is not None:
        new_link(row.case, Link.Kind.SUPPORTED_BY, top, element, reviewer=actor).save()
    else:
        row.counter_element = element
        row.revision += 1
        row.save(update_fields=["counter_element", "revision", "updated_at"])
    if version is not None:
        EvidenceBinding.objects.create(
            organisation_id=row.organisation_id,
            element=element,
            version=version,
            locator=locator,
            relevance=relevance,
            added_by=actor,
        )
    telling.keep_event(
        row, "countered", before=row.status, now=timezone.now(), actor=actor, note=f"{element.address}: {statement}"
    )
    told = {**words_of(row), "counter": element.address, "kind": kind, "statement": statement[:300]}
    reevaluate(row.case, actor=actor, happenings=both(DoubtEvent.COUNTERED, row, told))
    return row


def usable_version(evidence: EvidenceItem) -> EvidenceVersion:
    if evidence.current is None:
        raise RuleBroken(_("This evidence has no version yet."), field="evidence")
    refuse_unusable(evidence.current)
    return evidence.current
