"""Pages that open a stored file, while the store fails in every way."""

import errno
import os
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from django.core.files.storage import FileSystemStorage

from marketplace.outages.failures import is_passing
from marketplace.regions.models import Region
from tests.permissions.addresses import addresses
from tests.permissions.walking import Walker
from tests.permissions.world import make_pages, panel_at_work, people, values

GONE = FileNotFoundError(errno.ENOENT, "No such file or directory")
FAILURES = [
    GONE,
    *(OSError(code, os.strerror(code)) for code in (errno.EIO, errno.ENOSPC, errno.EROFS)),
    *(OSError(code, os.strerror(code)) for code in (errno.EMFILE, errno.EDQUOT, errno.ESTALE)),
]
WITH_FILES = re.compile(r"file|attach|document|image|media|download|cop(y|ies)|avatar|logo|pack")


@pytest.mark.parametrize("error", FAILURES[1:], ids=lambda error: errno.errorcode[error.errno])
def test_a_disk_that_fails_is_no_fault_of_the_page(error: OSError) -> None:
    assert is_passing(error)
    assert not is_passing(GONE)


@pytest.mark.django_db
def test_no_page_fails_worse_without_its_files() -> None:
    world = panel_at_work()
    pages = make_pages(Region.objects.get(pk=world.call.region_id), world.officer)
    who = people(world)
    found = [each for each in addresses(values(world, pages)) if WITH_FILES.search(each)]
    assert len(found) > 50
    wrong: list[str] = []
    tried: set[str] = set()
    for name in ("a superuser", "the applicant"):
        walker = Walker(who[name])
        for address in found:
            for error in FAILURES[:3]:
                said: list[int] = []
                with patch.object(FileSystemStorage, "_open", side_effect=error) as opened:
                    walker.get(address, _status(said))
                if said[0] >= 500 and said[0] != 503:
                    wrong.append(f"{address} as {name}: {said[0]} after {error}")
                if not opened.called:
                    break
                tried.add(address)
    assert wrong == []
    assert len(tried) >= 3, "else it proves nothing"


def _status(said: list[int]) -> Callable[[Any], None]:
    return lambda reply: said.append(reply.status_code)
