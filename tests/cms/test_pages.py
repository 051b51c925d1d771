"""The public pages: what they show, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page

from challenges.calls.models import Call, CallState, Criterion, Programme, Question, Stage
from challenges.calls.services import seal_rulebook
from cms.models import AcceleratorPage, CallPage, ChallengeIndexPage, ChallengePage, HomePage
from tests.factories import (
    AwardFactory,
    CallFactory,
    LocalAuthorityFactory,
    SectorFactory,
    make_call,
    make_officer,
    sign_in,
)

pytestmark = pytest.mark.django_db
LIST_QUERIES = 13
HOME_QUERIES = 9
CALL_QUERIES = 18


def publish(call: Call, kind: type[CallPage] = ChallengePage, **fields) -> CallPage:
    index = ChallengeIndexPage.objects.get()
    slug = f"call-{call.pk}"
    return index.add_child(instance=kind(title=call.title, slug=slug, call=call, **fields))


def titles(response) -> list[str]:
    return [call.title for call in response.context["calls"]]


@pytest.fixture
def site(client: Client) -> Client:
    # Wagtail keeps where the site begins in the cache; whoever asks first pays for it.
    assert client.get(ChallengeIndexPage.objects.get().url).status_code == 200
    return client


def test_home_shows_what_is_open_and_what_was_funded(site):
    publish(make_call(title="How might we dry damp homes?"))
    award = AwardFactory(amount=12_500)
    page = site.get("/").content.decode()
    assert "How might we dry damp homes?" in page
    assert award.title in page
    assert "£12,500" in page


def test_home_says_so_when_nothing_is_open(site):
    assert "Nothing is open today" in site.get("/").content.decode()


def test_the_standard_pages_say_something(site):
    for slug in ("accessibility", "privacy"):
        response = site.get(f"/{slug}/")
        assert response.status_code == 200
        assert len(response.content.decode().split("<main")[1].split()) > 120


@pytest.mark.parametrize("state", [CallState.DRAFT, CallState.PROPOSED])
def test_a_live_page_of_a_call_that_is_not_approved_is_nowhere(site, state):
    page = publish(make_call(state=state, title="Secret plans"))
    assert page.live
    assert site.get(page.url).status_code == 404
    assert "Secret plans" not in site.get("/challenges/").content.decode()
    assert "Secret plans" not in site.get("/").content.decode()


def test_not_even_an_officer_gets_it_on_the_public_site(client):
    page = publish(make_call(state=CallState.DRAFT))
    sign_in(client, make_officer())
    assert client.get(page.url).status_code == 404


def test_an_unpublished_page_of_an_approved_call_is_nowhere(site):
    page = publish(make_call(title="Not yet"))
    Page.objects.filter(pk=page.pk).update(live=False)
    assert site.get(page.url).status_code == 404
    assert "Not yet" not in site.get("/challenges/").content.decode()


def test_a_page_without_a_call_is_nowhere(site):
    index = ChallengeIndexPage.objects.get()
    page = index.add_child(instance=ChallengePage(title="No call", slug="no-call"))
    assert site.get(page.url).status_code == 404


def test_a_cancelled_call_stays_and_says_why(site):
    call = make_call()
    Call.objects.filter(pk=call.pk).update(state="cancelled", return_reason="The budget went.")
    response = site.get(publish(Call.objects.get(pk=call.pk)).url)
    assert response.status_code == 200
    assert "The budget went." in response.content.decode()


def test_a_call_page_shows_what_is_promised(site):
    call = make_call(title="Dry homes", budget=90_000, commissioner="Sandwell Council")
    page = site.get(publish(call).url).content.decode()
    for text in ("What would you do?", "Impact", "60%", "£90,000", "£50,000", "Sandwell Council"):
        assert text in page
    assert f'href="{reverse("pitches:start", args=[call.reference])}"' in page
    assert "Rulebook 1" in page


def test_only_an_open_call_offers_to_apply(site):
    for opens, closes, offered in ((-1, 1, True), (1, 2, False), (-2, -1, False)):
        call = make_call(opens_in=timedelta(days=opens), closes_in=timedelta(days=closes))
        assert ("Apply" in site.get(publish(call).url).content.decode()) is offered


def test_an_imported_call_without_dates_says_that_there_are_none(site):
    call = CallFactory(state=CallState.APPROVED, source="A public record")
    page = site.get(publish(call).url).content.decode()
    assert "Not all on record" in page
    assert "A public record" in page
    assert "Apply" not in page


def test_what_was_funded_stands_on_the_call_page(site):
    award = AwardFactory(title="Sensors in 200 homes")
    assert "Sensors in 200 homes" in site.get(publish(award.call).url).content.decode()


def test_a_call_page_takes_as_many_queries_for_a_large_call_as_for_a_small_one(
    site, django_assert_num_queries
):
    small, large = publish(make_call()), publish(make_call(state=CallState.DRAFT, stages=3))
    for number in range(10):
        Question.objects.create(stage=large.call.first_stage, sort_order=number, label="More?")
        Criterion.objects.create(stage=large.call.first_stage, sort_order=number, name="More")
        AwardFactory(call=large.call)
    for stage in large.call.stages.all():
        seal_rulebook(stage)
    Call.objects.filter(pk=large.call_id).update(state=CallState.APPROVED)
    AwardFactory(call=small.call)
    for page in (small, large):
        with django_assert_num_queries(CALL_QUERIES):
            assert site.get(page.url).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_takes_the_same_queries_for_1_and_for_30(site, django_assert_num_queries, count):
    for _ in range(count):
        publish(make_call())
    with django_assert_num_queries(LIST_QUERIES):
        response = site.get("/challenges/?objective=housing&q=problem")
    assert len(response.context["calls"]) == min(count, 20)


@pytest.mark.parametrize("count", [1, 30])
def test_home_takes_the_same_queries_for_1_and_for_30(site, django_assert_num_queries, count):
    for _ in range(count):
        call = make_call()
        publish(call)
        AwardFactory(call=call)
    with django_assert_num_queries(HOME_QUERIES):
        assert site.get("/").status_code == 200


def test_the_list_puts_what_closes_first_first_and_what_is_over_last(site):
    spans = {"over": (-9, -8), "soon": (3, 5), "later": (-1, 9), "first": (-1, 2)}
    for title, (opens, closes) in spans.items():
        publish(
            make_call(title=title, opens_in=timedelta(days=opens), closes_in=timedelta(days=closes))
        )
    CallFactory(title="page-less", state=CallState.APPROVED)
    publish(CallFactory(title="undated", state=CallState.APPROVED))
    assert titles(site.get("/challenges/")) == ["first", "later", "soon", "over", "undated"]


def test_each_filter_narrows_the_list(site):
    plain = make_call(title="plain", opens_in=timedelta(days=-5), closes_in=timedelta(days=-3))
    special = make_call(title="special tram", kind="accelerator")
    publish(plain)
    publish(special, AcceleratorPage)
    special.sectors.add(SectorFactory(region=special.region))
    place = LocalAuthorityFactory(region=special.region)
    special.places.add(place)
    special.objectives.create(region=special.region, code="land", name="Land", aim="sites")
    special.programme = Programme.objects.create(region=special.region, name="Trams", slug="trams")
    special.save()
    for query in (
        "state=open",
        "kind=accelerator",
        "programme=trams",
        "objective=land",
        "sector=construction",
        f"place={place.code}",
        "q=TRAM",
        "q=tram+special",
    ):
        assert titles(site.get(f"/challenges/?{query}")) == ["special tram"], query
    assert titles(site.get("/challenges/?state=assessing")) == ["plain"]
    assert titles(site.get("/challenges/?q=tram+plain")) == []


def test_a_call_that_is_found_twice_is_listed_once(site):
    call = make_call(title="Trams for all", summary="Trams")
    for code in ("land", "environment"):
        call.objectives.create(region=call.region, code=code, name=code, aim="x")
    publish(call)
    assert titles(site.get("/challenges/?q=trams")) == ["Trams for all"]


def test_the_list_says_when_nothing_matches(site):
    assert "No challenges match" in site.get("/challenges/?q=zeppelin").content.decode()


@pytest.mark.parametrize(
    "query", ["state=nonsense", "page=999", "page=x", "q=%00", "q=" + "x" * 5000, "objective=%F0"]
)
def test_no_query_breaks_the_list(site, query):
    publish(make_call())
    assert site.get(f"/challenges/?{query}").status_code == 200


def test_a_released_call_counts_as_decided(site):
    call = make_call(title="done", opens_in=timedelta(days=-5), closes_in=timedelta(days=-3))
    Stage.objects.filter(call=call).update(released_at=timezone.now())
    publish(call)
    assert titles(site.get("/challenges/?state=decided")) == ["done"]


def test_an_officer_can_preview_a_page_that_is_not_public(client):
    page = publish(make_call(state=CallState.DRAFT))
    response = ChallengePage.objects.get(pk=page.pk).make_preview_request()
    assert response.status_code == 200


def test_there_is_one_home_and_it_is_the_sites_root():
    assert HomePage.objects.count() == 1
    assert Page.objects.filter(depth=2).count() == 1
