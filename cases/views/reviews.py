"""Reviewing a case: its comments, the checklist, the opinions of its challengers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm
from aims.tenancy.door import org_view
from cases.access import Part, may_give_opinion, may_review, parts_in, people_of
from cases.actions.reviews import (
    add_comment,
    answer_checklist,
    edit_comment,
    may_resolve,
    record_opinion,
    resolve_comment,
    unresolve_comment,
    withdraw_comment,
)
from cases.checklist import GROUPS
from cases.comment_listing import CommentListing, comment_state, on_what, words_of
from cases.loading import load_case
from cases.models import AssuranceCase, ClaimMetric, DegradationCondition, ReviewComment
from cases.review_forms import ChecklistForm, CommentForm, EditCommentForm, OpinionForm
from cases.reviews import Asked, argument_sha256, checklist_of, opinions_of
from cases.views.finding import MOST, answer_form, case_or_404, crumbs, element_or_404, element_url, tabs_of, url
from cases.views.registers import register_tabs

# --- Comments ---------------------------------------------------------------------------------------------------------


def comment_or_404(number: int) -> ReviewComment:
    comment = ReviewComment.objects.with_people().filter(number=min(number, MOST)).first()
    if comment is None:
        raise Http404
    return comment


def comment_crumbs(request: HttpRequest, comment: ReviewComment | None = None) -> list[tuple[str, str]]:
    trail = [(_("Cases"), url(request, "case_list")), (_("Comments"), url(request, "comment_list"))]
    if comment is not None:
        trail.append((str(comment.number), url(request, "comment_detail", comment.number)))
    return trail


@org_view("comments.view", methods=("GET",))
def comment_list(request: HttpRequest) -> HttpResponse:
    listing = CommentListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Comments"), "tabs": register_tabs(request)}
    return listing.respond(request, "cases/comment_list.html", context)


@org_view("comments.view", methods=("GET",))
def comment_detail(request: HttpRequest, number: int) -> HttpResponse:
    """A thread: the comment with its answers and what it said before."""
    comment = comment_or_404(number)
    if comment.parent_id is not None:
        comment = comment_or_404(ReviewComment.objects.values_list("number", flat=True).get(pk=comment.parent_id))
    member, case = request.member, comment.case
    is_open = case.status != AssuranceCase.Status.WITHDRAWN and comment.status != ReviewComment.Status.WITHDRAWN
    writes = is_open and member.may("comments.add")
    context = {
        "comment": comment,
        "words": words_of(comment),
        "case": case,
        "about": on_what(comment),
        "state": comment_state(comment),
        "replies": [
            (reply, words_of(reply), writes and reply.author_id == member.pk and reply.status != "withdrawn")
            for reply in comment.replies.select_related("author").order_by("number")
        ],
        "is_to_answer": writes,
        "is_mine": writes and comment.author_id == member.pk,
        "is_to_resolve": is_open and may_resolve(member, comment, case),
        "page_title": words_of(comment)[:120],
        "breadcrumbs": comment_crumbs(request),
    }
    return render(request, "cases/comment_detail.html", context)


@org_view("comments.add")
def comment_add(request: HttpRequest, number: int) -> HttpResponse:
    """On the case, or on what the address names: an element or a step, a metric, a condition."""
    case = case_or_404(number)
    about = commented(request, case)
    form = CommentForm(request.POST or None, initial={"body": request.GET.get("body", "")[:5000]})
    element = about.get("element")
    return answer_form(
        request,
        form,
        lambda: add_comment(case, **form.values, **about, actor=request.member),
        to=lambda comment: url(request, "comment_detail", comment.number),
        title=_("Comment on the case") if not about else _("Comment on a part of the case"),
        context={
            "breadcrumbs": crumbs(request, case),
            "beside": element,
            "cancel_url": element_url(request, case, element.address)
            if element
            else url(request, "case_detail", number),
            "note": _("A comment costs no standing. What you doubt, raise as a challenge."),
            "submit_label": _("Comment"),
        },
        done=_("Your comment is there."),
    )


def commented(request: HttpRequest, case: AssuranceCase) -> dict[str, Any]:
    """What the address names; 404 for what the case does not have."""
    about: dict[str, Any] = {}
    asked = request.GET
    if key := asked.get("element", "")[:60]:
        about["element"] = element_or_404(case, key)
        if lower := asked.get("step_to", "")[:60]:
            about["step_to"] = element_or_404(case, lower)
    elif number := number_of(asked.get("metric", "")):
        about["metric"] = first_or_404(
            ClaimMetric.objects.select_related("element").filter(number=number, element__case=case)
        )
    elif number := number_of(asked.get("condition", "")):
        about["condition"] = first_or_404(DegradationCondition.objects.filter(number=number, case=case))
    return about


def number_of(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def first_or_404(rows: Any) -> Any:
    row = rows.first()
    if row is None:
        raise Http404
    return row


@org_view("comments.add")
def comment_reply(request: HttpRequest, number: int) -> HttpResponse:
    thread = comment_or_404(number)
    form = CommentForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: add_comment(thread.case, **form.values, parent=thread, actor=request.member),
        to=url(request, "comment_detail", thread.number),
        title=_("Answer the comment"),
        template="cases/comment_form.html",
        context={
            "breadcrumbs": comment_crumbs(request, thread),
            "words": words_of(thread),
            "comment": thread,
            "submit_label": _("Answer"),
        },
        done=_("Answered."),
    )


@org_view("comments.add")
def comment_edit(request: HttpRequest, number: int) -> HttpResponse:
    comment = comment_or_404(number)
    if comment.author_id != request.member.pk:
        raise PermissionDenied(_("Only the author of a comment changes it or takes it back."))
    form = EditCommentForm(request.POST or None, initial={"body": comment.body}, revision=comment.revision)
    return answer_form(
        request,
        form,
        lambda: edit_comment(comment, revision=form.expected_revision, **form.values, actor=request.member),
        to=url(request, "comment_detail", comment.number),
        title=_("Edit the comment"),
        context={"breadcrumbs": comment_crumbs(request, comment), "beside": comment.element},
        done=_("Saved. What it said before stays in its history."),
    )


def comment_step(request: HttpRequest, number: int, act: Any, **shown: Any) -> HttpResponse:
    """A step that asks first."""
    comment = comment_or_404(number)
    done, title = shown.pop("done"), shown.pop("title")
    return answer_form(
        request,
        ActionForm(request.POST if request.method == "POST" else None),
        lambda: act(comment, actor=request.member),
        to=url(request, "comment_detail", comment.number),
        title=title,
        template="cases/confirm.html",
        context={"breadcrumbs": comment_crumbs(request, comment), **shown},
        done=done,
    )


@org_view("comments.add")
def comment_resolve(request: HttpRequest, number: int) -> HttpResponse:
    return comment_step(
        request,
        number,
        resolve_comment,
        title=_("Resolve the comment"),
        question=_("Does this comment ask for nothing any more?"),
        consequences=[_("Whoever wrote it is told, and can take it up again.")],
        action_label=_("Resolve"),
        done=_("Resolved."),
    )


@org_view("comments.add")
def comment_unresolve(request: HttpRequest, number: int) -> HttpResponse:
    return comment_step(
        request,
        number,
        unresolve_comment,
        title=_("Take up the comment again"),
        question=_("Does this comment still ask for something?"),
        consequences=[_("It counts as open again.")],
        action_label=_("Take it up again"),
        done=_("It is open again."),
    )


@org_view("comments.add")
def comment_withdraw(request: HttpRequest, number: int) -> HttpResponse:
    return comment_step(
        request,
        number,
        withdraw_comment,
        title=_("Withdraw the comment"),
        question=_("Take your comment back?"),
        consequences=[_("It shows as withdrawn. Its history keeps what it said.")],
        action_label=_("Withdraw"),
        done=_("Withdrawn."),
    )


# --- Checklist and opinions -------------------------------------------------------------------------------------------


@org_view("cases.view", methods=("GET",))
def case_review(request: HttpRequest, number: int) -> HttpResponse:
    """What the reviewers found: opinions, the checklist with its progress, how many comments are open."""
    case = case_or_404(number)
    loaded = load_case(case)
    sha256 = argument_sha256(loaded)
    asked = checklist_of(case, sha256=sha256)
    people = people_of(case)
    parts = parts_in(people, request.member)
    challengers = {member.pk for part, members in people for member in members if part is Part.CHALLENGER}
    is_open = case.status != AssuranceCase.Status.WITHDRAWN
    groups = groups_of(asked, request.member)
    context = {
        "case": case,
        "groups": groups,
        "asked": len(asked),
        "answered": sum(bool(one.current) for one in asked),
        "opinions": opinions_of(case, sha256=sha256, appointed=challengers),
        "top": next((row.address for row in loaded.elements.values() if row.pk in loaded.tops), ""),
        "is_to_review": is_open and bool(asked) and may_review(request.member, case, parts),
        "is_to_judge": is_open and may_give_opinion(request.member, case, parts),
        "page_title": case.title,
        "breadcrumbs": crumbs(request),
        "tabs": tabs_of(request, case, "case_review"),
    }
    return render(request, "cases/case_review.html", context)


def groups_of(asked: list[Asked], member: Any) -> list[dict[str, Any]]:
    """The questions in their groups, with how many were answered about the argument as it is."""
    found = []
    for group in GROUPS:
        own = [one for one in asked if one.prompt.group == group.key]
        if own:
            shown = [
                {
                    "key": one.prompt.key,
                    "question": gettext(one.prompt.question),
                    "current": one.current,
                    "stale": one.stale,
                }
                for one in own
            ]
            found.append(
                {
                    "key": group.key,
                    "title": gettext(group.title),
                    "about": gettext(group.about),
                    "asked": shown,
                    "answered": sum(bool(one.current) for one in own),
                }
            )
    return found


@org_view("checklists.answer")
def checklist_answer(request: HttpRequest, number: int, group: str) -> HttpResponse:
    """The questions of one group on one page."""
    case = case_or_404(number)
    if not may_review(request.member, case):
        raise PermissionDenied(
            _(
                "The checklist of this case is answered by its team reviewers and challengers, never by its authors or its owner."
            )
        )
    asked = [one for one in checklist_of(case) if one.prompt.group == group]
    if not asked:
        raise Http404
    form = ChecklistForm(request.POST or None, asked=asked, member=request.member)
    title = next(gettext(one.title) for one in GROUPS if one.key == group)
    return answer_form(
        request,
        form,
        lambda: answer_checklist(case, **form.values, actor=request.member),
        to=f"{url(request, 'case_review', case.number)}#{group}",
        title=_("Checklist: %s") % title,
        context={
            "breadcrumbs": crumbs(request, case),
            "note": _(
                "Your answers count for the argument as it is now. With “no” or “not applicable”, say why in a sentence."
            ),
            "submit_label": _("Save the answers"),
        },
        done=_("Your answers are kept."),
    )


@org_view("opinions.record")
def opinion_record(request: HttpRequest, number: int) -> HttpResponse:
    case = case_or_404(number)
    if not may_give_opinion(request.member, case):
        raise PermissionDenied(_("Only an appointed challenger of this case records an opinion on it."))
    form = OpinionForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: record_opinion(case, **form.values, actor=request.member),
        to=url(request, "case_review", case.number),
        title=_("Record your opinion"),
        context={
            "breadcrumbs": crumbs(request, case),
            "note": _(
                "It is kept with your name and the hash of the argument as it is now. A later opinion takes its place."
            ),
            "submit_label": _("Record it"),
        },
        done=_("Your opinion is recorded."),
    )
