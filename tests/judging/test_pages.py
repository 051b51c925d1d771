"""What judges see, what they can do there, and what nobody else sees."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from challenges.calls.models import QuestionKind, Stage
from challenges.judging.models import (
    Assignment,
    AssignmentState,
    Conflict,
    MemberState,
    PanelMember,
)
from challenges.judging.services import invite_to_panel
from challenges.pitches.models import Attachment, Entry, Submission
from marketplace.accounts.models import User
from marketplace.activity.models import Notification
from tests.factories import (
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    make_officer,
    sign_in,
    submit,
)
from tests.judging.conftest import World, build_world, write_review

SIGN_IN = "/accounts/login/"


def text_of(response: Any) -> str:
    return response.content.decode()


def review_url(assignment: Assignment, name: str = "review") -> str:
    return reverse(f"judging:{name}", kwargs={"pk": assignment.pk})


def typed(world: World, value: object = 3, comment: str = "Because.", **more: object) -> dict:
    fields: dict[str, object] = {"version": 1, "recommendation": "fund", "comment": "Panel only."}
    for criterion in world.stage.criteria.all():
        fields[f"score_{criterion.pk}"] = value
        fields[f"comment_{criterion.pk}"] = comment
    return {**fields, **more}


@pytest.fixture
def judge(world: World, client: Client) -> Client:
    return sign_in(client, world.judge.user)


# --- Who opens what --------------------------------------------------------------------


def attach(entry: Entry, *, identifies: bool = False) -> Attachment:
    """A file in the entry's latest submission."""
    question = entry.stage.questions.first()
    file = Attachment.objects.create(
        entry=entry,
        question=question,
        file=ContentFile(b"%PDF-1.7 plans", name="plans.pdf"),
        name="Acme plans.pdf",
        content_type="application/pdf",
        size=14,
        sha256="0" * 64,
    )
    submission = entry.submissions.last()
    submission.content["answers"].append(
        {
            "question": question.pk,
            "kind": QuestionKind.FILE,
            "label": "Your plans",
            "identifies": identifies,
            "value": {"attachment": file.pk, "name": file.name, "size": 14, "sha256": "0" * 64},
            "text": file.name,
        }
    )
    submission.save()
    return file


def addresses(world: World) -> dict[str, str]:
    file = attach(world.entry)
    member, pk = {"pk": world.judge.pk}, {"pk": world.assignment.pk}
    return {
        "panel": reverse("judging:panel", kwargs=member),
        "declare": reverse("judging:declare", kwargs=member),
        "review": reverse("judging:review", kwargs=pk),
        "autosave": reverse("judging:autosave", kwargs=pk),
        "attachment": reverse(
            "judging:attachment", kwargs={"assignment": world.assignment.pk, "pk": file.pk}
        ),
    }


def persons(world: World) -> dict[str, User]:
    elsewhere = make_call(region=world.call.region).first_stage
    return {
        "judge": world.judge.user,
        "other judge": make_judge(world.stage).user,
        "judge elsewhere": make_judge(elsewhere).user,
        "officer": world.officer,
        "applicant": world.applicant,
        "stranger": UserFactory(),
    }


def undeclare(world: World) -> None:
    PanelMember.objects.filter(pk=world.judge.pk).update(declared_at=None)


def remove(world: World) -> None:
    PanelMember.objects.filter(pk=world.judge.pk).update(state=MemberState.REMOVED)


def recuse(world: World) -> None:
    Assignment.objects.filter(pk=world.assignment.pk).update(state=AssignmentState.RECUSED)


def release(world: World) -> None:
    Stage.objects.filter(pk=world.stage.pk).update(released_at=timezone.now())


# What the judge whose it is gets (GET; POST for autosave); everybody else gets 404.
STANDING = {"panel": 200, "declare": 200, "review": 200, "autosave": 200, "attachment": 200}
STATES: dict[str, tuple[Callable[[World], None], dict[str, int]]] = {
    "at work": (lambda world: None, STANDING),
    "undeclared": (
        undeclare,
        {"panel": 302, "declare": 200, "review": 404, "autosave": 404, "attachment": 404},
    ),
    "removed": (remove, dict.fromkeys(STANDING, 404)),
    "recused": (recuse, {**STANDING, "review": 404, "autosave": 404, "attachment": 404}),
    "released": (release, {**STANDING, "autosave": 409}),
}


@pytest.mark.parametrize("state", STATES)
def test_role_by_page_by_state(world: World, state: str) -> None:
    spoil, expected = STATES[state]
    pages, people = addresses(world), persons(world)
    spoil(world)
    for page, address in pages.items():
        for role, person in people.items():
            client = sign_in(Client(), person)
            ask = client.post if page == "autosave" else client.get
            got = ask(address, typed(world) if page == "autosave" else None)
            assert got.status_code == (expected[page] if role == "judge" else 404), (page, role)
        anonymous = Client().get(address)
        assert anonymous.status_code == 302
        assert anonymous.url.startswith(SIGN_IN)


def test_a_judge_sees_no_other_judges_scores(world: World, judge: Client) -> None:
    other = assign(make_judge(world.stage, name="Olive Other"), world.entry)
    write_review(
        other,
        scores={c.pk: (5, "Olive’s remark") for c in world.stage.criteria.all()},
        comment="Olive’s secret",
    )
    write_review(world.assignment, 1)
    for name, thing in (
        ("panel", world.judge),
        ("declare", world.judge),
        ("review", world.assignment),
    ):
        page = text_of(judge.get(reverse(f"judging:{name}", kwargs={"pk": thing.pk})))
        for secret in ("Olive", "100.0 of 100", "5 of 5"):
            assert secret not in page, (name, secret)


# --- The invitation --------------------------------------------------------------------


@pytest.fixture
def link(world: World) -> str:
    invite_to_panel(stage=world.stage, email="ann@example.org", name="Ann", actor=world.officer)
    return Notification.objects.first().path


def test_signed_out_it_says_what_it_is_and_leads_to_sign_in_and_back(
    world: World, link: str, client: Client
) -> None:
    page = text_of(client.get(link))
    assert world.call.title in page
    assert "ann@example.org" in page
    assert f"{SIGN_IN}?next={link}" in page
    assert f"/accounts/signup/?next={link}" in page
    assert client.post(link, {"answer": "accept"}).url == f"{SIGN_IN}?next={link}"
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.INVITED


def test_accepting_leads_to_the_second_factor_and_back_to_the_panel(
    link: str, client: Client
) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    accepted = client.post(link, {"answer": "accept"})
    member = PanelMember.objects.get(email="ann@example.org")
    assert member.state == MemberState.ACCEPTED
    assert accepted.url == reverse("judging:declare", kwargs={"pk": member.pk})
    assert client.get(accepted.url).url.startswith("/accounts/second-factor/")
    sign_in(client, member.user)
    assert client.get(link).url == reverse("judging:panel", kwargs={"pk": member.pk})


def test_declining(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert "You have declined" in text_of(client.post(link, {"answer": "decline"}))
    again = client.get(link)
    assert (again.status_code, "was answered" in text_of(again)) == (410, True)


def test_an_answer_must_be_chosen(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert "Choose whether" in text_of(client.post(link, {}))


def test_a_get_answers_nothing(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="ann@example.org"))
    assert client.get(f"{link}?answer=accept").status_code == 200
    assert PanelMember.objects.get(email="ann@example.org").state == MemberState.INVITED


def test_the_wrong_address_is_told(link: str, client: Client) -> None:
    client.force_login(UserFactory(email="bob@example.org"))
    for response in (client.get(link), client.post(link, {"answer": "accept"})):
        assert response.status_code == 403
        assert "for somebody else" in text_of(response)
        assert "ann@example.org" not in text_of(response)


def test_an_expired_link_is_told(link: str, client: Client) -> None:
    PanelMember.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client.force_login(UserFactory(email="ann@example.org"))
    for response in (client.get(link), client.post(link, {"answer": "accept"})):
        assert response.status_code == 410
        assert "has run out" in text_of(response)


def test_used_by_somebody_else_and_removed(link: str, client: Client) -> None:
    member = PanelMember.objects.get(email="ann@example.org")
    for state, says in (("accepted", "was answered"), ("removed", "no longer counts")):
        PanelMember.objects.filter(pk=member.pk).update(state=state, user=UserFactory())
        response = client.get(link)
        assert (response.status_code, says in text_of(response)) == (410, True)


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "é" * 20, "-" * 3000])
def test_an_unknown_link_is_told(db: None, client: Client, token: str) -> None:
    response = client.get(f"/judging/invitations/{token}/")
    assert response.status_code == 404
    assert "We don’t know this invitation" in text_of(response)


# --- Interests -------------------------------------------------------------------------


def test_declaring_needs_an_answer_and_keeps_what_was_typed(world: World, judge: Client) -> None:
    undeclare(world)
    url = reverse("judging:declare", kwargs={"pk": world.judge.pk})
    first, second = (entry.pitch.organisation for entry in world.entries)
    assert "tick that you have none" in text_of(judge.post(url, {}))
    both = text_of(
        judge.post(url, {"none": "on", f"interest_{first.pk}": "on", f"nature_{first.pk}": "Kin"})
    )
    assert "clear that tick" in both
    assert ">Kin</textarea>" in both
    wordless = text_of(judge.post(url, {f"interest_{first.pk}": "on"}))
    assert f"Say what your interest in {first.name} is" in wordless
    tickless = text_of(judge.post(url, {f"nature_{second.pk}": "Kin", "none": "on"}))
    assert f"Tick {second.name}, or clear" in tickless
    assert not Conflict.objects.exists()
    done = judge.post(url, {f"interest_{first.pk}": "on", f"nature_{first.pk}": "Kin"})
    assert done.url == reverse("judging:panel", kwargs={"pk": world.judge.pk})
    assert Conflict.objects.get().entry == world.entry
    assert "Warm homes" not in text_of(judge.get(done.url))


def test_a_new_interest_later(world: World, judge: Client) -> None:
    url = reverse("judging:declare", kwargs={"pk": world.judge.pk})
    judge.post(url, {"none": "on"})
    organisation = world.entry.pitch.organisation
    judge.post(url, {f"interest_{organisation.pk}": "on", f"nature_{organisation.pk}": "New job"})
    assert judge.get(review_url(world.assignment)).status_code == 404
    page = text_of(judge.get(url))
    assert "Declared already" in page
    assert "New job" in page


def test_a_blind_stage_names_applicants_apart_from_pitches(
    blind_world: World, client: Client
) -> None:
    world = blind_world
    sign_in(client, world.judge.user)
    declare = text_of(client.get(reverse("judging:declare", kwargs={"pk": world.judge.pk})))
    panel = text_of(client.get(reverse("judging:panel", kwargs={"pk": world.judge.pk})))
    review = text_of(client.get(review_url(world.assignment)))
    for entry in world.entries:
        assert entry.pitch.organisation.name in declare
        assert entry.pitch.title not in declare
        assert entry.pitch.reference not in declare
        for page in (panel, review):
            assert entry.pitch.organisation.name not in page
    assert f"Applicant {world.entry.pitch.reference}" in panel
    assert f"Applicant {world.entry.pitch.reference}" in review


def test_names_of_an_open_stage_are_shown(world: World, judge: Client) -> None:
    name = world.entry.pitch.organisation.name
    assert name in text_of(judge.get(review_url(world.assignment)))


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


# --- Lists -----------------------------------------------------------------------------


def test_filters_and_totals(world: World, judge: Client) -> None:
    Entry.objects.filter(pk=world.entries[1].pk).get().pitch.__class__.objects.filter(
        pk=world.entries[1].pitch_id
    ).update(title="Cool roofs")
    assign(world.judge, world.entries[1])
    write_review(world.assignment)
    url = reverse("judging:panel", kwargs={"pk": world.judge.pk})
    everything, to_score, scored = (
        text_of(judge.get(url, {"show": show})) for show in ("nonsense", "to-score", "scored")
    )
    assert "Warm homes" in everything and "Cool roofs" in everything
    assert "Warm homes" not in to_score and "Cool roofs" in to_score
    assert "Your total: 60.0 of 100" in scored and "Cool roofs" not in scored


def test_late_pitches_ask_for_a_new_declaration(db: None, client: Client) -> None:
    call = make_call()
    judge = make_judge(call.first_stage)
    submit(make_entry(call=call))
    close_stage(call.first_stage)
    url = reverse("judging:panel", kwargs={"pk": judge.pk})
    assert "1 pitch has come in since" in text_of(sign_in(client, judge.user).get(url))


@pytest.mark.parametrize("many", [1, 30])
def test_panel_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    world = build_world(entries=many)
    for entry in world.entries[1:]:
        assign(world.judge, entry)
    sign_in(client, world.judge.user)
    with django_assert_num_queries(9):
        client.get(reverse("judging:panel", kwargs={"pk": world.judge.pk}))


@pytest.mark.parametrize("many", [1, 30])
def test_panels_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    person = UserFactory()
    officer = make_officer()
    for _ in range(many):
        member = make_judge(make_call(owner=officer).first_stage)
        PanelMember.objects.filter(pk=member.pk).update(user=person)
    sign_in(client, person)
    with django_assert_num_queries(4):
        client.get(reverse("judging:panels"))


@pytest.mark.parametrize("many", [1, 30])
def test_declare_queries(
    many: int, db: None, client: Client, django_assert_num_queries: Callable
) -> None:
    world = build_world(entries=many)
    sign_in(client, world.judge.user)
    with django_assert_num_queries(5):
        client.get(reverse("judging:declare", kwargs={"pk": world.judge.pk}))


def test_nobody_elses_panels_are_listed(world: World, client: Client) -> None:
    page = text_of(sign_in(client, UserFactory()).get(reverse("judging:panels")))
    assert "You are on no panel" in page
    assert world.call.title not in page
