"""A question waits for another one itself, no longer for a place in the list.

The old column stays in the database for one release, empty in new rows, so that processes of the
release before can still read and write while this one is rolled out.
"""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("calls", "0013_proposals_and_asks")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="question", name="condition_on"),
                migrations.AddField(
                    model_name="question",
                    name="condition_place",
                    field=models.PositiveSmallIntegerField(
                        null=True,
                        blank=True,
                        db_column="condition_on",
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
            ]
        ),
        migrations.AddField(
            model_name="question",
            name="condition_on",
            field=models.ForeignKey(
                blank=True,
                help_text="An earlier question of the stage, with choices.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="calls.question",
                verbose_name="ask only after",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("condition_on", None),
                    models.Q(("condition_on", models.F("pk")), _negated=True),
                    _connector="OR",
                ),
                name="question_waits_for_another",
            ),
        ),
    ]
