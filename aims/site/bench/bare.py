"""What somebody would write by hand for the same answer: one view, its SQL, JSON; no middleware, no model, no serializer.

It sits behind the same wall (row-level security), on the same pooled connection, in one transaction.
"""

import hashlib
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import path

ENTER = "select set_config('aims.organisation', %s, true)"
COUNT = "select count(*) from (select 1 from risks_risk where organisation_id = %s limit 10001) counted"
ROWS = """
select r.number, r.revision, r.title, r.status,
    case when score >= 16 then 'critical' when score >= 10 or impact >= 5 then 'high'
         when score >= 5 or impact >= 4 then 'medium' when score >= 1 then 'low' else '' end as level,
    r.inherent_score, r.score, r.residual_score, r.likelihood, r.impact, r.owner_id as owner, m.display_name as owner_name,
    r.treatment_option, r.review_on, r.accepted_until,
    r.status = 'accepted' and coalesce(r.accepted_until < current_date, true) as has_lapsed,
    r.status <> 'closed' and coalesce(r.review_on < current_date, false) as is_overdue
from risks_risk r left join tenancy_member m on m.organisation_id = r.organisation_id and m.id = r.owner_id
where r.organisation_id = %s order by r.score desc, r.number limit 50
"""
BEARER = """
select m.roles, t.scopes from tenancy_token t
join tenancy_member m on m.organisation_id = t.organisation_id and m.id = t.member_id
join tenancy_user u on u.id = m.user_id
where t.organisation_id = %s and t.digest = %s and t.revoked_at is null and t.expires_at > now()
    and m.is_active and u.is_active
"""


def risks(request: HttpRequest, organisation: Any) -> HttpResponse:
    """50 risks and how many there are; with a token in the header it is looked up as well."""
    connection.ensure_connection()
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
    raw: Any = connection.connection
    with raw.transaction(), raw.cursor() as cursor:
        cursor.execute(ENTER, [str(organisation)])
        if secret:
            cursor.execute(BEARER, [organisation, hashlib.sha256(secret.encode()).hexdigest()])
            if cursor.fetchone() is None:
                return HttpResponse(status=401)
        cursor.execute(COUNT, [organisation])
        total = min(cursor.fetchone()[0], 10_000)
        cursor.execute(ROWS, [organisation])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return JsonResponse({"count": total, "results": rows})


urlpatterns = [path("<uuid:organisation>/", risks)]


class BareHandler(WSGIHandler):
    """Django with this one view."""

    def load_middleware(self, is_async: bool = False) -> None:
        with override_settings(MIDDLEWARE=[]):
            super().load_middleware(is_async)

    def resolve_request(self, request: HttpRequest) -> Any:
        request.urlconf = __name__  # type: ignore[attr-defined]
        return super().resolve_request(request)
