"""Actions that a management review asked for; the open ones come back as the first input of the next."""

from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from audits import telling
from audits.actions.reviews import refuse_unless_prepared
from audits.events import ReviewActionEvent
from audits.models import ManagementReview, ReviewAction, ReviewDecision

Status = ReviewAction.Status


@transaction.atomic
def agree_action(
    review: ManagementReview,
    *,
    description: str,
    owner: Member,
    due_on: date,
    decision: ReviewDecision | None = None,
    actor: Member,
) -> ReviewAction:
    """Record what the meeting asks somebody to do."""
    row = locked(review)
    refuse_unless_prepared(row)
    check_action(row, owner, decision)
    action = ReviewAction.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, ReviewAction),
        review=row,
        decision=decision,
        description=description,
        owner=owner,
        due_on=due_on,
    )
    record(ReviewActionEvent.AGREED, action, actor=actor, review=row.number, owner=owner, due_on=due_on)
    tell_owner(action, actor)
    return action


@transaction.atomic
def edit_review_action(
    action: ReviewAction,
    *,
    description: str,
    owner: Member,
    due_on: date,
    decision: ReviewDecision | None = None,
    actor: Member,
    revision: int | None = None,
) -> ReviewAction:
    """Change an open action. After the meeting only who does it and by when: the words are in the minutes."""
    row = locked(action, revision=revision)
    review = row.review
    refuse_closed(row)
    check_action(review, owner, decision)
    is_minuted = review.status != ManagementReview.Status.PREPARED
    if is_minuted and (description != row.description or (decision and decision.pk) != row.decision_id):
        raise RuleBroken(
            _("The minutes hold these words. Change the person or the date, or drop the action with a reason."),
            field="description",
        )
    changes = save_changes(row, description=description, owner=owner, due_on=due_on, decision=decision)
    if changes:
        record(ReviewActionEvent.EDITED, row, actor=actor, **changes)
        if "owner" in changes:
            tell_owner(row, actor)
    return row


@transaction.atomic
def complete_review_action(
    action: ReviewAction, *, note: str, actor: Member, revision: int | None = None
) -> ReviewAction:
    """Say that it was carried out."""
    return close(action, Status.DONE, ReviewActionEvent.DONE, note, actor, revision)


@transaction.atomic
def drop_review_action(action: ReviewAction, *, note: str, actor: Member, revision: int | None = None) -> ReviewAction:
    """Give it up, with the reason that the next review will see."""
    return close(action, Status.DROPPED, ReviewActionEvent.DROPPED, note, actor, revision)


def close(action: ReviewAction, to: str, event: str, note: str, actor: Member, revision: int | None) -> ReviewAction:
    row = locked(action, revision=revision)
    refuse_closed(row)
    if actor.pk != row.owner_id and not actor.may("reviews.plan"):
        raise RuleBroken(_("Only %s, or somebody who plans management reviews, can say that.") % row.owner.display_name)
    if not note.strip():
        raise RuleBroken(_("Say what was done and where it can be seen, or why it is given up."), field="note")
    return move(
        action, to, event=event, actor=actor, fields={"closing_note": note, "closed_at": timezone.now()}, note=note
    )


def check_action(review: ManagementReview, owner: Member, decision: ReviewDecision | None) -> None:
    if not owner.is_active or owner.is_read_only:
        raise RuleBroken(
            _("%s only reads here. Choose somebody who can carry it out.") % owner.display_name, field="owner"
        )
    if decision is not None and decision.review_id != review.pk:
        raise RuleBroken(
            _("That decision belongs to another management review. Choose one of this one."), field="decision"
        )


def refuse_closed(action: ReviewAction) -> None:
    if action.status != Status.OPEN:
        raise RuleBroken(_("This action is closed. Record a new one in the next management review."))


def tell_owner(action: ReviewAction, actor: Member) -> None:
    telling.tell_responsible(
        action,
        action.owner,
        page="review_action_detail",
        number=action.number,
        event=ReviewActionEvent.AGREED,
        sentence=telling.review_action_sentence(actor, action.description),
        actor=actor,
        due_on=action.due_on,
    )
