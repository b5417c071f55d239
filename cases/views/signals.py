"""Signals: what fell, who answers, and what was decided."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from aims.tenancy.door import org_view
from cases.actions import assign_signal, close_signal
from cases.causes import with_words
from cases.evaluation import assess
from cases.forms import AssignSignalForm, CloseSignalForm
from cases.listing import SignalListing, signal_state, standing_badge
from cases.signalling import standing_now
from cases.taking_over import url_of
from cases.views.finding import answer_form, signal_or_404, url
from cases.views.registers import register_tabs


@org_view("signals.view", methods=("GET",))
def signal_list(request: HttpRequest) -> HttpResponse:
    """Open signals first, the most urgent on top."""
    listing = SignalListing(file_prefix=request.organisation.slug)
    return listing.respond(
        request, "cases/signal_list.html", {"page_title": _("Signals"), "tabs": register_tabs(request)}
    )


@org_view("signals.view", methods=("GET",))
def signal_detail(request: HttpRequest, number: int) -> HttpResponse:
    signal = signal_or_404(number)
    context = {
        "signal": signal,
        "state": signal_state(signal),
        "before": standing_badge(signal.before),
        "after": standing_badge(signal.after),
        "now": standing_badge(standing_now(assess(signal.case), signal.element_id)),
        "causes": with_words(signal.causes),
        "successor_url": url_of(signal.corrective_action, request.organisation.slug),
        "page_title": _("Signal %(number)d") % {"number": signal.number},
        "breadcrumbs": [(_("Signals"), url(request, "signal_list"))],
    }
    return render(request, "cases/signal_detail.html", context)


@org_view("signals.close")
def signal_close(request: HttpRequest, number: int) -> HttpResponse:
    signal = signal_or_404(number)
    form = CloseSignalForm(request.POST if request.method == "POST" else None)
    here = url(request, "signal_detail", signal.number)
    title = _("Close signal %(number)d") % {"number": signal.number}
    return answer_form(
        request,
        form,
        lambda: close_signal(signal, **form.values, actor=request.member),
        to=here,
        title=title,
        context={
            "breadcrumbs": [(_("Signals"), url(request, "signal_list")), (str(signal.number), here)],
            "submit_label": _("Close the signal"),
            "note": signal.sentence,
        },
        done=_("The signal is closed."),
    )


@org_view("signals.assign")
def signal_assign(request: HttpRequest, number: int) -> HttpResponse:
    signal = signal_or_404(number)
    form = AssignSignalForm(request.POST if request.method == "POST" else None)
    here = url(request, "signal_detail", signal.number)
    return answer_form(
        request,
        form,
        lambda: assign_signal(signal, **form.values, actor=request.member),
        to=here,
        title=_("Give signal %(number)d to somebody else") % {"number": signal.number},
        context={
            "breadcrumbs": [(_("Signals"), url(request, "signal_list")), (str(signal.number), here)],
            "submit_label": _("Give it away"),
            "note": signal.sentence,
        },
        done=_("Somebody else answers for the signal now."),
    )
