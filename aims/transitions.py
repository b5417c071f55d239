"""The one writer of status."""

from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from aims.rules import RuleBroken
from aims.tenancy.models import Member
from aims.trail.record import record

T = TypeVar("T", bound=models.Model)


@transaction.atomic
def move(
    target: T,
    to: str,
    *,
    event: str,
    actor: Member | None,
    fields: dict[str, Any] | None = None,
    happenings: list[tuple[str, models.Model, dict[str, Any]]] | None = None,
    **told: Any,
) -> T:
    """Move a record to another status: lock the row, check TRANSITIONS, save, record.

    `fields` belong to the step and are saved with it (who, when, why); `told` goes to the trail. With
    `happenings` the step is added there, and the caller records it with what follows: the end of the trail is locked
    last. Raises RuleBroken when the table does not allow the step.
    """
    row: Any = type(target)._default_manager.select_for_update(of=("self",)).get(pk=target.pk)
    before, changes = row.status, {"status": to, **(fields or {})}
    if to not in row.TRANSITIONS.get(before, frozenset()):
        labels = {value: str(label).lower() for value, label in row._meta.get_field("status").flatchoices}
        raise RuleBroken(
            _("This is %(before)s and cannot become %(after)s now.")
            % {"before": labels.get(before, before), "after": labels.get(to, to)}
        )
    if hasattr(row, "revision"):
        changes["revision"] = row.revision + 1
    for one in (row, target):
        for name, value in changes.items():
            setattr(one, name, value)
    touched = ["updated_at"] if hasattr(row, "updated_at") else []
    row.save(update_fields=[*changes, *touched])
    if happenings is None:
        record(event, row, actor=actor, status=[before, to], **told)
    else:
        happenings.append((event, row, {"status": [before, to], **told}))
    return target
