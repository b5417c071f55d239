"""The frame around every page: navigation, organisation switcher, "needs me" counter."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from aims.tenancy.door import own_organisations
from aims.tenancy.models import Member


@dataclass(frozen=True)
class Item:
    """One entry of the left navigation."""

    label: str
    url: str
    icon: str
    is_current: bool
    count: int | None = None


# label, name of the page, icon, permission
ITEMS = [
    (_("Home"), "site:home", "home", "home.view"),
    (_("Systems"), "inventory:system_list", "cpu", "systems.view"),
    (_("Risks"), "risks:risk_list", "alert-triangle", "risks.view"),
    (_("Controls"), "risks:control_list", "shield-check", "controls.view"),
    (_("Cases"), "cases:case_list", "sitemap", "cases.view"),
    (_("Evidence"), "evidence:evidence_list", "file-check", "evidence.view"),
    (_("Audits"), "audits:audit_list", "clipboard-check", "audits.view"),
    (_("Reviews"), "audits:review_list", "presentation", "reviews.view"),
    (_("Improvement"), "audits:improvement", "refresh", "improvement.view"),
    (_("Management system"), "standards:clause_list", "building", "standards.view"),
    (_("Packs"), "audits:pack_list", "package", "packs.view"),
    (_("Settings"), "tenancy:settings", "settings", "settings.view"),
]


# Registers that are reached from a room without lying below its address.
BELONGS = {
    "inventory:system_list": ("suppliers",),
    "risks:risk_list": ("treatments",),
    "cases:case_list": ("conditions", "forecast", "indicators", "metrics", "readings", "signals", "smells", "tiers"),
    "audits:audit_list": ("findings",),
    "audits:review_list": ("decisions", "review-actions"),
    "audits:improvement": ("corrective-actions", "nonconformities"),
    "standards:clause_list": ("documents", "positions", "requirements"),
    "tenancy:settings": ("access-log", "engagements", "invitations", "members", "tokens", "trail"),
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of `layouts/app.html`; lazy, so that a fragment pays nothing."""
    member: Member | None = getattr(request, "member", None)
    context: dict[str, Any] = {
        "organisation": getattr(request, "organisation", None),
        "member": member,
        "organisations": SimpleLazyObject(lambda: own_organisations(request)),
    }
    if member is not None:
        context["navigation"] = SimpleLazyObject(lambda: navigation_for(request, member))
        context["needs_me_count"] = SimpleLazyObject(lambda: unread(member))
    return context


def navigation_for(request: HttpRequest, member: Member) -> list[Item]:
    """What this member may open, in the order of the loop."""
    items = []
    home = reverse("site:home", kwargs={"slug": member.organisation.slug})
    register = request.path.removeprefix(home).partition("/")[0]
    for label, name, icon, permission in ITEMS:
        if not member.may(permission):
            continue
        url = reverse(name, kwargs={"slug": member.organisation.slug})
        is_below = request.path == url if name == "site:home" else request.path.startswith(url)
        here = is_below or register in BELONGS.get(name, ())
        items.append(Item(str(label), url, icon, here))
    return items


def unread(member: Member) -> int:
    """How many notifications this member had not read when the door let them in."""
    return getattr(member, "unread_count", None) or 0
