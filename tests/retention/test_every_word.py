"""A word is planted in every column that a pitch or a person can come to hold; then they are
erased, and every column of every table is read. It may be left where people are told that it is."""

import html
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from challenges.awards.models import Award
from challenges.calls.enquiries import answer, ask_region, decline
from challenges.judging.models import PanelMember
from challenges.judging.retention import erase
from challenges.pitches.models import Pitch
from cms.desk.models import BulkMessage
from marketplace.accounts.services import delete_account
from marketplace.accounts.tasks import forget_closed_accounts
from marketplace.activity.models import Notification
from marketplace.activity.services import notify
from marketplace.retention.erasing import rows_of
from marketplace.retention.naming import addresses, quoted, whole
from marketplace.retention.registry import REGISTRY, Leaves, Stays, what_stays
from tests.factories import UserFactory, make_call, make_officer
from tests.retention.everywhere import columns_with
from tests.retention.planting import column, columns_that_stay, held_with, plant, rows_about
from tests.retention.worlds import make_full_person, make_full_pitch

pytestmark = pytest.mark.django_db

MARK, TITLE = "Zqword", "Zqtitle dampness"
NAME, ADDRESS = "Zqname Person", "zqmail@example.org"
SENT_TO_OTHERS = {"desk_bulkmessage.subject", "desk_bulkmessage.body"}
"""The message that another team was sent too: see the next test."""

SAID = f"{MARK}: {TITLE} was weaker than others"


def test_a_pitch_leaves_only_what_people_are_told() -> None:
    pitch = make_full_pitch()
    missing = set()
    for held, texts in held_with("of_pitch"):
        rows = rows_of(held).filter(**{held.pitch: pitch.pk})
        took = plant(rows, texts, f"{MARK} of ours")
        missing |= {column(held, text) for text in texts if text.name not in took}
    assert not missing, "a word of the pitch can stand here; let make_full_pitch have such a row"
    _plant_what_is_said(pitch)
    Pitch.objects.filter(pk=pitch.pk).update(title=TITLE)
    assert "desk_bulkmessage.body" in columns_with(TITLE)
    assert erase(pitch.pk)
    assert columns_with(TITLE) == set()
    assert columns_with(MARK) <= columns_that_stay() | SENT_TO_OTHERS
    assert "judging_decision.reason" in columns_with(MARK), "without the title, for the record"


def _plant_what_is_said(pitch: Pitch) -> None:
    """The title in remarks of the same call; elsewhere as messages quote it."""
    for held, texts in held_with("loses_names"):
        near = [road for road in (held.pitch, held.call) if road]
        texts = [text for text in texts if not text.of_pitch]
        for road, pk in zip(near, (pitch.pk, pitch.call_id), strict=False):
            plant(rows_of(held).filter(**{road: pk}), texts, SAID)
        if not near:
            plant(rows_of(held), texts, f"See “{TITLE}”")
    notify([UserFactory()], subject=f"Look: {TITLE}", body=f"“{TITLE}”", path="/")
    project = REGISTRY.held[Award]
    texts = [text for text in project.texts if isinstance(text.why, Stays)]
    plant(rows_of(project).filter(entry__pitch=pitch), texts, SAID)


def test_a_message_to_many_goes_with_the_last_of_them() -> None:
    pitch = make_full_pitch()
    erase(pitch.pk)
    assert BulkMessage.objects.get(token="one").body == "(erased)"
    assert BulkMessage.objects.get(token="two").body == "See you."
    other = Pitch.objects.exclude(pk=pitch.pk).get(call=pitch.call)
    erase(other.pk)
    assert set(BulkMessage.objects.values_list("body", flat=True)) == {"(erased)"}


def test_a_person_leaves_only_what_they_are_told(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    make_full_pitch()
    person = make_full_person(name=NAME, email=ADDRESS)
    PanelMember.objects.filter(email=ADDRESS).update(user=person)
    missing = set()
    for held in REGISTRY.held.values():
        rows = rows_about(held, person)
        if rows is None:
            continue
        goes = held.goes_with_address or any(link.leaves is Leaves.ROW for link in held.links)
        texts = [
            text for text in held.texts if (goes or text.of_person) and text.name != held.address
        ]
        plant(rows, texts, f"{MARK} of mine")
        if texts and not rows.exists():
            missing.add(held.model._meta.label)
    assert not missing, "somebody can have such a row; let make_full_person have one"
    for held, texts in held_with("loses_names"):
        plant(rows_of(held), texts, f"As {NAME.upper()} ({ADDRESS}) said")
    type(person).objects.filter(pk=person.pk).update(name=NAME, email=ADDRESS)
    person.refresh_from_db()
    client.force_login(person)
    page = html.unescape(client.get("/accounts/delete/").content.decode())
    assert all(each.what in page and each.why in page for each in what_stays())
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=person)
    Notification.objects.update(mailed_at=timezone.now())
    forget_closed_accounts()
    assert columns_with("zqname", "zqmail") == set()
    assert columns_with(MARK) <= columns_that_stay()
    assert not Session.objects.exists()


def test_a_name_that_others_have_or_that_is_a_word_stays() -> None:
    reader = UserFactory()
    UserFactory(name="Ann Smith")
    for name in ("Ann Smith", "Hope"):
        person = UserFactory(name=name, email=f"{name[0].lower()}@example.org")
        notify([reader], subject="Hello", body=f"{name} wrote, at {person.email}.")
        delete_account(user=person)
    bodies = set(Notification.objects.filter(recipient=reader).values_list("body", flat=True))
    assert bodies == {
        "Ann Smith wrote, at (deleted account).",
        "Hope wrote, at (deleted account).",
    }


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ask ann  SMITH.", "Ask X."),
        ("Joann Smithson", "Joann Smithson"),
        ("ann smith’s", "X’s"),
        ("Ann\nSmith", "X"),
    ],
)
def test_names_go_as_people_write_them(text: str, left: str) -> None:
    names = whole(["Ann Smith"], to="X")
    assert names is not None
    assert names.out_of({"a": [text, 1]}) == {"a": [left, 1]}


def test_other_addresses_stay() -> None:
    names = addresses(["a@b.co"], to="X")
    assert names is not None
    assert names.out_of("x.a@b.co, a@b.co.uk, A@B.co.") == "x.a@b.co, a@b.co.uk, X."


def test_common_words_stay_where_they_are_not_quoted() -> None:
    names = quoted(["It"], to="X")
    assert names is not None
    assert names.out_of("It is “It”. Withdrawn: It") == "It is X. Withdrawn: X"
    assert quoted([" "], to="X") is None


def test_what_stays_is_said_once() -> None:
    stays = what_stays()
    assert len({each.what for each in stays}) == len(stays)
    assert make_officer().is_active


@pytest.mark.parametrize("is_public", [True, False, None])
def test_a_question_is_not_left_in_the_mail_that_brought_it(is_public: bool | None) -> None:
    """As it was typed, with what its asker said of themselves; as it was published, it stays."""
    region = make_call().region
    officer, person = make_officer(region), UserFactory()
    asked = ask_region(region=region, topic="call", text=f"{MARK}, I am ill.", actor=person)
    if is_public is None:
        decline(enquiry=asked, reason="No.", actor=officer)
    else:
        answer(enquiry=asked, question="What?", text="This.", is_public=is_public, actor=officer)
    assert "activity_notification.body" in columns_with(MARK)
    delete_account(user=person)
    assert columns_with(MARK) == set()
    assert Notification.objects.filter(recipient=officer).exists()
