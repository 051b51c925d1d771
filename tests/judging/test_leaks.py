"""Blind pitches that say who they are from, and telling the judges at last."""

import io
import zipfile
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from pypdf import PdfWriter

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.leaks import Leak, Marks, leaks_by_entry, leaks_of
from challenges.pitches.models import Attachment, Submission
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.errors import NotAllowed, Refused
from startups.models import Organisation
from tests.desk.helpers import signed_in, url
from tests.factories import UserFactory, sign_in
from tests.judging.conftest import World, attach, build_world, write_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    world = build_world(blind=True)
    Organisation.objects.filter(pk=world.entry.pitch.organisation_id).update(
        name="Kettle Works Ltd", website="https://www.kettle.example/", company_number="01234567"
    )
    User.objects.filter(pk=world.applicant.pk).update(name="Quillon Quayle", email="q@kettle.test")
    return world


def rewrite(world: World, text: str = "", **content: str) -> Submission:
    submission = world.entry.submissions.get()
    submission.content["answers"][0]["text"] = text
    submission.content |= content
    Submission.objects.filter(pk=submission.pk).update(content=submission.content)
    return submission


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("At KETTLE  works we boil.", "Kettle Works"),
        ("See kettle.example for more", "kettle.example"),
        ("Write to q@kettle.test", "kettle.test"),
        ("Company 01234567 of England", "01234567"),
        ("Quillon\nQuayle leads it", "Quillon Quayle"),
    ],
)
def test_in_the_text(world: World, text: str, what: str) -> None:
    found = leaks_of(world.entry, rewrite(world, text))
    assert found == [Leak("What would you do?", what)]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("01234567", "Registered in England, 1234567."),
        ("01234567", "No. 01 23 45 67"),
        ("SC012345", "SC12345"),
        ("SC012345", "sc-012345, Edinburgh"),
        ("NI000123", "NI 123"),
        ("SL00911A", "SL 911A"),
        ("IP000CUS", "ip000cus"),
        ("00000012", "0000 0012"),
    ],
)
def test_a_company_number_however_it_is_written(number: str, text: str) -> None:
    assert Marks((number,)).within(text) == [number]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("01234567", "12345678 homes"),
        ("01234567", "0121 2345678"),
        ("00000012", "12 homes"),
        ("SC000012", "SC 12 is a form"),
        ("SC012345", "12345 homes"),
    ],
)
def test_another_number_is_another(number: str, text: str) -> None:
    assert Marks((number,)).within(text) == []


@pytest.mark.parametrize("text", ["We make kettles that work", "kettleworks", "ko 012345678"])
def test_what_tells_nothing(world: World, text: str) -> None:
    assert leaks_of(world.entry, rewrite(world, text)) == []


def test_in_the_title_and_in_what_only_officers_read(world: World) -> None:
    submission = rewrite(world, "Kettle Works", title="Kettle Works boils")
    submission.content["answers"][0]["identifies"] = True
    assert leaks_of(world.entry, submission) == [Leak("Title", "Kettle Works")]


def test_in_the_name_of_a_file(world: World) -> None:
    attach(world.entry)
    submission = world.entry.submissions.get()
    submission.content["answers"][-1]["value"]["name"] = "Kettle_Works-plan.pdf"
    [leak] = leaks_of(world.entry, submission)
    assert leak == Leak("Kettle_Works-plan.pdf, its name", "Kettle Works")


def pdf() -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "Quillon Quayle"})
    writer.write(out)
    return out.getvalue()


def office(content: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("docProps/core.xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf(), ["Quillon Quayle"]),
        (office("<a><creator>Quillon Quayle</creator></a>"), ["Quillon Quayle"]),
        (office("<a><creator>Somebody</creator></a>"), []),
        (office('<!DOCTYPE a [<!ENTITY b "Quillon Quayle">]><a>&b;</a>'), []),
        (office("<a><broken"), []),
        (b"%PDF-1.7 broken", []),
        (b"PK\x03\x04broken", []),
    ],
    ids=["pdf", "office", "somebody else", "entities", "broken xml", "broken pdf", "broken zip"],
)
def test_what_a_program_wrote_into_a_file(
    world: World, content: bytes, expected: list[str]
) -> None:
    file = attach(world.entry)
    Attachment.objects.get(pk=file.pk).file.save("x", ContentFile(content))
    found = leaks_of(world.entry, world.entry.submissions.get())
    assert [leak.what for leak in found if "written into it" in leak.place] == expected


def test_marks_of_odd_letters_are_no_pattern() -> None:
    assert Marks(("a.*b(c",)).within("A.*B(C and more") == ["a.*b(c"]


class TestPages:
    def test_the_officer_is_warned(self, world: World) -> None:
        rewrite(world, "We are Kettle Works.")
        client = signed_in(world.officer)
        for page in (url("checks", world.stage.pk), url("pitch", world.entry.pk)):
            assert "Kettle Works" in client.get(page).content.decode()
        assert (
            "this pitch says who it is from"
            in client.get(url("pitch", world.entry.pk)).content.decode()
        )

    @pytest.mark.parametrize("number", [2, 10])
    def test_queries_do_not_grow(self, number: int, django_assert_num_queries: Any) -> None:
        world = build_world(entries=number, blind=True)
        with django_assert_num_queries(5):
            leaks_by_entry(world.stage)


class TestUnblinding:
    def test_once_the_panel_has_closed_and_on_record(self, world: World, client: Client) -> None:
        write_review(world.assignment)
        with pytest.raises(Refused, match="can still change"):
            services.unblind(stage=world.stage, reason="They meet.", actor=world.officer)
        Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())
        sign_in(client, world.judge.user)
        page = f"/judging/reviews/{world.assignment.pk}/"
        assert "Kettle Works" not in client.get(page).content.decode()
        officer = signed_in(world.officer)
        officer.post(url("unblind", world.stage.pk), {"reason": "They meet the teams."})
        assert "Kettle Works" in client.get(page).content.decode()
        assert (
            Record.objects.get(verb="judging.unblinded").detail["reason"] == "They meet the teams."
        )
        with pytest.raises(Refused, match="know who applied"):
            services.unblind(stage=world.stage, reason="Again.", actor=world.officer)

    def test_not_by_others_nor_without_a_reason(self, world: World) -> None:
        Stage.objects.filter(pk=world.stage.pk).update(scores_due_at=timezone.now())
        for person in (world.judge.user, world.applicant, UserFactory()):
            with pytest.raises(NotAllowed):
                services.unblind(stage=world.stage, reason="x", actor=person)
        with pytest.raises(Refused, match="Say why"):
            services.unblind(stage=world.stage, reason=" ", actor=world.officer)
