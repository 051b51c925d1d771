"""Documents and pictures of the CMS: harmful ones are refused on every road, with a sentence."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import FileField
from django.test import Client
from PIL import Image as PillowImage
from wagtail.documents.models import Document
from wagtail.images.models import Image, SourceImageIOError
from wagtail.models import Collection

from challenges.pitches import scanning
from marketplace.errors import Refused
from marketplace.files.guard import CheckedFieldFile
from tests.factories import UserFactory, sign_in
from tests.pitches import samples

pytestmark = pytest.mark.django_db

PAGE = b"<html><script>alert(1)</script></html>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
GIF = b"GIF89a/*\x01\x00\x01\x00\x80\x00\x00*/=1;alert(1)//"


def picture(form: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    made = io.BytesIO()
    PillowImage.effect_noise(size, 50).convert("RGB").save(made, form, **options)
    return made.getvalue()


REAL = {
    "png": picture("PNG"),
    "jpg": picture("JPEG"),
    "gif": picture("GIF"),
    "webp": picture("WEBP"),
}
DAMAGED = {
    f"{how} {kind}": (f"a.{kind}", change(content))
    for kind, content in REAL.items()
    for how, change in {
        "half a": lambda content: content[: len(content) // 2],
        "the head of a": lambda content: content[:14],
        "a mangled": lambda content: content[:40] + b"\xff" * 60 + content[100:200],
    }.items()
}
BAD_DOCUMENTS = {
    "page": ("evil.html", PAGE),
    "script": ("evil.js", b"alert(1)"),
    "drawing": ("evil.svg", SVG),
    "program": ("evil.exe", b"MZ\x90\x00" + b"\0" * 90),
    "page under another name": ("evil.pdf", PAGE),
    "drawing under another name": ("evil.png", SVG),
    "PDF called a page": ("evil.html", samples.PDF),
    "two endings": ("evil.pdf.exe", samples.PDF),
    "picture called a PDF": ("evil.pdf", samples.PNG),
    "script in a picture's clothes": ("evil.gif", GIF),
    "macros": ("evil.docx", samples.office("word", **{"word/vbaProject.bin": "x"})),
    "PDF that runs": ("evil.pdf", samples.pdf(samples._script)),
    "no ending": ("evil", samples.PDF),
    "turned round": ("evil\u202efdp.exe", samples.PDF),
}
BAD_PICTURES = {
    "page": ("evil.png", PAGE),
    "drawing": ("evil.svg", SVG),
    "drawing under another name": ("evil.png", SVG),
    "script in a picture's clothes": ("evil.gif", GIF),
    "document": ("evil.png", samples.PDF),
    "another kind": ("evil.png", REAL["jpg"]),
    "called a page": ("evil.html", REAL["png"]),
    "vast": ("vast.png", samples.picture("PNG", (7000, 4000))),
    **DAMAGED,
}


@pytest.fixture
def officer(client: Client) -> Client:
    sign_in(client, UserFactory(is_superuser=True))
    return client


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/pdf")


def root() -> int:
    return Collection.get_first_root_node().pk


def add(kind: str) -> Callable[[Client, Any], Any]:
    return lambda client, file: client.post(
        f"/admin/{kind}/add/",
        {"title": "A title", "file": file, "collection": root()},
    )


def many(kind: str, title: str = "A title") -> Callable[[Client, Any], Any]:
    return lambda client, file: client.post(
        f"/admin/{kind}/multiple/add/",
        {"title": title, "files[]": file, "collection": root()},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )


def choose(kind: str) -> Callable[[Client, Any], Any]:
    prefix = {"documents": "document-chooser-upload", "images": "image-chooser-upload"}[kind]
    return lambda client, file: client.post(
        f"/admin/{kind}/chooser/create/",
        {f"{prefix}-title": "A title", f"{prefix}-file": file, f"{prefix}-collection": root()},
    )


def replace(kind: str) -> Callable[[Client, Any], Any]:
    def change(client: Client, file: Any) -> Any:
        model = {"documents": Document, "images": Image}[kind]
        name, content = {"documents": ("a.pdf", samples.PDF), "images": ("a.png", REAL["png"])}[
            kind
        ]
        each = model.objects.create(title="Before", file=upload(name, content))
        where = f"edit/{each.pk}/" if kind == "documents" else f"{each.pk}/"
        return client.post(
            f"/admin/{kind}/{where}", {"title": "A title", "file": file, "collection": root()}
        )

    return change


ROADS = {"one": add, "many": many, "chooser": choose, "replace": replace}


def stored(kind: str) -> set[str]:
    folder = {"documents": "documents", "images": "original_images"}[kind]
    try:
        return set(storages["default"].listdir(folder)[1])
    except FileNotFoundError:
        return set()


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_no_road_takes_a_harmful_document(officer: Client, road: str, name: str) -> None:
    called, content = BAD_DOCUMENTS[name]
    before = stored("documents")
    reply = ROADS[road]("documents")(officer, upload(called, content))
    assert reply.status_code == 200, "a form with what is wrong, never a failure"
    assert not Document.objects.filter(title="A title").exists()
    shown = reply.content.decode()
    assert "evil" in shown or "not allowed" in shown
    assert "File extension “”" not in shown, "what the model makes of no file at all"
    assert len(stored("documents") - before) == (road == "replace")


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("name", BAD_PICTURES)
def test_no_road_takes_what_is_no_picture(officer: Client, road: str, name: str) -> None:
    called, content = BAD_PICTURES[name]
    before = stored("images")
    reply = ROADS[road]("images")(officer, upload(called, content))
    assert reply.status_code == 200
    assert not Image.objects.filter(title="A title").exists()
    assert len(stored("images") - before) == (road == "replace")


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("kind", ["pdf", "docx", "xlsx", "png", "odt"])
def test_every_road_takes_a_document(officer: Client, road: str, kind: str) -> None:
    reply = ROADS[road]("documents")(officer, upload(f"plan.{kind}", samples.GOOD[kind]))
    assert reply.status_code in (200, 302)
    each = Document.objects.get(title="A title")
    assert each.file_size and each.file_hash
    assert storages["private"].exists(each.file.name)
    assert not storages["pictures"].exists(each.file.name)


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("kind", REAL)
def test_every_road_takes_a_picture(officer: Client, road: str, kind: str) -> None:
    reply = ROADS[road]("images")(officer, upload(f"photo.{kind}", REAL[kind]))
    assert reply.status_code in (200, 302)
    each = Image.objects.get(title="A title")
    assert (each.width, each.height) == (40, 30)
    assert storages["private"].exists(each.file.name)
    rendition = each.get_rendition("width-20")
    assert storages["pictures"].exists(rendition.file.name)
    assert rendition.url.startswith("/media/images/")


@pytest.mark.parametrize("name", BAD_DOCUMENTS)
def test_a_script_of_ones_own_is_no_way_round(name: str) -> None:
    called, content = BAD_DOCUMENTS[name]
    each = Document(title="A title")
    with pytest.raises(Refused):
        each.file.save(called, ContentFile(content))
    with pytest.raises(Refused):
        Document.objects.create(title="A title", file=upload(called, content))


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_nor_for_pictures(name: str) -> None:
    called, content = BAD_PICTURES[name]
    with pytest.raises(Refused):
        Image(title="A title", file=upload(called, content)).save()


def test_what_is_set_aside_for_a_longer_form_is_looked_at_too(officer: Client) -> None:
    title = "t" * 300
    reply = json.loads(many("documents", title)(officer, upload("a.pdf", samples.PDF)).content)
    assert reply["success"] and "uploaded_file_id" in reply
    reply = json.loads(many("documents", title)(officer, upload("a.pdf", PAGE)).content)
    assert not reply["success"] and "not a file that we take" in reply["error_message"]


def test_a_picture_loses_where_it_was(officer: Client) -> None:
    add("images")(officer, upload("a.jpg", samples.located_picture("JPEG")))
    each = Image.objects.get(title="A title")
    for file in (each.file, each.get_rendition("original").file):
        with file.open() as opened, PillowImage.open(opened) as kept:
            assert not dict(kept.getexif())


def test_every_file_field_is_private_or_has_a_door() -> None:
    """A field that somebody adds stands in the private store, as nothing else is the default."""
    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]
    assert len(fields) >= 7
    private = storages["private"].location
    for field in fields:
        has_door = issubclass(field.attr_class, CheckedFieldFile)
        assert has_door or field.model.__module__.startswith("challenges.pitches"), field
        held = field.attr_class(field.model(), field, "x")
        is_shown = held.storage.location == storages["pictures"].location
        assert is_shown or held.storage.location == private, field
        assert not is_shown or str(field) in (
            "wagtailimages.Rendition.file",
            "wagtailusers.UserProfile.avatar",
        )


class Scanner:
    """Finds the test text; or is away."""

    answer: Any = ("FOUND", "Eicar-Test")

    def instream(self, content: Any) -> Any:
        if self.answer is None:
            raise ConnectionRefusedError
        return {"stream": self.answer}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (("FOUND", "Eicar-Test"), "is infected (Eicar-Test)"),
        (("ERROR", "size"), "checked for viruses at the moment"),
        (None, "checked for viruses at the moment"),
    ],
)
@pytest.mark.parametrize("kind", ["documents", "images"])
def test_nothing_is_stored_that_no_scanner_has_cleared(
    officer: Client, kind: str, answer: Any, said: str, settings: Any, monkeypatch: Any
) -> None:
    settings.CLAMD_URL = "tcp://127.0.0.1:9"
    monkeypatch.setattr(Scanner, "answer", answer)
    monkeypatch.setattr(scanning, "_scanner", Scanner)
    name, content = {"documents": ("a.pdf", samples.PDF), "images": ("a.png", REAL["png"])}[kind]
    before = stored(kind)
    reply = add(kind)(officer, upload(name, content))
    assert said in reply.content.decode() and stored(kind) == before


ORIGINALS = {"gone": None, "empty": b"", "half": REAL["png"][:100], "another": PAGE}


@pytest.mark.parametrize("name", ORIGINALS)
def test_pages_live_on_when_an_original_is_gone_or_damaged(officer: Client, name: str) -> None:
    each = Image.objects.create(title="A title", file=upload("a.png", REAL["png"]))
    storage = each.file.storage
    storage.delete(each.file.name)
    if ORIGINALS[name] is not None:
        with open(storage.path(each.file.name), "wb") as file:
            file.write(ORIGINALS[name])
    for address in ("", f"{each.pk}/", "chooser/"):
        assert officer.get(f"/admin/images/{address}").status_code == 200, address
    preview = officer.get(f"/admin/images/{each.pk}/preview/width-100/")
    assert preview.status_code == 404
    with pytest.raises(SourceImageIOError):
        Image.objects.get(pk=each.pk).get_rendition("width-30")
    with pytest.raises(SourceImageIOError):
        Image.objects.get(pk=each.pk).get_renditions("width-30", "width-20")
