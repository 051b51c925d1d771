"""What is not public is in no hit, no count and no snippet."""

from collections.abc import Callable

import pytest
from wagtail.models import PageViewRestriction

from challenges.calls.models import Call, CallState
from search import services
from search.port import Query, Results, SearchBackend
from startups.models import Organisation
from tests.factories import make_call
from tests.search.things import claim, organisation, public_call, publish

Find = Callable[..., Results]


def nothing(results: Results) -> bool:
    return not (results.hits or results.total or any(results.counts.values()))


@pytest.mark.parametrize("state", [CallState.DRAFT, CallState.PROPOSED, CallState.CANCELLED])
def test_calls_that_are_not_approved(find: Find, state: str) -> None:
    publish(make_call(title="Secret kestrel", state=state))
    assert nothing(find("kestrel"))
    assert nothing(find())


def test_approved_calls_without_a_live_page(find: Find) -> None:
    make_call(title="Secret kestrel")
    publish(make_call(title="Hidden kestrel"), live=False)
    assert nothing(find("kestrel"))


def test_pages_behind_a_password_or_below_one(find: Find) -> None:
    page = publish(make_call(title="Secret kestrel"))
    # As an older release let people: no form and no row of code hides such a page any more.
    PageViewRestriction.objects.bulk_create(
        [PageViewRestriction(page=page.get_parent(), restriction_type="login")]
    )
    assert nothing(find("kestrel"))


def test_words_of_a_draft_of_a_live_page(find: Find) -> None:
    call = make_call(title="Open book")
    page = publish(call, body="Public words.")
    page.body = [("paragraph", "<p>kestrel</p>")]
    page.save_revision()
    assert nothing(find("kestrel"))
    assert find("public").total == 1


def test_organisations_that_are_not_public(find: Find) -> None:
    firm = organisation("Kestrel Ltd", "Kestrels.", is_public=False)
    claim(firm, "Falconry")
    assert nothing(find("kestrel"))
    assert nothing(find("falconry"))


def test_evidence_of_organisations_that_are_not_public(find: Find) -> None:
    firm = organisation("Plain Ltd", "Plain.", is_public=False)
    held = claim(firm, "Mapping")
    held.evidence = "A kestrel survey."
    held.save()
    assert nothing(find("kestrel"))


def test_what_stops_being_public_goes(find: Find, backend: SearchBackend) -> None:
    firm = organisation("Kestrel Ltd", "Kestrels.")
    call = public_call(title="A kestrel call")
    assert find("kestrel").total == 2
    Organisation.objects.filter(pk=firm.pk).update(is_public=False)
    Call.objects.filter(pk=call.pk).update(state=CallState.CANCELLED)
    services.index_now("organisation", [firm.pk])
    services.index_now("call", [call.pk])
    assert nothing(backend.search(Query("kestrel")))
    assert backend.count() == 0
