"""Files: what is taken, what they are called, who may open them."""

import contextlib
import hashlib
import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from challenges.calls.models import QuestionKind
from challenges.pitches import orphans, scanning, tasks
from challenges.pitches.models import Attachment, ScanState
from challenges.pitches.services import submit_entry
from marketplace.errors import Refused
from marketplace.files import CONTENT_TYPES, LONGEST_NAME, check_file, safe_name
from marketplace.uploads import UploadLimitMiddleware
from tests.factories import OrganisationFactory, UserFactory, sign_in
from tests.pitches import samples
from tests.pitches.conftest import call_asking, entry_for, fresh, url

GOOD, BAD, PDF, PNG = samples.GOOD, samples.BAD, samples.PDF, samples.PNG


def upload(content, name="plan.pdf", content_type="text/html"):
    return SimpleUploadedFile(name, content, content_type)


@pytest.mark.parametrize("kind", GOOD)
def test_the_content_decides_the_type(kind):
    checked = check_file(upload(GOOD[kind], "page.html"))
    assert checked.content_type == CONTENT_TYPES[kind]
    assert checked.name == f"page.html.{kind}"
    assert checked.sha256 == hashlib.sha256(checked.content.read()).hexdigest()


@pytest.mark.parametrize("name", BAD)
def test_other_files_are_refused_with_a_reason(name):
    content, reason = BAD[name]
    with pytest.raises(Refused, match=reason):
        check_file(upload(content))


def test_a_file_over_the_limit_is_refused(settings):
    settings.ATTACHMENT_MAX_BYTES = 200
    with pytest.raises(Refused, match="Choose a file of"):
        check_file(upload(PDF))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_its_place_and_stands_upright(form):
    checked = check_file(upload(samples.located_picture(form)))
    kept = checked.content.read()
    assert checked.size == len(kept)
    with Image.open(io.BytesIO(kept)) as picture:
        assert not dict(picture.getexif())
        assert picture.size == (6, 8)


@pytest.mark.parametrize(
    "name", ["CON.pdf", "nul", "lpt1.pdf", "nul .pdf", "COM¹.pdf", "conin$", "aux.tar.pdf"]
)
def test_names_that_some_systems_reserve_are_made_others(name):
    assert safe_name(name, "pdf").startswith("file ")


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
    settings.ATTACHMENT_MAX_BYTES = 1_000_000
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
        assert file.scan_state == ScanState.UNSCANNED
        assert file.sha256 == hashlib.sha256(PDF).hexdigest()
        assert "plan" not in file.file.name
        assert "plan.pdf" in client.get(url("write", asked)).content.decode()

    @pytest.mark.parametrize("name", BAD)
    def test_a_bad_file_is_told_beside_its_field_and_the_rest_is_kept(self, client, asked, name):
        content, reason = BAD[name]
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

    def test_a_file_that_is_too_large_is_told_beside_its_field(self, client, asked, settings):
        settings.ATTACHMENT_MAX_BYTES = 50_000
        page = send(client, asked, b"%PDF-1.7" + b"0" * 200_000).content.decode()
        assert "is 195.3\xa0KB. Choose a file of 48.8\xa0KB or less" in page
        assert fresh(asked).answers.get().value == "typed"

    def test_a_body_that_claims_gigabytes_is_refused_unread(self, client, asked):
        request = RequestFactory().post(url("write", asked))
        request.META["CONTENT_LENGTH"] = str(5 * 1024**3)
        reply = UploadLimitMiddleware(lambda request: pytest.fail("it was read"))(request)
        assert reply.status_code == 413
        assert "your text is still in the page" in reply.content.decode()

    def test_all_files_of_a_pitch_stay_under_a_limit(self, client, asked, settings):
        settings.ATTACHMENTS_MAX_BYTES = 100
        assert "together" in send(client, asked, PDF).content.decode()

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

    @pytest.mark.parametrize(
        ("asked_for", "status", "part"),
        [
            ("bytes=0-4", 206, PDF[:5]),
            ("bytes=5-", 206, PDF[5:]),
            ("bytes=-7", 206, PDF[-7:]),
            ("bytes=0-999999", 206, PDF),
            ("bytes=999999-", 416, b""),
            ("bytes=9-3", 416, b""),
            ("bytes=0-1,3-4", 200, PDF),
            ("bytes=-", 200, PDF),
            ("lines=1-2", 200, PDF),
        ],
    )
    def test_a_part_of_it(self, client, asked, asked_for, status, part):
        send(client, asked, PDF)
        reply = client.get(current(asked).url, headers={"Range": asked_for})
        assert reply.status_code == status
        assert b"".join(reply) == part
        if status == 206:
            assert reply["Content-Length"] == str(len(part))
            assert reply["Content-Range"].endswith(f"/{len(PDF)}")

    def test_a_part_of_another_version_is_the_whole(self, client, asked):
        send(client, asked, PDF)
        headers = {"Range": "bytes=0-4", "If-Range": '"another"'}
        assert client.get(current(asked).url, headers=headers).status_code == 200


class Scanner:
    """Answers as clamd does: finds the EICAR text, in archives too."""

    def ping(self):
        return "PONG"

    def instream(self, stored):
        content = stored.read()
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = b"".join(map(archive.read, archive.namelist()))
        found = samples.EICAR in content
        return {"stream": ("FOUND", "Eicar-Test") if found else ("OK", None)}


class Away:
    def instream(self, stored):
        raise ConnectionRefusedError("nobody there")

    def ping(self):
        raise ConnectionRefusedError("nobody there")


@pytest.fixture
def scanner(monkeypatch, settings):
    settings.CLAMD_URL = "tcp://127.0.0.1:3310"
    settings.LEFT_ALONE_SECONDS = 0  # one that was away is asked again at once

    def use(kind):
        monkeypatch.setattr(scanning, "_scanner", kind)

    use(Scanner)
    return use


INFECTED = samples.office("word", **{"word/media/a.txt": samples.EICAR})


@pytest.mark.django_db
class TestScan:
    @pytest.fixture(autouse=True)
    def on_commit(self, django_capture_on_commit_callbacks):
        self.committing = django_capture_on_commit_callbacks

    def test_a_clean_file_opens(self, client, asked, scanner):
        with self.committing(execute=True):
            send(client, asked, PDF)
        assert current(asked).scan_state == ScanState.CLEAN
        assert client.get(current(asked).url).status_code == 200

    def test_nobody_opens_one_before_its_verdict(self, client, asked, scanner):
        scanner(Away)
        with self.committing(execute=True):
            send(client, asked, PDF)
        assert current(asked).scan_state == ScanState.WAITING
        reply = client.get(current(asked).url)
        assert reply.status_code == 409 and "is being checked" in reply.content.decode()
        assert "Being checked for viruses" in client.get(url("write", asked)).content.decode()

    def test_a_pitch_is_submitted_while_the_scanner_is_away_and_swept_up_later(
        self, client, asked, scanner
    ):
        scanner(Away)
        send(client, asked, PDF)
        submit_entry(entry=asked, actor=asked.person)
        assert tasks.scan_waiting_attachments() == 0
        scanner(Scanner)
        assert tasks.scan_waiting_attachments() == 1
        assert tasks.scan_waiting_attachments() == 0
        assert current(asked).scan_state == ScanState.CLEAN

    def test_an_infected_file_goes_and_its_team_is_told(self, client, asked, scanner, mailoutbox):
        with self.committing(execute=True), self.committing(execute=True):
            send(client, asked, INFECTED, "plan.docx")
            tasks.scan_waiting_attachments()
        file = current(asked)
        assert (file.scan_state, file.scan_finding) == (ScanState.INFECTED, "Eicar-Test")
        assert not stored(file)
        assert client.get(file.url).status_code == 409
        assert any("was removed" in mail.body for mail in mailoutbox)
        assert "choose a clean file" in client.get(url("submit", asked)).content.decode().lower()

    def test_an_answer_that_says_nothing_leaves_it_waiting(self, client, asked, scanner):
        class Confused:
            def instream(self, stored):
                return {"stream": ("ERROR", "size limit")}

        scanner(Confused)
        send(client, asked, PDF)
        assert tasks.scan_waiting_attachments() == 0
        assert current(asked).scan_state == ScanState.WAITING


@pytest.mark.django_db
class TestOrphans:
    def put(self):
        storage = Attachment.file.field.storage
        return storage, storage.save("attachments/left", io.BytesIO(b"left behind"))

    def test_a_file_that_no_row_names_is_cleared(self, client, asked):
        send(client, asked, PDF)
        storage, name = self.put()
        assert name in orphans.clear(timedelta(seconds=-1))
        assert not storage.exists(name) and stored(current(asked))

    def test_one_that_may_belong_to_a_save_under_way_stays(self):
        storage, name = self.put()
        assert tasks.clear_orphan_files() == 0
        assert storage.exists(name)
        storage.delete(name)

    def test_a_row_whose_file_is_lost_is_named(self, client, asked):
        send(client, asked, PDF)
        assert orphans.missing() == []
        file = current(asked)
        file.file.storage.delete(file.file.name)
        assert orphans.missing() == [file.pk]
