"""Management reviews (9.3): plan, gather the inputs, freeze them, decide, hold."""

from datetime import date
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.standards import catalogue
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.trail.record import record
from aims.transitions import move
from audits import telling
from audits.events import ReviewEvent
from audits.freezing import sha256_of
from audits.inputs import Facts, collector_of, period_of
from audits.models import ManagementReview, ReviewDecision, ReviewInput

Status = ManagementReview.Status
log = structlog.get_logger(__name__)


@transaction.atomic
def plan_review(*, title: str, held_on: date, chair: Member, attendees: str = "", actor: Member) -> ManagementReview:
    """Plan a meeting of top management."""
    check_chair(chair)
    review = ManagementReview.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, ManagementReview),
        title=title,
        held_on=held_on,
        chair=chair,
        attendees=attendees,
    )
    record(ReviewEvent.PLANNED, review, actor=actor, held_on=held_on, chair=chair)
    tell_chair(review, actor)
    return review


@transaction.atomic
def edit_review(
    review: ManagementReview,
    *,
    title: str,
    held_on: date,
    chair: Member,
    attendees: str = "",
    actor: Member,
    revision: int | None = None,
) -> ManagementReview:
    """Change the plan while the inputs are open; what was gathered for another day must be gathered again."""
    row = locked(review, revision=revision)
    refuse_unless_planned(row)
    check_chair(chair)
    changes = save_changes(row, title=title, held_on=held_on, chair=chair, attendees=attendees)
    if changes:
        record(ReviewEvent.EDITED, row, actor=actor, **changes)
        if "chair" in changes:
            tell_chair(row, actor)
    return row


@transaction.atomic
def gather_inputs(review: ManagementReview, *, actor: Member, revision: int | None = None) -> ManagementReview:
    """Fill every input of the catalogue from the live records; one that cannot be gathered stops the whole.

    Comments of people stay. Nothing is written when a collector fails, so that no input is silently empty.
    """
    row = locked(review, revision=revision)
    refuse_unless_planned(row)
    period = period_of(row)
    now = timezone.now()
    kept = {each.input: each for each in row.inputs.select_for_update()}
    for ordinal, entry in enumerate(catalogue.review_inputs(), start=1):
        facts = collect(entry, period)
        found = kept.get(entry.id)
        if found is None:
            ReviewInput.objects.create(
                organisation_id=row.organisation_id,
                review=row,
                ordinal=ordinal,
                input=entry.id,
                facts=facts.as_json(),
                gathered_at=now,
            )
        else:
            save_changes(found, ordinal=ordinal, facts=facts.as_json(), gathered_at=now)
    save_changes(row, updated_at=now)
    record(ReviewEvent.GATHERED, row, actor=actor, inputs=len(catalogue.review_inputs()), until=period.until)
    return row


def collect(entry: catalogue.ReviewInput, period: Any) -> Facts:
    """The facts of one input; a failure names the input and the reason."""
    try:
        with transaction.atomic():
            facts: Facts = collector_of(entry.id)(period)
            facts.check()
            return facts
    except Exception as error:
        # Whatever goes wrong in a collector must stop the review with its reason; an empty input would look like good news.
        log.exception("review_input_failed", input=entry.id)
        raise RuleBroken(
            _(
                "The input “%(title)s” (%(key)s) could not be gathered: %(reason)s. Nothing was changed. Put this right, then gather again."
            )
            % {"title": entry.title, "key": entry.id, "reason": f"{type(error).__name__}: {error}"[:300]}
        ) from error


@transaction.atomic
def comment_input(
    review_input: ReviewInput, *, comment: str, actor: Member, revision: int | None = None
) -> ReviewInput:
    """Add what a person says about an input, until the review was held."""
    row = locked(review_input, revision=revision)
    review = locked(row.review)
    refuse_over(review)
    changes = save_changes(row, comment=comment)
    if changes:
        record(ReviewEvent.COMMENTED, review, actor=actor, input=row.input, **changes)
    return row


@transaction.atomic
def freeze_inputs(review: ManagementReview, *, actor: Member, revision: int | None = None) -> ManagementReview:
    """Bind what the meeting will see to its hash."""
    row = locked(review, revision=revision)
    inputs = list(row.inputs.all())
    missing = {entry.id for entry in catalogue.review_inputs()} - {each.input for each in inputs}
    if row.status == Status.PLANNED and missing:
        raise RuleBroken(_("The inputs were not gathered yet. Gather them, then freeze them."))
    until = row.held_on.isoformat()
    if row.status == Status.PLANNED and any(each.facts.get("until") != until for each in inputs):
        raise RuleBroken(_("The date of the meeting has changed since the inputs were gathered. Gather them again."))
    digest = sha256_of(row, inputs)
    fields = {"frozen_at": timezone.now(), "frozen_sha256": digest}
    return move(review, Status.PREPARED, event=ReviewEvent.FROZEN, actor=actor, fields=fields, sha256=digest)


@transaction.atomic
def reopen_inputs(
    review: ManagementReview, *, reason: str, actor: Member, revision: int | None = None
) -> ManagementReview:
    """Lift the freeze before the meeting, with the reason; the inputs are then gathered again."""
    row = locked(review, revision=revision)
    if row.status != Status.PREPARED:
        raise RuleBroken(_("The inputs of this review are not frozen, so there is nothing to open again."))
    if not reason.strip():
        raise RuleBroken(_("Say why the frozen inputs are opened again."), field="reason")
    fields = {"frozen_at": None, "frozen_sha256": ""}
    return move(review, Status.PLANNED, event=ReviewEvent.REOPENED, actor=actor, fields=fields, reason=reason)


@transaction.atomic
def decide(review: ManagementReview, *, result: str, statement: str, actor: Member) -> ReviewDecision:
    """Record a decision of the meeting (9.3.3)."""
    row = locked(review)
    refuse_unless_prepared(row)
    check_result(result)
    decision = ReviewDecision.objects.create(
        organisation_id=actor.organisation_id,
        number=next_number(actor.organisation_id, ReviewDecision),
        review=row,
        result=result,
        statement=statement,
        recorded_by=actor,
    )
    record(ReviewEvent.DECIDED, row, actor=actor, decision=decision.number, result=result, statement=statement)
    return decision


@transaction.atomic
def edit_decision(
    decision: ReviewDecision, *, result: str, statement: str, actor: Member, revision: int | None = None
) -> ReviewDecision:
    """Correct the words of a decision until the review was held."""
    row = locked(decision, revision=revision)
    review = locked(row.review)
    refuse_unless_prepared(review)
    check_result(result)
    changes = save_changes(row, result=result, statement=statement)
    if changes:
        record(ReviewEvent.DECISION_EDITED, review, actor=actor, decision=row.number, **changes)
    return row


@transaction.atomic
def hold_review(
    review: ManagementReview, *, conclusion: str, attendees: str, actor: Member, revision: int | None = None
) -> ManagementReview:
    """Close the meeting: the minutes are complete and are never changed again."""
    row = locked(review, revision=revision)
    refuse_unless_prepared(row)
    if not conclusion.strip():
        raise RuleBroken(
            _("Say in the conclusion whether the management system suits, suffices and works."), field="conclusion"
        )
    if not attendees.strip():
        raise RuleBroken(_("Say who took part, with their roles."), field="attendees")
    if row.held_on > timezone.localdate():
        raise RuleBroken(_("The meeting has not taken place yet. Hold it on its day, or plan it for an earlier one."))
    refuse_missing_decisions(row)
    if sha256_of(row, row.inputs.all()) != row.frozen_sha256:
        raise RuleBroken(_("The inputs differ from what was frozen. Open them again, gather and freeze them."))
    fields = {"conclusion": conclusion, "attendees": attendees}
    return move(review, Status.HELD, event=ReviewEvent.HELD, actor=actor, fields=fields, sha256=row.frozen_sha256)


@transaction.atomic
def cancel_review(
    review: ManagementReview, *, reason: str, actor: Member, revision: int | None = None
) -> ManagementReview:
    """Give a planned meeting up, with the reason."""
    locked(review, revision=revision)
    if not reason.strip():
        raise RuleBroken(_("Say why the management review is cancelled."), field="reason")
    return move(
        review,
        Status.CANCELLED,
        event=ReviewEvent.CANCELLED,
        actor=actor,
        fields={"cancelled_reason": reason},
        reason=reason,
    )


# The record of the review (MR-OUT-4) is the review itself.
RECORD_ITSELF = "MR-OUT-4"


def decidable_results() -> list[catalogue.ReviewResult]:
    """The kinds of decision that a person can record."""
    return [result for result in catalogue.review_results() if result.id != RECORD_ITSELF]


def refuse_missing_decisions(review: ManagementReview) -> None:
    """9.3.3 asks for these decisions; "none needed" is one and is written down too."""
    taken = set(review.decisions.values_list("result", flat=True))
    missing = [result for result in decidable_results() if result.required and result.id not in taken]
    if missing:
        raise RuleBroken(
            _("No decision was recorded for: %s. Record one each; “none needed” with a reason is a decision too.")
            % ", ".join(result.title for result in missing)
        )


def check_result(result: str) -> None:
    if result not in {each.id for each in decidable_results()}:
        raise RuleBroken(_("There is no such kind of decision. Choose one of the list."), field="result")


def check_chair(chair: Member) -> None:
    if not chair.is_active or not chair.may("reviews.hold"):
        raise RuleBroken(
            _("%s may not hold a management review here. Choose an executive or a governance officer.")
            % chair.display_name,
            field="chair",
        )


def refuse_unless_planned(review: ManagementReview) -> None:
    refuse_over(review)
    if review.status != Status.PLANNED:
        raise RuleBroken(_("The inputs are frozen. Open them again first, with the reason."))


def refuse_unless_prepared(review: ManagementReview) -> None:
    refuse_over(review)
    if review.status != Status.PREPARED:
        raise RuleBroken(_("The meeting decides on frozen inputs. Gather and freeze them first."))


def refuse_over(review: ManagementReview) -> None:
    if review.status in {Status.HELD, Status.CANCELLED}:
        raise RuleBroken(_("This management review is over and is kept as it is. Plan the next one."))


def tell_chair(review: ManagementReview, actor: Member) -> None:
    telling.tell_responsible(
        review,
        review.chair,
        page="review_detail",
        number=review.number,
        event=ReviewEvent.PLANNED,
        sentence=telling.chair_sentence(actor, review.title),
        actor=actor,
        due_on=review.held_on,
    )
