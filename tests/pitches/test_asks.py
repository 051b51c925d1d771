"""What a pitch asks for, against the most for one award; and the shares of its partners."""

import pytest
from django.test import Client
from django.urls import reverse

from challenges.calls.models import Call, CallState, Question
from challenges.calls.services import seal_rulebook
from challenges.pitches.content import build_content
from challenges.pitches.models import Entry, Partner, PartnerState
from challenges.pitches.partners import ask_partner
from challenges.pitches.services import save_answers, submit_entry
from marketplace.accounts.models import User
from marketplace.errors import Incomplete, Refused
from tests.factories import OrganisationFactory, UserFactory, make_call, make_entry, sign_in

pytestmark = pytest.mark.django_db


def entry_of(limit: int | None = 25_000, kind: str = "money", is_ask: bool = True) -> Entry:
    call = make_call(state=CallState.DRAFT, award_limit=limit)
    stage = call.first_stage
    Question.objects.filter(stage=stage, kind="money").update(is_ask=is_ask, kind=kind)
    Call.objects.filter(pk=call.pk).update(state=CallState.APPROVED)
    call = Call.objects.get(pk=call.pk)
    seal_rulebook(call.first_stage)
    return Entry.objects.get(pk=make_entry(call=call).pk)


def person(entry: Entry) -> User:
    return User.objects.get(memberships__organisation=entry.pitch.organisation)


def answer(entry: Entry, value: object) -> Entry:
    question = entry.stage.questions.last().pk
    return save_answers(
        entry=entry, answers={question: value}, version=entry.version, actor=person(entry)
    )


COSTS = [["Sensors", "20,000"], ["People", "10000"]]


@pytest.mark.parametrize(
    ("kind", "value", "limit", "is_ask", "refused"),
    [
        ("money", "25,000", 25_000, True, False),
        ("money", "25,000.01", 25_000, True, True),
        ("money", "30000", 25_000, True, True),
        ("money", "£70,000", 60_000, True, True),
        ("money", "30000", 25_000, False, False),
        ("money", "30000", None, True, False),
        ("money", "0", 25_000, True, True),
        ("money", "0", None, True, True),
        ("money", "0", 25_000, False, False),
        ("money", "-5", 25_000, True, True),
        ("costs", COSTS, 25_000, True, True),
        ("costs", COSTS, 30_000, True, False),
        ("costs", COSTS, 25_000, False, False),
        ("costs", [["Nothing", "0"]], 25_000, True, True),
    ],
)
def test_an_ask_is_held_against_the_limit(
    kind: str, value: object, limit: int | None, is_ask: bool, refused: bool
) -> None:
    entry = answer(entry_of(limit, kind, is_ask), value)
    _, problems = build_content(entry)
    assert bool(problems) == refused
    if refused:
        with pytest.raises(Incomplete) as refusal:
            submit_entry(entry=entry, actor=person(entry))
        assert refusal.value.problems[0][0].startswith("q")
        assert not entry.submissions.exists()
    else:
        submit_entry(entry=entry, actor=person(entry))


def test_it_is_said_where_it_is_typed_and_kept() -> None:
    entry = entry_of()
    client = sign_in(Client(), person(entry))
    address = reverse("pitches:write", args=[entry.pitch.reference])
    assert "You can ask for at most £25,000." in client.get(address).content.decode()
    name = f"q{entry.stage.questions.last().pk}"
    page = client.post(address, {name: "30,000", "version": entry.version}).content.decode()
    assert "You ask for £30,000, and the most for one award is £25,000" in page
    assert Entry.objects.get(pk=entry.pk).answers.get(question=name[1:]).value == "30,000"
    check = client.get(reverse("pitches:submit", args=[entry.pitch.reference])).content.decode()
    assert "the most for one award is £25,000" in check


def test_the_limit_is_sealed() -> None:
    entry = entry_of()
    spec = entry.rulebook.content["questions"][-1]
    assert (spec["is_ask"], spec["most"]) == (True, "25000.00")
    entry.stage.questions.last().save()


class TestShares:
    def ask(self, entry: Entry, share: int | None) -> Partner:
        return ask_partner(
            entry=entry,
            organisation=OrganisationFactory(owner=UserFactory()),
            part="Trials",
            share=share,
            actor=person(entry),
        )

    @pytest.mark.parametrize(
        ("stands", "share", "fits"),
        [
            ([80], 20, True),
            ([80], 21, False),
            ([80], 80, False),
            ([None], 100, True),
            ([50, 50], 0, True),
            ([50, 60], None, True),
            ([], 101, False),
            ([], -1, False),
        ],
    )
    def test_the_form_takes_no_more_than_the_whole(
        self, stands: list[int | None], share: int | None, fits: bool
    ) -> None:
        entry = make_entry()
        for each in stands:
            Partner.objects.filter(pk=self.ask(entry, None).pk).update(share=each)
        other = OrganisationFactory(name="Third Sensors", owner=UserFactory())
        client = sign_in(Client(), person(entry))
        address = reverse("pitches:partners", args=[entry.pitch.reference])
        data = {"organisation": other.name, "part": "Trials"}
        response = client.post(address, data | ({} if share is None else {"share": str(share)}))
        if fits:
            assert response.status_code == 302 and entry.pitch.partners.count() == len(stands) + 1
        else:
            assert response.status_code == 400 and "share" in response.context["form"].errors
            with pytest.raises(Refused):
                self.ask(entry, share)
            assert entry.pitch.partners.count() == len(stands)

    def test_the_service_counts_what_was_given_meanwhile(self) -> None:
        """However the page stood when it was loaded, and whoever of the team asks."""
        entry = make_entry()
        stale = Entry.objects.get(pk=entry.pk)
        self.ask(entry, 60)
        with pytest.raises(Refused, match="40% is left"):
            self.ask(stale, 60)
        assert self.ask(stale, 40).share == 40

    def test_whoever_is_asked_again_is_counted_once(self) -> None:
        entry = make_entry()
        partner = self.ask(entry, 80)
        Partner.objects.filter(pk=partner.pk).update(state=PartnerState.DECLINED)
        again = ask_partner(
            entry=entry,
            organisation=partner.organisation,
            part="Trials",
            share=90,
            actor=person(entry),
        )
        assert again.share == 90

    def test_who_declined_has_no_share(self) -> None:
        entry = make_entry()
        partner = self.ask(entry, 80)
        Partner.objects.filter(pk=partner.pk).update(state=PartnerState.DECLINED)
        self.ask(entry, 20)
        assert build_content(entry)[0]["partners"][0]["share"] == 20

    @pytest.mark.parametrize("share", [-1, 101])
    def test_a_share_is_a_part_of_the_whole(self, share: int) -> None:
        with pytest.raises(Refused, match="0 to 100"):
            self.ask(make_entry(), share)

    def test_a_pitch_with_more_is_not_submitted(self) -> None:
        entry = make_entry()
        for share in (80, 20):
            self.ask(entry, share)
        entry.pitch.partners.update(state=PartnerState.CONFIRMED, share=80)
        with pytest.raises(Incomplete) as refusal:
            submit_entry(entry=entry, actor=person(entry))
        assert refusal.value.problems == [
            ("partners", "The partners’ shares add up to 160%: ask for 100% or less in all.")
        ]
