"""A migrated database in a tenth of a second: a SQLite template, copied for each session.

Migrating takes long and must not be left out (`--nomigrations` leaves Wagtail without a root
page and its search tables). So it is done once for each state of the migrations.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import django
import wagtail
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models.signals import post_migrate


def use_copy_of_template(copy: Path) -> None:
    """Point the default connection, and those of threads to come, at a fresh migrated file.

    A file and not memory: a live server's threads then each have a connection of their own,
    as in production, and not one shared transaction.
    """
    shutil.copyfile(template(settings.VAR_DIR / "test" / "templates"), copy)
    connection.close()
    connection.settings_dict["NAME"] = str(copy)
    # What these make after migrating may have changed since without a migration.
    for app in (apps.get_app_config("activity"), apps.get_app_config("cms")):
        post_migrate.send(
            sender=app,
            app_config=app,
            verbosity=0,
            interactive=False,
            using="default",
            plan=[],
            apps=apps,
        )


def template(folder: Path) -> Path:
    """The template file for the migrations as they are; built if need be, by one process only."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{migrations_digest()}.sqlite3"
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not place.exists():
            for old in folder.glob("*.sqlite3*"):
                old.unlink()
            unfinished = place.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            migrate(unfinished)
            hold_lengths(unfinished)
            unfinished.rename(place)
    return place


def migrate(place: Path) -> None:
    """Migrate a new SQLite file in a process of its own, so that this one keeps no trace of it."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{place}",
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"the template database could not be migrated:\n{done.stderr}")


def hold_lengths(place: Path) -> None:
    """Let SQLite refuse text that is longer than its column, as PostgreSQL does: a title of 191
    characters once stopped approvals in production alone."""
    with closing(sqlite3.connect(place)) as database:
        there = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        for table, limits in sorted(limits_by_table().items()):
            if table not in there:
                continue
            too_long = " OR ".join(
                f'length(NEW."{column}") > {longest}' for column, longest in sorted(limits.items())
            )
            for act in ("INSERT", "UPDATE"):
                database.execute(
                    f'CREATE TRIGGER "{table}_{act}_lengths" BEFORE {act} ON "{table}" '
                    f"WHEN {too_long} BEGIN SELECT RAISE(ABORT, "
                    f"'value too long for a column of {table}'); END"
                )
        database.commit()


def limits_by_table() -> dict[str, dict[str, int]]:
    """Table → column → the most characters that PostgreSQL would take."""
    found: dict[str, dict[str, int]] = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.proxy or not meta.managed:
            continue
        for field in meta.local_concrete_fields:
            if field.max_length and (field.db_type(connection) or "").startswith("varchar"):
                found.setdefault(meta.db_table, {})[str(field.column)] = field.max_length
    return found


def migrations_digest() -> str:
    """Hash of every installed app's migrations and set-up after them, and of the frameworks."""
    found = hashlib.sha256(f"{django.VERSION}{wagtail.VERSION}".encode())
    found.update(Path(__file__).read_bytes())
    for app in apps.get_app_configs():
        folder = Path(app.path)
        for path in sorted([*folder.glob("migrations/*.py"), folder / "apps.py"]):
            if path.exists():
                found.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return found.hexdigest()[:32]
