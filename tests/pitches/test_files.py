"""Files: what is taken, what they are called, who may open them."""

import contextlib
import hashlib
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from challenges.calls.models import QuestionKind
from challenges.pitches.files import CONTENT_TYPES, LONGEST_NAME, check_file, safe_name
from challenges.pitches.models import Attachment
from challenges.pitches.services import submit_entry
from marketplace.errors import Refused
from tests.factories import OrganisationFactory, UserFactory, sign_in
from tests.pitches.conftest import call_asking, entry_for, fresh, url

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 40


def archive(**members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return made.getvalue()


def office(folder, **more):
    return archive(**{"[Content_Types].xml": "<x/>", f"{folder}/document.xml": "<x/>", **more})


ODT = archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": "<x/>"})
GOOD = {
    "pdf": PDF,
    "png": PNG,
    "jpg": JPEG,
    "docx": office("word"),
    "xlsx": office("xl"),
    "pptx": office("ppt"),
    "odt": ODT,
}
BAD = {
    "empty": (b"", "is empty"),
    "text": (b"just words", "not a file that we take"),
    "page": (b"<html><script>alert(1)</script></html>", "not a file that we take"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a file that we take"),
    "program": (b"MZ\x90\x00" + b"\x00" * 80, "not a file that we take"),
    "archive": (archive(**{"a.txt": "a"}), "not a file that we take"),
    "macros": (office("word", **{"word/vbaProject.bin": "x"}), "not a file that we take"),
    "other document": (archive(mimetype="application/epub+zip"), "not a file that we take"),
    "cut off": (office("word")[:60], "is damaged"),
    "nonsense": (b"PK\x03\x04" + b"\xff" * 500, "is damaged"),
    "too large": (b"%PDF-1.7" + b"0" * 2000, "Choose a file of"),
}


def upload(content, name="plan.pdf", content_type="text/html"):
    return SimpleUploadedFile(name, content, content_type)


@pytest.mark.parametrize("kind", GOOD)
def test_the_content_decides_the_type(kind):
    checked = check_file(upload(GOOD[kind], "page.html"))
    assert checked.content_type == CONTENT_TYPES[kind]
    assert checked.name == f"page.html.{kind}"
    assert checked.sha256 == hashlib.sha256(GOOD[kind]).hexdigest()


@pytest.mark.parametrize("name", BAD)
def test_other_files_are_refused_with_a_reason(name, settings):
    settings.ATTACHMENT_MAX_BYTES = 2000
    content, reason = BAD[name]
    with pytest.raises(Refused, match=reason):
        check_file(upload(content))


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/plan.pdf", "plan.pdf"),
        ("C:\\Users\\me\\plan.PDF", "plan.PDF"),
        ("plan\u202efdp.exe", "planfdp.exe.pdf"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ("  two   words .pdf", "two words .pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_made_safe(given_name, kept):
    assert safe_name(given_name, "pdf") == kept


@given(st.text(max_size=300), st.sampled_from(["", *CONTENT_TYPES]))
def test_any_name_is_made_safe(name, kind):
    found = safe_name(name, kind)
    assert 0 < len(found) <= LONGEST_NAME
    assert found.encode()
    assert not set(found) & set("/\\\x00\r\n\u202e\u200f")
    if kind and kind != "jpg":
        assert found.lower().endswith(f".{kind}")


@given(st.binary(max_size=300).map(lambda tail: b"PK\x03\x04" + tail) | st.binary(max_size=300))
def test_no_content_breaks_the_check(content):
    with contextlib.suppress(Refused):
        check_file(upload(content))


@pytest.fixture
def asked(client, settings):
    """An entry with one optional file question, its owner signed in."""
    settings.ATTACHMENT_MAX_BYTES = 10_000
    person = UserFactory()
    call = call_asking(QuestionKind.FILE, QuestionKind.SHORT_TEXT)
    entry = entry_for(call, OrganisationFactory(owner=person))
    sign_in(client, person)
    entry.person = person
    return entry


def send(client, entry, content=None, name="plan.pdf", **more):
    file, text = (f"q{spec['id']}" for spec in entry.specs)
    data = {"version": fresh(entry).version, "title": "T", "summary": "S", text: "typed", **more}
    if content is not None:
        data[file] = upload(content, name)
    return client.post(url("write", entry), data)


def current(entry):
    return Attachment.objects.get(entry=entry, replaced_at=None)


def stored(attachment):
    return attachment.file.storage.exists(attachment.file.name)


@pytest.mark.django_db
class TestUpload:
    def test_a_file_is_in_storage_before_the_reply(self, client, asked):
        assert send(client, asked, PDF).status_code == 302
        file = current(asked)
        with file.file.open() as kept:
            assert kept.read() == PDF
        assert (file.name, file.size, file.content_type) == (
            "plan.pdf",
            len(PDF),
            "application/pdf",
        )
        assert file.sha256 == hashlib.sha256(PDF).hexdigest()
        assert "plan" not in file.file.name
        assert "plan.pdf" in client.get(url("write", asked)).content.decode()

    @pytest.mark.parametrize("name", BAD)
    def test_a_bad_file_is_told_beside_its_field_and_the_rest_is_kept(self, client, asked, name):
        content, reason = BAD[name]
        if name == "too large":
            content = content + b"0" * 10_000
        page = send(client, asked, content).content.decode()
        field = f"q{asked.specs[0]['id']}"
        assert reason in page
        assert f'id="id_{field}-error"' in page
        assert not Attachment.objects.exists()
        assert fresh(asked).answers.get().value == "typed"

    def test_a_bad_file_leaves_the_one_before(self, client, asked):
        send(client, asked, PDF)
        send(client, asked, b"words")
        assert current(asked).name == "plan.pdf"

    def test_a_replaced_draft_file_goes(self, client, asked, django_capture_on_commit_callbacks):
        send(client, asked, PDF)
        first = current(asked)
        with django_capture_on_commit_callbacks(execute=True):
            send(client, asked, PNG, "photo.png")
        assert current(asked).name == "photo.png"
        assert Attachment.objects.count() == 1
        assert not stored(first)

    def test_a_submitted_file_stays_when_it_is_replaced(
        self, client, asked, django_capture_on_commit_callbacks
    ):
        send(client, asked, PDF)
        first = current(asked)
        submit_entry(entry=asked, actor=asked.person)
        with django_capture_on_commit_callbacks(execute=True):
            send(client, asked, PNG, "photo.png")
        assert current(asked).name == "photo.png"
        assert stored(first)
        assert fresh(asked).has_unsubmitted_changes

    def test_a_file_can_be_taken_away(self, client, asked):
        send(client, asked, PDF)
        send(client, asked, **{f"q{asked.specs[0]['id']}-clear": "on"})
        assert not Attachment.objects.filter(replaced_at=None).exists()

    def test_nothing_stays_in_storage_of_a_failed_save(self, client, asked, monkeypatch):
        seen = []

        def fail(self, *args, **kwargs):
            seen.append(self.file.name)
            raise RuntimeError("the database is gone")

        monkeypatch.setattr(Attachment, "save", fail)
        with pytest.raises(RuntimeError):
            send(client, asked, PDF)
        assert seen and not Attachment.file.field.storage.exists(seen[0])


@pytest.mark.django_db
class TestDownload:
    def test_is_never_a_page(self, client, asked):
        send(client, asked, PDF, 'pl"an\u202e.html')
        response = client.get(current(asked).url)
        assert b"".join(response.streaming_content) == PDF
        assert response["Content-Disposition"].startswith("attachment")
        assert response["Content-Type"] == "application/pdf"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"].startswith("sandbox")
        assert "no-store" in response["Cache-Control"]

    def test_a_file_that_storage_lost_is_not_found(self, client, asked):
        send(client, asked, PDF)
        file = current(asked)
        file.file.storage.delete(file.file.name)
        assert client.get(file.url).status_code == 404

    def test_an_unknown_number_is_not_found(self, client, asked):
        assert client.get("/pitches/files/99999999999999999999999/").status_code == 404
