"""One pitch, read and scored: what the judge sees, sends and is told."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import Stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
)
from challenges.pitches.models import Attachment, Entry, Submission
from tests.factories import (
    assign,
    make_judge,
    sign_in,
)
from tests.judging.conftest import (
    World,
    attach,
    build_world,
    review_url,
    text_of,
    typed,
    write_review,
)

# --- Reading ---------------------------------------------------------------------------


def test_the_latest_submission_is_read_and_not_the_draft(world: World, judge: Client) -> None:
    latest = world.entry.submissions.last()
    Submission.objects.create(
        entry=world.entry,
        number=2,
        at=timezone.now(),
        rulebook=latest.rulebook,
        content={**latest.content, "title": "Second version"},
        digest="0" * 64,
    )
    world.entry.answers.update(value="never submitted")
    page = text_of(judge.get(review_url(world.assignment)))
    assert "Second version" in page
    assert "We put sensors in homes." in page
    assert "never submitted" not in page


def test_earlier_stages_are_read_below_without_names_if_blind(db: None, client: Client) -> None:
    world = build_world(stages=2, blind=True)
    second = Stage.objects.get(call=world.call, order=2)
    entry = Entry.objects.create(
        pitch=world.entry.pitch, stage=second, rulebook=second.rulebook, state="submitted"
    )
    content = {**world.entry.submissions.last().content, "stage": "Stage 2", "title": "Later words"}
    content["answers"] = [{**content["answers"][0], "identifies": True, "text": "We are Acme"}]
    Submission.objects.create(
        entry=entry,
        number=1,
        at=timezone.now(),
        rulebook=second.rulebook,
        content=content,
        digest="0" * 64,
    )
    judge = make_judge(second)
    assignment = assign(judge, entry)
    page = text_of(sign_in(client, judge.user).get(review_url(assignment)))
    assert page.index("Later words") < page.index("We put sensors in homes.")
    assert "We are Acme" not in page
    assert world.entry.pitch.organisation.name not in page


def test_a_file_is_saved_and_never_shown(world: World, judge: Client) -> None:
    file = attach(world.entry)
    url = reverse("judging:attachment", kwargs={"assignment": world.assignment.pk, "pk": file.pk})
    assert url in text_of(judge.get(review_url(world.assignment)))
    response = judge.get(url)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 plans"
    assert response["Content-Disposition"] == 'attachment; filename="Acme plans.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]


def test_a_blind_file_tells_no_name(blind_world: World, client: Client) -> None:
    world = blind_world
    sign_in(client, world.judge.user)
    shown, hidden = attach(world.entry), None
    Attachment.objects.update(replaced_at=timezone.now())
    hidden = attach(world.entry, identifies=True)
    page = text_of(client.get(review_url(world.assignment)))
    assert "Acme" not in page
    name = {"assignment": world.assignment.pk}
    response = client.get(reverse("judging:attachment", kwargs={**name, "pk": shown.pk}))
    assert response["Content-Disposition"] == (
        f'attachment; filename="{world.entry.pitch.reference}.pdf"'
    )
    assert (
        client.get(reverse("judging:attachment", kwargs={**name, "pk": hidden.pk})).status_code
        == 404
    )


def test_files_of_others_and_of_drafts_are_not_found(world: World, judge: Client) -> None:
    foreign = attach(world.entries[1])
    draft = attach(world.entry)
    submission = world.entry.submissions.last()
    submission.content["answers"].pop()
    submission.save()
    for file in (foreign, draft):
        url = reverse(
            "judging:attachment", kwargs={"assignment": world.assignment.pk, "pk": file.pk}
        )
        assert judge.get(url).status_code == 404


def test_a_file_that_storage_lost_is_not_found(world: World, judge: Client) -> None:
    file = attach(world.entry)
    file.file.delete(save=False)
    Attachment.objects.filter(pk=file.pk).update(file="attachments/gone")
    url = reverse("judging:attachment", kwargs={"assignment": world.assignment.pk, "pk": file.pk})
    assert judge.get(url).status_code == 404


# --- Scoring ---------------------------------------------------------------------------


def test_save_then_submit_then_next(world: World, judge: Client) -> None:
    following = assign(world.judge, world.entries[1])
    url = review_url(world.assignment)
    saved = judge.post(url, {**typed(world), "action": "save"}, follow=True)
    assert "Your draft is saved" in text_of(saved)
    assert Assignment.objects.get(pk=world.assignment.pk).state == AssignmentState.ASSIGNED
    done = judge.post(url, {**typed(world, version=2), "action": "submit"}, follow=True)
    assert "is submitted" in text_of(done)
    assert review_url(following) in text_of(done)
    stands = Assignment.objects.get(pk=world.assignment.pk)
    assert (stands.state, stands.total, stands.comment) == ("submitted", 60, "Panel only.")


def test_incomplete_says_what_is_missing_and_keeps_the_draft(world: World, judge: Client) -> None:
    url = review_url(world.assignment)
    fields = typed(
        world, value="", comment="", comment_panel="x", recommendation="", action="submit"
    )
    fields["comment"] = "Kept words."
    response = judge.post(url, fields)
    page = text_of(response)
    assert response.status_code == 422
    for sentence in (
        "Score “Impact”.",
        "Say why, for “Feasibility”.",
        "Choose what you recommend.",
    ):
        assert page.count(sentence) >= 2, "in the summary and beside its field"
    assert "Kept words." in page
    assert Assignment.objects.get(pk=world.assignment.pk).comment == "Kept words."
    assert 'value="2"' in page, "the form carries the version that was saved"


def test_a_second_window_sees_both_texts(world: World, judge: Client) -> None:
    url = review_url(world.assignment)
    judge.post(url, {**typed(world, comment="from the phone"), "action": "save"})
    response = judge.post(url, {**typed(world, comment="from the desk"), "action": "save"})
    page = text_of(response)
    assert response.status_code == 409
    assert "changed in another window" in page
    assert "from the phone" in page
    assert "from the desk" in page
    again = judge.post(url, {**typed(world, comment="from the desk", version=2), "action": "save"})
    assert again.status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"version": ""},
        {"version": "x"},
        {"version": "9" * 40},
        {"recommendation": "knight"},
        {"comment": "x" * 10_001},
        {"comment": "a\x00b"},
    ],
)
def test_bad_input_is_answered_and_nothing_is_lost(
    world: World, judge: Client, change: dict
) -> None:
    for action in ("save", "submit", "dance"):
        response = judge.post(
            review_url(world.assignment),
            {**typed(world, comment="Typed."), **change, "action": action},
        )
        assert response.status_code in (409, 422)
        assert "Typed." in text_of(response)
    assert Assignment.objects.get(pk=world.assignment.pk).version == 1


@pytest.mark.parametrize("value", ["6", "-1", "1.5", "five", "\x00"])
def test_a_score_off_its_scale_is_told(world: World, judge: Client, value: str) -> None:
    response = judge.post(
        review_url(world.assignment), {**typed(world, value=value), "action": "save"}
    )
    assert response.status_code == 422
    assert "Choose a score from 0 to 5" in text_of(response)


def test_a_closed_panel_can_be_read(world: World, judge: Client) -> None:
    write_review(world.assignment)
    Stage.objects.update(
        closes_at=timezone.now() - timedelta(days=2),
        scores_due_at=timezone.now() - timedelta(days=1),
    )
    page = text_of(judge.get(review_url(world.assignment)))
    assert "The panel closed on" in page
    assert "<textarea" not in page
    late = judge.post(review_url(world.assignment), {**typed(world, version=2), "action": "save"})
    assert late.status_code == 409
    assert "The panel closed on" in text_of(late)
    assert "Because." in text_of(late)


def test_a_submitted_review_changes_only_as_a_whole(world: World, judge: Client) -> None:
    write_review(world.assignment, 5)
    url = review_url(world.assignment)
    assert "data-autosave-url" not in text_of(judge.get(url))
    judge.post(url, {**typed(world, value="", version=2), "action": "submit"})
    assert Assignment.objects.get(pk=world.assignment.pk).total == 100
    judge.post(url, {**typed(world, value=1, version=2), "action": "submit"})
    assert Assignment.objects.get(pk=world.assignment.pk).total == 20


# --- Autosave --------------------------------------------------------------------------


def test_autosave(world: World, judge: Client) -> None:
    url = review_url(world.assignment, "autosave")
    page = text_of(judge.get(review_url(world.assignment)))
    assert f'data-autosave-url="{url}"' in page
    assert 'data-autosave-version="1"' in page
    saved = judge.post(url, typed(world, comment="by itself"))
    assert saved.json()["version"] == 2
    assert "saved_at" in saved.json()
    stale = judge.post(url, typed(world, comment="too old"))
    assert stale.status_code == 409
    assert stale.json()["url"] == review_url(world.assignment)
    assert judge.post(url, typed(world, value=9, version=2)).status_code == 422
    assert judge.get(url).status_code == 405
    assert not Assignment.objects.get(pk=world.assignment.pk).scores.filter(comment="too old")


def test_autosave_never_reopens_what_is_submitted(world: World, judge: Client) -> None:
    write_review(world.assignment, 5)
    response = judge.post(review_url(world.assignment, "autosave"), typed(world, version=2))
    assert response.status_code == 409
    assert Assignment.objects.get(pk=world.assignment.pk).state == AssignmentState.SUBMITTED
