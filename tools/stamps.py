"""Stamps say that a step was finished for exactly these inputs.

A stamp is written last and removed first, so a step that was interrupted runs again.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from tools.paths import ROOT


def digest(files: Iterable[Path], *extra: str) -> str:
    """Hash of the files' places and contents, in that order, and of any extra text."""
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(os.path.relpath(path, ROOT).encode() + b"\0" + path.read_bytes() + b"\0")
    for text in extra:
        found.update(text.encode() + b"\0")
    return found.hexdigest()


def matches(stamp: Path, wanted: str) -> bool:
    try:
        return stamp.read_text() == wanted
    except OSError:
        return False


def write(stamp: Path, value: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)


def remove(stamp: Path) -> None:
    stamp.unlink(missing_ok=True)
