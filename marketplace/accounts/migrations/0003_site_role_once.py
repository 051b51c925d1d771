"""A role of the whole site is held once; made without a lock that keeps writers waiting."""

from typing import Any

from django.db import migrations, models

ONCE = models.UniqueConstraint(
    condition=models.Q(("region__isnull", True)),
    fields=("user", "role"),
    name="site_role_once",
)


def add(apps: Any, schema_editor: Any) -> None:
    model = apps.get_model("accounts", "RegionRole")
    if schema_editor.connection.vendor != "postgresql":
        schema_editor.add_constraint(model, ONCE)
        return
    # One that was broken off leaves an index that holds nothing up.
    schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS site_role_once")
    schema_editor.execute(
        "CREATE UNIQUE INDEX CONCURRENTLY site_role_once ON accounts_regionrole (user_id, role) "
        "WHERE region_id IS NULL"
    )


def remove(apps: Any, schema_editor: Any) -> None:
    schema_editor.remove_constraint(apps.get_model("accounts", "RegionRole"), ONCE)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_site_roles"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(add, remove)],
            state_operations=[
                migrations.AddConstraint(model_name="regionrole", constraint=ONCE),
            ],
        ),
    ]
