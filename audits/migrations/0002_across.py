from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("audits", "0001_initial")]

    operations = [due_function("across_packs_due", "audits_pack", "due_at")]
