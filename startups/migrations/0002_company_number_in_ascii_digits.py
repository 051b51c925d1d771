import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("startups", "0001_initial"),
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
                        "^([0-9]{8}|[A-Z]{2}[0-9]{6}|R0[0-9]{6}|IP[0-9]{5}[A-Z0-9])$",
                        "Enter the 8 characters of the number, for example 01234567 or SC123456.",
                    )
                ],
                verbose_name="Companies House number",
            ),
        ),
    ]
