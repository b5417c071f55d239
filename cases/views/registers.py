"""The sister lists of this room as tabs: one place that says which there are, in what order, and who may open each."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cases.views.finding import url

REGISTERS: Final = (
    (_("Cases"), "case_list", "cases.view"),
    (_("Signals"), "signal_list", "signals.view"),
    (_("Forecast"), "forecast", "cases.view"),
    (_("Conditions"), "condition_list", "conditions.view"),
    (_("Challenges"), "challenge_list", "challenges.view"),
    (_("Comments"), "comment_list", "comments.view"),
    (_("Metrics"), "metric_list", "metrics.view"),
    (_("Indicators"), "indicator_list", "metrics.view"),
    (_("Smells"), "smell_list", "cases.view"),
    (_("Tiers"), "tier_list", "cases.view"),
)


def register_tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The lists that this member may open; the one of this page is current."""
    found = []
    for label, name, permission in REGISTERS:
        if request.member.may(permission):
            address = url(request, name)
            found.append({"label": label, "url": address, "is_current": request.path == address, "count": None})
    return found
