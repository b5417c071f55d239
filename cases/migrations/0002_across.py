from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [due_function("across_cases_due", "cases_assurancecase", "next_transition_at")]
