"""The wall in the database, read back from PostgreSQL's own catalogue."""

import pytest
from django.apps import apps
from django.db import connection, models

from aims.tenancy.owned import OrganisationOwned, Reference
from aims.tenancy.scope import READER_ROLE


@pytest.fixture(autouse=True, scope="module")
def catalogue(django_db_setup, django_db_blocker):
    """Only reading, hence without a test's own transaction, whose end would close the world that others walk."""
    with django_db_blocker.unblock():
        yield


TENANT_TABLES = """
select c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner) = current_user
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organisation_id' and not a.attisdropped
where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
"""


def rows(sql: str, *params: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_the_application_role_is_neither_superuser_nor_bypasses_row_security_nor_owns_a_table():
    assert rows("select rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = current_user") == [
        (False, False, False)
    ]
    assert rows("select count(*) from pg_class where relowner = current_user::regrole") == [(0,)]
    assert rows("select roleid::regrole::text from pg_auth_members where member = current_user::regrole") == [
        (READER_ROLE,)
    ]
    assert rows("select pg_has_role(current_user, %s, 'USAGE')", READER_ROLE) == [(False,)], "only after SET ROLE"


def test_every_table_with_an_organisation_has_row_level_security_forced():
    tables = rows(TENANT_TABLES)
    assert len(tables) > 40
    assert [t for t in tables if t[1:] != (True, True, False)] == []


def test_every_policy_for_the_application_is_one_plain_equality():
    wanted = "(organisation_id = ( SELECT (NULLIF(current_setting('aims.organisation'::text, true), ''::text))::uuid"
    policies = rows(
        "select tablename, qual, with_check, roles::text from pg_policies "
        "where policyname <> 'across' and permissive = 'PERMISSIVE'"
    )
    assert {t[0] for t in rows(TENANT_TABLES)} == {p[0] for p in policies}
    for table, using, check, roles in policies:
        assert using.startswith(wanted) and check.startswith(wanted) and roles == "{public}", table
        assert " OR " not in using.upper()


def test_only_the_role_that_cannot_log_in_may_look_across():
    across = rows("select tablename, roles::text, cmd from pg_policies where policyname = 'across'")
    assert across
    for table, roles, command in across:
        role = roles.strip("{}")
        assert command == "SELECT", table
        assert rows("select rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname = %s", role) == [
            (False, False, False)
        ]


def test_a_policy_that_narrows_is_for_the_reader_alone():
    """Restrictive policies take rows away from auditors of some systems, and cost nobody else anything."""
    narrowing = rows("select tablename, roles::text, cmd, qual from pg_policies where permissive = 'RESTRICTIVE'")
    assert len(narrowing) > 30
    for table, roles, command, using in narrowing:
        assert (roles, command) == (f"{{{READER_ROLE}}}", "SELECT"), table
        assert "aims.systems" in using, table


def test_the_reader_may_read_and_nothing_else():
    assert rows(
        "select rolcanlogin, rolsuper, rolbypassrls, rolcreaterole from pg_roles where rolname = %s", READER_ROLE
    ) == [(False, False, False, False)]
    assert rows("select count(*) from pg_class where relowner = %s::regrole", READER_ROLE) == [(0,)]
    assert rows("select count(*) from pg_auth_members where member = %s::regrole", READER_ROLE) == [(0,)]
    for privilege in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert rows(
            "select bool_or(has_table_privilege(%s, oid, %s)) from pg_class "
            "where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace",
            READER_ROLE,
            privilege,
        ) == [(False,)]


# Tenant tables that belong to no AI system: an auditor of some systems sees them whole.
OF_THE_ORGANISATION = {
    "tenancy.member", "tenancy.engagement", "tenancy.engagementgrant", "tenancy.invitation", "tenancy.token",
    "tenancy.counter", "tenancy.submission", "tenancy.accesslog", "tenancy.objectgrant", "tenancy.groupobjectgrant",
    "trail.chain", "integrations.notification", "integrations.digest", "standards.requirementposition", "documents.document",
    "risks.control", "cases.indicator", "cases.smellround", "cases.tierpolicyversion", "audits.audit", "audits.checklistitem", "audits.managementreview",
    "audits.reviewinput", "audits.reviewdecision", "audits.reviewaction",
}  # fmt: skip


def test_every_tenant_table_says_whether_it_belongs_to_ai_systems():
    """`within` or `within_sql` on the model, or a line above: nobody forgets it for a new table."""
    tenant = [m for m in apps.get_models() if issubclass(m, OrganisationOwned)]
    narrowed = {m._meta.label_lower for m in tenant if m.within or m.within_sql}
    assert {m._meta.label_lower for m in tenant} - narrowed == OF_THE_ORGANISATION
    held = {table for (table,) in rows("select tablename from pg_policies where permissive = 'RESTRICTIVE'")}
    assert {m._meta.db_table for m in tenant if m.within or m.within_sql} <= held


def test_the_trail_finds_the_table_of_every_kind():
    """`trail_is_in_sight` turns the kind of an event's record into the name of a table."""
    wrong = [m._meta.label for m in apps.get_models() if issubclass(m, OrganisationOwned)
             and m._meta.db_table != m._meta.label_lower.replace(".", "_")]  # fmt: skip
    assert wrong == []


def test_every_reference_between_tenant_tables_is_composite():
    single = """
    select con.conname from pg_constraint con
    join pg_attribute a on a.attrelid = con.conrelid and a.attname = 'organisation_id'
    join pg_attribute b on b.attrelid = con.confrelid and b.attname = 'organisation_id'
    where con.contype = 'f' and not (a.attnum = any(con.conkey) and b.attnum = any(con.confkey))
    """
    assert rows(single) == []


def test_every_reference_in_the_models_has_its_key_in_the_database():
    held = {
        (table, column)
        for table, column in rows(
            """select con.conrelid::regclass::text, a.attname from pg_constraint con
            join pg_attribute a on a.attrelid = con.conrelid and a.attnum = any(con.conkey)
            where con.contype = 'f'"""
        )
    }
    missing = [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and (model._meta.db_table, field.column) not in held
    ]
    assert missing == []


def test_a_plain_foreign_key_never_points_to_a_tenant_model():
    wrong = [
        f"{model.__name__}.{field.name}: use Reference"
        for model in apps.get_models()
        if issubclass(model, OrganisationOwned)
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and not isinstance(field, Reference)
        and issubclass(field.related_model, OrganisationOwned)
    ]
    assert wrong == []


def test_every_unique_constraint_starts_with_the_organisation():
    uniques = rows(
        """select i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname from pg_index i
        join pg_attribute o on o.attrelid = i.indrelid and o.attname = 'organisation_id'
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique and not i.indisprimary"""
    )
    assert [u for u in uniques if u[2] != "organisation_id"] == []


def test_the_application_may_not_truncate_or_change_the_schema():
    assert rows(
        "select bool_or(has_table_privilege(current_user, oid, 'TRUNCATE')) from pg_class where relkind = 'r' "
        "and relnamespace = 'public'::regnamespace"
    ) == [(False,)]
    assert rows("select has_schema_privilege(current_user, 'public', 'CREATE')") == [(False,)]
