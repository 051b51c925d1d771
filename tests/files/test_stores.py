"""A file is kept whole or not at all, and what was typed stays; public files are no pages."""

import errno
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.test import Client, RequestFactory

from challenges.calls.models import QuestionKind
from challenges.pitches.models import Attachment
from marketplace.files import moving
from marketplace.files.serving import media
from marketplace.files.storage import NotStored, WholeFileStorage
from marketplace.uploads import KindTemporaryFileUploadHandler, NotReceived
from tests.factories import OrganisationFactory, UserFactory, sign_in
from tests.parts import require_part
from tests.pitches import samples
from tests.pitches.conftest import call_asking, entry_for, fresh, url

FAULTS = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.ETIMEDOUT]


def left_in(folder: Path) -> list[str]:
    return [name for _, _, names in os.walk(folder) for name in names]


class Failing(io.BytesIO):
    """Content of which the second half can't be written."""

    def __init__(self, number: int) -> None:
        super().__init__(b"x" * 100)
        self.number = number
        self.name = "a"

    def chunks(self) -> Iterator[bytes]:
        yield b"x" * 50
        raise OSError(self.number, os.strerror(self.number))


@pytest.mark.parametrize("number", FAULTS, ids=[errno.errorcode[each] for each in FAULTS])
def test_nothing_stays_of_what_could_not_be_stored(number: int, tmp_path: Path) -> None:
    storage = WholeFileStorage(location=str(tmp_path))
    with pytest.raises(NotStored, match="full or can’t be reached"):
        storage.save("folder/a", Failing(number))
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("where", ["makedirs", "fsync", "open", "replace"])
def test_wherever_the_fault_comes(where: str, tmp_path: Path, monkeypatch: Any) -> None:
    storage = WholeFileStorage(location=str(tmp_path))

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "full")

    target = {"open": "tempfile.mkstemp", "replace": "os.rename"}.get(where, f"os.{where}")
    monkeypatch.setattr(target, fail)
    if where == "replace":
        monkeypatch.setattr("django.core.files.move.file_move_safe", fail)
        monkeypatch.setattr("django.core.files.storage.filesystem.file_move_safe", fail)
    with pytest.raises(NotStored):
        storage.save("folder/a", ContentFile(b"x"))
    monkeypatch.undo()
    assert left_in(tmp_path) == []
    assert storage.save("folder/a", ContentFile(b"x")) == "folder/a"
    assert left_in(tmp_path) == ["a"]


def test_two_of_one_name_are_two_files(tmp_path: Path) -> None:
    storage = WholeFileStorage(location=str(tmp_path))
    names = {storage.save("a", ContentFile(content)) for content in (b"one", b"two")}
    found = set()
    for name in names:
        with storage.open(name) as file:
            found.add(file.read())
    assert found == {b"one", b"two"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path)], capture_output=True
    )
    require_part("a disk to mount", done.returncode == 0, "run the tests as root")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.mark.django_db
def test_a_full_disk_is_told_beside_the_field_and_frees_itself(
    client: Client, small_disk: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(
        Attachment.file.field, "storage", WholeFileStorage(location=str(small_disk))
    )
    person = UserFactory()
    entry = entry_for(
        call_asking(QuestionKind.FILE, QuestionKind.SHORT_TEXT), OrganisationFactory(owner=person)
    )
    sign_in(client, person)
    file, text = (f"q{spec['id']}" for spec in entry.specs)
    vast = samples.pdf() + b"\n%" + os.urandom(2_000_000).replace(b"obj", b"")
    for content in (vast, vast):
        data = {"version": fresh(entry).version, "title": "T", "summary": "S", text: "typed"}
        reply = client.post(
            url("write", entry), {**data, file: SimpleUploadedFile("plan.pdf", content)}
        )
        assert reply.status_code == 200
        shown = reply.content.decode()
        assert "store is full or can’t be reached" in shown and f'id="id_{file}-error"' in shown
        assert fresh(entry).answers.get().value == "typed"
        assert left_in(small_disk) == [] and not Attachment.objects.exists()


def test_a_full_folder_for_uploads_is_told_by_the_form(
    tmp_path: Path, settings: Any, monkeypatch: Any
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    handler = KindTemporaryFileUploadHandler(RequestFactory().post("/"))
    handler.new_file("file", "plan.pdf", "application/pdf", 100)

    def fail(data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(handler.file.file, "write", fail)
    handler.receive_data_chunk(b"x" * 100, 0)
    handler.receive_data_chunk(b"x" * 100, 100)
    received = handler.file_complete(200)
    assert isinstance(received, NotReceived) and received.name == "plan.pdf"
    assert left_in(tmp_path) == []


@pytest.fixture
def public_folder() -> Path:
    folder = Path(storages["pictures"].location)
    for name in ("images", "documents", "original_images"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


PAGE = b"<html><script>alert(1)</script></html>"
PUBLIC = {
    "images/a.png": (samples.PNG, "image/png"),
    "images/a.jpg": (samples.JPEG, "image/jpeg"),
    "images/a.webp": (samples.WEBP, "image/webp"),
    "images/evil.png": (PAGE, ""),
    "images/evil.gif": (b"GIF89a/*" + PAGE, ""),
    "images/evil.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
    "images/evil.html": (samples.PNG, ""),
    "images/other.png": (samples.JPEG, ""),
    "documents/evil.html": (PAGE, ""),
    "documents/evil.js": (b"alert(1)", ""),
    "original_images/a.png": (samples.PNG, ""),
    "a.png": (samples.PNG, ""),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_only_renditions_of_real_pictures_are_shown(name: str, public_folder: Path) -> None:
    content, shown = PUBLIC[name]
    (public_folder / name).write_bytes(content)
    reply = media(RequestFactory().get(f"/media/{name}"), name)
    assert b"".join(reply.streaming_content) == content
    assert reply["Content-Type"] == (shown or "application/octet-stream")
    assert reply["Content-Disposition"] == ("inline" if shown else "attachment")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Content-Security-Policy"] == "default-src 'none'; sandbox"
    (public_folder / name).unlink()


@pytest.mark.parametrize("path", ["", "images", "images/none.png", "a\x00.png", "..", "images/../"])
def test_what_is_not_there_is_not_found(path: str, public_folder: Path) -> None:
    with pytest.raises(Http404):
        media(RequestFactory().get("/media/"), path)


def test_old_files_move_to_the_private_store_and_may_stop_anywhere(
    public_folder: Path, monkeypatch: Any
) -> None:
    names = [f"documents/old-{number}.pdf" for number in range(3)]
    for name in names:
        (public_folder / name).write_bytes(name.encode())
    private, delete = storages["private"], storages["pictures"].delete
    private.save(names[1], ContentFile(b"another file of this name"))

    def stop(name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storages["pictures"], "delete", stop)
    with pytest.raises(KeyboardInterrupt):
        moving.move_to_private()
    monkeypatch.setattr(storages["pictures"], "delete", delete)
    assert moving.move_to_private(keep=True) == {"moved": 2, "left": 1}
    assert moving.move_to_private() == {"moved": 2, "left": 1}
    assert [name for name in names if (public_folder / name).exists()] == [names[1]]
    for name in (names[0], names[2]):
        with private.open(name) as moved:
            assert moved.read() == name.encode()
    (public_folder / names[1]).unlink()
    assert moving.move_to_private() == {"moved": 0, "left": 0}
    for name in names:
        private.delete(name)
