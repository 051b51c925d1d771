"""Files to try uploads with: real ones of every kind that is taken, and harmful ones."""

import io
import zipfile
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def archive(**members: Any) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()


def office(folder: str, **more: Any) -> bytes:
    return archive(**{"[Content_Types].xml": "<x/>", f"{folder}/document.xml": "<x/>", **more})


def open_document(kind: str, **more: Any) -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    return archive(mimetype=mime, **{"content.xml": "<x/>", **more})


def pdf(change: Any = None, **encryption: str) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    if encryption:
        writer.encrypt(**encryption)
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def picture(form: str, size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (200, 120, 30)).save(made, form, **options)
    return made.getvalue()


def located_picture(form: str = "JPEG") -> bytes:
    """A picture with a place, a camera and a turn in its metadata."""
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif[0x0112] = 6  # turned a quarter
    exif.get_ifd(0x8825)[2] = (52.0, 28.0, 30.0)
    return picture(form, exif=exif)


def _script(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(action)


def _launch(writer: PdfWriter) -> None:
    action = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd.exe")}
    )
    writer._root_object[NameObject("/OpenAction")] = writer._add_object(action)


PDF = pdf()
PNG, JPEG, WEBP = picture("PNG"), picture("JPEG"), picture("WEBP")
GOOD = {
    "pdf": PDF,
    "png": PNG,
    "jpg": JPEG,
    "webp": WEBP,
    "docx": office("word"),
    "xlsx": office("xl"),
    "pptx": office("ppt"),
    "odt": open_document("text"),
    "ods": open_document("spreadsheet"),
    "odp": open_document("presentation"),
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The harmless text that every scanner knows (www.eicar.org)."""

BOMB = office("word", **{"word/media/image.bin": b"\0" * (50 * 1024 * 1024)})
BAD = {
    "empty": (b"", "is empty"),
    "text": (b"just words", "not a file that we take"),
    "page": (b"<html><script>alert(1)</script></html>", "not a file that we take"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a file that we take"),
    "program": (b"MZ\x90\x00" + b"\x00" * 80, "not a file that we take"),
    "archive": (archive(**{"a.txt": "a"}), "not a file that we take"),
    "eicar in an archive": (archive(**{"eicar.com": EICAR}), "not a file that we take"),
    "old office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Office format"),
    "macros": (office("word", **{"word/vbaProject.bin": "x"}), "has macros"),
    "open macros": (open_document("text", **{"Basic/Standard/M.xml": "x"}), "has macros"),
    "program inside": (office("ppt", **{"ppt/embeddings/a.exe": "MZ"}), "program inside"),
    "bomb": (BOMB, "would unpack to far more"),
    "other document": (archive(mimetype="application/epub+zip"), "not a file that we take"),
    "cut off": (office("word")[:60], "is damaged"),
    "nonsense": (b"PK\x03\x04" + b"\xff" * 500, "is damaged"),
    "pdf and page": (b"%PDF-1.7\n<html><script>alert(1)</script></html>", "a web page in one"),
    "pdf that runs": (pdf(_script), "runs something"),
    "pdf that launches": (pdf(_launch), "runs something"),
    "pdf with a file": (pdf(lambda w: w.add_attachment("a.exe", b"MZ")), "other files inside"),
    "locked pdf": (pdf(user_password="x", algorithm="AES-256"), "locked with a password"),
    "broken pdf": (b"%PDF-1.7\nno more than that", "is damaged"),
    "broken picture": (PNG[:40], "is damaged"),
    "vast picture": (picture("PNG", (9000, 9000), optimize=False), "too many pixels"),
}
"""Name → (content, words of the refusal)."""
