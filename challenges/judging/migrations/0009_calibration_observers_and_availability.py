import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def key(to, name):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=name, to=to)


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0008_unblinded"),
        ("judging", "0008_out_of_scope"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Calibration",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "panel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calibration",
                        to="judging.panel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField(max_length=20000)),
                ("calibration", key("judging.calibration", "samples")),
            ],
            options={
                "ordering": ["sort_order"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("calibration", "sort_order"), name="sample_in_order"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SampleReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("handed_in_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("member", key("judging.panelmember", "sample_reviews")),
                ("sample", key("judging.sample", "reviews")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "member"), name="sample_review_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SampleScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.PositiveSmallIntegerField()),
                ("comment", models.TextField(blank=True, max_length=10000)),
                ("criterion", key("calls.criterion", "+")),
                ("review", key("judging.samplereview", "scores")),
            ],
            options={
                "ordering": ["criterion__sort_order", "criterion"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("review", "criterion"), name="sample_score_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__lte", 10)), name="sample_score_at_most_10"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="panelmember",
            name="away_from",
            field=models.DateField(blank=True, null=True, verbose_name="away from"),
        ),
        migrations.AddField(
            model_name="panelmember",
            name="away_until",
            field=models.DateField(blank=True, null=True, verbose_name="away until"),
        ),
        migrations.AddField(
            model_name="panelmember",
            name="most_pitches",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="the most pitches they can read",
            ),
        ),
        migrations.AlterField(
            model_name="panelmember",
            name="role",
            field=models.CharField(
                choices=[
                    ("judge", "Judge"),
                    ("chair", "Chair"),
                    ("watch", "Observer: sees the meeting, scores nothing"),
                ],
                default="judge",
                max_length=5,
            ),
        ),
        migrations.AddConstraint(
            model_name="panelmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("away_from", None), ("away_until", None))
                | models.Q(("away_until__gte", models.F("away_from"))),
                name="member_away_in_order",
            ),
        ),
    ]
