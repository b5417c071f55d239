"""The history panel of a record: `{% history risk %}`."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.db import models
from django.db.models import Q

from aims.trail.links import trail_of
from aims.trail.models import Event
from aims.trail.wording import describe

register = template.Library()

SHOWN = 20


@register.inclusion_tag("trail/history.html", takes_context=True)
def history(context: template.Context, record: models.Model, also: Iterable[models.Model] = ()) -> dict[str, Any]:
    """The last events of a record, and of records that are part of it (`also`), in one query."""
    wanted = Q(target_id=record.pk)
    if parts := [part.pk for part in also]:
        wanted |= Q(target_id__in=parts)
    events = list(Event.objects.filter(wanted).select_related("actor").order_by("-sequence")[: SHOWN + 1])
    member, organisation = context.get("member"), context.get("organisation")
    may_see_all = member is not None and member.may("trail.view")
    return {
        "entries": entries_from(events[:SHOWN]),
        "has_more": len(events) > SHOWN,
        "trail_url": trail_of(record._meta.label_lower, slug=organisation.slug, id=record.pk)
        if organisation is not None and may_see_all
        else "",
    }


def entries_from(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as components/timeline.html takes them."""
    return [
        {
            "actor": event.actor,
            "sentence": event.sentence,
            "at": event.at,
            "detail": describe(event, briefly=True),
        }
        for event in events
    ]
