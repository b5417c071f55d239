"""A large installation, made set-based by the owner: 1,000 organisations, a million risks, a million evidence items."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings

LARGE, MEDIUM, PACKED = 100_000, 1_000, 360  # risks and items of the three organisations that are measured
STALE = 10_000
LARGE_SLUG, MEDIUM_SLUG, PACKED_SLUG = "bench-00001", "bench-00002", "bench-00003"
TABLES = [
    "tenancy_member",
    "risks_risk",
    "evidence_evidenceitem",
    "evidence_evidenceversion",
    "tenancy_counter",
]

# The first organisation is large, the second medium, the third fills a pack of some hundred pages, the others share the rest.
SIZES = """
create temporary table size as
select o.id as organisation_id, n, m.id as member_id,
    case when n = 1 then %(large)s when n = 2 then %(medium)s when n = 3 then %(packed)s else %(small)s end as rows
from (select id, row_number() over (order by slug) as n from tenancy_organisation where slug like 'bench-%%') o
join tenancy_member m on m.organisation_id = o.id
"""
ORGANISATIONS = """
insert into tenancy_organisation (id, slug, name, is_active, created_at)
select gen_random_uuid(), 'bench-' || lpad(n::text, 5, '0'), 'Bench organisation ' || n, true, now()
from generate_series(1, %(organisations)s) n
"""
MEMBERS = """
insert into tenancy_member (id, organisation_id, revision, user_id, display_name, job_title, unit, roles, is_active,
    created_at, updated_at)
select gen_random_uuid(), o.id, 1, case when o.slug <= 'bench-00003' then %(user)s::uuid else %(other)s::uuid end, 'Bench officer', '', '', '{governance_officer}', true, now(), now()
from tenancy_organisation o where slug like 'bench-%%'
"""
RISKS = """
insert into risks_risk (id, organisation_id, number, revision, created_at, updated_at, title, description, source, harm,
    owner_id, status, inherent_likelihood, inherent_impact, likelihood, impact, inherent_score, score, residual_score,
    rating_reason, treatment_option, closed_reason, review_on)
select gen_random_uuid(), s.organisation_id, i, 1, now(), now(), 'Risk ' || i || ' of drifting input', 'What could happen.',
    '', '', s.member_id, 'assessed', 1 + i %% 5, 1 + (i / 5) %% 5, 1 + i %% 5, 1 + (i / 5) %% 5,
    (1 + i %% 5) * (1 + (i / 5) %% 5), (1 + i %% 5) * (1 + (i / 5) %% 5), 0, '', '', '', current_date + (i %% 365)::int
from size s, generate_series(1, s.rows) i
"""
ITEMS = """
insert into evidence_evidenceitem (id, organisation_id, number, revision, created_at, updated_at, title, kind, description,
    owner_id, confidentiality, status, withdrawn_reason, fresh_until)
select gen_random_uuid(), s.organisation_id, i, 1, now(), now(), 'Evaluation report ' || i, 'evaluation', '',
    s.member_id, 'internal', 'active', '', now() + interval '90 days'
from size s, generate_series(1, s.rows) i
"""
VERSIONS = """
insert into evidence_evidenceversion (id, organisation_id, item_id, ordinal, collected_at, recorded_at, valid_for_days,
    grace_days, valid_until, grace_until, next_change_at, environment, method, uri, submitted_by_id, review, review_note)
select gen_random_uuid(), e.organisation_id, e.id, 1, now() - interval '90 days', now(), 180, 0, e.fresh_until, e.fresh_until,
    e.fresh_until, 'production', '', '', e.owner_id, 'accepted', ''
from evidence_evidenceitem e
"""
CURRENT = """
update evidence_evidenceitem e set current_id = v.id from evidence_evidenceversion v where v.item_id = e.id
"""
COUNTERS = """
insert into tenancy_counter (id, organisation_id, kind, last)
select gen_random_uuid(), organisation_id, kind, rows from size, unnest(array['risks.risk', 'evidence.evidenceitem']) kind
"""


@contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """A connection as the owner of the tables, to the database that the application uses."""
    import os

    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], dbname=name, autocommit=False) as connection:
        yield connection


@contextmanager
def wall_down(connection: psycopg.Connection) -> Iterator[None]:
    """Let the owner write for all organisations at once, without row history; the wall is back before anybody serves."""
    for table in TABLES:
        connection.execute(f"alter table {table} no force row level security")
        connection.execute(f"alter table {table} disable trigger user")
    yield
    connection.execute("set constraints all immediate")  # every reference is checked while the wall is down
    for table in TABLES:
        connection.execute(f"alter table {table} enable trigger user")
        connection.execute(f"alter table {table} force row level security")


def seed(user_id: str, other_id: str, *, organisations: int = 1000, rows: int = 1_000_000) -> dict[str, float]:
    """Fill the empty database; returns seconds by table. `user_id` belongs to the measured organisations. `rows` is the number of risks, and of items, in all."""
    small = max(1, (rows - LARGE - MEDIUM - PACKED) // max(1, organisations - 3))
    sizes: dict[str, object] = {
        "large": LARGE,
        "medium": MEDIUM,
        "packed": PACKED,
        "small": small,
        "organisations": organisations,
    }
    sizes |= {"user": user_id, "other": other_id}
    took = {}
    with owner() as connection, wall_down(connection):
        steps = {
            "organisations": ORGANISATIONS,
            "members": MEMBERS,
            "sizes": SIZES,
            "risks": RISKS,
            "items": ITEMS,
            "versions": VERSIONS,
            "current": CURRENT,
            "counters": COUNTERS,
        }
        for name, sql in steps.items():
            start = time.perf_counter()
            connection.execute(sql, sizes)
            took[name] = time.perf_counter() - start
    with owner() as connection:
        connection.autocommit = True
        connection.execute("vacuum analyze")
    return took


def age_some(count: int = STALE, slug: str | None = None) -> None:
    """Let so many versions have gone stale a minute ago: spread over all organisations, or in one."""
    with owner() as connection, wall_down(connection):
        connection.execute(
            """
            with chosen as (
                select v.id, v.item_id from evidence_evidenceversion v
                join evidence_evidenceitem e on e.id = v.item_id
                join tenancy_organisation o on o.id = e.organisation_id
                where e.fresh_until > now() and (o.slug = %(slug)s or %(slug)s::text is null)
                order by case when %(slug)s::text is null then e.number end
                limit %(count)s
            ), aged as (
                update evidence_evidenceversion v set valid_until = now() - interval '1 minute',
                    grace_until = now() - interval '1 minute', next_change_at = now() - interval '1 minute', stale_told_at = null
                from chosen where v.id = chosen.id returning v.item_id
            )
            update evidence_evidenceitem e set fresh_until = now() - interval '1 minute' from aged where e.id = aged.item_id
            """,
            {"count": count, "slug": slug},
        )
