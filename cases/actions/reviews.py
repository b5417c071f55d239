"""Reviewing a case: remarks on its parts, the questions of the checklist, the opinion of a challenger."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.rules import RuleBroken
from aims.tenancy.concurrency import locked, save_changes
from aims.tenancy.ids import uuid7
from aims.tenancy.models import Member
from aims.tenancy.numbers import next_number
from aims.tenancy.permissions import Role
from aims.trail.record import record, record_many
from aims.transitions import move
from cases.access import may_change, may_give_opinion, may_review
from cases.actions.checks import refuse_withdrawn
from cases.checklist import BY_KEY, CATALOGUE, prompts_for
from cases.events import CommentEvent, ReviewEvent
from cases.loading import load_case
from cases.models import (
    AssuranceCase,
    ChecklistAnswer,
    ClaimMetric,
    DegradationCondition,
    Element,
    Opinion,
    ReviewComment,
)
from cases.reviews import argument_sha256

Status = ReviewComment.Status
MOST_MENTIONED: Final = 20


# --- Comments ---------------------------------------------------------------------------------------------------------


def mentionable() -> Any:
    """Active members who see every case; an auditor of a certification body sees only what the engagement covers."""
    return (
        Member.objects.active().exclude(roles__contained_by=[str(Role.CERTIFICATION_AUDITOR)]).order_by("display_name")
    )


@transaction.atomic
def add_comment(
    case: AssuranceCase,
    *,
    body: str,
    actor: Member,
    element: Element | None = None,
    step_to: Element | None = None,
    metric: ClaimMetric | None = None,
    condition: DegradationCondition | None = None,
    parent: ReviewComment | None = None,
    mentions: Iterable[Member] = (),
) -> ReviewComment:
    """Remark on the case, an element, a step, a metric or a condition; or answer a remark, one level deep."""
    row = refuse_withdrawn(locked(case))
    require_comment(actor)
    if not body.strip():
        raise RuleBroken(_("Write what you remark."), field="body")
    if parent is not None:
        parent = answerable(row, parent)
        element, step_to, metric, condition = parent.element, parent.step_to, parent.metric, parent.condition
    refuse_strangers(row, element, step_to, metric, condition)
    told = people_told(mentions, body)
    comment = ReviewComment.objects.create(
        organisation_id=row.organisation_id,
        number=next_number(row.organisation_id, ReviewComment),
        case=row,
        parent=parent,
        element=element,
        step_to=step_to,
        metric=metric,
        condition=condition,
        body=body,
        author=actor,
        mentions=[str(member.pk) for member in told],
    )
    words = {"comment": comment.number, "body": body[:300], "mentioned": [str(member) for member in told]}
    record_many([(CommentEvent.ADDED, comment, words), (CommentEvent.ADDED, row, words)], actor=actor)
    tell_mentioned(comment, told, actor)
    if parent is not None and parent.author is not None and parent.author not in told:
        said = _("%(who)s answered your comment on “%(case)s”.")
        tell(comment, [parent.author], CommentEvent.ADDED, said, actor)
    return comment


def answerable(case: AssuranceCase, parent: ReviewComment) -> ReviewComment:
    thread = locked(parent)
    if thread.case_id != case.pk:
        raise RuleBroken(_("This comment belongs to another case."))
    if thread.parent_id is not None:
        raise RuleBroken(_("Answer the comment on top of the thread."))
    if thread.status == Status.WITHDRAWN:
        raise RuleBroken(_("This comment was withdrawn and takes no answer."))
    return thread


def refuse_strangers(
    case: AssuranceCase,
    element: Element | None,
    step_to: Element | None,
    metric: ClaimMetric | None,
    condition: DegradationCondition | None,
) -> None:
    of_case = [one.case_id for one in (element, step_to, condition) if one is not None]
    if metric is not None:
        of_case.append(metric.element.case_id)
    if any(case_id != case.pk for case_id in of_case):
        raise RuleBroken(_("What you comment on belongs to another case."), field="element")


def people_told(mentions: Iterable[Member], body: str) -> list[Member]:
    """The people who were chosen, and those whose whole name follows an @ in the text; only who sees the case."""
    chosen = {member.pk for member in mentions}
    text = body.casefold()
    found = [
        member
        for member in (mentionable() if chosen or "@" in body else ())
        if member.pk in chosen or f"@{member.display_name.casefold()}" in text
    ]
    if len(found) > MOST_MENTIONED:
        raise RuleBroken(_("Mention %d people at most.") % MOST_MENTIONED, field="mentions")
    return found


@transaction.atomic
def edit_comment(comment: ReviewComment, *, revision: int | None, body: str, actor: Member) -> ReviewComment:
    """Word a comment better; what it said before stays in its history."""
    row = own_comment(comment, actor, revision=revision)
    if not body.strip():
        raise RuleBroken(_("Write what you remark, or withdraw the comment."), field="body")
    before = set(row.mentions)
    told = save_changes(row, body=body)
    if told:
        people = [member for member in people_told((), body) if str(member.pk) not in before]
        row.mentions = [*row.mentions, *(str(member.pk) for member in people)]
        row.edited_at = timezone.now()
        row.save(update_fields=["mentions", "edited_at"])
        record(CommentEvent.EDITED, row, actor=actor, **told)
        tell_mentioned(row, people, actor)
    return row


@transaction.atomic
def resolve_comment(comment: ReviewComment, *, actor: Member) -> ReviewComment:
    """Say that a thread asks for nothing any more: its author, or whoever changes the case."""
    row = thread_of(comment, actor)
    fields = {"resolved_by": actor, "resolved_at": timezone.now()}
    move(row, Status.RESOLVED, event=CommentEvent.RESOLVED, actor=actor, fields=fields)
    if row.author is not None:
        tell(row, [row.author], CommentEvent.RESOLVED, _("%(who)s resolved your comment on “%(case)s”."), actor)
    return row


@transaction.atomic
def unresolve_comment(comment: ReviewComment, *, actor: Member) -> ReviewComment:
    """Say that a thread still asks for something."""
    row = thread_of(comment, actor)
    if row.status == Status.WITHDRAWN:
        raise RuleBroken(_("This comment was withdrawn. Write a new one."))
    fields = {"resolved_by": None, "resolved_at": None}
    return move(row, Status.OPEN, event=CommentEvent.UNRESOLVED, actor=actor, fields=fields)


@transaction.atomic
def withdraw_comment(comment: ReviewComment, *, actor: Member) -> ReviewComment:
    """Its author takes it back; that there was one stays to be seen, with its history."""
    row = own_comment(comment, actor)
    fields = {"withdrawn_at": timezone.now()}
    return move(row, Status.WITHDRAWN, event=CommentEvent.WITHDRAWN, actor=actor, fields=fields)


def own_comment(comment: ReviewComment, actor: Member, *, revision: int | None = None) -> ReviewComment:
    refuse_withdrawn(locked(comment.case))
    row = locked(comment, revision=revision)
    if row.author_id != actor.pk or not actor.may("comments.add"):
        raise PermissionDenied(_("Only the author of a comment changes it or takes it back."))
    if row.status == Status.WITHDRAWN:
        raise RuleBroken(_("This comment was withdrawn."))
    return row


def thread_of(comment: ReviewComment, actor: Member) -> ReviewComment:
    case = refuse_withdrawn(locked(comment.case))
    row = locked(comment)
    if not may_resolve(actor, row, case):
        raise PermissionDenied(_("The author of a comment resolves it, or whoever may change the case."))
    if row.parent_id is not None:
        raise RuleBroken(_("Resolve the comment on top of the thread."))
    return row


def may_resolve(member: Member, comment: ReviewComment, case: AssuranceCase) -> bool:
    return member.may("comments.add") and (comment.author_id == member.pk or may_change(member, case))


def require_comment(actor: Member) -> None:
    if not actor.may("comments.add"):
        raise PermissionDenied(_("Your roles do not include commenting."))


def tell_mentioned(comment: ReviewComment, people: Iterable[Member], actor: Member) -> None:
    tell(comment, people, CommentEvent.MENTIONED, _("%(who)s mentioned you in a comment on “%(case)s”."), actor)


def tell(comment: ReviewComment, people: Iterable[Member], event: str, said: str, actor: Member) -> None:
    words = {"who": actor, "case": Truncator(comment.case.title).chars(120)}
    number = comment.parent.number if comment.parent is not None else comment.number
    link = reverse("cases:comment_detail", args=[comment.organisation.slug, number])
    for member in people:
        if member.pk != actor.pk:
            notify(member, event=event, sentence=said % words, link=link, key=f"comment:{comment.pk}:{event}:{uuid7()}")


# --- Checklist and opinion --------------------------------------------------------------------------------------------


@transaction.atomic
def answer_checklist(
    case: AssuranceCase, *, answers: Mapping[str, tuple[str, str]], actor: Member
) -> list[ChecklistAnswer]:
    """Answer questions of the checklist about the argument as it is now: question → (answer, remark). A “no” says why."""
    row = refuse_withdrawn(locked(case))
    if not may_review(actor, row):
        raise PermissionDenied(
            _(
                "The checklist of this case is answered by its team reviewers and challengers, never by its authors or its owner."
            )
        )
    asked = {prompt.key for prompt in prompts_for(row.system.tier or "")}
    for key, (answer, remark) in answers.items():
        if key not in BY_KEY or key not in asked:
            raise RuleBroken(_("The checklist of this tier has no question %s.") % str(key)[:20], field=str(key)[:20])
        if answer not in ChecklistAnswer.Answer.values:
            raise RuleBroken(_("Answer %s with yes, no or not applicable.") % key, field=key)
        if answer != ChecklistAnswer.Answer.YES and not remark.strip():
            raise RuleBroken(_("Say in a sentence why, for %s.") % key, field=key)
    sha256 = argument_sha256(load_case(row))
    known = {one.prompt: one for one in ChecklistAnswer.objects.filter(case=row, member=actor).select_for_update()}
    now = timezone.now()
    told: dict[str, str] = {}
    given = []
    for key, (answer, remark) in answers.items():
        one = known.get(key) or ChecklistAnswer(organisation_id=row.organisation_id, case=row, member=actor, prompt=key)
        same = (one.answer, one.remark, one.argument_sha256, one.catalogue) == (answer, remark, sha256, CATALOGUE)
        given.append(one)
        if key in known and same:
            continue
        one.answer, one.remark, one.argument_sha256 = answer, remark, sha256
        one.catalogue, one.answered_at = CATALOGUE, now
        one.revision += 1 if key in known else 0
        one.save()
        told[key] = answer
    if told:
        record(ReviewEvent.ANSWERED, row, actor=actor, answers=told, sha256=sha256)
    return given


@transaction.atomic
def record_opinion(case: AssuranceCase, *, verdict: str, reason: str, actor: Member) -> Opinion:
    """What an appointed challenger makes of the case as it is now. A later one replaces it; none is ever changed."""
    row = refuse_withdrawn(locked(case))
    if not may_give_opinion(actor, row):
        raise PermissionDenied(_("Only an appointed challenger of this case records an opinion on it."))
    if verdict not in Opinion.Verdict.values:
        raise RuleBroken(_("Say whether the case stands."), field="verdict")
    if not reason.strip():
        raise RuleBroken(_("Say why, in words that whoever decides can use."), field="reason")
    opinion = Opinion.objects.create(
        organisation_id=row.organisation_id,
        case=row,
        member=actor,
        verdict=verdict,
        reason=reason,
        argument_sha256=argument_sha256(load_case(row)),
        recorded_at=timezone.now(),
    )
    told = {"verdict": verdict, "reason": reason[:300], "sha256": opinion.argument_sha256}
    record(ReviewEvent.OPINION, row, actor=actor, **told)
    return opinion
