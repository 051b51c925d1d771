"""What good briefs have, and how clear readers find them."""

import pytest

from challenges.calls.brief import check_brief, reading_age
from challenges.calls.clarity import clarity_by_quarter, clarity_of, rate_clarity
from challenges.calls.models import Call, ClarityRating
from marketplace.errors import NotAllowed, Refused
from tests.factories import OrganisationFactory, UserFactory, make_call, make_officer, sign_in

PLAIN = (
    "Damp makes homes cold and people ill. We find it too late. Tenants tell us when the wall "
    "is black. We want to know sooner. Our staff visit ten homes a week. They can tell us what "
    "they see. We hold data on each home. You may use it in the trial."
)
DENSE = (
    "Notwithstanding organisational interoperability considerations, the commissioning authority "
    "anticipates multidisciplinary methodological contributions facilitating the comprehensive "
    "operationalisation of transformational intelligence capabilities throughout heterogeneous "
    "infrastructural environments, incorporating longitudinal evaluation, sustainability "
    "characterisation, stakeholder prioritisation, and accountability mechanisms appropriate to "
    "contemporary institutional responsibilities and intergovernmental relationships."
)


def findings(summary=PLAIN, body=PLAIN, **changes):
    facts = {"has_budget": True, "stages": 1, "undated": 0, "essentials": 1, **changes}
    return [f.is_good for f in check_brief(summary=summary, body=body, **facts)]


def test_a_good_brief_has_it_all():
    assert all(findings())


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {"summary": "We want a dashboard. The problem is that tenants wait."}),
        (1, {"summary": "The problem is damp.", "body": "Walls are wet. " * 20}),
        (2, {"has_budget": False}),
        (3, {"stages": 0}),
        (4, {"body": DENSE}),
        (5, {"essentials": 4}),
    ],
)
def test_each_thing_that_may_lack(place, changes):
    found = findings(**changes)
    assert not found[place]
    assert sum(not good for good in found) == 1


def test_plain_words_read_younger_than_dense_ones():
    assert reading_age(PLAIN) < 11 < 20 < reading_age(DENSE)


def test_too_little_text_has_no_age():
    assert reading_age("Short.") is None
    assert reading_age("") is None


@pytest.mark.django_db
class TestClarity:
    def founder(self):
        person = UserFactory()
        OrganisationFactory(owner=person)
        return person

    def rate(self, call, *scores):
        for score in scores:
            rate_clarity(call=call, score=score, comment=f"Said {score}", actor=self.founder())

    def test_marks_and_words_show_from_three_on(self):
        call = make_call()
        self.rate(call, 2, 4)
        assert clarity_of(call) == (2, None, [])
        self.rate(call, 3)
        assert clarity_of(call) == (3, 3.0, ["Said 2", "Said 3", "Said 4"])

    def test_saying_it_again_replaces_it(self):
        call, person = make_call(), self.founder()
        rate_clarity(call=call, score=1, comment="", actor=person)
        rate_clarity(call=call, score=5, comment="", actor=person)
        assert ClarityRating.objects.get().score == 5

    @pytest.mark.parametrize("state", ["draft", "proposed", "cancelled"])
    def test_only_of_public_calls(self, state):
        call = make_call(state=state)
        with pytest.raises(NotAllowed):
            rate_clarity(call=call, score=3, comment="", actor=self.founder())

    def test_only_by_start_ups_and_within_the_scale(self):
        with pytest.raises(NotAllowed):
            rate_clarity(call=make_call(), score=3, comment="", actor=UserFactory())
        with pytest.raises(Refused):
            rate_clarity(call=make_call(), score=6, comment="", actor=self.founder())

    def test_the_trend(self):
        self.rate(make_call(), 2, 4, 3)
        [quarter] = clarity_by_quarter(Call.objects.all())
        assert (quarter.count, quarter.mean, quarter.height) == (3, 3.0, 50.0)

    def test_the_page(self, client):
        call, person = make_call(), self.founder()
        page = f"/calls/{call.reference}/clarity/"
        assert client.get(page).status_code == 302
        sign_in(client, UserFactory())
        assert client.get(page).status_code == 404
        sign_in(client, person)
        assert client.post(page, {}).status_code == 400
        assert client.post(page, {"score": "4", "comment": "Say the price."}).status_code == 302
        assert "Say the price." in client.get(page).content.decode()

    @pytest.mark.parametrize("name", ["legal", "brief"])
    def test_the_desks_pages(self, client, name):
        call = make_call()
        self.rate(call, 2, 4, 3)
        sign_in(client, make_officer())
        for path in (f"/admin/desk/calls/{call.pk}/{name}/", "/admin/desk/calls/clarity/"):
            assert client.get(path).status_code == 200
