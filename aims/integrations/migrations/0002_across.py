from django.db import migrations

from aims.tenancy.across import due_function


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [due_function("across_mail_due", "integrations_notification", "email_due_at")]
