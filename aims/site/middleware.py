"""Input that no view should have to think about."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _


class BadInputMiddleware:
    """Answers 400 to a NUL byte in the address, which PostgreSQL cannot hold; adds the Permissions-Policy header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, object]) -> None:
        if "\x00" in request.path or any("\x00" in v for values in request.GET.lists() for v in values[1]):
            raise BadRequest(_("The address holds a NUL character. Remove it and try again."))
