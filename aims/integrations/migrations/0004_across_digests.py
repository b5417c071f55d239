from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_digest")]

    operations = [due_function("across_digests_due", "integrations_digest", "due_at")]
