"""A submission that waited in a queue at the deadline is kept later than it was asked for."""

from typing import Any

import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def as_asked_for(apps: Any, schema_editor: Any) -> None:
    """Until now each was seen at once."""
    apps.get_model("pitches", "Submission").objects.update(kept_at=F("at"))


class Migration(migrations.Migration):
    dependencies = [
        ("pitches", "0010_time_of_its_own"),
    ]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="kept_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                default=django.utils.timezone.now,
                help_text="when others could see it: later than `at` where it waited in a queue",
            ),
        ),
        migrations.AlterField(
            model_name="submission",
            name="at",
            field=models.DateTimeField(
                help_text="when it was asked for: that decides whether it was in time"
            ),
        ),
        migrations.RunPython(as_asked_for, migrations.RunPython.noop, elidable=True),
    ]
