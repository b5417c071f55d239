"""How other rooms let people pick an AI system among thousands."""

from typing import Any

from aims.pages.picking import PickField, PickFilter, PickManyField
from inventory.models import AISystem

PICK = "inventory:system_pick"


def systems_in_use() -> Any:
    return AISystem.objects.in_use().only("id", "number", "name", "organisation_id", "owner_id", "status")


def every_system() -> Any:
    return AISystem.objects.only("id", "number", "name", "organisation_id")


def system_field(**options: Any) -> PickField:
    """One AI system that is in use, by name or number; set `queryset` on the field to keep a retired one."""
    return PickField(pick_url=PICK, **{"queryset": systems_in_use, **options})


def systems_field(**options: Any) -> PickManyField:
    """Several AI systems, one a line."""
    return PickManyField(pick_url=PICK, **{"queryset": systems_in_use, **options})


def system_filter(field_name: str, **options: Any) -> PickFilter:
    """A filter by AI system, retired ones included."""
    return PickFilter(field_name=field_name, pick_url=PICK, queryset=every_system, **options)
