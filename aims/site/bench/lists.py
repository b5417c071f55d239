"""A page of 50 risks, as HTML and by the API, against a hand-written query and JSON in a bare view."""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.test import Client, RequestFactory

from aims.site.bench.measuring import best_of, line
from aims.tenancy.models import User
from aims.tenancy.scope import organisation_scope

SQL = """
select number, title, status, score, review_on from risks_risk
where organisation_id = %s order by score desc, number limit 50
"""
SQL_COUNT = "select count(*) from risks_risk where organisation_id = %s"


def bare(request: HttpRequest, organisation: Any) -> JsonResponse:
    """What somebody would write by hand: one query for the page, one for the count, JSON."""
    with organisation_scope(organisation), connection.cursor() as cursor:
        cursor.execute(SQL_COUNT, [organisation])
        total = cursor.fetchone()[0]
        cursor.execute(SQL, [organisation])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return JsonResponse({"count": total, "results": rows})


def measure(user: User, organisations: dict[str, tuple[str, str]], rounds: int = 40) -> Iterator[str]:
    """`organisations` maps a size ("1k") to (slug, id). Yields the lines."""
    client, factory = Client(), RequestFactory()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    times: dict[str, tuple[float, float, float]] = {}
    for size, (slug, organisation_id) in organisations.items():

        def html(slug: str = slug) -> None:
            assert client.get(f"/o/{slug}/risks/").status_code == 200  # noqa: S101

        def api(slug: str = slug) -> None:
            assert client.get(f"/api/v1/o/{slug}/risks/?page_size=50").status_code == 200  # noqa: S101

        def baseline(organisation_id: str = organisation_id) -> None:
            assert bare(factory.get("/bare/"), organisation_id).status_code == 200  # noqa: S101

        ours_html, ours_api, theirs = best_of(rounds, html, api, baseline)
        times[size] = (ours_html, ours_api, theirs)
        yield line(f"list_html_{size}", ours_html, theirs)
        yield line(f"list_api_{size}", ours_api, theirs, aim=3)
    small, large = (times[size] for size in organisations)
    yield line("list_html_growth", large[0], small[0], aim=1.2)
    yield line("list_api_growth", large[1], small[1], aim=1.2)
