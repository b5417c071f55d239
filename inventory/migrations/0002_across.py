from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]

    operations = [due_function("across_imports_due", "inventory_systemimport", "due_at")]
