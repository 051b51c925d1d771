"""Brings files that once stood in the public folder to the private store.

Safe to run again at any time, to stop at any moment, and beside the site: a file is copied whole
and compared before the old one goes, and its name stays the same.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.files.storage import FileSystemStorage, storages

from marketplace.files.storage import PARTIAL, NotStored

log = structlog.get_logger(__name__)

FOLDERS = ("documents", "original_images", "wagtail_uploads")
"""Folders of the public store that no page shows anything of."""


def move_to_private(*, keep: bool = False) -> dict[str, int]:
    """Move what stands in `FOLDERS`.

    Args:
        keep: leave the old ones where they are, for a release that still reads them.

    Returns:
        How many were "moved", and how many were "left": they could not be stored, or another file
        has their name.
    """
    public, private = storages["pictures"], storages["private"]
    found = {"moved": 0, "left": 0}
    if not isinstance(public, FileSystemStorage):
        return found
    for name in _names(public):
        try:
            is_there = _copy(public, private, name)
        except (NotStored, OSError) as error:
            log.warning("a file could not be moved", why=str(error)[:200])
            is_there = False
        if is_there and not keep:
            public.delete(name)
        found["moved" if is_there else "left"] += 1
    return found


def _names(public: FileSystemStorage) -> Iterator[str]:
    for folder in FOLDERS:
        try:
            _, names = public.listdir(folder)
        except FileNotFoundError:
            continue
        yield from (f"{folder}/{name}" for name in sorted(names) if not name.startswith(PARTIAL))


def _copy(public: Any, private: Any, name: str) -> bool:
    """Whether the private store has the same file under the same name now."""
    if not private.exists(name):
        with public.open(name, "rb") as old:
            stored = private.save(name, old)
        if stored != name:  # somebody stored another in this moment
            private.delete(stored)
            return False
    return _digest(public, name) == _digest(private, name)


def _digest(storage: Any, name: str) -> str:
    digest = hashlib.sha256()
    with storage.open(name, "rb") as file:
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()
