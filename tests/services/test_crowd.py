"""A small crowd at a deadline, a server that dies under it, and parts that go away meanwhile."""

import os
import subprocess
import sys

import pytest

from tests.parts import require_part
from tests.production import ROOT

pytestmark = pytest.mark.services


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("tests.load.rush", ["--applicants=24", "--seconds=15"]),
        ("tests.load.kill", ["--applicants=24"]),
        ("tests.chaos", ["--slice"]),
    ],
)
def test_nothing_is_lost(module: str, arguments: list[str]) -> None:
    url = os.environ.get("DATABASE_URL", "")
    require_part("PostgreSQL", url.startswith("postgres"), "run `make test-real`")
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout + done.stderr
