"""Which AI systems a certification auditor's engagement covers: the page and its panel."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aims.pages.forms import ActionForm, apply_action
from aims.tenancy.door import org_view
from aims.tenancy.models import Engagement
from inventory.engagement_actions import cover
from inventory.models import AISystem


class SystemsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.number} {obj.name}"


class CoverageForm(ActionForm):
    """The AI systems that an auditor may look into."""

    systems = SystemsField(
        label=gettext_lazy("AI systems"),
        queryset=AISystem.objects.none(),
        to_field_name="number",
        widget=forms.SelectMultiple(attrs={"size": 14}),
        help_text=gettext_lazy(
            "The auditors see these systems, and the risks, cases, evidence, findings and packs that belong to them. "
            "What belongs to no system (controls, documents, audits, reviews) they see in any case."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["systems"].queryset = AISystem.objects.only(  # type: ignore[attr-defined]
            "pk", "number", "name", "organisation_id"
        ).order_by("name", "number")


@org_view("engagements.manage")
def engagement_systems(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the systems of an engagement."""
    engagement = Engagement.objects.filter(number=number).first()
    if engagement is None:
        raise Http404
    slug = request.organisation.slug
    back = reverse("tenancy:engagement_detail", args=[slug, number])
    chosen = AISystem.objects.filter(pk__in=engagement.covered.values("system_id")).values_list("number", flat=True)
    form = CoverageForm(request.POST or None, initial={"systems": list(chosen)})
    if request.method == "POST" and form.is_valid():
        done = apply_action(form, lambda: cover(engagement, actor=request.member, **form.values))
        if done is not None:
            messages.success(request, _("The auditors see these AI systems from now on."))
            return redirect(back)
    context = {
        "form": form,
        "page_title": _("AI systems of the engagement"),
        "breadcrumbs": [
            (_("Settings"), reverse("tenancy:settings", args=[slug])),
            (_("Engagements"), reverse("tenancy:engagement_list", args=[slug])),
            (engagement.title, back),
        ],
        "cancel_url": back,
        "submit_label": _("Save"),
    }
    return render(request, "tenancy/form.html", context)


def covered_panel(request: HttpRequest, engagement: Engagement) -> SafeString:
    """What the engagement covers, on its page."""
    systems = AISystem.objects.filter(pk__in=engagement.covered.values("system_id"))
    context = {
        "engagement": engagement,
        "systems": systems.only("pk", "number", "name", "organisation_id").order_by("name", "number")[:51],
        "change_url": reverse("inventory:engagement_systems", args=[request.organisation.slug, engagement.number]),
        "organisation": request.organisation,
    }
    return render_to_string("inventory/panels/covered.html", context, request)
