"""Changing the argument: plain forms, one for each thing that can happen."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from aims.pages.forms import ActionForm
from aims.rules import ChangedSinceOpened
from aims.tenancy.door import org_view
from cases.actions import (
    add_element,
    bind_evidence,
    edit_binding,
    edit_element,
    hold_down,
    lift_hold,
    link_elements,
    renew_binding,
    unbind_evidence,
    unlink_elements,
    withdraw_element,
)
from cases.actions.argument import Described
from cases.actions.evidence import BINDING_FIELDS
from cases.argument import CITING
from cases.forms import (
    BindingForm,
    EditElementForm,
    HoldForm,
    LinkForm,
    NewBindingForm,
    NewElementForm,
    ReasonForm,
    RenewForm,
)
from cases.loading import name_of_version
from cases.models import Element, Link
from cases.selectors import evidence_to_bind
from cases.views.finding import (
    answer_form,
    binding_or_404,
    case_to_challenge,
    case_to_change,
    crumbs,
    element_or_404,
    element_url,
    url,
)
from cases.views.outline import element_add_in_place, element_cite, module_or_404, who_cites

SEARCH_LENGTH = 200


@org_view("cases.edit")
def element_add(request: HttpRequest, number: int) -> HttpResponse:
    """Add an element of the kind in the address, below the parent in the address when there is one."""
    case = case_to_change(request, number)
    kind = request.GET.get("kind", Element.Kind.GOAL)
    if kind not in Element.Kind.values:
        raise Http404
    if kind in CITING:
        return element_cite(request, case, kind)
    parent = element_or_404(case, request.GET["parent"]) if request.GET.get("parent") else None
    module = module_or_404(case, request.GET["module"]) if request.GET.get("module") else None
    if request.GET.get("brief"):
        return element_add_in_place(request, case, kind, parent)
    form = NewElementForm(request.POST or None, kind=kind)
    label = str(Element.Kind(kind).label).lower()
    words = {"kind": label, "parent": parent.address if parent else ""}
    title = _("Add a %(kind)s below %(parent)s") if parent else _("Add a %(kind)s")
    return answer_form(
        request,
        form,
        lambda: add_element(case, kind=kind, parent=parent, module=module, **form.values, actor=request.member),
        to=lambda element: element_url(request, case, element.address),
        title=title % words,
        context={
            "breadcrumbs": crumbs(request, case, parent),
            "cancel_url": element_url(request, case, parent.address) if parent else url(request, "case_detail", number),
            "submit_label": _("Add it"),
            "beside": parent,
        },
    )


@org_view("cases.edit")
def element_edit(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    initial = {name: getattr(element, name) for name in ("statement", *Described.__annotations__)}
    form = EditElementForm(request.POST or None, kind=element.kind, initial=initial, revision=element.revision)
    return answer_form(
        request,
        form,
        lambda: edit_element(element, revision=form.expected_revision, **form.values, actor=request.member),
        to=element_url(request, case, element.address),
        title=_("Edit %(element)s") % {"element": element.address},
        context={"breadcrumbs": crumbs(request, case, element)},
        record=element,
    )


@org_view("cases.edit")
def element_withdraw(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    form = ReasonForm(request.POST or None, revision=element.revision)
    above = Link.objects.filter(target=element).select_related("source__module").order_by("id").first()
    after = element_url(request, case, above.source.address) if above else url(request, "case_detail", case.number)
    return answer_form(
        request,
        form,
        lambda: withdraw_element(
            element, reason=form.values["reason"], actor=request.member, revision=form.expected_revision
        ),
        to=after,
        title=_("Withdraw %(element)s") % {"element": element.address},
        template="cases/confirm.html",
        context={
            "breadcrumbs": crumbs(request, case, element),
            "cancel_url": element_url(request, case, element.address),
            "question": _("Take %(element)s out of the argument?") % {"element": element.address},
            "consequences": [
                _("It says: %s") % element.statement,
                _("Its links and its evidence go with it; the history keeps them."),
                _("What rests on it may fall."),
                *who_cites(element),
            ],
            "action_label": _("Withdraw it"),
        },
    )


@org_view("cases.edit")
def element_link(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    form = LinkForm(request.POST or None, case=case, source=element, revision=element.revision)

    def link() -> Link:
        read = {"revision": form.expected_revision, "target_revision": form.values["target"].revision_read}
        try:
            return link_elements(case, source=element, **form.values, **read, actor=request.member)
        except ChangedSinceOpened:
            form.data["revision"] = element.revision  # type: ignore[index]  # the answer says what it says now
            raise

    return answer_form(
        request,
        form,
        link,
        to=element_url(request, case, element.address),
        title=_("Link another element below %(element)s") % {"element": element.address},
        context={"breadcrumbs": crumbs(request, case, element), "beside": element, "submit_label": _("Link it")},
    )


@org_view("cases.edit")
def link_remove(request: HttpRequest, number: int, link_id: UUID) -> HttpResponse:
    case = case_to_change(request, number)
    link = Link.objects.select_related("source__module", "target__module").filter(case=case, pk=link_id).first()
    if link is None:
        raise Http404
    link.case = case
    words = {"source": link.source.address, "target": link.target.address}
    return answer_form(
        request,
        ActionForm(request.POST if request.method == "POST" else None),
        lambda: unlink_elements(link, actor=request.member),
        to=element_url(request, case, link.source.address),
        title=_("Unlink %(target)s from %(source)s") % words,
        template="cases/confirm.html",
        context={
            "breadcrumbs": crumbs(request, case, link.source),
            "question": _("Take the link from %(source)s to %(target)s away?") % words,
            "consequences": [_("Both elements stay. %(source)s no longer rests on %(target)s.") % words],
            "action_label": _("Unlink"),
        },
    )


@org_view("cases.edit")
def element_bind(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_change(request, number)
    element = element_or_404(case, key)
    text = request.GET.get("q", "").replace("\x00", "")[:SEARCH_LENGTH]
    offered = evidence_to_bind(case, element, text)
    form = NewBindingForm(request.POST or None, offered=offered)
    return answer_form(
        request,
        form,
        lambda: bind_evidence(element, **form.values, actor=request.member),
        to=element_url(request, case, element.address),
        title=_("Bind evidence to %(element)s") % {"element": element.address},
        template="cases/bind.html",
        context={
            "breadcrumbs": crumbs(request, case, element),
            "beside": element,
            "q": text,
            "offered": offered,
            "submit_label": _("Bind it"),
        },
    )


@org_view("cases.edit")
def binding_edit(request: HttpRequest, number: int, binding_id: UUID) -> HttpResponse:
    case = case_to_change(request, number)
    binding = binding_or_404(case, binding_id)
    initial = {name: getattr(binding, name) for name in BINDING_FIELDS}
    form = BindingForm(request.POST or None, initial=initial, revision=binding.revision)
    return answer_form(
        request,
        form,
        lambda: edit_binding(binding, revision=form.expected_revision, **form.values, actor=request.member),
        to=element_url(request, case, binding.element.address),
        title=_("What %(element)s asks of %(evidence)s")
        % {"element": binding.element.address, "evidence": name_of_version(binding.version)},
        context={"breadcrumbs": crumbs(request, case, binding.element), "beside": binding.element},
    )


@org_view("cases.edit")
def binding_renew(request: HttpRequest, number: int, binding_id: UUID) -> HttpResponse:
    case = case_to_change(request, number)
    binding = binding_or_404(case, binding_id)
    form = RenewForm(request.POST or None, binding=binding, revision=binding.revision)
    return answer_form(
        request,
        form,
        lambda: renew_binding(binding, revision=form.expected_revision, **form.values, actor=request.member),
        to=element_url(request, case, binding.element.address),
        title=_("Rest on another version of %(evidence)s") % {"evidence": binding.version.item.title},
        context={"breadcrumbs": crumbs(request, case, binding.element), "beside": binding.element},
    )


@org_view("cases.edit")
def binding_remove(request: HttpRequest, number: int, binding_id: UUID) -> HttpResponse:
    case = case_to_change(request, number)
    binding = binding_or_404(case, binding_id)
    form = ReasonForm(request.POST or None, revision=binding.revision)
    words = {"element": binding.element.address, "evidence": name_of_version(binding.version)}
    return answer_form(
        request,
        form,
        lambda: unbind_evidence(binding, revision=form.expected_revision, **form.values, actor=request.member),
        to=element_url(request, case, binding.element.address),
        title=_("Unbind evidence"),
        template="cases/confirm.html",
        context={
            "breadcrumbs": crumbs(request, case, binding.element),
            "question": _("Let %(element)s no longer rest on %(evidence)s?") % words,
            "consequences": [_("The evidence stays in the library."), _("What rests on it may fall.")],
            "action_label": _("Unbind it"),
        },
    )


@org_view("cases.challenge")
def element_hold(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_challenge(request, number)
    element = element_or_404(case, key)
    form = HoldForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: hold_down(element, **form.values, actor=request.member),
        to=element_url(request, case, element.address),
        title=_("Hold %(element)s down") % {"element": element.address},
        context={
            "breadcrumbs": crumbs(request, case, element),
            "beside": element,
            "submit_label": _("Hold it down"),
            "note": _("A hold only lowers. It stays until somebody lifts it with a reason; time never does."),
        },
    )


@org_view("cases.challenge")
def element_lift(request: HttpRequest, number: int, key: str) -> HttpResponse:
    case = case_to_challenge(request, number)
    element = element_or_404(case, key)
    form = ReasonForm(request.POST or None)
    return answer_form(
        request,
        form,
        lambda: lift_hold(element, reason=form.values["reason"], actor=request.member),
        to=element_url(request, case, element.address),
        title=_("Lift the hold on %(element)s") % {"element": element.address},
        context={"breadcrumbs": crumbs(request, case, element), "beside": element, "submit_label": _("Lift the hold")},
    )
