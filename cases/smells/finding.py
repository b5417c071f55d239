"""Finding smells: a few questions to the database for all cases of an organisation at once, however many there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Subquery
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aims.trail.models import Event
from cases.events import CaseEvent, MetricEvent
from cases.models import (
    AssuranceCase,
    Challenge,
    ClaimMetric,
    ConditionEvent,
    DegradationCondition,
    Element,
    EvidenceBinding,
    Link,
    Signal,
)
from cases.smells.kinds import SmellKind
from cases.smells.outside import audit_days, found_elsewhere
from cases.wellformed_content import MOST_CLAIMS_ON_ONE
from evidence.events import FileEvent
from evidence.models import EvidenceVersion
from inventory.models import Environment

DAYS_BEFORE_AUDIT: Final = 7
FEWEST_PIECES: Final = 3
"""So many pieces of evidence make a pattern; fewer may well be collected in one week."""
SECONDS_TO_LOOK: Final = 60
DAYS_WITHOUT_ALARM: Final = 90
DAYS_OF_DISAGREEMENT: Final = 90
DAYS_WITHOUT_FINDING: Final = 365
FEWEST_CASES: Final = 3
NOT_OPERATION: Final = (Environment.TRAINING, Environment.VALIDATION, Environment.TEST)
PROCESS: Final = (Element.Category.PROCESS, Element.Category.CONFORMITY)
BY_ITSELF: Final = (
    DegradationCondition.Detector.METRIC_THRESHOLD,
    DegradationCondition.Detector.WEBHOOK,
)
"""Detectors that watch something which moves. A calendar or an age speaks on its day, and people answer for themselves."""


@dataclass(slots=True)
class Whiff:
    """One smell of one case (None: of the organisation), with the records that it was found in."""

    kind: SmellKind
    case_id: UUID | None
    records: list[dict[str, Any]] = field(default_factory=list)


Finder = Callable[[datetime], Iterable[Whiff]]


def find_smells(now: datetime) -> list[Whiff]:
    """All smells of the entered organisation, each kind of a case once."""
    return [whiff for find in FINDERS for whiff in find(now)]


def gathered(kind: SmellKind, found: Iterable[tuple[UUID, dict[str, Any]]]) -> Iterator[Whiff]:
    """One whiff for each case, of records that name theirs."""
    by_case: dict[UUID, Whiff] = {}
    for case_id, told in found:
        by_case.setdefault(case_id, Whiff(kind, case_id)).records.append(told)
    yield from by_case.values()


def told(
    label: object, detail: str = "", *, view: str = "", number: int | None = None, element: str = ""
) -> dict[str, Any]:
    """A record as it is kept: what it is called, what about it, and the address that shows it."""
    return {"label": str(label), "detail": detail, "view": view, "number": number, "element": element}


def day(at: datetime) -> str:
    return date_format(localtime(at), "j F Y")


def bindings() -> Any:
    """Evidence that arguments in force rest on, in a fixed order."""
    rows = EvidenceBinding.objects.filter(element__withdrawn_at__isnull=True)
    rows = rows.exclude(element__case__status=AssuranceCase.Status.WITHDRAWN)
    related = rows.select_related("element__module", "version__item")
    return related.order_by("element__case__number", "element__key", "version__item__number", "pk")


def told_of(binding: EvidenceBinding, detail: str) -> tuple[UUID, dict[str, Any]]:
    item = binding.version.item
    record = told(item, detail, view="evidence:evidence_detail", number=item.number, element=binding.element.address)
    return binding.element.case_id, record


def leaves() -> Any:
    """Claims on which nothing else is argued: no goal, strategy or away goal below them."""
    below = Link.objects.filter(source=OuterRef("pk"), kind=Link.Kind.SUPPORTED_BY, target__withdrawn_at__isnull=True)
    argued = below.exclude(target__kind__in=(Element.Kind.SOLUTION, Element.Kind.AWAY_SOLUTION))
    rows = Element.objects.in_use().filter(kind=Element.Kind.GOAL).exclude(case__status=AssuranceCase.Status.WITHDRAWN)
    return rows.filter(~Exists(argued)).select_related("module").order_by("case__number", "key", "pk")


# --- Evidence ---------------------------------------------------------------------------------------------------------


def before_audit(now: datetime) -> Iterator[Whiff]:
    audits = audit_days(localtime(now).date() - timedelta(days=DAYS_WITHOUT_FINDING))
    if not audits:
        return
    spans = bindings().values("element__case_id").order_by("element__case_id")
    rows = spans.annotate(
        pieces=Count("version_id", distinct=True), first=Min("version__collected_at"), last=Max("version__collected_at")
    )
    for row in rows.filter(pieces__gte=FEWEST_PIECES):
        first, last = localtime(row["first"]).date(), localtime(row["last"]).date()
        for audit in audits:
            if audit.starts_on - timedelta(days=DAYS_BEFORE_AUDIT) <= first and last <= audit.starts_on:
                words = {"count": row["pieces"], "first": day(row["first"]), "last": day(row["last"])}
                detail = _("%(count)d pieces of evidence, collected from %(first)s to %(last)s") % words
                record = told(audit.label, detail, view=audit.view, number=audit.number)
                yield Whiff(SmellKind.BEFORE_AUDIT, row["element__case_id"], [record])
                break


def older_than_version(now: datetime) -> Iterator[Whiff]:
    deployed = "element__case__system__current_version__deployed_at"
    rows = bindings().filter(version__collected_at__lt=F(deployed)).annotate(deployed_at=F(deployed))
    return gathered(
        SmellKind.OLDER_THAN_VERSION,
        (
            told_of(
                row,
                _("collected on %(collected)s, before %(deployed)s")
                % {"collected": day(row.version.collected_at), "deployed": day(row.deployed_at)},
            )
            for row in rows
        ),
    )


def not_from_production(now: datetime) -> Iterator[Whiff]:
    above = Link.objects.filter(target=OuterRef("element_id"), kind=Link.Kind.SUPPORTED_BY)
    measured = ClaimMetric.objects.filter(
        element__outgoing__target=OuterRef("element_id"),
        element__outgoing__kind=Link.Kind.SUPPORTED_BY,
        environment_required=Environment.PRODUCTION,
        withdrawn_at__isnull=True,
    )
    operational = (
        Q(environment_required=Environment.PRODUCTION)
        | Q(Exists(above.filter(source__category=Element.Category.OUTCOME)))
        | Q(Exists(measured))
    )
    rows = bindings().filter(operational, version__environment__in=NOT_OPERATION)
    words = dict(Environment.choices)
    return gathered(
        SmellKind.NOT_FROM_PRODUCTION,
        (told_of(row, _("from %s") % str(words[row.version.environment]).lower()) for row in rows),
    )


def approved_unseen(now: datetime) -> Iterator[Whiff]:
    opened = Event.objects.filter(
        target_id=OuterRef("version__item_id"),
        event=FileEvent.DOWNLOADED,
        actor=OuterRef("version__reviewed_by"),
        at__lte=OuterRef("version__reviewed_at"),
    )
    rows = bindings().filter(version__review=EvidenceVersion.Review.ACCEPTED, version__reviewed_at__isnull=False)
    rows = rows.select_related("version__reviewed_by")
    hasty = Q(version__reviewed_at__lt=F("version__recorded_at") + timedelta(seconds=SECONDS_TO_LOOK))
    unopened = Q(version__files__isnull=False) & ~Exists(opened)
    rows = rows.filter(hasty | unopened).distinct()
    return gathered(SmellKind.APPROVED_UNSEEN, (told_of(row, how_it_was_accepted(row.version)) for row in rows))


def how_it_was_accepted(version: EvidenceVersion) -> str:
    seconds = int((version.reviewed_at - version.recorded_at).total_seconds()) if version.reviewed_at else 0
    words = {"person": version.reviewed_by, "seconds": seconds}
    if seconds < SECONDS_TO_LOOK:
        return _("accepted by %(person)s %(seconds)d seconds after it was recorded") % words
    return _("accepted by %(person)s, who had not opened its files") % words


def common_cause(now: datetime) -> Iterator[Whiff]:
    carried: dict[tuple[UUID, UUID], dict[str, EvidenceBinding]] = defaultdict(dict)
    # Counted by the database first, so that only the pieces concerned are read.
    counts = bindings().values("element__case_id", "version__item_id").order_by()
    many = counts.annotate(claims=Count("element_id", distinct=True)).filter(claims__gt=MOST_CLAIMS_ON_ONE)
    items = {row["version__item_id"] for row in many}
    for row in bindings().filter(version__item_id__in=items):
        carried[row.element.case_id, row.version.item_id][row.element.address] = row
    found = []
    for (case_id, _item), elements in carried.items():
        if len(elements) > MOST_CLAIMS_ON_ONE:
            item = next(iter(elements.values())).version.item
            detail = _("below %s") % ", ".join(elements)
            found.append((case_id, told(item, detail, view="evidence:evidence_detail", number=item.number)))
    return gathered(SmellKind.COMMON_CAUSE, found)


# --- The argument -----------------------------------------------------------------------------------------------------


def unmeasured(now: datetime) -> Iterator[Whiff]:
    metrics = ClaimMetric.objects.filter(element=OuterRef("pk"), withdrawn_at__isnull=True)
    idle = (DegradationCondition.Status.RETIRED, DegradationCondition.Status.NOT_APPLICABLE)
    conditions = DegradationCondition.objects.filter(element=OuterRef("pk")).exclude(status__in=idle)
    rows = leaves().filter(~Exists(metrics), ~Exists(conditions))
    return gathered(SmellKind.UNMEASURED, ((row.case_id, told_of_claim(row)) for row in rows))


def only_process(now: datetime) -> Iterator[Whiff]:
    claims: dict[UUID, list[Element]] = defaultdict(list)
    for row in leaves():
        claims[row.case_id].append(row)
    for case_id, rows in claims.items():
        if len(rows) > 1 and all(row.category in PROCESS for row in rows):
            yield Whiff(SmellKind.ONLY_PROCESS, case_id, [told_of_claim(row) for row in rows])


def told_of_claim(row: Element) -> dict[str, Any]:
    return told(row.statement[:200], str(row.get_category_display()), element=row.address)


# --- Watching and doubting --------------------------------------------------------------------------------------------


def silent_monitor(now: datetime) -> Iterator[Whiff]:
    spoke = ConditionEvent.objects.filter(condition=OuterRef("pk")).filter(
        Q(kind=ConditionEvent.Kind.TRIPPED_BY_HAND)
        | Q(seen__in=(ConditionEvent.Seen.SUSPECTED, ConditionEvent.Seen.TRIPPED))
    )
    rows = DegradationCondition.objects.filter(
        ~Exists(spoke),
        detector__in=BY_ITSELF,
        created_at__lt=now - timedelta(days=DAYS_WITHOUT_ALARM),
        status__in=(DegradationCondition.Status.ARMED, DegradationCondition.Status.CLEARED),
    ).exclude(case__status=AssuranceCase.Status.WITHDRAWN)
    return gathered(
        SmellKind.SILENT_MONITOR,
        (
            (
                row.case_id,
                told(row, _("armed since %s") % day(row.created_at), view="cases:condition_detail", number=row.number),
            )
            for row in rows.order_by("case__number", "number")
        ),
    )


def producer_disagrees(now: datetime) -> Iterator[Whiff]:
    """Asked of the trail, which has one event for each batch, and not of all readings."""
    since = now - timedelta(days=DAYS_OF_DISAGREEMENT)
    counts: dict[UUID, int] = defaultdict(int)
    for event in Event.objects.filter(event=MetricEvent.DISAGREED, at__gte=since):
        if event.target_id is not None:
            counts[event.target_id] += event.changes["readings"]
    metrics = ClaimMetric.objects.in_use().filter(pk__in=counts).exclude(element__case__status="withdrawn")
    found = []
    for metric in metrics.select_related("element__module").order_by("element__case__number", "number"):
        count = counts[metric.pk]
        detail = ngettext("%(count)d reading in 90 days", "%(count)d readings in 90 days", count) % {"count": count}
        record = told(
            metric.key, detail, view="cases:metric_detail", number=metric.number, element=metric.element.address
        )
        found.append((metric.element.case_id, record))
    yield from gathered(SmellKind.PRODUCER_DISAGREES, found)


def unchallenged(now: datetime) -> Iterator[Whiff]:
    """Cases whose challenge is over without one; such that were never out for it are not meant.

    A challenge that was there when the challenge began, such as a doubt that a template brings along, is none of it.
    """
    Status = AssuranceCase.Status
    began = Event.objects.filter(target_id=OuterRef("pk"), event=CaseEvent.CHALLENGE_STARTED).order_by("-sequence")
    over = AssuranceCase.objects.filter(status__in=(Status.DECISION, Status.LIVE, Status.DEGRADED))
    over = over.annotate(challenge_began=Subquery(began.values("at")[:1]))
    raised = Challenge.objects.filter(case=OuterRef("pk"))
    since = raised.filter(created_at__gte=OuterRef("challenge_began"))
    is_challenged = Q(challenge_began=None) & Q(Exists(raised)) | Q(Exists(since))
    for case in over.exclude(is_challenged).order_by("number"):
        began_on = _("challenge began on %s") % day(case.challenge_began) if case.challenge_began else ""
        detail = ", ".join(filter(None, (str(case.get_status_display()), began_on)))
        record = told(case, detail, view="cases:case_detail", number=case.number)
        yield Whiff(SmellKind.UNCHALLENGED, case.pk, [record])


def nothing_found(now: datetime) -> Iterator[Whiff]:
    """The organisation as a whole: a year of several cases without anything wrong is more than luck."""
    since = now - timedelta(days=DAYS_WITHOUT_FINDING)
    old = AssuranceCase.objects.in_force().filter(created_at__lt=since).order_by("number")
    cases = list(old[: FEWEST_CASES * 10])
    if len(cases) < FEWEST_CASES:
        return
    came_true = (ConditionEvent.Seen.SUSPECTED, ConditionEvent.Seen.TRIPPED)
    is_found = (
        EvidenceVersion.objects.filter(review=EvidenceVersion.Review.REJECTED, reviewed_at__gte=since).exists()
        or Signal.objects.filter(created_at__gte=since).exists()
        or ConditionEvent.objects.filter(at__gte=since, seen__in=came_true).exists()
        or Element.objects.filter(held_down_at__gte=since).exists()
        or Challenge.objects.filter(created_at__gte=since).exists()
        or found_elsewhere(localtime(since).date()) > 0
    )
    if not is_found:
        records = [
            told(case, _("since %s") % day(case.created_at), view="cases:case_detail", number=case.number)
            for case in cases
        ]
        yield Whiff(SmellKind.NOTHING_FOUND, None, records)


FINDERS: Final[tuple[Finder, ...]] = (
    before_audit,
    older_than_version,
    not_from_production,
    approved_unseen,
    common_cause,
    unmeasured,
    only_process,
    unchallenged,
    silent_monitor,
    producer_disagrees,
    nothing_found,
)
