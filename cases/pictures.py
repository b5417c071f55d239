"""Answering with a picture."""

from django.http import HttpResponse


def drawn(svg: str) -> HttpResponse:
    """A picture that loads nothing and runs nothing, whoever opens it."""
    response = HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response
