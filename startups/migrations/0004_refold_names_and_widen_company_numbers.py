import django.core.validators
from django.db import migrations, models

from marketplace.names import organisation_key

LONGEST = 200
BATCH = 500


def fold_anew(apps, schema_editor):
    """Names as they are folded now: more marks, endings and scripts count as one."""
    Organisation = apps.get_model("startups", "Organisation")
    changed = []
    rows = Organisation.objects.only("pk", "name", "folded_name").order_by("pk")
    for organisation in rows.iterator(chunk_size=BATCH):
        folded = organisation_key(organisation.name)[:LONGEST]
        if folded != organisation.folded_name:
            organisation.folded_name = folded
            changed.append(organisation)
    Organisation.objects.bulk_update(changed, ["folded_name"], batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [
        ("startups", "0003_folded_name"),
    ]

    operations = [
        migrations.AlterField(
            model_name="organisation",
            name="company_number",
            field=models.CharField(
                blank=True,
                max_length=8,
                validators=[
                    django.core.validators.RegexValidator(
                        "^([0-9]{8}|R0[0-9]{5}[0-9CR]|OC[0-9P]{4}([0-9P][0-9A-Z]|[A-Z]{2})|[A-Z]{2}"
                        "([0-9]{6}|[0-9]{5}[A-Z]|[0-9]{4}[A-Z]{2}|[0-9]{3}[A-Z]{3}))$",
                        "Enter the 8 characters of the number, for example 01234567 or SC123456.",
                    )
                ],
                verbose_name="Companies House number",
            ),
        ),
        migrations.RunPython(fold_anew, migrations.RunPython.noop),
    ]
