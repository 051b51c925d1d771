"""A real clamd, with one signature of its own: the harmless text that every scanner knows."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from challenges.calls.models import QuestionKind
from challenges.pitches import tasks
from challenges.pitches.attachments import attach_file
from challenges.pitches.models import Attachment, ScanState
from tests.factories import OrganisationFactory, UserFactory
from tests.parts import require_part
from tests.pitches import samples
from tests.pitches.conftest import call_asking, entry_for

pytestmark = [pytest.mark.services, pytest.mark.django_db]

SIGNATURE = f"Eicar-Test:0:*:{samples.EICAR.hex()}\n"
SECONDS = 30


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scanner of this test's own."""
    program = shutil.which("clamd")
    require_part("ClamAV", program, "install clamav-daemon")
    folder = tmp_path_factory.mktemp("clamav")
    (folder / "test.ndb").write_text(SIGNATURE)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    settings = folder / "clamd.conf"
    settings.write_text(
        f"Foreground yes\nDatabaseDirectory {folder}\nTCPAddr 127.0.0.1\nTCPSocket {port}\n"
        "StreamMaxLength 50M\nConcurrentDatabaseReload no\n"
    )
    log = (folder / "log").open("w")
    running = subprocess.Popen([program, f"--config-file={settings}"], stdout=log, stderr=log)
    try:
        _wait(running, port, folder / "log")
        yield f"tcp://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(timeout=SECONDS)
        log.close()


def _wait(running: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"clamd did not start: {log.read_text()}")


def attach(content: bytes, name: str) -> Attachment:
    person = UserFactory()
    entry = entry_for(call_asking(QuestionKind.FILE), OrganisationFactory(owner=person))
    upload = SimpleUploadedFile(name, content)
    [spec] = entry.specs
    return attach_file(entry=entry, question=spec["id"], upload=upload, actor=person)


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (samples.PDF, ScanState.CLEAN),
        (samples.office("word"), ScanState.CLEAN),
        (samples.office("word", **{"word/media/a.txt": samples.EICAR}), ScanState.INFECTED),
    ],
)
def test_a_real_scanner_gives_the_verdict(clamd: str, settings, content: bytes, state: str) -> None:
    settings.CLAMD_URL = clamd
    file = attach(content, "plan")
    assert file.scan_state == ScanState.WAITING
    assert tasks.scan_waiting_attachments() == 1
    file.refresh_from_db()
    assert file.scan_state == state


def test_a_scanner_that_is_away_loses_nothing(settings) -> None:
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    file = attach(samples.PDF, "plan")
    assert tasks.scan_waiting_attachments() == 0
    file.refresh_from_db()
    assert file.scan_state == ScanState.WAITING
    assert file.file.storage.exists(file.file.name)
