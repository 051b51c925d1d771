"""Pictures and names that are made to stop a server, or to be taken for something else."""

import io
import struct
import time
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, PngImagePlugin
from wagtail.documents.models import Document

from marketplace.errors import Refused
from marketplace.files import check_file
from marketplace.files.images import MOST_SCANS
from marketplace.files.picture_headers import jpeg_scans
from tests.factories import UserFactory, sign_in
from tests.files.test_wagtail_roads import ROADS, upload
from tests.pitches import samples


def taken(content: bytes, name: str = "a.jpg") -> bool:
    return bool(check_file(SimpleUploadedFile(name, content)).content_type)


def drawn(form: str, size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(made, form, **options)
    return made.getvalue()


def drawn_over(times: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A JPEG whose last scan stands in it so often."""
    flat = io.BytesIO()
    Image.new("L", size).save(flat, "JPEG", progressive=True)
    made = flat.getvalue()
    start = made.rindex(b"\xff\xda")
    return made[:start] + made[start:-2] * times + b"\xff\xd9"


def test_a_picture_that_is_drawn_over_and_over_is_refused_at_once() -> None:
    vast = drawn_over(2_000, (2_000, 1_500))
    begun = time.process_time()
    with pytest.raises(Refused, match="is damaged"):
        taken(vast)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 95}, {"exif": b"x"}])
def test_what_programs_write_is_far_below_the_limit(options: dict[str, Any]) -> None:
    content = drawn("JPEG", **options)
    assert 1 <= jpeg_scans(content, 1000) < MOST_SCANS / 2
    assert taken(content)


def test_scans_are_counted_where_a_picture_says_that_they_are() -> None:
    plain = drawn("JPEG")
    inside = b"\xff\xe1" + struct.pack(">H", 4 + len(plain)) + b"xx" + plain
    assert jpeg_scans(plain[:2] + inside + plain[2:], 1000) == jpeg_scans(plain, 1000)
    assert jpeg_scans(plain + plain, 1000) == jpeg_scans(plain, 1000)
    assert jpeg_scans(drawn_over(9_000), 100) == 101
    for cut in range(0, len(plain), 7):
        assert jpeg_scans(plain[:cut], 1000) <= 1


def text_chunk(length: int) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * length, zip=True)
    return drawn("PNG", pnginfo=info)


HOSTILE = {
    "cut off": drawn("JPEG")[:200],
    "words that unpack to far more": text_chunk(80_000_000),
    "a moving picture of many": drawn(
        "PNG",
        save_all=True,
        append_images=[Image.new("RGB", (64, 48), (n % 255, n // 255, 0)) for n in range(300)],
    ),
    "vast by its head": drawn("PNG").replace(
        struct.pack(">2L", 64, 48), struct.pack(">2L", 60_000, 60_000), 1
    ),
    "a drawing": b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
    "a page": b"\xff\xd8<html><script>x</script>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_refused(name: str) -> None:
    begun = time.process_time()
    with pytest.raises(Refused):
        taken(HOSTILE[name])
    assert time.process_time() - begun < 5


NAMES = [
    "文" * 120 + ".pdf",
    "😀" * 120 + ".pdf",
    "ä" * 300 + ".pdf",
    "a\u0301" * 200 + ".pdf",
    "x" * 400 + ".pdf",
    "\u202egpj.pdf",
    "CON.pdf",
    "a" * 90 + ". . .pdf",
    "…pdf.pdf",
]


@pytest.mark.django_db
@pytest.mark.parametrize("road", ["one", "many", "chooser", "replace"])
@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_stored_and_handed_out_whatever_it_is_called(
    client: Client, road: str, name: str
) -> None:
    officer = sign_in(client, UserFactory(is_superuser=True))
    reply = ROADS[road]("documents")(officer, upload(name, samples.PDF))
    assert reply.status_code in (200, 302)
    each = Document.objects.get(title="A title")
    assert max(len(part.encode()) for part in each.file.name.split("/")) < 255
    got = officer.get(each.url)
    assert got.status_code == 200 and b"".join(got.streaming_content) == samples.PDF
    assert got["Content-Disposition"].startswith("attachment")
    assert not set(got["Content-Disposition"]) & set("\r\n\u202e")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x=1.pdf", '";filename=evil.html;".pdf', "a\0.pdf"]
)
def test_what_code_calls_it_ends_no_header(client: Client, name: str) -> None:
    each = Document(title="A title")
    each.file.save(name, ContentFile(samples.PDF))
    each.save()
    got = client.get(each.url)
    assert got["Content-Disposition"].startswith("attachment")
    assert "Set-Cookie" not in got and "evil.html;" not in got["Content-Disposition"]
