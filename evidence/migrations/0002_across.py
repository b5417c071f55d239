from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [due_function("across_evidence_due", "evidence_evidenceversion", "next_change_at")]
