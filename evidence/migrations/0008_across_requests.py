from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("evidence", "0007_requests")]

    operations = [due_function("across_evidence_requests_due", "evidence_evidencerequest", "next_reminder_at")]
