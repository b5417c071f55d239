from django.db import migrations

from aims.tenancy.across import AcrossFunction, due_function

# Every word that was asked for, as the beginning of a word; null where nothing was asked for that could be found.
WORDS = """
create or replace function evidence_words(asked text) returns tsquery language sql immutable parallel safe
set search_path = pg_catalog, pg_temp as $words$
  select case when numnode(plainto_tsquery('simple', asked)) > 0
    then regexp_replace(plainto_tsquery('simple', asked)::text, '''( & |$)', ''':*\\1', 'g')::tsquery end
$words$
"""

# SECURITY: owned by the role that passes row-level security, because `@@` is not leakproof and could not use the index
# under it. The function filters by the organisation itself, by the index too (each text holds its organisation as a
# word), and returns nothing but ids of evidence, which the caller reads under the policies.
FOUND = """
select distinct item_id from evidence_filetext
where organisation_id = nullif(current_setting('aims.organisation', true), '')::uuid
  and words @@ (evidence_words(asked)
    && ('''org:' || replace(current_setting('aims.organisation', true), '-', '') || '''')::tsquery)
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0009_texts")]

    operations = [
        migrations.RunSQL(WORDS, "drop function if exists evidence_words(text)"),
        due_function("across_evidence_texts_due", "evidence_filetext", "due_at"),
        AcrossFunction(
            name="search_evidence_texts",
            table="evidence_filetext",
            columns=["organisation_id", "item_id", "words"],
            arguments="asked text",
            body=FOUND,
        ),
    ]
