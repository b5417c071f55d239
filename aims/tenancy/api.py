"""The door of the API: the same organisation, member, permission and transaction as the pages.

A viewset extends `OrganisationViewSet` and names a permission per action: `permissions = {"list": "risks.view",
"accept": "risks.accept"}`. An action without an entry is refused.
"""

import json
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from rest_framework import exceptions, status, viewsets
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler

from aims.rules import ChangedSinceOpened, RuleBroken
from aims.tenancy.api_columns import columns_of
from aims.tenancy.api_lists import represented
from aims.tenancy.api_policy import Admitted, TokenAuthentication
from aims.tenancy.concurrency import collided
from aims.tenancy.door import find_organisation, log_access, told_to_history
from aims.tenancy.once import answered_before, remember
from aims.tenancy.scope import organisation_scope


class OrganisationViewSet(viewsets.GenericViewSet):
    """Base of every API resource under an organisation."""

    permissions: dict[str, str] = {}
    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [Admitted]
    lookup_field = "number"
    lookup_value_regex = r"\d{1,9}"

    def permission_name(self) -> str | None:
        """The permission of the current action; None refuses."""
        if self.action == "metadata" or self.request.method == "OPTIONS":
            return next(iter(self.permissions.values()), None)
        return self.permissions.get(self.action or "")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            self.organisation: Any = find_organisation(kwargs.pop("slug"))
        except Http404:
            # Signed out and stranger get the same answer, so that names of organisations cannot be tried out.
            self.organisation = None
        with organisation_scope(self.organisation):
            with transaction.atomic():
                response = super().dispatch(request, *args, **kwargs)
                if hasattr(response, "render"):  # a download has nothing to render
                    response = response.render()
            # After the transaction, which a refusal rolls back, but still inside the organisation.
            log_access(request, response.status_code)
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.organisation is None:
            raise exceptions.NotAuthenticated if isinstance(request.user, AnonymousUser) else Http404
        super().initial(request, *args, **kwargs)
        self._history = told_to_history(request.member, request.method)
        self._history.__enter__()
        self._submission = None
        key = request.headers.get("Idempotency-Key", "")
        if key and request.method == "POST":
            self._submission, before = answered_before(request.member, key, request._request)
            if before is not None:
                raise AnsweredBefore(before)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        submission = getattr(self, "_submission", None)
        if submission is not None and not getattr(response, "exception", False):
            response.render()
            remember(submission, response)
        history = getattr(self, "_history", None)
        if history is not None:
            history.__exit__(None, None, None)
        return response

    @property
    def member(self) -> Any:
        """Who is asking."""
        return self.request.member

    def listed(self, serializer_class: Any, rows: Any = None) -> Response:
        """A page of the list that was asked for, or of the given rows."""
        rows = self.filter_queryset(self.get_queryset()) if rows is None else rows
        columns = columns_of(serializer_class, rows)
        if columns is None:
            return self.get_paginated_response(represented(serializer_class, self.paginate_queryset(rows) or []))
        pages: Any = self.paginator
        page = pages.paginate_columns(columns, rows, self.request)
        return self.get_paginated_response([columns.show(row) for row in page])


class ListMixin:
    """GET of the collection: a page of the list as `serializer_class` shows it."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.listed(self.get_serializer_class())  # type: ignore[attr-defined, no-any-return]


class AnsweredBefore(Exception):
    """An Idempotency-Key that was carried out before: the answer of then."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        self.response = response


def answer_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """RuleBroken is 409 with the same words as on the page; whatever fails writes nothing."""
    if isinstance(exception, AnsweredBefore):
        before = exception.response
        headers = {"Location": before["Location"]} if before.has_header("Location") else None
        body = json.loads(before.content) if before.content else None
        return Response(body, status=before.status_code, headers=headers)
    exception = collided(exception) or exception
    if isinstance(exception, RuleBroken):
        detail: dict[str, Any] = {"detail": exception.message}
        if exception.field:
            detail["field"] = exception.field
        if exception.rule:
            detail["rule"] = exception.rule
        detail["code"] = "changed" if isinstance(exception, ChangedSinceOpened) else "rule_broken"
        response: Response | None = Response(detail, status=status.HTTP_409_CONFLICT)
    else:
        if isinstance(exception, DjangoPermissionDenied):
            exception = exceptions.PermissionDenied()
        response = exception_handler(exception, context)
    if response is not None and transaction.get_connection().in_atomic_block:
        transaction.set_rollback(True)
    return response
