from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pitches", "0005_partners")]

    operations = [
        migrations.AddField(
            model_name="pitch",
            name="erasure_warned_at",
            field=models.DateTimeField(null=True, editable=False),
        ),
        migrations.AddField(
            model_name="pitch",
            name="erased_at",
            field=models.DateTimeField(
                null=True, editable=False, help_text="when what was written in it was erased"
            ),
        ),
    ]
