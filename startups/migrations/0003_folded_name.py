import django.core.validators
from django.db import migrations, models

import startups.models
from marketplace.names import organisation_key

LONGEST = 200
BATCH = 500


def fold_names(apps, schema_editor):
    Organisation = apps.get_model("startups", "Organisation")
    rows = []
    for organisation in Organisation.objects.only("pk", "name").iterator(chunk_size=BATCH):
        organisation.folded_name = organisation_key(organisation.name)[:LONGEST]
        rows.append(organisation)
        if len(rows) == BATCH:
            Organisation.objects.bulk_update(rows, ["folded_name"])
            rows = []
    Organisation.objects.bulk_update(rows, ["folded_name"])


class Migration(migrations.Migration):
    dependencies = [
        ("startups", "0002_company_number_in_ascii_digits"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="folded_name",
            field=startups.models.FoldedNameField(
                db_default="", db_index=True, default="", editable=False, max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="organisation",
            name="company_number",
            field=models.CharField(
                blank=True,
                max_length=8,
                validators=[
                    django.core.validators.RegexValidator(
                        "^([0-9]{8}|R0[0-9]{6}|[A-Z]{2}([0-9]{6}|[0-9]{5}[A-Z]|[0-9]{3}[A-Z]{3}))$",
                        "Enter the 8 characters of the number, for example 01234567 or SC123456.",
                    )
                ],
                verbose_name="Companies House number",
            ),
        ),
        migrations.RunPython(fold_names, migrations.RunPython.noop),
    ]
