"""Nonconformities and corrective actions that take a signal over (ISO/IEC 42001 10.2)."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from audits.models import CorrectiveAction, Nonconformity
from cases.models import Signal


def is_open_nonconformity(number: int) -> bool:
    return Nonconformity.objects.filter(number=number).exclude(status=Nonconformity.Status.CLOSED).exists()


def is_open_action(number: int) -> bool:
    """Planned, or done and waiting for the check of its effect."""
    return (
        CorrectiveAction.objects.filter(number=number)
        .exclude(nonconformity__status=Nonconformity.Status.CLOSED)
        .exists()
    )


def nonconformity_url(number: int, slug: str) -> str:
    return reverse("audits:nonconformity_detail", args=[slug, number])


def corrective_action_url(number: int, slug: str) -> str:
    return reverse("audits:corrective_action_detail", args=[slug, number])


def raise_from_signal(request: HttpRequest, signal: Signal) -> SafeString:
    """On the page of an open signal: the way to a nonconformity that takes it over."""
    if not signal.is_open:
        return SafeString("")
    return SafeString(render_to_string("audits/signal_panel.html", {"signal": signal}, request))
