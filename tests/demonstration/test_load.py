"""The demonstration region, loaded once on an empty database for all of these tests."""

import html
import re
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.utils import decrypt
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client, override_settings

from challenges.awards.models import Award
from challenges.calls.models import Call, CallState, CallStatus
from challenges.judging.models import Agreement, Appeal, Assignment, Decision, Outcome, Score
from challenges.judging.ranking import weighted_total
from challenges.judging.table import table_of
from challenges.people.models import Expert
from challenges.pitches.content import build_content
from challenges.pitches.models import Entry, EntryState, Pitch, Submission
from cms.demonstration.loader import load
from cms.demonstration.people import (
    APPROVER,
    EDITOR,
    JUDGE,
    OFFICER,
    OWNER,
    SIGN_INS,
    SignIn,
    sign_in_code,
)
from cms.models import CallPage
from marketplace.accounts.models import SECOND_FACTOR_ROLES, User
from marketplace.activity.chain import sha256
from marketplace.activity.models import Chain, Record
from marketplace.activity.services import find_break
from search.backends.embedded import EmbeddedBackend
from search.services import every_document
from startups.models import Organisation
from tests.factories import sign_in
from tests.relevance import region

pytestmark = pytest.mark.django_db
URBAN = {"uc-wellbeing", "uc-housing", "uc-youth", "uc-citizenship"}


@pytest.fixture(scope="module", autouse=True)
def loaded(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """One load for the module, in a transaction that is rolled back after it."""
    with django_db_blocker.unblock(), override_settings(DEMONSTRATION=True):
        block = transaction.atomic()
        block.__enter__()
        try:
            assert load(lambda line: None)
            yield
        finally:
            transaction.set_rollback(True)
            block.__exit__(None, None, None)


def test_all_24_real_challenges_have_a_live_page():
    pages = CallPage.objects.live().exclude(call__reference__startswith="demo-")
    pages = pages.select_related("call")
    assert pages.count() == 24
    assert all(page.specific.may_be_public for page in pages)
    assert {page.call.source for page in pages} == {"Summarised from public announcements"}


def test_the_urban_challenge_drew_129_pitches_from_43_cities_in_8_countries():
    pitches = Pitch.objects.filter(call__reference__in=URBAN).select_related("organisation")
    assert pitches.count() == 129
    towns = {pitch.organisation.place_name for pitch in pitches}
    abroad = {town.partition(", ")[2] for town in towns if ", " in town}
    assert len(towns) == 43
    assert len(abroad) + 1 == 8
    assert all(pitch.organisation.is_demonstration for pitch in pitches)


@pytest.mark.parametrize("reference", sorted(URBAN))
def test_each_urban_call_short_lists_five_and_awards_one(reference):
    call = Call.objects.get(reference=reference)
    sift, day = call.stages.all()
    assert call.status == CallStatus.DECIDED
    assert sift.entries.filter(state=EntryState.SHORTLISTED).count() == 5
    assert not sift.entries.filter(state=EntryState.SUBMITTED).exists()
    assert day.entries.count() == 5
    award = Award.objects.get(call=call)
    assert (award.amount, award.is_demonstration) == (10_000, True)
    assert award.entry.state == EntryState.AWARDED
    outcomes = Decision.objects.filter(entry__stage=day).values_list("outcome", flat=True)
    assert sorted(outcomes) == [Outcome.AWARDED] + [Outcome.NOT_AWARDED] * 4


def test_the_short_list_is_the_five_highest_means():
    for call in Call.objects.filter(reference__in=URBAN):
        means = {}
        for entry in call.first_stage.entries.all():
            totals = [review.total for review in entry.assignments.all()]
            assert len(totals) == 3
            means[entry.pk] = sum(totals) / 3
        chosen = set(
            call.first_stage.entries.filter(state="shortlisted").values_list("pk", flat=True)
        )
        assert min(means[pk] for pk in chosen) >= max(
            mean for pk, mean in means.items() if pk not in chosen
        )


def test_totals_follow_from_the_scores():
    review = Assignment.objects.filter(state="submitted").order_by("pk")[7]
    scores = Score.objects.filter(assignment=review).select_related("criterion")
    values, weights, scales = zip(
        *((s.value, s.criterion.weight, s.criterion.scale) for s in scores), strict=True
    )
    assert review.total == weighted_total(values, weights, scales)


def test_the_loneliness_challenge_shows_its_five_real_awards():
    awards = Award.objects.filter(call__reference="gc-loneliness").select_related("organisation")
    assert {award.organisation.name for award in awards} == {
        "Box Clever Digital",
        "Enable International",
        "GPC Systems",
        "The Behavioural Insights Team",
        "Zipabout",
    }
    for award in awards:
        assert not award.is_demonstration
        assert not award.organisation.is_demonstration
        assert award.organisation.description == ""
        assert award.source == award.organisation.source != ""
        assert "up to" in award.summary


def test_calls_of_the_past_have_no_made_up_dates():
    past = Call.objects.filter(reference__startswith="gc-")
    assert past.count() == 15
    for call in past:
        assert not call.stages.exists()
        assert call.status == CallStatus.DECIDED
        assert not call.is_demonstration
    listed = Call.objects.in_status(CallStatus.DECIDED).filter(pk__in=past)
    assert listed.count() == 15


def test_five_accelerator_calls_are_open():
    calls = Call.objects.open().filter(kind="accelerator").with_dates()
    assert calls.count() == 5
    for call in calls:
        stage = call.first_stage
        assert 10 <= (stage.closes_at - Record.objects.latest("at").at).days <= 40
        assert 4 <= stage.questions.count() <= 6
        assert sum(criterion.weight for criterion in stage.criteria.all()) == 100
        assert call.is_demonstration


def test_one_call_is_being_scored_and_one_waits_for_the_second_officer():
    scoring = Call.objects.get(reference="demo-damp")
    assert scoring.status == CallStatus.ASSESSING
    assert scoring.first_stage.takes_scores()
    judge = User.objects.get(email=JUDGE.email)
    assert Assignment.objects.for_judge(judge).filter(state="assigned").count() == 9
    waiting = Call.objects.get(reference="demo-energy")
    assert waiting.state == CallState.PROPOSED
    assert not waiting.page.live


def test_a_panel_is_in_its_meeting_with_a_tie_at_the_cut_line():
    stage = Call.objects.get(reference="demo-languages").stages.get()
    assert stage.meeting.is_open
    assert Agreement.objects.filter(entry__stage=stage).count() == 1
    table = table_of(stage)
    level = [row for row in table.standings if row.is_level_across(table.rules.places)]
    assert len(level) == 2
    chair = stage.panel.members.get(role="chair")
    assert chair.email == JUDGE.email


def test_a_team_has_come_back_about_a_decision_of_last_week():
    call = Call.objects.get(reference="demo-cold-stores")
    assert call.status == CallStatus.DECIDED
    appeal = Appeal.objects.get(entry__stage__call=call)
    assert appeal.state == "open"
    assert appeal.reviewer.email == APPROVER.email
    assert {award.state for award in call.awards.all()} == {"active"}
    own = Entry.objects.get(
        stage__call=call, pitch__organisation__memberships__user__email=OWNER.email
    )
    assert own.state == EntryState.NOT_AWARDED


def test_people_of_the_directory_are_invented_and_some_are_public():
    assert not Expert.objects.filter(is_demonstration=False).exists()
    assert 0 < Expert.objects.public().count() < Expert.objects.count()


def test_every_submission_holds_what_was_typed_under_a_sealed_rulebook():
    entries = Entry.objects.exclude(state=EntryState.DRAFT)
    assert entries.count() == Submission.objects.count()
    for submission in Submission.objects.select_related("entry__pitch", "rulebook")[:20]:
        assert submission.digest == sha256(submission.content)
        assert submission.rulebook.stage_id == submission.entry.stage_id
        if submission.rulebook_id == submission.entry.rulebook_id:
            assert build_content(submission.entry) == (submission.content, [])
        assert submission.rulebook.digest == sha256(submission.rulebook.content)


def test_every_chain_verifies():
    chains = list(Chain.objects.all())
    assert len(chains) > 100
    assert [chain.key for chain in chains if find_break(chain) is not None] == []


def test_records_of_the_past_carry_dates_of_the_past():
    call = Call.objects.get(reference="uc-housing")
    dates = Record.objects.filter(chain__key=call.chain).values_list("at", flat=True)
    assert {moment.year for moment in dates} == {2017, 2018}
    assert list(dates.order_by("number")) == sorted(dates)


def test_invented_start_ups_are_marked_and_say_enough():
    invented = Organisation.objects.filter(is_demonstration=True).prefetch_related("claims")
    assert invented.count() >= 60
    for organisation in invented:
        assert len(organisation.description.split()) >= 40
        assert 2 <= len(organisation.claims.all()) <= 6
        assert all(claim.evidence for claim in organisation.claims.all())


def test_officers_and_judges_have_a_second_factor_that_works():
    for one in SIGN_INS:
        user = User.objects.get(email=one.email)
        code = sign_in_code(user)
        if one.role in SECOND_FACTOR_ROLES:
            kept = Authenticator.objects.get(user=user, type="totp")
            assert validate_totp_code(decrypt(kept.data["secret"]), code)
        else:
            assert code is None


def test_nobody_else_gets_a_code():
    user = User.objects.get(email=JUDGE.email)
    user.is_demonstration = False
    assert sign_in_code(user) is None


def test_everybody_can_sign_in_with_the_password_that_is_printed(capsys):
    call_command("demonstration_sign_ins")
    printed = capsys.readouterr().out
    password = printed.split("Password of everybody: ")[1].splitlines()[0]
    for one in SIGN_INS:
        assert one.email in printed
        assert User.objects.get(email=one.email).check_password(password)


def test_a_second_load_does_nothing_quickly(capsys):
    before = Pitch.objects.count(), Record.objects.count()
    started = time.perf_counter()
    call_command("load_demonstration")
    assert time.perf_counter() - started < 1
    assert "loaded already" in capsys.readouterr().out
    assert (Pitch.objects.count(), Record.objects.count()) == before


@override_settings(DEMONSTRATION=False)
@pytest.mark.parametrize(
    "command", [["load_demonstration"], ["demonstration_sign_ins"], ["demonstration_code", "x"]]
)
def test_nothing_works_where_there_is_no_demonstration(command):
    with pytest.raises(CommandError, match="demonstration"):
        call_command(*command)


def test_the_own_start_up_has_a_story_of_every_kind():
    entries = Entry.objects.filter(pitch__organisation__memberships__user__email=OWNER.email)
    states = set(entries.values_list("state", flat=True))
    assert states == {"shortlisted", "not-awarded", "submitted", "draft"}


def test_levels_and_criteria_add_to_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the region's own judged set; what each signal adds, `tests.relevance.region` prints."""
    monkeypatch.setattr("search.matching.get_backend", EmbeddedBackend)
    EmbeddedBackend().rebuild(every_document)
    judged = region.grades()
    named = {slug for graded in judged.values() for slug in graded}
    assert Organisation.objects.filter(slug__in=named, is_demonstration=True).count() == len(named)
    assert Call.objects.filter(reference__in=judged).count() == len(judged) == 24
    with region.weights(region.VARIANTS["text alone"]):
        text = region.call_to_firms(judged)
    shipped = region.call_to_firms(judged)
    assert sum(text) / 24 > 0.7
    assert sum(shipped) / 24 > max(0.85, sum(text) / 24 + 0.05)


NAMED = re.compile(
    r"/(challenges|projects|organisations|pitches|people|case-studies|calls|results)/[^/?]+"
)
"""Addresses with a name in them; those with a number are known by it."""

FOLLOWED = 8
"""Pages of one kind that are looked at."""

NOT_FOLLOWED = re.compile(
    r"/(?:static|media|documents|images)/|log-?out|sign-?out|/admin/(?!desk/)|/accounts/(?:login|signup)"
)


@pytest.mark.parametrize("who", [None, *SIGN_INS])
def test_every_link_leads_somewhere(client: Client, who: SignIn | None) -> None:
    """From the first pages on, as far as links go: no page that is offered is missing or fails."""
    waiting = ["/", "/search/?q=damp"]
    if who:
        sign_in(client, User.objects.get(email=who.email))
        waiting += ["/dashboard/", "/judging/", "/notifications/"]
    if who in (OFFICER, APPROVER):
        waiting += ["/admin/desk/calls/", "/admin/desk/pitches/"]
    if who == EDITOR:
        waiting += ["/admin/desk/search/"]
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    while waiting:
        address = waiting.pop()
        path, asked, _ = address.partition("?")
        kind = re.sub(r"\d+", "*", NAMED.sub(r"/\1/*", path)) + asked
        if address in seen or kinds[kind] >= FOLLOWED:
            continue
        seen.add(address)
        kinds[kind] += 1
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        if "text/html" in response["Content-Type"]:
            page = response.request["PATH_INFO"]
            links = re.findall(r'<a\b[^>]*\bhref="([^"#]+)', response.content.decode())
            joined = (urljoin(page, html.unescape(link)) for link in links)
            waiting += [link for link in joined if link[0] == "/" and not NOT_FOLLOWED.search(link)]
    assert len(seen) > (60 if who != EDITOR else 30)
