"""Opening, describing and withdrawing a case."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from cases.access import Part, parts_of
from cases.actions.argument import checked_statement, next_key
from cases.actions.checks import may_answer, open_case, refuse_under_review
from cases.evaluation import Happening, reevaluate
from cases.events import CaseEvent, ElementEvent
from cases.models import ArgumentModule, AssuranceCase, Element, SmellRound
from inventory.access import require_edit
from inventory.models import AISystem


@transaction.atomic
def create_case(
    *,
    system: AISystem,
    title: str,
    purpose: str,
    accountable_owner: Member,
    actor: Member,
    scope_text: str = "",
    review_by: date | None = None,
    claim: str = "",
) -> AssuranceCase:
    """Open a case about a system, with its claim on top when one is given. One case in force per system and purpose."""
    require_edit(actor, system)
    system = locked(system)
    if system.is_retired:
        raise RuleBroken(_("%s is retired. Restore it first, or choose another system.") % system, field="system")
    refuse_second_case(system, purpose, None)
    check_review_date(review_by)
    case = AssuranceCase.objects.create(
        organisation=actor.organisation,
        number=next_number(actor.organisation_id, AssuranceCase),
        system=system,
        title=title,
        purpose=purpose,
        scope_text=scope_text,
        accountable_owner=may_answer(accountable_owner, field="accountable_owner"),
        review_by=review_by,
    )
    module = ArgumentModule.objects.create(
        organisation=actor.organisation, case=case, key=ArgumentModule.DEFAULT_KEY, title=title, is_default=True
    )
    SmellRound.objects.get_or_create(organisation=actor.organisation, defaults={"due_at": timezone.now()})
    happenings: list[Happening] = [(CaseEvent.CREATED, case, {"system": system, "owner": accountable_owner})]
    if claim:
        goal = Element.objects.create(
            organisation=actor.organisation,
            case=case,
            module=module,
            key=next_key(module, Element.Kind.GOAL),
            kind=Element.Kind.GOAL,
            statement=checked_statement(claim),
        )
        happenings.append((ElementEvent.ADDED, case, {"element": goal.key, "statement": claim}))
    reevaluate(case, actor=actor, happenings=happenings)
    return case


@transaction.atomic
def edit_case(
    case: AssuranceCase,
    *,
    revision: int | None,
    title: str,
    purpose: str,
    scope_text: str,
    accountable_owner: Member,
    review_by: date | None,
    actor: Member,
) -> AssuranceCase:
    """Change what the case says of itself; its system stays, because the argument is about that one."""
    row = open_case(case, actor=actor, revision=revision, is_about_facts=True)
    if (title, purpose, scope_text, review_by) != (row.title, row.purpose, row.scope_text, row.review_by):
        refuse_under_review(row)  # they are part of what is reviewed; who answers for the case is not
    refuse_second_case(locked(row.system), purpose, row)
    if accountable_owner.pk != row.accountable_owner_id:
        may_answer(accountable_owner, field="accountable_owner")
        refuse_judge(row, accountable_owner)
    if review_by != row.review_by:
        check_review_date(review_by)
    told = save_changes(
        row,
        title=title,
        purpose=purpose,
        scope_text=scope_text,
        accountable_owner=accountable_owner,
        review_by=review_by,
        **({"withdraw_at": None} if accountable_owner.pk != row.accountable_owner_id else {}),
    )
    if told:
        reevaluate(row, actor=actor, happenings=[(CaseEvent.EDITED, row, told)])
    return row


def refuse_judge(case: AssuranceCase, owner: Member) -> None:
    """Whoever reviews, challenges or decides on a case does not answer for it."""
    held = {part for part, excepted in parts_of(owner, case).items() if not excepted}
    if held & {Part.TEAM_REVIEWER, Part.CHALLENGER, Part.DECIDER}:
        raise RuleBroken(
            _("%s judges this case and cannot answer for it as well. Choose somebody else, or give that part away.")
            % owner,
            field="accountable_owner",
        )


def refuse_second_case(system: AISystem, purpose: str, case: AssuranceCase | None) -> None:
    """The system is locked, so that two people cannot open the same case at once."""
    others = AssuranceCase.objects.in_force().filter(system=system, purpose=purpose)
    other = others.exclude(pk=case.pk if case else None).first()
    if other is not None:
        raise RuleBroken(
            _(
                "Case %(number)d argues about this system for this purpose already. Work on that one, or name another purpose."
            )
            % {"number": other.number},
            field="purpose",
        )


def check_review_date(review_by: date | None) -> None:
    if review_by is not None and review_by < timezone.localdate():
        raise RuleBroken(_("The date of review is past. Choose today or a later day."), field="review_by")
