"""A migrated database in a tenth of a second: a SQLite template, copied for each session.

Migrating takes long and must not be left out (`--nomigrations` leaves Wagtail without a root
page and its search tables). So it is done once for each state of the migrations.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
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
    # What `cms` makes after migrating may have changed since without a migration.
    cms = apps.get_app_config("cms")
    post_migrate.send(
        sender=cms,
        app_config=cms,
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


def migrations_digest() -> str:
    """Hash of every installed app's migrations and set-up after them, and of the frameworks."""
    found = hashlib.sha256(f"{django.VERSION}{wagtail.VERSION}".encode())
    for app in apps.get_app_configs():
        folder = Path(app.path)
        for path in sorted([*folder.glob("migrations/*.py"), folder / "apps.py"]):
            if path.exists():
                found.update(f"{app.label}/{path.name}".encode() + path.read_bytes())
    return found.hexdigest()[:32]
