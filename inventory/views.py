"""Pages of systems, versions and suppliers."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from aims.pages.forms import apply_action
from aims.pages.picking import suggestions
from aims.tenancy.door import org_view
from inventory import actions, forms
from inventory.access import editable_by, may_edit, require_edit
from inventory.filters import UNSCREENED
from inventory.listings import SupplierListing, SystemListing, status_badge
from inventory.models import AISystem, Supplier, SystemVersion
from inventory.selectors import answers_in_words, reasons_of, requirements_in_words


def address(request: HttpRequest, name: str, **kwargs: Any) -> str:
    return reverse(f"inventory:{name}", kwargs={"slug": request.organisation.slug, **kwargs})


def sent(request: HttpRequest) -> Any:
    """What a form was sent with; an empty form is sent too."""
    return request.POST if request.method == "POST" else None


def system_or_404(number: int) -> AISystem:
    return get_object_or_404(AISystem.objects.for_page(), number=number)


def trail_to(request: HttpRequest, system: AISystem | None = None) -> list[tuple[str, str]]:
    crumbs = [(_("Systems"), address(request, "system_list"))]
    return [*crumbs, (str(system), address(request, "system_detail", number=system.number))] if system else crumbs


@org_view("systems.view", methods=("GET",))
def system_list(request: HttpRequest) -> HttpResponse:
    """The register of AI systems."""
    first_step = (
        {"action_url": address(request, "system_create"), "action_label": _("Register the first AI system")}
        if request.member.may("systems.add")
        else {}
    )
    listing = SystemListing(file_prefix=request.organisation.slug, **first_step)
    return listing.respond(
        request, "inventory/system_list.html", {"page_title": _("Systems"), "unscreened": UNSCREENED}
    )


@org_view("systems.view", methods=("GET",))
def system_detail(request: HttpRequest, number: int) -> HttpResponse:
    """The single page about a system."""
    system = system_or_404(number)
    context = {
        "page_title": system.name,
        "breadcrumbs": trail_to(request),
        "system": system,
        "status": status_badge(system).__html__(),
        "may_edit": may_edit(request.member, system),
        "versions": system.versions.select_related("added_by"),
        "reasons": reasons_of(system),
        "answers": answers_in_words(system),
        "requirements": requirements_in_words(system.requires),
        "open_questions": [_(question.text) for question in system.open_questions],
    }
    return render(request, "inventory/system_detail.html", context)


@org_view("systems.view", methods=("GET",))
def system_pick(request: HttpRequest) -> HttpResponse:
    """Suggestions for a field that names an AI system; `?editable=yes` for those that the member may change."""
    systems = editable_by(request.member) if request.GET.get("editable") else AISystem.objects.all()
    rows = systems.in_use().only("id", "number", "name", "business_unit")
    return suggestions(request, rows, ("name", "business_unit"), lambda system: system.business_unit)


@org_view("systems.add")
def system_create(request: HttpRequest) -> HttpResponse:
    """Register a system; the screening follows."""
    form = forms.SystemForm(sent(request), initial={"owner": first_owner(request)})
    if request.method == "POST" and form.is_valid():
        system = apply_action(form, lambda: actions.register_system(**form.values, actor=request.member))
        if system is not None:
            messages.success(request, _("The AI system is registered. Ten questions give its tier."))
            if may_edit(request.member, system):
                return redirect("inventory:system_screen", slug=request.organisation.slug, number=system.number)
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=system.number)
    context = {"page_title": _("Register an AI system"), "form": form, "breadcrumbs": trail_to(request)}
    return render(request, "inventory/system_form.html", {**context, "cancel_url": address(request, "system_list")})


def first_owner(request: HttpRequest) -> Any:
    """Who registers a system and may own one is offered as its owner."""
    return request.member.pk if request.member.may("systems.edit") else None


@org_view("systems.edit")
def system_edit(request: HttpRequest, number: int) -> HttpResponse:
    """Change what the register says."""
    system = system_or_404(number)
    require_edit(request.member, system)
    initial = {name: getattr(system, name) for name in forms.EditSystemForm.base_fields if name != "supplier"}
    initial |= {"supplier": system.supplier.number if system.supplier else None}
    form = forms.EditSystemForm(sent(request), initial=initial, revision=system.revision)
    if request.method == "POST" and form.is_valid():
        edited = apply_action(
            form,
            lambda: actions.edit_system(system, **form.values, revision=form.expected_revision, actor=request.member),
        )
        if edited is not None:
            messages.success(request, _("The AI system was changed."))
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    return form_page(request, system, form, _("Edit the AI system"))


@org_view("systems.edit")
def system_screen(request: HttpRequest, number: int) -> HttpResponse:
    """Answer the questions that give the tier."""
    system = system_or_404(number)
    require_edit(request.member, system)
    form = forms.ScreeningForm(sent(request), initial=system.screening, revision=system.revision)
    if request.method == "POST" and form.is_valid():
        screened = apply_action(
            form,
            lambda: actions.screen_system(
                system, answers=form.values, revision=form.expected_revision, actor=request.member
            ),
        )
        if screened is not None:
            tier = {"tier": screened.get_tier_display()}
            messages.success(request, _("The tier is %(tier)s. The page says why, and what it asks for.") % tier)
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    return form_page(request, system, form, _("Screening"), "inventory/system_screen.html")


def form_page(
    request: HttpRequest, system: AISystem, form: Any, title: str, template: str = "inventory/system_form.html"
) -> HttpResponse:
    context = {
        "page_title": title,
        "breadcrumbs": trail_to(request, system),
        "system": system,
        "form": form,
        "cancel_url": address(request, "system_detail", number=system.number),
    }
    return render(request, template, context)


@org_view("systems.retire")
def system_retire(request: HttpRequest, number: int) -> HttpResponse:
    """Take a system out of use, after asking."""
    system = system_or_404(number)
    form = forms.ReasonForm(sent(request), revision=system.revision)
    if request.method == "POST" and form.is_valid():
        retired = apply_action(
            form,
            lambda: actions.retire_system(
                system, reason=form.cleaned_data["reason"], revision=form.expected_revision, actor=request.member
            ),
        )
        if retired is not None:
            messages.success(request, _("The AI system is retired."))
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    context = {
        "question": _("Retire this AI system?"),
        "consequences": [
            _("It stays in the register with its history; nothing is deleted."),
            _("Nothing about it can be changed until it is brought back into use."),
        ],
        "action_label": _("Retire the AI system"),
    }
    return confirm_page(request, system, form, context)


@org_view("systems.retire")
def system_restore(request: HttpRequest, number: int) -> HttpResponse:
    """Bring a retired system back into use, after asking."""
    system = system_or_404(number)
    form = forms.ReasonForm(sent(request), revision=system.revision)
    if request.method == "POST" and form.is_valid():
        restored = apply_action(
            form,
            lambda: actions.restore_system(
                system, reason=form.cleaned_data["reason"], revision=form.expected_revision, actor=request.member
            ),
        )
        if restored is not None:
            messages.success(request, _("The AI system is back in use. Check its screening and its owner."))
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    context = {"question": _("Bring this AI system back into use?"), "action_label": _("Bring it back")}
    return confirm_page(request, system, form, context)


def confirm_page(request: HttpRequest, system: AISystem, form: Any, context: dict[str, Any]) -> HttpResponse:
    frame = {
        "page_title": system.name,
        "breadcrumbs": trail_to(request, system),
        "system": system,
        "form": form,
        "cancel_url": address(request, "system_detail", number=system.number),
    }
    return render(request, "inventory/system_confirm.html", {**frame, **context})


@org_view("systems.edit")
def version_create(request: HttpRequest, number: int) -> HttpResponse:
    """Add a version, perhaps the one now in operation."""
    system = system_or_404(number)
    require_edit(request.member, system)
    form = forms.VersionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        version = apply_action(form, lambda: actions.add_version(system, **form.values, actor=request.member))
        if version is not None:
            messages.success(request, _("Version “%s” was added.") % version.label)
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    return form_page(request, system, form, _("Add a version"))


@org_view("systems.edit")
def version_deploy(request: HttpRequest, number: int, version_id: Any) -> HttpResponse:
    """Say that a version is the one in operation, after asking."""
    system = system_or_404(number)
    require_edit(request.member, system)
    version = get_object_or_404(SystemVersion.objects.select_related("system"), system=system, pk=version_id)
    form = forms.ActionForm(sent(request))
    if request.method == "POST" and form.is_valid():
        deployed = apply_action(form, lambda: actions.deploy_version(version, actor=request.member))
        if deployed is not None:
            messages.success(request, _("Version “%s” is in operation.") % version.label)
            return redirect("inventory:system_detail", slug=request.organisation.slug, number=number)
    context = {
        "question": _("Is version “%s” in operation now?") % version.label,
        "consequences": [_("Evidence about other versions then speaks for the past and weakens what rests on it.")],
        "action_label": _("It is in operation"),
    }
    return confirm_page(request, system, form, context)


@org_view("systems.view", methods=("GET",))
def supplier_list(request: HttpRequest) -> HttpResponse:
    """Who provides models, data, tools or whole systems."""
    first_step = (
        {"action_url": address(request, "supplier_create"), "action_label": _("Add the first supplier")}
        if request.member.may("systems.add")
        else {}
    )
    listing = SupplierListing(file_prefix=request.organisation.slug, **first_step)
    context = {"page_title": _("Suppliers"), "breadcrumbs": trail_to(request)}
    return listing.respond(request, "inventory/supplier_list.html", context)


@org_view("systems.view", methods=("GET",))
def supplier_detail(request: HttpRequest, number: int) -> HttpResponse:
    """A supplier and the systems that depend on it."""
    supplier = get_object_or_404(Supplier, number=number)
    context = {
        "page_title": supplier.name,
        "breadcrumbs": [*trail_to(request), (_("Suppliers"), address(request, "supplier_list"))],
        "supplier": supplier,
        "systems": supplier.systems.for_list().order_by("number")[:100],
        "system_count": supplier.systems.count(),
        "systems_url": f"{address(request, 'system_list')}?supplier={supplier.number}",
    }
    return render(request, "inventory/supplier_detail.html", context)


@org_view("systems.add")
def supplier_create(request: HttpRequest) -> HttpResponse:
    form = forms.SupplierForm(sent(request))
    if request.method == "POST" and form.is_valid():
        supplier = apply_action(form, lambda: actions.add_supplier(**form.values, actor=request.member))
        if supplier is not None:
            messages.success(request, _("The supplier was added."))
            return redirect("inventory:supplier_detail", slug=request.organisation.slug, number=supplier.number)
    context = {
        "page_title": _("Add a supplier"),
        "breadcrumbs": [*trail_to(request), (_("Suppliers"), address(request, "supplier_list"))],
        "form": form,
        "cancel_url": address(request, "supplier_list"),
    }
    return render(request, "inventory/system_form.html", context)


@org_view("systems.edit")
def supplier_edit(request: HttpRequest, number: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier, number=number)
    initial = {name: getattr(supplier, name) for name in ("name", "website", "notes")}
    form = forms.SupplierForm(sent(request), initial=initial, revision=supplier.revision)
    if request.method == "POST" and form.is_valid():
        edited = apply_action(
            form,
            lambda: actions.edit_supplier(
                supplier, **form.values, revision=form.expected_revision, actor=request.member
            ),
        )
        if edited is not None:
            messages.success(request, _("The supplier was changed."))
            return redirect("inventory:supplier_detail", slug=request.organisation.slug, number=number)
    here = address(request, "supplier_detail", number=number)
    context = {
        "page_title": _("Edit the supplier"),
        "breadcrumbs": [*trail_to(request), (_("Suppliers"), address(request, "supplier_list")), (str(supplier), here)],
        "form": form,
        "cancel_url": here,
    }
    return render(request, "inventory/system_form.html", context)
