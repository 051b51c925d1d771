"""Stores that keep a file whole or not at all, and say so kindly when they can't.

A full disk, one that can't be written, a quota, an object store that is away: whatever the reason,
nothing of the file stays, and a `NotStored` says so beside the field that it came from.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import structlog
from django.core.files.storage import FileSystemStorage

from marketplace.errors import Refused

log = structlog.get_logger(__name__)

PARTIAL = ".part-"
"""How the names of files begin that are still being written."""


class NotStored(Refused):
    """A file could not be stored, and nothing of it was kept."""

    def __init__(self) -> None:
        super().__init__(
            "The file can’t be stored at the moment, because the service’s file store is full or "
            "can’t be reached. Nothing else is lost. Choose it again in a few minutes, and tell "
            "us if this stays so."
        )


class StoreAway(OSError):
    """An object store does not answer, or answers that it can't."""


@contextlib.contextmanager
def kindly(name: str, *errors: type[Exception]) -> Iterator[None]:
    """Raises: NotStored, in place of these errors."""
    try:
        yield
    except errors as error:
        log.warning("a file could not be stored", error=type(error).__name__, why=str(error)[:200])
        raise NotStored from error


class WholeFileStorage(FileSystemStorage):
    """A folder. A file is written beside its place, flushed to the disk, and then moved there."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Raises: NotStored: the disk is full, can't be written, or fails."""
        with kindly(name or "", OSError):
            return super().save(name, content, max_length)

    def _save(self, name: str, content: Any) -> str:
        folder = os.path.dirname(self.path(name))
        os.makedirs(folder, exist_ok=True)
        handle, path = tempfile.mkstemp(prefix=PARTIAL, dir=folder)
        try:
            with os.fdopen(handle, "wb") as part:
                for chunk in content.chunks():
                    part.write(chunk if isinstance(chunk, bytes) else chunk.encode())
                part.flush()
                os.fsync(part.fileno())
            return super()._save(name, _Written(path, content))
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)


class _Written:
    """A file that stands on the disk, as Django moves it to its place."""

    def __init__(self, path: str, content: Any) -> None:
        self._path, self.name = path, getattr(content, "name", None)

    def temporary_file_path(self) -> str:
        return self._path

    def close(self) -> None:
        """Nothing is open."""


class PictureStorage(WholeFileStorage):
    """Renditions, which anybody may see: the one folder that is served as it is."""
