"""Who may call the API: bearer tokens, the member's permission, the token's scope; and how lists are paged."""

from typing import Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from aims.tenancy.compiled import Compiled
from aims.tenancy.door import admitted, check, find_member
from aims.tenancy.models import Token, User, digest_of

# The digest is unique; without an order and with few columns PostgreSQL plans it in half the time.
TOKEN = Compiled(
    lambda digest, now: (
        Token.objects.usable(now)
        .filter(digest=digest)
        .order_by()
        .select_related("member__user")
        .only(
            *(
                "scopes",
                "last_used_at",
                "organisation",
                "member__organisation",
                "member__display_name",
                "member__roles",
            ),
            *("member__is_active", "member__user__email", "member__user__name", "member__user__is_active"),
        )
    )
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` of a member of the organisation in the address."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != self.keyword:
            return None
        if len(parts) != 2:
            raise exceptions.AuthenticationFailed(_("Send the header as “Authorization: Bearer <token>”."))
        secret = parts[1].decode("latin-1")
        token = TOKEN.first(digest=digest_of(secret), now=timezone.now())
        if token is None or not token.member.user.is_active:
            raise exceptions.AuthenticationFailed(_("This token is unknown here, expired or revoked: issue a new one."))
        note_use(token)
        return token.member.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def note_use(token: Token) -> None:
    """Remember the last use, at most once an hour, so that reads stay reads."""
    now = timezone.now()
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 3600:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


class Admitted(BasePermission):
    """The check of the door: member, permission of the action, scope of the token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.user, AnonymousUser):
            raise exceptions.NotAuthenticated
        if isinstance(request.auth, Token):
            member = admitted(request.auth.member, view.organisation)
        else:
            member = find_member(request.user, view.organisation)
        # Only now, so that a stranger gets 404 whatever the method, and learns no organisation's name.
        if view.action is None:
            raise exceptions.MethodNotAllowed(request.method or "")
        permission = view.permission_name()
        if permission is None:
            return False
        carriers: list[Any] = [request, request._request]
        for carrier in carriers:
            carrier.organisation, carrier.member = view.organisation, member
        structlog.contextvars.bind_contextvars(organisation=view.organisation.slug, member=str(member.pk))
        if isinstance(request.auth, Token) and not request.auth.allows(permission):
            raise exceptions.PermissionDenied(_("The scope of this token does not cover “%s”.") % permission)
        check(member, permission, request.method)
        return True


class TokenScheme(OpenApiAuthenticationExtension):
    """Tells the schema about bearer tokens."""

    target_class = "aims.tenancy.api_policy.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
