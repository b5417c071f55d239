"""The door: every page under /o/<organisation>/ goes through `org_view`, which names its permission.

It enters the organisation (context variable and transaction, hence row-level security), finds the member, checks the
permission, makes the transaction READ ONLY for members who only read, and answers a form that was sent twice only once.
Strangers get 404, "not yours to do" is 403, "not now" is 409.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pghistory
import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils import timezone

from aims.rules import RuleBroken
from aims.tenancy.across import organisations_of
from aims.tenancy.compiled import Compiled
from aims.tenancy.concurrency import collided
from aims.tenancy.ids import uuid7
from aims.tenancy.models import AccessLog, Engagement, Member, Organisation
from aims.tenancy.once import answered_before, remember
from aims.tenancy.scope import only_read, organisation_scope, writing_for_the_house
from aims.trail.record import correlation

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Across organisations: a person sees where they belong before entering one.
ORGANISATIONS_OF = Compiled(
    lambda user_id: Organisation.objects.filter(pk__in=organisations_of(user_id), is_active=True).order_by(
        "name", "slug"
    )
)
ORGANISATION = Compiled(lambda slug: Organisation.objects.filter(slug=slug, is_active=True))
MEMBER = Compiled(lambda user_id: Member.objects.active().filter(user_id=user_id))


def with_unread(user_id: Any) -> models.QuerySet[Member]:
    """The member with the number of unread notifications, which the frame of every page shows."""
    notifications: Any = Member._meta.get_field("notifications").related_model
    unread = notifications.objects.filter(member=models.OuterRef("pk"), read_at__isnull=True).order_by()
    counted = unread.values("member").annotate(total=models.Count("*")).values("total")
    return Member.objects.active().filter(user_id=user_id).annotate(unread_count=models.Subquery(counted))


MEMBER_AND_UNREAD = Compiled(with_unread)


def org_view(permission: str, *, methods: tuple[str, ...] = ("GET", "POST")) -> Callable[..., Any]:
    """Decorator of a page under an organisation: `@org_view("risks.accept")`. The view gets no slug.

    GET must not change anything; a member without write roles gets 403 on anything but GET, and the database would
    refuse the write as well.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def door(request: HttpRequest, slug: str, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods and request.method not in {"HEAD", "OPTIONS"}:
                return HttpResponseNotAllowed(methods)
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            return answer(request, slug, permission, lambda: view(request, *args, **kwargs))

        door.permission = permission  # type: ignore[attr-defined]
        door.methods = methods  # type: ignore[attr-defined]
        return door

    return decorate


def opens(url: str, member: Member) -> bool:
    """Whether one of our own addresses leads to a page that the member's roles allow."""
    try:
        page = resolve(urlsplit(url).path).func
    except Resolver404:
        return False
    permission = getattr(page, "permission", None)
    return permission is None or member.may(permission)


def answer(request: HttpRequest, slug: str, permission: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Carry the request through the door and log what a certification auditor opened."""
    organisation = find_own_organisation(request, slug)
    with organisation_scope(organisation):
        try:
            with transaction.atomic():
                member = admit(request, organisation, permission)
                with told_to_history(member, request.method):
                    response = once(request, member, view)
                if hasattr(response, "render"):
                    response = response.render()
        except (RuleBroken, OperationalError) as error:
            rule = error if isinstance(error, RuleBroken) else collided(error)
            if rule is None:
                raise
            with transaction.atomic():  # the page's frame asks the database too
                response = render(request, "409.html", {"message": rule.message}, status=409)
        except PermissionDenied:
            log_access(request, 403)
            raise
        log_access(request, response.status_code)
        return response


def find_own_organisation(request: HttpRequest, slug: str) -> Organisation:
    """The organisation with this short name if the account is a member there; Http404 otherwise.

    All organisations of the account are read at once, because the switcher on the page lists them.
    """
    for organisation in own_organisations(request):
        if organisation.slug == slug:
            return organisation
    raise Http404


def own_organisations(request: Any) -> list[Organisation]:
    """Where this account is an active member, by name; read once a request."""
    if not request.user.is_authenticated:
        return []
    if not hasattr(request, "own_organisations"):
        request.own_organisations = ORGANISATIONS_OF(user_id=request.user.pk)
    return request.own_organisations


def find_organisation(slug: str) -> Organisation:
    """The active organisation with this short name; Http404 when there is none."""
    organisation = ORGANISATION.first(slug=slug)
    if organisation is None:
        raise Http404
    return organisation


def find_member(user: Any, organisation: Organisation, by: Compiled[Member] = MEMBER) -> Member:
    """The active member that this account is here; a stranger, and an auditor without an open engagement, gets Http404."""
    member = by.first(user_id=user.pk)
    if member is None:
        raise Http404
    member.user = user
    return admitted(member, organisation)


def admitted(member: Any, organisation: Organisation) -> Member:
    """The member as one who is inside; Http404 for a certification auditor without an open engagement."""
    member.sees_everything = True
    if member.is_certification_auditor:
        open_now = Engagement.objects.open_on(timezone.localdate()).attended_by(member.user_id)
        limits = list(open_now.values_list("is_limited", flat=True))
        if not limits:
            raise Http404
        member.sees_everything = not all(limits)
    member.organisation = organisation
    found: Member = member
    return found


def admit(request: HttpRequest, organisation: Organisation, permission: str) -> Member:
    """Find the member, check the permission, set `request.organisation` and `request.member`."""
    member = find_member(request.user, organisation, by=MEMBER_AND_UNREAD)
    request.organisation = organisation  # type: ignore[attr-defined]
    request.member = member  # type: ignore[attr-defined]
    structlog.contextvars.bind_contextvars(organisation=organisation.slug, member=str(member.pk))
    check(member, permission, request.method)
    return member


def check(member: Any, permission: str, method: str | None) -> None:
    """Raise PermissionDenied when the roles do not allow it; let readers only read, and auditors only what they cover.

    `member` comes from `find_member`.
    """
    if member.is_read_only:
        # SECURITY: the database refuses what a forgotten check would let through.
        with connection.cursor() as cursor:
            cursor.execute("set transaction read only")
        only_read(systems_covered(member))
        if method not in SAFE_METHODS:
            raise PermissionDenied
    if not member.may(permission):
        raise PermissionDenied


def systems_covered(member: Any) -> list[UUID] | None:
    """The AI systems of an auditor's open engagements; None for all, and for everybody who is no auditor."""
    if not member.is_certification_auditor or member.sees_everything:
        return None
    # The inventory, on a higher floor, keeps which systems an engagement covers (inventory.EngagementSystem).
    covered = Engagement.objects.open_on(timezone.localdate()).attended_by(member.user_id)
    return list(covered.filter(covered__isnull=False).values_list("covered__system_id", flat=True).distinct())


def once(request: HttpRequest, member: Member, view: Callable[[], HttpResponse]) -> HttpResponse:
    """Run the view; a form with a `_once` key that was carried out before is answered as it was then."""
    key = request.POST.get("_once", "") if request.method == "POST" else ""
    if not key:
        return view()
    submission, before = answered_before(member, key, request)
    if before is not None:
        return before
    response = view()
    remember(submission, response)
    return response


@contextmanager
def told_to_history(member: Member | None, method: str | None = "POST") -> Iterator[None]:
    """Let row history and trail events of this act carry the same correlation and actor."""
    if method in SAFE_METHODS:
        yield
        return
    act = uuid7()
    token = correlation.set(act)
    try:
        with pghistory.context(actor=str(member.pk) if member else None, correlation=str(act)):
            yield
    finally:
        correlation.reset(token)


def log_access(request: HttpRequest, status: int) -> None:
    """Write what an engaged auditor opened, on the one narrow path that may write during a read-only session."""
    member: Member | None = getattr(request, "member", None)
    if member is None or not member.is_certification_auditor:
        return
    with writing_for_the_house(), transaction.atomic():
        AccessLog.objects.create(
            organisation_id=member.organisation_id,
            member=member,
            method=request.method or "",
            path=request.path[:500],
            status=status,
        )


def acting_as(member: Member) -> Any:
    """Enter the member's organisation for a command or task that acts for them: scope, transaction, history context."""
    return _acting(member.organisation_id, member)


@contextmanager
def _acting(organisation_id: Any, member: Member | None) -> Iterator[None]:
    with organisation_scope(organisation_id), transaction.atomic(), told_to_history(member):
        yield


@contextmanager
def acting_for_system(organisation: Organisation | UUID | None) -> Iterator[None]:
    """What a task does that nobody asked for: the organisation entered, the actor None."""
    with _acting(getattr(organisation, "pk", organisation), None):
        yield
