import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0008_unblinded"),
        ("search", "0001_search_index"),
        ("startups", "0002_company_number_in_ascii_digits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="indexentry",
            index=models.Index(fields=["version"], name="entry_by_version"),
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[
                            ("call", "For the call"),
                            ("organisation", "For the organisation"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_good", models.BooleanField(help_text="a good match; else not relevant")),
                (
                    "weights_version",
                    models.PositiveSmallIntegerField(help_text="of `search.scoring` at the time"),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinions",
                        to="calls.call",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="opinions",
                        to="startups.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("call", "organisation", "side"), name="one_opinion_a_side"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TextVector",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="of the document that it was made from", max_length=16
                    ),
                ),
                (
                    "model",
                    models.CharField(help_text="only vectors of one model compare", max_length=80),
                ),
                (
                    "vector",
                    models.BinaryField(
                        help_text="half-precision numbers, little-endian, of unit length"
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vector",
                        to="search.indexentry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                (
                    "query",
                    models.CharField(help_text="as in the address of the results", max_length=1000),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_searches",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "saved searches",
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "query"), name="search_saved_once")
                ],
            },
        ),
    ]
