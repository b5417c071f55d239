"""Pages of management reviews, their inputs, decisions, actions and minutes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from audits import forms, minutes
from audits.actions import review_actions as on_actions
from audits.actions import reviews as actions
from audits.listings import ReviewActionListing, ReviewListing, status_badge
from audits.models import ManagementReview, ReviewAction, ReviewDecision, ReviewInput
from audits.views.answering import answer_form, first_step, posted, review_crumbs, review_tabs, url
from audits.wording import badge_of

FIELDS = ("title", "held_on", "chair", "attendees")
Status = ManagementReview.Status


def review_or_404(number: int) -> ManagementReview:
    return get_object_or_404(ManagementReview.objects.select_related("chair"), number=number)


def review_action_or_404(number: int) -> ReviewAction:
    return get_object_or_404(ReviewAction.objects.select_related("review", "owner", "decision"), number=number)


@org_view("reviews.view", methods=("GET",))
def review_list(request: HttpRequest) -> HttpResponse:
    empty = first_step(request, "reviews.plan", "review_create", _("Plan the first management review"))
    listing = ReviewListing(file_prefix=request.organisation.slug, **empty)
    context = {"page_title": _("Reviews"), "tabs": review_tabs(request)}
    return listing.respond(request, "audits/review_list.html", context)


@org_view("reviews.view", methods=("GET",))
def review_action_list(request: HttpRequest) -> HttpResponse:
    """What management reviews asked for, overdue first."""
    listing = ReviewActionListing(file_prefix=request.organisation.slug)
    context = {"page_title": _("Actions of management reviews"), "tabs": review_tabs(request)}
    return listing.respond(request, "audits/review_action_list.html", context)


@org_view("reviews.view", methods=("GET",))
def review_detail(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    context = page_of(request, review)
    return render(request, "audits/review_detail.html", context)


@org_view("reviews.view", methods=("GET",))
def review_minutes(request: HttpRequest, number: int) -> HttpResponse:
    """The minutes on one page, made to be printed."""
    review = review_or_404(number)
    context = {**page_of(request, review), "breadcrumbs": review_crumbs(request, review)}
    return render(request, "audits/review_minutes.html", {**context, "page_title": _("Minutes: %s") % review.title})


def page_of(request: HttpRequest, review: ManagementReview) -> dict[str, Any]:
    inputs = minutes.inputs_shown(review, request.organisation.slug)
    agreed = minutes.actions_shown(review)
    return {
        "page_title": review.title,
        "breadcrumbs": review_crumbs(request),
        "review": review,
        "status": badge_of(review),
        "inputs": inputs,
        "decisions": minutes.decisions_shown(review),
        "actions": agreed,
        "parts": [action for action, _badge in agreed],
        "is_intact": minutes.is_intact(review, inputs),
        "gathered_at": inputs[0].input.gathered_at if inputs else None,
        "may_plan": request.member.may("reviews.plan"),
        "may_hold": request.member.may("reviews.hold"),
        "is_planned": review.status == Status.PLANNED,
        "is_prepared": review.status == Status.PREPARED,
        "is_over": review.status in {Status.HELD, Status.CANCELLED},
    }


@org_view("reviews.plan")
def review_create(request: HttpRequest) -> HttpResponse:
    form = forms.ReviewForm(posted(request))
    return answer_form(
        request,
        form,
        lambda: actions.plan_review(actor=request.member, **form.values),
        page_title=_("Plan a management review"),
        submit_label=_("Plan the review"),
        back=url(request, "review_list"),
        breadcrumbs=review_crumbs(request),
        told=_("The management review is planned. Now gather its inputs."),
        then=lambda review: url(request, "review_detail", number=review.number),
    )


@org_view("reviews.plan")
def review_edit(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    initial = {name: getattr(review, name) for name in FIELDS}
    form = forms.ReviewForm(posted(request), initial=initial, revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.edit_review(review, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Edit the plan"),
        **step(request, review, _("Save"), _("The plan was saved.")),
    )


@org_view("reviews.plan")
def review_gather(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.NothingForm(posted(request), revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.gather_inputs(review, revision=form.expected_revision, actor=request.member),
        page_title=_("Gather the inputs"),
        note=_("Every input of 9.3.2 is filled from the records as of the day of the meeting. Comments stay."),
        **step(request, review, _("Gather now"), _("The inputs were gathered from the records.")),
    )


@org_view("reviews.plan")
def review_freeze(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.NothingForm(posted(request), revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.freeze_inputs(review, revision=form.expected_revision, actor=request.member),
        page_title=_("Freeze the inputs"),
        note=_("What the meeting sees is bound to its SHA-256. Comments and decisions are still added."),
        **step(request, review, _("Freeze the inputs"), _("The inputs are frozen. The meeting can decide.")),
    )


@org_view("reviews.plan")
def review_reopen(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.ReasonForm(posted(request), revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.reopen_inputs(review, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Open the inputs again"),
        **step(request, review, _("Open the inputs"), _("The inputs are open again.")),
    )


@org_view("reviews.hold")
def review_hold(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    initial = {"attendees": review.attendees}
    form = forms.HoldForm(posted(request), initial=initial, revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.hold_review(review, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Hold the review"),
        note=_("Afterwards inputs, decisions and conclusion are kept as they are."),
        **step(request, review, _("Close the minutes"), _("The management review is held; its minutes are complete.")),
    )


@org_view("reviews.plan")
def review_cancel(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.ReasonForm(posted(request), revision=review.revision)
    return answer_form(
        request,
        form,
        lambda: actions.cancel_review(review, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Cancel the review"),
        is_dangerous=True,
        **step(request, review, _("Cancel the review"), _("The management review is cancelled.")),
    )


@org_view("reviews.plan")
def input_comment(request: HttpRequest, number: int, ordinal: int) -> HttpResponse:
    """What a person adds to an input, with what the records say above it."""
    review = review_or_404(number)
    each = get_object_or_404(ReviewInput, review=review, ordinal=ordinal)
    each.review = review
    form = forms.CommentForm(posted(request), initial={"comment": each.comment}, revision=each.revision)
    shown = minutes.input_shown(each, request.organisation.slug)
    back = url(request, "review_detail", number=number)
    return answer_form(
        request,
        form,
        lambda: actions.comment_input(each, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=shown.title,
        submit_label=_("Save the comment"),
        back=f"{back}#input-{ordinal}",
        breadcrumbs=review_crumbs(request, review),
        told=_("The comment was saved."),
        template="audits/input_comment.html",
        shown=shown,
    )


@org_view("reviews.hold")
def decision_create(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.DecisionForm(posted(request))
    return answer_form(
        request,
        form,
        lambda: actions.decide(review, actor=request.member, **form.values),
        page_title=_("Record a decision"),
        **step(request, review, _("Record the decision"), _("The decision was recorded.")),
    )


@org_view("reviews.hold")
def decision_edit(request: HttpRequest, number: int) -> HttpResponse:
    decision = get_object_or_404(ReviewDecision.objects.select_related("review"), number=number)
    initial = {"result": decision.result, "statement": decision.statement}
    form = forms.DecisionForm(posted(request), initial=initial, revision=decision.revision)
    return answer_form(
        request,
        form,
        lambda: actions.edit_decision(decision, revision=form.expected_revision, actor=request.member, **form.values),
        page_title=_("Edit decision %d") % number,
        **step(request, decision.review, _("Save"), _("The decision was saved.")),
    )


@org_view("reviews.hold")
def review_action_create(request: HttpRequest, number: int) -> HttpResponse:
    review = review_or_404(number)
    form = forms.ReviewActionForm(posted(request), review=review)
    return answer_form(
        request,
        form,
        lambda: on_actions.agree_action(review, actor=request.member, **form.values),
        page_title=_("Record an action"),
        **step(request, review, _("Record the action"), _("The action was recorded.")),
    )


@org_view("reviews.view", methods=("GET",))
def review_action_detail(request: HttpRequest, number: int) -> HttpResponse:
    action = review_action_or_404(number)
    is_open = action.status == ReviewAction.Status.OPEN
    context = {
        "page_title": _("Action %d") % number,
        "breadcrumbs": review_crumbs(request, action.review),
        "action": action,
        "status": status_badge(action),
        "may_close": is_open
        and not request.member.is_read_only
        and (action.owner_id == request.member.pk or request.member.may("reviews.plan")),
        "may_edit": is_open and request.member.may("reviews.plan"),
    }
    return render(request, "audits/review_action_detail.html", context)


@org_view("reviews.plan")
def review_action_edit(request: HttpRequest, number: int) -> HttpResponse:
    action = review_action_or_404(number)
    initial = {name: getattr(action, name) for name in ("description", "owner", "due_on", "decision")}
    form = forms.ReviewActionForm(posted(request), review=action.review, initial=initial, revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.edit_review_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Edit action %d") % number,
        **action_step(request, action, _("Save"), _("The action was saved.")),
    )


@org_view("reviews.view")
def review_action_complete(request: HttpRequest, number: int) -> HttpResponse:
    """By the person responsible, whatever their role, or by those who plan reviews."""
    action = review_action_or_404(number)
    form = forms.ClosingForm(posted(request), revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.complete_review_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Action %d is done") % number,
        note=action.description,
        **action_step(request, action, _("Record that it is done"), _("The action is done.")),
    )


@org_view("reviews.view")
def review_action_drop(request: HttpRequest, number: int) -> HttpResponse:
    action = review_action_or_404(number)
    form = forms.ClosingForm(posted(request), revision=action.revision)
    return answer_form(
        request,
        form,
        lambda: on_actions.drop_review_action(
            action, revision=form.expected_revision, actor=request.member, **form.values
        ),
        page_title=_("Drop action %d") % number,
        note=action.description,
        is_dangerous=True,
        **action_step(request, action, _("Drop the action"), _("The action is dropped.")),
    )


def step(request: HttpRequest, review: ManagementReview, submit_label: str, told: str) -> dict[str, Any]:
    """What every step of a review has in common: it leads back to its page."""
    return {
        "submit_label": submit_label,
        "told": told,
        "back": url(request, "review_detail", number=review.number),
        "breadcrumbs": review_crumbs(request, review),
    }


def action_step(request: HttpRequest, action: ReviewAction, submit_label: str, told: str) -> dict[str, Any]:
    back = url(request, "review_action_detail", number=action.number)
    return {**step(request, action.review, submit_label, told), "back": back}
