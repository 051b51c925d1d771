"""Where things stand. Everything that set-up makes is ignored by git and may be deleted."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements"
NODE_MODULES = ROOT / "node_modules"
OWN_NODE = ROOT / "build" / "node"
STATIC = ROOT / "build" / "static"
COLLECTED = ROOT / "build" / "collected"
"""Where production collects static files; whitenoise warns where the folder is missing."""
STYLES = ROOT / "marketplace" / "styles"
VAR = ROOT / "var"
LOGS = VAR / "setup"
DATABASE = VAR / "marketplace.sqlite3"
UPLOADS = (VAR / "media", VAR / "private", VAR / "mail")
KEPT_SEALS = VAR / "kept-seals.jsonl"
"""Copies of the embedded database’s seals; they are of no other."""


def shown(path: Path) -> str:
    """A path as a person would type it from the project's folder."""
    return os.path.relpath(path, ROOT)
