"""The proxy in front of gunicorn with production settings, once for all tests of this folder."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.front.proxy import NGINX, Front, front
from tests.parts import require_part


@pytest.fixture(scope="session", autouse=True)
def _proxy_is_here() -> None:
    require_part("nginx", shutil.which(NGINX), "on Debian: sudo apt install nginx")


@pytest.fixture(scope="session")
def standing_front(_proxy_is_here: None) -> Iterator[Front]:
    for name in ("DATABASE_URL", "REDIS_URL"):
        is_real = os.environ.get(name, "").startswith(("postgres", "redis"))
        require_part(name, is_real, "run `make test-real`")
    with front(PROXY_REQUESTS="5000", PROXY_BURST="5000") as found:
        yield found
