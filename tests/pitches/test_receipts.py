"""A receipt can be checked by whoever holds it, and tells nothing else."""

import pytest
from django.urls import reverse

from challenges.pitches.receipts import MOST_A_MINUTE
from tests.factories import make_entry, submit

pytestmark = pytest.mark.django_db
URL = reverse("pitches:receipt")


@pytest.fixture
def submission():
    return submit(make_entry()).submissions.get()


def ask(client, submission, **changes):
    marks = {"reference": submission.entry.pitch.reference, "digest": submission.digest}
    return client.get(URL, {**marks, **changes})


def test_a_genuine_one(client, submission):
    text = ask(client, submission).content.decode()
    assert "Genuine" in text and "Version 1, received on" in text
    for secret in ("Warm homes", "We find damp early.", submission.entry.pitch.organisation.name):
        assert secret not in text


def test_typed_with_spaces_and_capitals(client, submission):
    digest = f" {submission.digest[:32].upper()} {submission.digest[32:]} "
    assert "Genuine" in ask(client, submission, digest=digest).content.decode()


@pytest.mark.parametrize("changes", [{"digest": "0" * 64}, {"reference": "XXXXXXX"}])
def test_one_that_is_not(client, submission, changes):
    text = ask(client, submission, **changes).content.decode()
    assert "Genuine" not in text and "We hold no submission" in text


@pytest.mark.parametrize("digest", ["", "short", "g" * 64, "\x00" * 64, "0" * 100])
def test_what_is_no_digest_is_told_at_its_field(client, submission, digest):
    reply = ask(client, submission, digest=digest)
    assert reply.status_code == 200 and "govuk-error-message" in reply.content.decode()


def test_programs_get_json(client, submission):
    reply = ask(client, submission, format="json")
    assert reply.json() == {
        "genuine": True,
        "received": submission.at.isoformat(),
        "version": 1,
    }
    assert ask(client, submission, format="json", digest="0" * 64).json() == {"genuine": False}
    assert client.get(URL, {"format": "json"}).status_code == 400


def test_many_questions_wait(client, submission):
    for _ in range(MOST_A_MINUTE):
        assert ask(client, submission).status_code == 200
    assert ask(client, submission).status_code == 429
    assert ask(client, submission, format="json").status_code == 429


def test_the_receipt_leads_there(mailoutbox, django_capture_on_commit_callbacks):
    entry = make_entry()
    with django_capture_on_commit_callbacks(execute=True):
        submit(entry)
    assert f"{URL}?reference={entry.pitch.reference}&digest=" in mailoutbox[-1].body
