"""Pages for what went wrong, in style."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import Context, loader
from django.utils.translation import gettext as _


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose page was open for too long, or that came from elsewhere."""
    message = _(
        "This form is no longer valid, perhaps because you signed in again. Go back, reload the page and resend."
    )
    return render(request, "403.html", {"message": message}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 400, str(exception or "") or _("The request could not be understood."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("Your roles here do not allow this. Ask a governance officer of the organisation if you need it.")
    return problem(request, 403, message)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, _("There is no such page here, or it is not yours to see."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Stands alone: no context, no database."""
    if is_api(request):
        return JsonResponse({"detail": _("Something failed on our side. It has been logged.")}, status=500)
    return HttpResponse(cast(Any, loader.get_template("500.html")).template.render(Context()), status=500)


def problem(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """The same words as a page or, below /api/, as JSON."""
    if is_api(request):
        return JsonResponse({"detail": message}, status=status)
    return render(request, f"{status}.html", {"message": message}, status=status)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
