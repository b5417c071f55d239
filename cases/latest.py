"""Bindings that follow a monitor: each newer accepted version is taken by itself, where it may be rested on."""

from collections.abc import Iterable

from django.utils import timezone

from cases.events import BindingEvent
from cases.loading import LoadedCase, name_of_version
from cases.models import AssuranceCase, EvidenceBinding
from evidence.models import EvidenceItem, EvidenceVersion, Kind

Happening = tuple[str, AssuranceCase, dict[str, object]]


def follow_latest(loaded: LoadedCase) -> list[Happening]:
    """Move what follows to the latest version that somebody else accepted; what the trail is to be told.

    A version that waits for its reviewer, or is an address without a copy, is not taken: what was accepted goes on until
    it runs out. The rows are the working ones even while a revision is open, because the version bound is a fact of both.
    """
    waiting = [row.pk for rows in loaded.bindings.values() for row in rows if is_behind(row)]
    if not waiting:
        return []
    told: list[Happening] = []
    rows = EvidenceBinding.objects.filter(
        pk__in=waiting, follow_latest=True, version__item__kind=Kind.MONITORING_SERIES
    )
    for row in rows.select_for_update(of=("self",)).select_related("element__module", "version__item").order_by("pk"):
        newer = latest_to_rest_on(row)
        if newer is not None:
            before, row.version = row.version, newer
            row.revision += 1
            row.save(update_fields=["version", "revision", "updated_at"])
            what = {"element": row.element.address, "evidence": name_of_version(newer)}
            told.append((BindingEvent.FOLLOWED, loaded.case, {**what, "version": [before.ordinal, newer.ordinal]}))
    return told


def is_behind(row: EvidenceBinding) -> bool:
    item: EvidenceItem = row.version.item
    return row.follow_latest and item.is_active and item.current_id not in (None, row.version_id)


def latest_to_rest_on(row: EvidenceBinding) -> EvidenceVersion | None:
    """The newest version after the one that is bound which the rules of binding allow, and which is not bound already."""
    taken = set(EvidenceBinding.objects.filter(element_id=row.element_id).values_list("version_id", flat=True))
    accepted = EvidenceVersion.objects.filter(
        item_id=row.version.item_id,
        ordinal__gt=row.version.ordinal,
        review=EvidenceVersion.Review.ACCEPTED,
        broken_at__isnull=True,
        collected_at__lte=timezone.now(),
    )
    newest: Iterable[EvidenceVersion] = accepted.select_related("item").order_by("-ordinal")
    return next((one for one in newest if one.pk not in taken and (not one.uri or one.files.exists())), None)
