import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("calls", "0002_reference_is_a_slug"),
        ("pitches", "0002_keep_draft_headings"),
        ("startups", "0002_company_number_in_ascii_digits"),
    ]

    operations = [
        migrations.CreateModel(
            name="Award",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("slug", models.SlugField(max_length=160, unique=True)),
                ("summary", models.TextField(blank=True)),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, help_text="pounds", max_digits=12),
                ),
                (
                    "amount_is_limit",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="the record gives the most that could be paid, not what was",
                    ),
                ),
                ("awarded_on", models.DateField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Under way"),
                            ("completed", "Completed"),
                            ("ended", "Ended early"),
                        ],
                        default="active",
                        editable=False,
                        max_length=9,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="where an imported award is from", max_length=300
                    ),
                ),
                ("is_demonstration", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="calls.call",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        help_text="empty for an award imported from a published record",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award",
                        to="pitches.entry",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="startups.organisation",
                    ),
                ),
                (
                    "stage",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="awards",
                        to="calls.stage",
                    ),
                ),
            ],
            options={
                "ordering": ["-awarded_on", "title"],
                "indexes": [models.Index(fields=["-awarded_on", "title"], name="award_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="award_not_negative"
                    )
                ],
            },
        ),
    ]
