"""Using a template: a new case, or a part below a claim. What it says is nobody's claim until a person has adopted it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from cases.actions.case import create_case
from cases.actions.challenges import raise_challenge
from cases.actions.checks import element_of, open_case
from cases.bringing_in import BroughtIn, bring_in
from cases.drafts import ArgumentDraft
from cases.evaluation import reevaluate
from cases.events import ElementEvent
from cases.models import AssuranceCase, Element
from cases.patterns import AnswersRefused, Pattern, instantiate
from cases.patterns.answering import Fault
from cases.wellformed_content import PLACEHOLDER
from inventory.models import AISystem

MAY_CARRY: Final = (Element.Kind.GOAL, Element.Kind.STRATEGY)


@transaction.atomic
def open_from_template(
    *,
    pattern: Pattern,
    answers: Mapping[str, Any],
    system: AISystem,
    title: str,
    purpose: str,
    accountable_owner: Member,
    actor: Member,
    scope_text: str = "",
    review_by: date | None = None,
) -> AssuranceCase:
    """Open a case with the argument that a template and the answers make."""
    draft = drafted(pattern, answers)
    case = create_case(
        system=system,
        title=title,
        purpose=purpose,
        accountable_owner=accountable_owner,
        actor=actor,
        scope_text=scope_text,
        review_by=review_by,
    )
    put_into(case, pattern, draft, None, actor)
    return case


@transaction.atomic
def add_from_template(
    case: AssuranceCase,
    *,
    pattern: Pattern,
    answers: Mapping[str, Any],
    actor: Member,
    below: Element | None = None,
) -> AssuranceCase:
    """Put what a template makes below a claim of the first module, or into a case in which nothing is argued yet."""
    opened = open_case(case, actor=actor)
    draft = drafted(pattern, answers)
    above = element_of(opened, below) if below else None
    if above is None and Element.objects.in_use().filter(case=opened).exists():
        raise RuleBroken(_("A case has one claim on top. Choose the claim to put it below."), field="below")
    if above is not None and not (above.kind in MAY_CARRY and above.module.is_default):
        raise RuleBroken(
            _("%s carries no template. Choose a goal or a strategy of the first module.") % above.address, field="below"
        )
    put_into(opened, pattern, draft, above, actor)
    return opened


def drafted(pattern: Pattern, answers: Mapping[str, Any]) -> ArgumentDraft:
    """The argument of the answers; the first fault as a sentence."""
    try:
        return instantiate(pattern, answers, today=timezone.localdate())
    except AnswersRefused as refused:
        raise RuleBroken(said_of_fault(refused.faults[0]), field=refused.faults[0].field) from None


def said_of_fault(fault: Fault) -> str:
    return gettext(fault.message) % dict(fault.words)


def put_into(
    case: AssuranceCase, pattern: Pattern, draft: ArgumentDraft, above: Element | None, actor: Member
) -> BroughtIn:
    """The argument, then its doubts one by one: each is a challenge that stays open until somebody decides it."""
    if above is not None and above.is_undeveloped:
        save_changes(locked(above), is_undeveloped=False)
    brought = bring_in(
        case,
        draft=replace(draft, challenges=[]),
        actor=actor,
        below=above,
        is_reviewed=True,
        source=f"{pattern.name} {pattern.title}",
    )
    for doubt in draft.challenges:
        raise_challenge(
            case,
            target=brought.elements[doubt.target],
            step_to=brought.elements[doubt.target_below] if doubt.target_below else None,
            attack=doubt.attack,
            severity=doubt.severity,
            statement=doubt.statement,
            actor=None,
        )
    return brought


@transaction.atomic
def adopt_elements(case: AssuranceCase, *, read: Mapping[str, str], actor: Member) -> list[Element]:
    """Make what a template says one's own. `read` holds, by address, the statements as the actor read them: what says
    something else by now is not adopted unread."""
    opened = open_case(case, actor=actor)
    rows = template_text(opened)
    waiting = {row.address: row for row in rows}
    if not read:
        raise RuleBroken(_("Choose the statements that you have read."), field="elements")
    adopted = []
    for address, statement in read.items():
        row = waiting.get(address)
        if row is None:
            raise RuleBroken(_("%s awaits no adoption. Reload the page.") % address[:60], field="elements")
        if row.statement != statement:
            raise RuleBroken(_("%s says something else by now. Read it again.") % address, field="elements")
        refuse_unfilled(row)
        adopted.append(row)
    now = timezone.now()
    for row in adopted:
        row.adopted_at, row.adopted_by = now, actor
        row.revision += 1
        row.save(update_fields=["adopted_at", "adopted_by", "revision", "updated_at"])
    told = [
        (ElementEvent.ADOPTED, opened, {"element": row.address, "statement": row.statement[:300]}) for row in adopted
    ]
    reevaluate(opened, actor=actor, happenings=told)
    return adopted


def template_text(case: AssuranceCase) -> Sequence[Element]:
    """What nobody has adopted yet, in author order."""
    rows = Element.objects.in_use().filter(case=case, adopted_at=None).exclude(pattern="")
    return list(rows.select_related("module").order_by("created_at", "id"))


def refuse_unfilled(row: Element) -> None:
    place = PLACEHOLDER.search(row.statement)
    if place:
        raise RuleBroken(
            _("%(element)s still has the place %(place)s. Say it anew with what stands there.")
            % {"element": row.address, "place": place.group()},
            field="elements",
        )
