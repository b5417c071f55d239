from django.db import migrations

from aims.tenancy.across import due_function

# As the owner, who is bound by the policies too unless the tables say otherwise for a moment: signals that were open
# before signals were escalated have a day as well.
GIVE_OPEN_SIGNALS_A_TIME = """
alter table cases_signal no force row level security;
alter table cases_signal_history no force row level security;
update cases_signal set escalate_at = (due_on + 1)::timestamp at time zone 'UTC'
where status = 'open' and restored_at is null;
set constraints all immediate;
alter table cases_signal force row level security;
alter table cases_signal_history force row level security;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0009_escalation")]

    operations = [
        due_function("across_signals_due", "cases_signal", "escalate_at"),
        migrations.RunSQL(GIVE_OPEN_SIGNALS_A_TIME, migrations.RunSQL.noop),
    ]
