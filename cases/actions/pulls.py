"""Letting Prometheus be asked for the readings of a metric."""

from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.integrations.outgoing import AskingFailed, target_of
from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.record import record
from cases.actions.metrics import metric_in_use
from cases.events import MetricEvent
from cases.models import ClaimMetric, MetricPull
from inventory.models import Environment

MOST_OFTEN: Final = 5
LEAST_OFTEN: Final = 7 * 24 * 60


@transaction.atomic
def connect_metric(
    metric: ClaimMetric,
    *,
    url: str,
    query: str,
    environment: str,
    every_minutes: int,
    actor: Member,
    n_query: str = "",
) -> MetricPull:
    """Ask a Prometheus server at intervals from now on; asked is what was set up last."""
    row = metric_in_use(metric)
    try:
        target_of(url)
    except AskingFailed as refused:
        raise RuleBroken(str(refused), field="url") from None
    if not query.strip():
        raise RuleBroken(_("Give the query whose value is the reading."), field="query")
    if row.min_n and not n_query.strip():
        raise RuleBroken(
            _("The metric asks for at least %d cases, so give a query for their number too.") % row.min_n,
            field="n_query",
        )
    if environment not in Environment.values:
        raise RuleBroken(_("Say where the values come from."), field="environment")
    if not MOST_OFTEN <= every_minutes <= LEAST_OFTEN:
        raise RuleBroken(_("Ask every 5 minutes at the most, and at least once a week."), field="every_minutes")
    changes = {
        "url": url.strip(),
        "query": query,
        "n_query": n_query,
        "environment": environment,
        "every_minutes": every_minutes,
        "set_up_by": actor,
        "next_pull_at": timezone.now(),
        "failing_since": None,
        "last_error": "",
    }
    pull, _is_new = MetricPull.objects.update_or_create(
        metric=row, defaults=changes, create_defaults={**changes, "organisation": actor.organisation}
    )
    record(MetricEvent.CONNECTED, row, actor=actor, url=pull.url, query=query, every_minutes=every_minutes)
    return pull


@transaction.atomic
def disconnect_metric(metric: ClaimMetric, *, reason: str, actor: Member) -> ClaimMetric:
    """Ask no more. What was recorded stays."""
    pull = MetricPull.objects.select_for_update(of=("self",)).filter(metric=metric).first()
    if pull is None:
        raise RuleBroken(_("No Prometheus server is asked for this metric."))
    if not reason.strip():
        raise RuleBroken(_("Say why it is asked no more."), field="reason")
    told = {"url": pull.url, "reason": reason}
    pull.delete()
    record(MetricEvent.DISCONNECTED, metric, actor=actor, **told)
    return metric
