from django.db import migrations

from aims.tenancy.across import AcrossFunction


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [AcrossFunction(
            name="across_organisations_of",
            table="tenancy_member",
            columns=["organisation_id", "user_id", "is_active"],
            arguments="account uuid",
            body="select organisation_id from tenancy_member where user_id = account and is_active",
        )]
