"""Every state × clock × flag has words for every reader, theirs and true; nothing falls through."""

from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.awards.models import AwardState
from challenges.awards.services import complete_award, end_award
from challenges.awards.words import WORDS
from challenges.pitches.models import Entry, EntryState, PartnerState
from challenges.pitches.words import Facts, row_for
from challenges.pitches.words_for_others import TABLES, Reader
from marketplace.activity.models import Notification
from tests.awards.after import build
from tests.factories import (
    AwardFactory,
    OrganisationFactory,
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
from tests.pitches.test_words import COMBINATIONS

EVERY = list(product(Reader, EntryState.values))


def said(reader: Reader, facts: Facts) -> str:
    return " ".join(row_for(facts, TABLES[reader]).words)


def test_every_reader_has_a_table() -> None:
    assert TABLES.keys() == set(Reader)


@pytest.mark.parametrize(("reader", "state"), EVERY)
def test_every_combination_says_what_happened_and_what_comes_next(
    reader: Reader, state: str
) -> None:
    for facts in (each for each in COMBINATIONS if each.state == state):
        row = row_for(facts, TABLES[reader])
        assert row.heading and row.sentence.endswith((".", "}")) and row.next.endswith("."), facts
        is_live = state in ("draft", "submitted") and not facts.cancelled
        if "{closes}" in row.next:
            assert facts.clock in ("upcoming", "open") and not facts.cancelled, facts
        if facts.cancelled and state in ("draft", "submitted"):
            assert "cancelled" in row.sentence
        if row.button:
            assert reader in (Reader.TEAM, Reader.PARTNER) and is_live, facts
        if state != "awarded":
            assert "Congratulations" not in row.sentence


@pytest.mark.parametrize("reader", Reader)
def test_no_row_catches_what_another_state_has_words_for(reader: Reader) -> None:
    """No default: each row is said of one state, but for a call that was cancelled."""
    for row in TABLES[reader]:
        states = {facts.state for facts in COMBINATIONS if row_for(facts, TABLES[reader]) is row}
        assert len(states) <= 1 or "cancelled" in row.heading, row


@pytest.mark.parametrize("reader", [Reader.OFFICER, Reader.JUDGE])
def test_officers_and_judges_are_not_addressed_as_the_team(reader: Reader) -> None:
    for facts in COMBINATIONS:
        text = said(reader, facts)
        for wrong in ("Your pitch", "You withdrew", "Your organisation", "your pitch"):
            assert wrong not in text


def test_a_partner_is_not_told_that_it_did_what_the_lead_did() -> None:
    for facts in COMBINATIONS:
        text = said(Reader.PARTNER, facts)
        for wrong in ("You withdrew", "Your organisation", "You can bring it back", "submit it by"):
            assert wrong not in text, facts


@pytest.mark.parametrize("state", AwardState.values)
def test_every_state_of_a_project_has_words_for_its_people_and_for_officers(state: str) -> None:
    words = WORDS[state]
    assert words.happened and words.next and words.at_desk
    assert len({each.happened for each in WORDS.values()}) == len(AwardState.values)


@pytest.mark.django_db
@pytest.mark.parametrize("state", AwardState.values)
def test_the_desk_says_them(client: Client, state: str) -> None:
    award = AwardFactory(state=state)
    client = sign_in(client, make_officer(award.call.region))
    page = client.get(reverse("desk:project", kwargs={"pk": award.pk})).content.decode()
    assert WORDS[state].happened in page and WORDS[state].at_desk in page


@pytest.mark.django_db
def test_its_people_hear_them() -> None:
    after = build(winners=2)
    complete_award(award=after.award(0), actor=after.first)
    end_award(award=after.award(1), actor=after.first, reason="Stopped.")
    for number, state in ((0, AwardState.COMPLETED), (1, AwardState.ENDED)):
        heard = Notification.objects.filter(recipient=after.member(number)).latest("pk")
        assert WORDS[state].next in heard.body


@pytest.mark.django_db
def test_partner_officer_and_judge_read_their_own(client: Client) -> None:
    call = make_call()
    entry = submit(make_entry(call=call))
    person = UserFactory()
    entry.pitch.partners.create(
        organisation=OrganisationFactory(owner=person),
        part="Sensors",
        state=PartnerState.CONFIRMED,
        asked_by=entry.pitch.started_by or person,
    )
    for address in (entry.get_absolute_url(), "/dashboard/"):
        page = sign_in(client, person).get(address).content.decode()
        assert "the organisation that leads it submits it again" in page
    review = assign(make_judge(close_stage(entry.stage)), entry)
    officer = sign_in(Client(), make_officer(call.region))
    page = officer.get(reverse("desk:pitch", kwargs={"pk": entry.pk})).content.decode()
    assert "The panel scores until" in page
    Entry.objects.filter(pk=entry.pk).update(state=EntryState.CLOSED)
    judge = sign_in(Client(), review.member.user)
    page = judge.get(reverse("judging:review", kwargs={"pk": review.pk}))
    if page.status_code == 200:
        assert "takes no part in" in page.content.decode()


def test_nothing_is_promised_to_judges_after_a_cancellation() -> None:
    facts: Any = [each for each in COMBINATIONS if each.cancelled and each.state == "submitted"]
    assert {said(Reader.JUDGE, each) for each in facts} == {
        "Call cancelled The call was cancelled. There is nothing more to read or score. "
        "What you wrote is kept."
    }
