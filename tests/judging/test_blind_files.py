"""What judges of blind and of open stages are served of a file, and who decides about the rest."""

import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.leaks import leaks_by_entry, leaks_of
from challenges.pitches import judges_copies, orphans, tasks
from challenges.pitches.models import Attachment, JudgesCopy, ScanState
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.errors import NotAllowed, Refused
from tests.desk.helpers import signed_in, url
from tests.factories import UserFactory, sign_in
from tests.judging.conftest import World, attach, build_world
from tests.pitches import samples
from tests.pitches.test_nameless import WHO, paper, word

pytestmark = pytest.mark.django_db

OLE = word(**{"word/embeddings/ole.bin": b"\xd0\xcf\x11\xe0" + b"x" * 600})
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def with_file(world: World, content: bytes, kind: str = WORD) -> Attachment:
    file = attach(world.entry)
    file.file.save("x", ContentFile(content))
    file.content_type, file.size, file.name = kind, len(content), "Acme plans.docx"
    file.sha256 = hashlib.sha256(content).hexdigest()
    file.save()
    return file


def address(world: World, file: Attachment) -> str:
    return reverse("judging:attachment", args=[world.assignment.pk, file.pk])


def served(client: Client, where: str, **headers: str) -> bytes:
    reply: Any = client.get(where, headers=headers)
    assert reply.status_code in (200, 206)
    return b"".join(reply.streaming_content)


@pytest.fixture
def judge(client: Client, blind_world: World) -> Client:
    return sign_in(client, blind_world.judge.user)


@pytest.mark.parametrize(("content", "kind"), [(word(), WORD), (paper(), "application/pdf")])
def test_a_blind_judge_gets_the_file_without_its_author(
    blind_world: World, judge: Client, content: bytes, kind: str
) -> None:
    file = with_file(blind_world, content, kind)
    got = served(judge, address(blind_world, file))
    assert got and got != content and WHO.encode() not in got
    copy = JudgesCopy.objects.get()
    assert (copy.size, copy.sha256) == (len(got), hashlib.sha256(got).hexdigest())
    assert served(judge, address(blind_world, file)) == got
    assert served(judge, address(blind_world, file), range="bytes=0-3") == got[:4]
    file.refresh_from_db()
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    with file.file.open() as kept:
        assert kept.read() == content


def test_the_officer_and_the_team_get_it_as_it_was_sent(blind_world: World) -> None:
    sent = word()
    file = with_file(blind_world, sent)
    judges_copies.make_copy(file)
    for person in (blind_world.officer, blind_world.applicant):
        assert served(signed_in(person), file.url) == sent


def test_so_does_a_judge_who_may_know_who_applied(blind_world: World, judge: Client) -> None:
    sent = word()
    file = with_file(blind_world, sent)
    assert served(judge, address(blind_world, file)) != sent
    Stage.objects.filter(pk=blind_world.stage.pk).update(unblinded_at=timezone.now())
    assert served(judge, address(blind_world, file)) == sent
    Stage.objects.filter(pk=blind_world.stage.pk).update(unblinded_at=None)
    assert served(judge, address(blind_world, file)) != sent


def test_a_cleaned_file_tells_nothing_any_more(blind_world: World) -> None:
    User.objects.filter(pk=blind_world.applicant.pk).update(name=WHO)
    file = with_file(blind_world, word())
    latest = blind_world.entry.submissions.get()
    assert [leak.what for leak in leaks_of(blind_world.entry, latest)] == [WHO]
    judges_copies.make_copy(file)
    assert leaks_of(blind_world.entry, latest) == []


class TestWhatCanNotBeCleaned:
    def test_no_judge_of_a_blind_stage_opens_it_and_the_officers_hear_once(
        self,
        blind_world: World,
        judge: Client,
        mailoutbox: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        file = with_file(blind_world, OLE)
        for _ in range(2):
            with django_capture_on_commit_callbacks(execute=True):
                reply = judge.get(address(blind_world, file))
            page = reply.content.decode()
            assert reply.status_code == 409
            assert "An officer has to look" in page and "Acme" not in page
        told = [mail for mail in mailoutbox if "can’t open a file" in mail.subject]
        assert [mail.to for mail in told] == [[blind_world.officer.email]]

    def test_it_stands_in_the_stages_list_and_on_the_pitch(self, blind_world: World) -> None:
        judges_copies.make_copy(with_file(blind_world, OLE))
        [(entry, [leak])] = leaks_by_entry(blind_world.stage)
        assert (entry, leak.place) == (blind_world.entry, "Acme plans.docx")
        client = signed_in(blind_world.officer)
        for page in (url("checks", blind_world.stage.pk), url("pitch", entry.pk)):
            assert "can’t be taken out" in client.get(page).content.decode()

    def test_an_officer_lets_it_through_and_takes_that_back(
        self, blind_world: World, judge: Client
    ) -> None:
        file = with_file(blind_world, OLE)
        judges_copies.make_copy(file)
        officer = signed_in(blind_world.officer)
        page = url("pitch", blind_world.entry.pk)
        assert "Let judges open Acme plans.docx" in officer.get(page).content.decode()
        officer.post(url("file_for_judges", file.pk), {"do": "let"})
        assert served(judge, address(blind_world, file)) == OLE
        assert leaks_by_entry(blind_world.stage) == []
        assert "from judges again" in officer.get(page).content.decode()
        officer.post(url("file_for_judges", file.pk), {"do": "keep"})
        assert judge.get(address(blind_world, file)).status_code == 409
        said = Record.objects.filter(verb__startswith="judging.file_").order_by("pk")
        assert [each.verb for each in said] == [
            "judging.file_let_through",
            "judging.file_kept_back",
        ]
        assert all(each.detail == {"attachment": file.pk} for each in said)

    def test_others_may_not(self, blind_world: World) -> None:
        file = with_file(blind_world, OLE)
        judges_copies.make_copy(file)
        for person in (blind_world.judge.user, blind_world.applicant, UserFactory()):
            for verb in (services.let_judges_open, services.keep_from_judges):
                with pytest.raises(NotAllowed):
                    verb(attachment=file, actor=person)
            reply = sign_in(Client(), person).post(url("file_for_judges", file.pk), {"do": "let"})
            assert reply.status_code in (302, 403, 404)
        assert JudgesCopy.objects.get().is_kept_back

    @pytest.mark.parametrize("content", [word(), OLE])
    def test_twice_or_where_there_is_nothing_to_do_it_is_said(
        self, blind_world: World, content: bytes
    ) -> None:
        file = with_file(blind_world, content)
        with pytest.raises(Refused):
            services.let_judges_open(attachment=file, actor=blind_world.officer)
        judges_copies.make_copy(file)
        with pytest.raises(Refused):
            services.keep_from_judges(attachment=file, actor=blind_world.officer)
        if content == OLE:
            services.let_judges_open(attachment=file, actor=blind_world.officer)
        with pytest.raises(Refused, match="Judges"):
            services.let_judges_open(attachment=file, actor=blind_world.officer)

    def test_one_that_breaks_the_cleaner_is_kept_back(
        self, blind_world: World, judge: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(file: Any) -> bytes:
            raise ZeroDivisionError

        monkeypatch.setattr(judges_copies, "nameless", broken)
        file = with_file(blind_world, word())
        assert judge.get(address(blind_world, file)).status_code == 409


class TestCopies:
    def test_the_sweep_makes_what_is_owed_once(self, world: World) -> None:
        with_file(world, word())
        assert tasks.make_waiting_judges_copies() == 1
        assert tasks.make_waiting_judges_copies() == 0

    def test_a_newer_cleaner_makes_them_anew(
        self, world: World, django_capture_on_commit_callbacks: Any
    ) -> None:
        copy = judges_copies.make_copy(with_file(world, word()))
        JudgesCopy.objects.update(made_by=0)
        with django_capture_on_commit_callbacks(execute=True):
            assert tasks.make_waiting_judges_copies() == 1
        assert not copy.file.storage.exists(copy.file.name)
        assert JudgesCopy.objects.get().file.name != copy.file.name

    def test_none_of_a_file_that_is_not_safe_yet(self, world: World) -> None:
        file = with_file(world, word())
        Attachment.objects.filter(pk=file.pk).update(scan_state=ScanState.WAITING)
        assert tasks.make_waiting_judges_copies() == 0
        assert tasks.make_judges_copies([file.pk]) == 0

    def test_none_of_a_picture(self, blind_world: World, judge: Client) -> None:
        file = with_file(blind_world, samples.PNG, "image/png")
        assert served(judge, address(blind_world, file)) == samples.PNG
        assert tasks.make_waiting_judges_copies() == 0

    def test_a_lost_file_is_not_found(self, blind_world: World, judge: Client) -> None:
        file = with_file(blind_world, word())
        file.file.storage.delete(file.file.name)
        assert judge.get(address(blind_world, file)).status_code == 404
        assert tasks.make_waiting_judges_copies() == 0

    def test_it_goes_with_its_file(
        self, world: World, django_capture_on_commit_callbacks: Any
    ) -> None:
        file = with_file(world, word())
        copy = judges_copies.make_copy(file)
        with django_capture_on_commit_callbacks(execute=True):
            Attachment.objects.filter(pk=file.pk).delete()
        assert not copy.file.storage.exists(copy.file.name)

    def test_the_sweep_of_orphans_leaves_it_and_takes_what_no_row_names(self, world: World) -> None:
        copy = judges_copies.make_copy(with_file(world, word()))
        storage = copy.file.storage
        left = storage.save("judges-copies/left", io.BytesIO(b"left behind"))
        assert left in orphans.clear(timedelta(seconds=-1))
        assert storage.exists(copy.file.name)


@pytest.mark.parametrize("number", [2, 6])
def test_queries_of_the_list_do_not_grow_with_files(
    number: int, django_assert_num_queries: Any
) -> None:
    world = build_world(entries=number, blind=True)
    for entry in world.entries:
        judges_copies.make_copy(with_file_of(entry))
    with django_assert_num_queries(6):
        assert len(leaks_by_entry(world.stage)) == number


def with_file_of(entry: Any) -> Attachment:
    file = attach(entry)
    file.file.save("x", ContentFile(OLE))
    file.content_type = WORD
    file.save()
    return file
