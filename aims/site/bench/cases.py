"""Due cases in a thousand organisations: what a sweep costs follows what is due, whatever else stands in the tables.

One case is built through the actions and then copied set-based by the owner, with all that it rests on.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import psycopg
from django.apps import apps
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone

from aims.site.bench.measuring import line
from aims.site.bench.seeding import owner
from aims.site.organisations import open_organisation
from aims.site.sweeping import sweep
from aims.tenancy.actions import add_member
from aims.tenancy.models import Member, Organisation, User
from aims.tenancy.permissions import Role
from aims.tenancy.scope import working_in
from cases.actions import add_element, bind_evidence, create_case
from cases.models import AssuranceCase, Element
from evidence.actions import add_evidence, review_version
from inventory.actions import register_system

DUE: Final = 10_000
COPIED: Final = [
    "inventory.AISystem",
    "evidence.EvidenceItem",
    "evidence.EvidenceVersion",
    "cases.AssuranceCase",
    "cases.ArgumentModule",
    "cases.Element",
    "cases.Link",
    "cases.EvidenceBinding",
]
PATTERN: Final = "bench-cases"
# Copy k of the pattern goes to organisation k modulo their number; `round` is its number there.
PLACES: Final = """
create temporary table place as
select o.id as organisation_id, o.n, round, round * %(organisations)s + o.n as copy
from (select id, row_number() over (order by slug) as n from tenancy_organisation where slug like 'bench-case-%%') o,
    generate_series(1, %(rounds)s) round
"""
ORGANISATIONS: Final = """
insert into tenancy_organisation select (jsonb_populate_record(o, jsonb_build_object(
    'id', gen_random_uuid(), 'slug', 'bench-case-' || lpad(n::text, 5, '0')))).*
from tenancy_organisation o, generate_series(1, %(organisations)s) n where o.slug = %(pattern)s
"""
FALL_DUE: Final = """
update cases_assurancecase set next_transition_at = now() - interval '1 minute' where id in (
    select c.id from cases_assurancecase c join tenancy_organisation o on o.id = c.organisation_id
    where o.slug like 'bench-case-%%' order by c.number limit %(due)s)
"""


def model(name: str) -> Any:
    return apps.get_model(name)


def pattern() -> Organisation:
    """An organisation with one case: a claim, its solution, and evidence that is current for a long time."""
    organisation = open_organisation(name="Pattern", slug=PATTERN)
    with working_in(organisation):
        people = []
        for name, role in (("one", Role.GOVERNANCE_OFFICER), ("other", Role.CHALLENGER)):
            user = User.objects.create_user(f"{name}@{PATTERN}.example", None)
            people.append(add_member(organisation, user=user, display_name=name, roles=[role], actor=None))
        officer, reviewer = people
        system = register_system(name="Copied", purpose="Copied", actor=officer)
        item = add_evidence(
            title="Copied",
            kind="evaluation",
            collected_at=timezone.now() - timedelta(days=1),
            valid_for_days=90,
            files=[ContentFile(b"sample,agreed\n400,391\n", name="report.csv")],
            actor=officer,
        )
        version = item.versions.get()
        review_version(version, verdict="accepted", note="Read.", actor=reviewer)
        case = create_case(
            system=system, title="Copied", purpose="Copied", accountable_owner=officer, claim="It is", actor=officer
        )
        goal = Element.objects.get(case=case)
        solution = add_element(case, kind="solution", statement="Report", parent=goal, actor=officer)
        bind_evidence(solution, version=version, relevance="It says so.", actor=officer)
    return organisation


def copied(row: Any) -> str:
    """The statement that copies the pattern's rows of a table: identifiers are derived from those of the pattern."""
    names, values = [], []
    for field in row._meta.concrete_fields:
        names.append(f'"{field.column}"')
        column = f't."{field.column}"'
        related = str(field.related_model._meta.label) if isinstance(field, models.ForeignKey) else ""
        if related == Organisation._meta.label:
            values.append("p.organisation_id")
        elif related == Member._meta.label:
            values.append(f"md5({column}::text || p.n)::uuid")
        elif field.primary_key or related in COPIED:
            values.append(f"md5({column}::text || p.copy)::uuid")
        elif field.name == "number":
            values.append("p.round")
        elif field.name == "purpose" and row is AssuranceCase:
            values.append("p.copy::text")
        else:
            values.append(column)
    table = row._meta.db_table
    return (
        f"insert into {table} ({', '.join(names)}) select {', '.join(values)} from {table} t, place p "  # noqa: S608
        "where t.organisation_id = %(organisation)s"
    )


def members_copied() -> str:
    """One of each of the pattern's members in every organisation."""
    names = [str(field.column) for field in Member._meta.concrete_fields]
    said = {"id": "md5(t.id::text || p.n)::uuid", "organisation_id": "p.organisation_id"}
    values = ", ".join(said.get(name, f't."{name}"') for name in names)
    return (
        f"insert into tenancy_member ({', '.join(names)}) select {values} from tenancy_member t, "  # noqa: S608
        "(select distinct organisation_id, n from place) p where t.organisation_id = %(organisation)s"
    )


def spread(pattern_id: str, organisations: int, rounds: int) -> None:
    """Copy the pattern `rounds` times into each organisation, in place of what stood there."""
    tables = [model(name)._meta.db_table for name in COPIED]
    with owner() as connection:
        walls(connection, [*tables, "tenancy_member"], "no force", "disable")
        said: dict[str, Any] = {
            "organisations": organisations,
            "rounds": rounds,
            "organisation": pattern_id,
            "pattern": PATTERN,
        }
        for table in [*reversed(tables), "tenancy_member"]:
            connection.execute(
                f"delete from {table} where organisation_id in "  # noqa: S608
                "(select id from tenancy_organisation where slug like 'bench-case-%')"
            )
        row = connection.execute("select count(*) from tenancy_organisation where slug like 'bench-case-%'").fetchone()
        if row is not None and row[0] == 0:
            connection.execute(ORGANISATIONS, said)
        connection.execute(PLACES, said)
        connection.execute(members_copied(), said)
        for name in COPIED:
            connection.execute(copied(model(name)), said)
        connection.execute("set constraints all immediate")
        walls(connection, [*tables, "tenancy_member"], "force", "enable")
        connection.execute("drop table place")
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")


def walls(connection: psycopg.Connection, tables: list[str], force: str, triggers: str) -> None:
    for table in tables:
        connection.execute(f"alter table {table} {force} row level security")
        connection.execute(f"alter table {table} {triggers} trigger user")


def swept(due: int) -> float:
    """Seconds of a sweep after so many cases fell due; it must take up exactly those, and a second one nothing."""
    with owner() as connection:
        walls(connection, ["cases_assurancecase"], "no force", "disable")
        connection.execute(FALL_DUE, {"due": due})
        walls(connection, ["cases_assurancecase"], "force", "enable")
        connection.commit()
    start = time.perf_counter()
    summary = sweep(timezone.now())
    seconds = time.perf_counter() - start
    again = sweep(timezone.now()).cases.evaluated
    if (summary.cases.evaluated, summary.cases.failed, summary.failed, again) != (due, [], [], 0):
        raise RuntimeError(f"the sweep came to: {summary}; {due} cases were due, a second sweep took up {again}")
    return seconds


def measure(organisations: int, due: int = DUE) -> Iterator[str]:
    """Yields the lines: so many due cases among as many, and among ten times as many."""
    made = pattern()
    sweep(timezone.now())  # what building it left due is no part of what is measured
    if due % organisations:
        raise ValueError("as many cases fall due in each organisation: --due must be a multiple of --organisations")
    rounds = due // organisations
    spread(str(made.pk), organisations, rounds)
    small = swept(due)
    spread(str(made.pk), organisations, rounds * 10)
    large = swept(due)
    total = rounds * organisations
    yield line(f"sweep_{due}_due_cases_of_{total * 10}_against_{total}", large, small, unit="s", aim=1.2)
