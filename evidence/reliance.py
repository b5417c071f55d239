"""What relies on a piece of evidence, and where it would stand after a change: told by the higher rooms, before the change.

A room registers in its `AppConfig.ready()`: `register_reliance(claims_that_would_fall, order=10, permission="cases.view")`.
It derives "after" from its own rule on copies in memory (`Imagined`), so that no rule stands twice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from aims.pages.badges import Badge
from aims.tenancy.models import Member
from evidence.models import EvidenceItem, EvidenceVersion


class Change(StrEnum):
    """What may be about to happen to a piece of evidence."""

    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Imagined:
    """A change that has not happened; a rejection is of one version."""

    change: Change
    item: EvidenceItem
    version: EvidenceVersion | None = None

    def apply_to_version(self, version: EvidenceVersion) -> None:
        """Let a version that was read look as after the change; other evidence stays as it is."""
        if version.item_id != self.item.pk:
            return
        if self.change is not Change.REJECT:
            version.item = copied(version.item, status=STATUS_AFTER[self.change])
        elif self.version is not None and version.pk == self.version.pk:
            version.review = EvidenceVersion.Review.REJECTED

    def item_after(self, item: EvidenceItem) -> EvidenceItem:
        """An item with its current version as after the change, which may be the one before, or none."""
        if item.pk != self.item.pk:
            return item
        if self.change is not Change.REJECT:
            return copied(item, status=STATUS_AFTER[self.change], current=None)
        if self.version is None or item.current_id != self.version.pk:
            return item
        others = item.versions.usable().exclude(pk=self.version.pk).select_related("system_version")
        return copied(item, current=others.order_by("-ordinal").first())


def copied(item: EvidenceItem, **changes: Any) -> EvidenceItem:
    """The item as it would be: a copy that the database does not know, so that saving it by mistake would fail."""
    read = {field.attname for field in EvidenceItem._meta.concrete_fields} - item.get_deferred_fields()
    said = {name: getattr(item, name) for name in read}
    if "current" in changes:
        del said["current_id"]
    copy = EvidenceItem(**{**said, **changes})
    for name, value in item._state.fields_cache.items():
        copy._state.fields_cache.setdefault(name, value)
    return copy


STATUS_AFTER = {
    Change.WITHDRAW: EvidenceItem.Status.WITHDRAWN,
    Change.SUPERSEDE: EvidenceItem.Status.SUPERSEDED,
}


@dataclass(frozen=True, slots=True)
class Reliance:
    """One thing that relies on the evidence: where it stands now, and where it would."""

    kind: str
    name: str
    url: str
    before: Badge
    after: Badge
    falls: bool


Provider = Callable[[EvidenceItem, Imagined, str, datetime], list[Reliance]]
_providers: dict[str, tuple[int, str, Provider]] = {}


def register_reliance(provider: Provider, *, order: int, permission: str) -> None:
    """Ask `provider` for what relies on an item; registering the same function again replaces it."""
    _providers[f"{provider.__module__}.{provider.__qualname__}"] = (order, permission, provider)


def reliances_on(
    item: EvidenceItem, change: Change, *, member: Member, now: datetime, version: EvidenceVersion | None = None
) -> list[Reliance]:
    """Everything that relies on the item and that the member may see, with where the change would leave it."""
    imagined, slug = Imagined(change, item, version), member.organisation.slug
    return [
        reliance
        for _order, permission, provider in sorted(_providers.values(), key=lambda each: each[0])
        if member.may(permission)
        for reliance in provider(item, imagined, slug, now)
    ]
