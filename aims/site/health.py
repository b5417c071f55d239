"""Is it alive, is it ready: for load balancers and operators."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from kombu.exceptions import OperationalError

from aims.celery import app
from aims.reports.font_check import pdf_engine


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """Whether all that the product needs is there; 503 with the reason by part otherwise."""
    problems = {name: check() for name, check in CHECKS.items()}
    answer = {name: problem or "ok" for name, problem in problems.items()}
    return JsonResponse(answer, status=503 if any(problems.values()) else 200)


def database_role() -> str | None:
    """None, or why the connection must not serve: its role could walk through the wall."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user")
            powerful = cursor.fetchone()[0]
    except DatabaseError:
        return "the database does not answer"
    return "the application role is a superuser or bypasses row-level security" if powerful else None


def migrations() -> str | None:
    """None, or that the tables are older than the code."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "the database does not answer"
    return f"{len(waiting)} migrations have not been applied" if waiting else None


def broker() -> str | None:
    """None, or that the doorbell does not ring; work waits for the next beat then."""
    try:
        with app.connection_for_write(connect_timeout=2) as doorbell:
            doorbell.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return "the message broker does not answer"
    return None


CHECKS: dict[str, Callable[[], str | None]] = {
    "database_role": database_role,
    "migrations": migrations,
    "broker": broker,
    "fonts": pdf_engine,
}
