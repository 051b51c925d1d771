"""The public page of a stage's rules, and the file that proves them."""

import hashlib

import pytest
from django.urls import reverse

from challenges.calls.models import Call, CallState, Question, QuestionKind
from challenges.calls.services import seal_rulebook
from tests.factories import make_call

pytestmark = pytest.mark.django_db


def page(call, order=1, name="calls:rulebook"):
    return reverse(name, args=[call.reference, order])


def test_anyone_reads_the_rules(client):
    call = make_call()
    text = client.get(page(call)).content.decode()
    digest = call.first_stage.rulebook.digest
    for expected in ("What would you do?", "Impact", "60 of 100", "up to 50 words", digest):
        assert expected in text
    assert "GMT" in text or "BST" in text


@pytest.mark.parametrize(
    ("decides_by", "words"),
    [("raw", "the mean of its judges’ totals. Officers"), ("adjusted", "“adjusted score”")],
)
def test_anyone_reads_how_the_ranking_is_made(client, decides_by, words):
    call = make_call()
    sealed = call.first_stage.rulebook
    sealed.content["decides_by"] = decides_by
    type(sealed).objects.filter(pk=sealed.pk).update(content=sealed.content)
    text = client.get(page(call)).content.decode()
    assert "How the ranking is made" in text and words in text


def test_the_file_has_the_digest_that_the_page_shows(client):
    call = make_call()
    response = client.get(page(call, name="calls:rulebook_json"))
    assert hashlib.sha256(response.content).hexdigest() == call.first_stage.rulebook.digest
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("name", ["calls:rulebook", "calls:rulebook_json"])
@pytest.mark.parametrize("state", [CallState.DRAFT, CallState.PROPOSED])
def test_nobody_reads_the_rules_of_a_draft(client, name, state):
    call = make_call()
    Call.objects.filter(pk=call.pk).update(state=state)
    assert client.get(page(call, name=name)).status_code == 404


def test_the_rules_of_a_cancelled_call_stay(client):
    call = make_call()
    Call.objects.filter(pk=call.pk).update(state=CallState.CANCELLED)
    assert "This call was cancelled" in client.get(page(call)).content.decode()


@pytest.mark.parametrize("path", ["/calls/nothing/rules/1/", f"/calls/x/rules/{'9' * 20}/"])
def test_unknown_rules_are_not_found(client, path):
    assert client.get(path).status_code == 404
    assert client.get(path.removesuffix("/") + ".json").status_code == 404


@pytest.mark.parametrize("extra", [0, 20])
def test_queries_do_not_grow_with_questions(client, django_assert_num_queries, extra):
    call = make_call(state=CallState.DRAFT)
    stage = call.first_stage
    for number in range(extra):
        Question.objects.create(
            stage=stage, kind=QuestionKind.SHORT_TEXT, label=f"Question {number}?"
        )
    seal_rulebook(stage)
    Call.objects.filter(pk=call.pk).update(state=CallState.APPROVED)
    with django_assert_num_queries(2):
        assert client.get(page(call)).status_code == 200
