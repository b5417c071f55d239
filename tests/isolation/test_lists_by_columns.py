"""Lists that the API reads by columns say, field by field, what the serializer says of the records themselves."""

from typing import Any

import pytest

from aims.tenancy.api_columns import columns_of
from aims.tenancy.api_lists import represented
from aims.tenancy.scope import working_in
from tests.isolation.addresses import every_address


def lists_by_columns() -> list[Any]:
    """The viewsets whose list is read by columns, found in the URL tables."""
    found = {}
    for address in every_address():
        viewset: Any = getattr(address.callback, "cls", None)
        is_list = "list" in address.actions.values()
        if is_list and hasattr(getattr(viewset.serializer_class, "Meta", None), "reads"):
            found[viewset.__name__] = viewset
    return [found[name] for name in sorted(found)]


def test_there_are_such_lists():
    assert {"RiskViewSet", "SystemViewSet"} <= {viewset.__name__ for viewset in lists_by_columns()}


@pytest.mark.parametrize("viewset", lists_by_columns(), ids=lambda viewset: viewset.__name__)
def test_columns_say_what_the_serializer_says(world, viewset):
    with working_in(world.acme):
        view = viewset()
        view.action, view.organisation = "list", world.acme
        rows = view.get_queryset()
        columns = columns_of(view.serializer_class, rows)
        assert columns is not None
        by_columns = [columns.show(row) for row in columns.read(rows, 0, 200, 1000)]
        assert by_columns
        assert by_columns == represented(view.serializer_class, rows[:200])
        assert list(by_columns[0]) == list(represented(view.serializer_class, rows[:1])[0])
