"""Signing a case, and the record of signatures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.rules import RuleBroken
from aims.tenancy.door import org_view
from aims.tenancy.reauthentication import asks_for_code
from aims.trail.record import canonical
from cases.actions.signoff import require_owner, sign_off
from cases.certificates import certificate_of
from cases.certificates import doubts_of as doubts_kept
from cases.challenge_listing import state_badge
from cases.claims_opened import note_opened, opened_by
from cases.difference_words import BADGES, in_words
from cases.differences import difference
from cases.evaluation import Assessment
from cases.listing import standing_badge
from cases.models import Baseline, Element, SignOff, StandingLevel
from cases.selectors import Bound, Line, bound_of, children_of, selected_of
from cases.signing import valid_sign_off
from cases.signing_forms import SignForm
from cases.signing_listing import SignOffListing
from cases.to_sign import Claim, ToSign, digest_of, meaning, to_sign
from cases.views.finding import MOST, case_or_404, crumbs, tabs_of, url


@org_view("cases.sign")
def case_sign(request: HttpRequest, number: int) -> HttpResponse:
    """Exactly what is signed, and the signature below it."""
    case = case_or_404(number)
    require_owner(request.member, case)
    subject, now = to_sign(case), timezone.now()
    context = {"case": case, "page_title": _("Sign the case"), "breadcrumbs": crumbs(request, case)}
    if subject is None:
        return render(request, "cases/sign_nothing.html", context)
    opened = opened_by(request.session, subject)
    initial = {"opened": subject.digest, "baseline": subject.baseline.ordinal}
    form: Any = SignForm(request.POST or None, initial=initial, asks_for_code=asks_for_code(request.member.user))
    if request.method == "POST" and form.is_valid():
        said = form.values
        baseline = Baseline.objects.filter(case=case, ordinal=said["baseline"]).first()
        signed = apply_action(
            form,
            lambda: sign_off(
                case,
                baseline=found(baseline),
                statement=meaning(subject, subject.expires_at(now), remark=said["remark"]),
                password=said["password"],
                code=said.get("code", ""),
                opened=said["opened"],
                claims_opened=opened,
                actor=request.member,
            ),
        )
        if signed is not None:
            return redirect(url(request, "sign_off_detail", signed.number))
        # What is signed next is what the page shows now, not what it showed before.
        form.data["opened"], form.data["baseline"] = subject.digest, str(subject.baseline.ordinal)
    unopened = subject.unopened(opened)
    context |= {
        "form": form,
        "subject": subject,
        "badge": standing_badge(subject.standing),
        "claims": [(claim, opened_at(opened, claim)) for claim in subject.claims],
        "unopened": unopened,
        "opened_count": len(subject.claims) - len(unopened),
        "declaration": meaning(subject, subject.expires_at(now)),
        "expires_at": subject.expires_at(now),
        "valid": valid_sign_off(case, now, baseline=subject.baseline),
        "can_stand": subject.standing >= 3,
        "cancel_url": url(request, "case_detail", case.number),
        "doubts": doubts_of(subject),
        **changed_since(subject),
    }
    return render(request, "cases/sign.html", context)


def opened_at(opened: Mapping[str, str], claim: Claim) -> datetime | None:
    return parse_datetime(opened[claim.mark]) if claim.mark in opened else None


@org_view("cases.sign", methods=("GET",))
def case_sign_claim(request: HttpRequest, number: int, key: str) -> HttpResponse:
    """One claim of what is signed, opened: its words, why it stands as it does, what carries it and what is said against it."""
    case = case_or_404(number)
    require_owner(request.member, case)
    subject = to_sign(case)
    if subject is None:
        return redirect(url(request, "case_sign", case.number))
    claims = subject.claims
    place = next((place for place, one in enumerate(claims) if one.address == key), None)
    if place is None:
        raise Http404
    opened = note_opened(request.session, subject, claims[place])
    unopened = subject.unopened(opened)
    following = [one for one in unopened if claims.index(one) > place] or unopened
    context = {
        "case": case,
        "claim": claims[place],
        "place": place + 1,
        "total": len(claims),
        "left": len(unopened),
        "following": following[0] if following else None,
        "before": claims[place - 1] if place else None,
        "selected": selected_of(subject.assessment, claims[place].element, []),
        "carrying": carrying(subject.assessment, claims[place].element),
        "page_title": _("Claim %s") % key,
        "breadcrumbs": [*crumbs(request, case), (_("Sign the case"), url(request, "case_sign", case.number))],
    }
    return render(request, "cases/sign_claim.html", context)


def carrying(assessment: Assessment, claim: Element) -> list[tuple[Line, list[Bound]]]:
    """What is argued right below a claim, down to the next claims, with the evidence that it rests on."""
    loaded, at = assessment.loaded, assessment.evaluation.at
    below, found = children_of(loaded), []
    waiting = [(row, 0) for row, _link in reversed(below.get(claim.pk, []))]
    while waiting:
        row, depth = waiting.pop()
        bound = [bound_of(loaded, one, at) for one in loaded.bindings.get(row.pk, [])]
        found.append((Line(row, assessment.standing_of(row), depth), bound))
        if row.kind != Element.Kind.GOAL:
            waiting += [(child, depth + 1) for child, _link in reversed(below.get(row.pk, []))]
    return found


def doubts_of(subject: ToSign) -> list[dict[str, Any]]:
    return [{"challenge": row, "badge": state_badge(row)} for row in subject.doubts]


def changed_since(subject: ToSign) -> dict[str, Any]:
    """What differs from what was signed last, in words: the argument, and how its claims stand."""
    last = subject.last
    if last is None:
        return {"groups": [], "counts": [], "moves": []}
    then = last.standings.get("elements", {})
    moves = [
        (claim, standing_badge(StandingLevel[then[claim.address].upper()]))
        for claim in subject.claims
        if claim.address in then and then[claim.address] != claim.standing.name.lower()
    ]
    if last.baseline_id == subject.baseline.pk:
        return {"groups": [], "counts": [], "moves": moves}
    before, after = last.baseline.document, subject.baseline.document
    differs = difference(before, after)
    counts = [(BADGES[kind], count) for kind, count in differs.counts().items() if count]
    return {"groups": in_words(differs, before, after), "counts": counts, "moves": moves}


def found(baseline: Baseline | None) -> Baseline:
    if baseline is None:
        raise RuleBroken(_("There is no such baseline. Reload the page, read it, then sign."))
    return baseline


@org_view("cases.view", methods=("GET",))
def case_sign_offs(request: HttpRequest, number: int) -> HttpResponse:
    """All signatures of a case, with why each lapsed."""
    case = case_or_404(number)
    rows = SignOff.objects.for_list().filter(case=case)
    listing = SignOffListing(rows, file_prefix=request.organisation.slug)
    context = {
        "case": case,
        "page_title": _("Sign-offs"),
        "breadcrumbs": crumbs(request, case),
        "tabs": tabs_of(request, case, "baseline_list"),
        "is_to_sign": case.accountable_owner_id == request.member.pk and request.member.may("cases.sign"),
    }
    return listing.respond(request, "cases/sign_off_list.html", context)


def sign_off_or_404(number: int) -> SignOff:
    rows = SignOff.objects.select_related("case__system", "member", "baseline")
    row = rows.defer("baseline__document", "baseline__reviews").filter(number=min(number, MOST)).first()
    if row is None:
        raise Http404
    return row


@org_view("cases.view", methods=("GET",))
def sign_off_detail(request: HttpRequest, number: int) -> HttpResponse:
    """One signature: what was declared, by whom, and whether it still counts."""
    row = sign_off_or_404(number)
    context = {
        "row": row,
        "case": row.case,
        "is_valid": is_valid(row),
        "doubts": doubts_kept(row),
        "is_whole": digest_of(row.content) == row.sha256 and row.baseline.sha256 == row.baseline_sha256,
        "page_title": str(row),
        "breadcrumbs": [
            *crumbs(request, row.case),
            (_("Sign-offs"), url(request, "case_sign_offs", row.case.number)),
            (str(row.number), url(request, "sign_off_detail", row.number)),
        ],
    }
    return render(request, "cases/sign_off_detail.html", context)


@org_view("cases.view", methods=("GET",))
def sign_off_content(request: HttpRequest, number: int) -> HttpResponse:
    """The very bytes that the hash of the signature is over."""
    row = sign_off_or_404(number)
    return attached(
        canonical(row.content), f"{request.organisation.slug}-sign-off-{row.number}.json", "application/json"
    )


@org_view("cases.view", methods=("GET",))
def sign_off_certificate(request: HttpRequest, number: int) -> HttpResponse:
    """The certificate on paper: a page or two, drawn at once."""
    row = sign_off_or_404(number)
    state = _("Valid") if is_valid(row) else _("No longer valid")
    pdf = certificate_of(row, state=state, drawn_by=request.member.display_name)
    return attached(pdf.content, f"{request.organisation.slug}-sign-off-{row.number}.pdf", "application/pdf")


def is_valid(row: SignOff) -> bool:
    counts = valid_sign_off(row.case, baseline=row.baseline)
    return counts is not None and counts.pk == row.pk


def attached(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
