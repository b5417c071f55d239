"""Numbers that count per organisation: /o/acme/risks/12/."""

from typing import Any
from uuid import UUID

from django.db import connection, models

from aims.tenancy.ids import uuid7
from aims.tenancy.models import Organisation

TAKE = """
insert into tenancy_counter (id, organisation_id, kind, last) values (%s, %s, %s, %s)
on conflict (organisation_id, kind) do update set last = tenancy_counter.last + excluded.last returning last
"""


def next_number(organisation: Organisation | UUID | None, model: type[models.Model], count: int = 1) -> int:
    """The next free number of a kind of record; with `count`, the first of so many that are now taken.

    Locks the counter until the transaction ends, so that two records never share a number.
    """
    organisation_id: Any = getattr(organisation, "pk", organisation)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [uuid7(), organisation_id, model._meta.label_lower, count])
        return cursor.fetchone()[0] - count + 1
