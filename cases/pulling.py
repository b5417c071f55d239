"""Asking Prometheus for readings that are due: what it answers is recorded, what it does not is a failure that shows.

A failure makes no reading. The claim keeps what was measured last until that is too old, and then says so.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aims.integrations.actions import notify
from aims.integrations.outgoing import AskingFailed
from aims.tenancy.door import acting_for_system
from aims.tenancy.scope import current_organisation_id
from aims.trail.record import record
from cases.actions.readings import record_readings
from cases.cells import cell_of
from cases.events import MetricEvent
from cases.incoming import Incoming
from cases.models import AssuranceCase, MetricPull
from cases.prometheus import Sample, ask

log = structlog.get_logger(__name__)
SOURCE = "prometheus"


def pull_due(now: datetime) -> int:
    """Every question of the entered organisation that is due; each is claimed first, so two workers ask it once."""
    organisation_id = current_organisation_id()
    ids = list(MetricPull.objects.filter(next_pull_at__lte=now).order_by("next_pull_at").values_list("pk", flat=True))
    return sum(pull_one(organisation_id, pull_id, now) for pull_id in ids)


def pull_one(organisation_id: UUID, pull_id: UUID, now: datetime) -> int:
    """Claim, ask outside of any transaction, settle; returns how many readings came of it."""
    with acting_for_system(organisation_id):
        pull = claimed(pull_id, now)
    if pull is None:
        return 0
    try:
        items = readings_from(pull)
    except AskingFailed as failure:
        with acting_for_system(organisation_id):
            settle_failure(pull, str(failure), now)
        return 0
    except Exception:  # a bug with one question must not hold up the others
        log.exception("pull_broke_off", organisation=str(organisation_id), pull=str(pull_id))
        with acting_for_system(organisation_id):
            settle_failure(pull, _("The answer could not be understood. The log of the worker says why."), now)
        return 0
    with acting_for_system(organisation_id):
        return settle(pull, items, now)


def claimed(pull_id: UUID, now: datetime) -> MetricPull | None:
    """The question with its next time set, unless another worker has it or nobody needs the answer any more."""
    rows = MetricPull.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk=pull_id, next_pull_at__lte=now
    )
    pull = rows.select_related(
        "metric__element__case__system__current_version", "metric__element__case__accountable_owner",
        "metric__indicator", "set_up_by",
    ).first()  # fmt: skip
    if pull is None:
        return None
    metric, case = pull.metric, pull.metric.element.case
    is_needed = (
        metric.is_in_use and metric.element.withdrawn_at is None and case.status != AssuranceCase.Status.WITHDRAWN
    )
    pull.next_pull_at = now + timedelta(minutes=pull.every_minutes) if is_needed else None
    pull.last_pulled_at = now
    pull.save(update_fields=["next_pull_at", "last_pulled_at"])
    return pull if is_needed else None


def readings_from(pull: MetricPull) -> list[Incoming]:
    """The answer as readings, one for each group; the number of cases by a second question where there is one."""
    metric = pull.metric
    names = [dimension.name for dimension in metric.declared]
    samples = by_group(ask(pull.url, pull.query), names)
    counts = by_group(ask(pull.url, pull.n_query), names) if pull.n_query else {}
    version = metric.element.case.system.current_version
    items = []
    for index, (cell, one) in enumerate(samples.items()):
        count = counts.get(cell)
        if pull.n_query and count is None:
            raise AskingFailed(_("The query for the number of cases leaves a group out."))
        if count is not None and not 0 <= count.value < 2**53:
            raise AskingFailed(_("The query for the number of cases gave a number that cannot be one."))
        items.append(
            Incoming(
                index=index,
                metric=metric.key,
                value=one.value,
                measured_at=one.at,
                n=round(count.value) if count else None,
                dimensions=groups_of(one, names),
                environment=pull.environment,
                system_version=version.label if version else "",
                source=SOURCE,
            )
        )
    return items


def groups_of(one: Sample, names: list[str]) -> dict[str, str]:
    """The labels that are named as the metric's dimensions; all others say where it was measured, not for whom."""
    return {name: one.labels[name] for name in names if one.labels.get(name)}


def by_group(samples: list[Sample], names: list[str]) -> dict[str, Sample]:
    found: dict[str, Sample] = {}
    for one in samples:
        cell = cell_of(groups_of(one, names))
        if cell in found:
            raise AskingFailed(_("The query gave several series for one group. Sum them up in the query."))
        found[cell] = one
    return found


@transaction.atomic
def settle(pull: MetricPull, items: list[Incoming], now: datetime) -> int:
    """Record what came; a group that the metric does not declare is a failure, though the others are kept."""
    recorded = record_readings(items, actor=None, source=SOURCE)
    if recorded.refused:
        settle_failure(pull, recorded.refused[0].message, now)
    else:
        if pull.failing_since is not None:
            record(MetricEvent.PULL_RECOVERED, pull.metric, actor=None, failing_since=pull.failing_since)
        changes = {"last_success_at": now, "failing_since": None, "last_error": ""}
        MetricPull.objects.filter(pk=pull.pk).update(**changes)
    return recorded.count("recorded")


@transaction.atomic
def settle_failure(pull: MetricPull, message: str, now: datetime) -> None:
    """Keep why; whoever set the question up and whoever answers for the case are told of the first failure in a row."""
    is_first = pull.failing_since is None
    MetricPull.objects.filter(pk=pull.pk).update(failing_since=pull.failing_since or now, last_error=message[:500])
    if not is_first:
        return
    metric = pull.metric
    record(MetricEvent.PULL_FAILED, metric, actor=None, metric=metric.key, reason=message[:200])
    words = {"metric": metric.key, "reason": message}
    for member in {pull.set_up_by, metric.element.case.accountable_owner}:
        notify(
            member,
            event=MetricEvent.PULL_FAILED,
            sentence=_("Prometheus gives no reading of %(metric)s any more: %(reason)s") % words,
            link=reverse("cases:metric_detail", args=[metric.organisation.slug, metric.number]),
            key=f"pull-failed:{pull.pk}:{timezone.localtime(now).isoformat()}",
        )
