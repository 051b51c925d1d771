"""A slice of `make attack`: a part of each kind, through the proxy, on the real parts."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.browsers import find_chromium
from tests.front.proxy import NGINX
from tests.parts import require_part
from tests.production import ROOT

pytestmark = pytest.mark.services


def test_nothing_gives_way() -> None:
    url = os.environ.get("DATABASE_URL", "")
    require_part("PostgreSQL", url.startswith("postgres"), "run `make test-real`")
    require_part("nginx", shutil.which(NGINX), "on Debian: sudo apt install nginx")
    require_part("Chromium", find_chromium(), "install it, or set CHROMIUM to its path")
    done = subprocess.run(
        [sys.executable, "-m", "tests.attack.run", "--slice"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
