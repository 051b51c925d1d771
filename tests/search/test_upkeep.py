"""The index follows the database: announcements, late and repeated tasks, rebuild, check.

What is announced is looked for in the database's own copy, which is always kept.
"""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from kombu.exceptions import OperationalError
from wagtail.models import Page

from challenges.calls.models import Call, Programme, WantedCapability
from challenges.calls.services import approve_call, cancel_call
from cms.models import StandardPage
from search import services, tasks
from search.backends.embedded import EmbeddedBackend
from search.documents import documents
from search.models import IndexEntry, OwedWrite
from search.port import Query, SearchBackend
from search.receivers import unplugged
from startups.models import Claim, Organisation
from startups.services import claim_capability, create_organisation, update_organisation
from tests.factories import (
    AwardFactory,
    CapabilityFactory,
    LocalAuthorityFactory,
    ObjectiveFactory,
    SectorFactory,
    UserFactory,
    make_call,
    make_officer,
)
from tests.search.conftest import titles
from tests.search.things import organisation, public_call, publish

Commit = Callable[..., object]


@pytest.fixture(autouse=True)
def _no_pages(db: None) -> None:
    """The pages that come with the migrations would be counted with what the tests make."""
    StandardPage.objects.all().delete()


def held(kind: str) -> list[str]:
    return list(IndexEntry.objects.filter(kind=kind).values_list("title", flat=True))


def test_an_organisation_is_found_from_its_registration_on(
    db: None, django_capture_on_commit_callbacks: Commit
) -> None:
    owner = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        firm = create_organisation(actor=owner, name="Dry Walls", summary="Damp.")
    assert titles(EmbeddedBackend().search(Query("damp"))) == ["Dry Walls"]
    with django_capture_on_commit_callbacks(execute=True):
        capability = CapabilityFactory(name="Falconry")
        claim_capability(
            organisation=firm, capability=capability, level=2, evidence="Yes.", actor=owner
        )
    assert EmbeddedBackend().search(Query("falconry")).total == 1
    award = AwardFactory(organisation=firm, title="Damp watch")
    firm.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        update_organisation(
            organisation=firm, version=firm.version, actor=owner, is_public=False, name="Wet"
        )
    assert held("organisation") == []
    assert titles(EmbeddedBackend().search(Query("wet"))) == [award.title]


def test_evidence_of_a_claim_is_searched(backend: SearchBackend, fill: Callable[[], None]) -> None:
    firm = organisation("Dry Walls", "Damp.")
    Claim.objects.create(
        organisation=firm, capability=CapabilityFactory(), level=3, evidence="Moored 12 barges."
    )
    fill()
    [hit] = backend.search(Query("barges")).hits
    assert "barges" in "".join(part.text for part in hit.snippet)


@pytest.fixture
def named(backend: SearchBackend, fill: Callable[[], None]) -> dict[str, Any]:
    """One document of each kind in the index, and what they carry the names of."""
    place, sector = LocalAuthorityFactory(), SectorFactory()
    objective, capability = ObjectiveFactory(), CapabilityFactory()
    programme = Programme.objects.create(region=place.region, name="Warmth", slug="warmth")
    call = public_call(title="Warm homes", programme=programme)
    call.objectives.add(objective)
    call.sectors.add(sector)
    call.places.add(place)
    WantedCapability.objects.create(call=call, capability=capability, level=2)
    firm = organisation("Dry Walls", place=place)
    firm.sectors.add(sector)
    Claim.objects.create(organisation=firm, capability=capability, level=2, evidence="Done it.")
    AwardFactory(call=call, organisation=firm, title="Damp watch")
    fill()
    return {
        "place": place,
        "sector": sector,
        "objective": objective,
        "programme": programme,
        "capability": capability,
    }


@pytest.mark.parametrize("name", ["place", "sector", "objective", "programme", "capability"])
def test_a_new_name_reaches_every_document_that_carries_it(
    named: dict[str, Any], name: str, django_capture_on_commit_callbacks: Commit
) -> None:
    thing = named[name]
    thing.name = "Quite another name"
    with django_capture_on_commit_callbacks(execute=True):
        thing.save()
    assert services.differences() == []


def test_a_sector_that_goes_is_no_filter_any_more(
    named: dict[str, Any], django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        named["sector"].delete()
    assert services.differences() == []


def test_nothing_is_indexed_while_unplugged(
    db: None, django_capture_on_commit_callbacks: Commit
) -> None:
    with unplugged(), django_capture_on_commit_callbacks(execute=True):
        create_organisation(actor=UserFactory(), name="Dry Walls")
    assert IndexEntry.objects.count() == 0


def test_a_call_comes_with_approval_and_goes_with_cancellation(
    db: None, django_capture_on_commit_callbacks: Commit
) -> None:
    call = make_call(state="proposed", title="Warm homes")
    Call.objects.filter(pk=call.pk).update(proposed_by=make_officer(call.region))
    publish(call)
    officer = make_officer(call.region)
    with django_capture_on_commit_callbacks(execute=True):
        approve_call(call=call, actor=officer)
    assert held("call") == ["Warm homes"]
    with django_capture_on_commit_callbacks(execute=True):
        cancel_call(call=call, actor=officer, reason="No money.")
    assert held("call") == []


def test_reindex_follows_a_page_that_is_unpublished(
    db: None, django_capture_on_commit_callbacks: Commit
) -> None:
    call = public_call(title="Warm homes")
    with django_capture_on_commit_callbacks(execute=True):
        services.reindex("call", [call.pk])
    assert held("call") == ["Warm homes"]
    Page.objects.filter(pk=call.page.pk).update(live=False)
    with django_capture_on_commit_callbacks(execute=True):
        services.reindex("call", [call.pk])
    assert held("call") == []


def test_a_task_may_run_twice_and_for_what_is_gone(backend: SearchBackend, fill: object) -> None:
    firm = organisation("Dry Walls", "Damp.")
    for _ in range(2):
        services.index_now("organisation", [firm.pk, 999_999])
        assert backend.count() == 1
    pk = firm.pk
    firm.delete()
    for _ in range(2):
        services.index_now("organisation", [pk])
        assert backend.count() == 0


def test_a_late_write_does_not_undo_a_newer_one(backend: SearchBackend) -> None:
    organisation("Dry Walls", "Damp.")
    [old] = documents("organisation")
    new = replace(old, title="Drier Walls", version=old.version + 10)
    backend.index([new])
    backend.index([old])
    assert titles(backend.search(Query("walls"))) == ["Drier Walls"]
    assert backend.stamps("organisation")[old.id].version == new.version


def test_what_is_hidden_while_it_is_being_indexed_does_not_stay(
    backend: SearchBackend, fill: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = organisation("Dry Walls", "Damp.")
    real = backend.index

    def slow(found: object) -> None:
        Organisation.objects.update(is_public=False)
        real(found)

    monkeypatch.setattr(backend, "index", slow)
    services.index_now("organisation", [firm.pk])
    assert backend.count() == 0


def test_rebuild_holds_all_that_is_public_and_nothing_else(
    backend: SearchBackend, fill: Callable[[], None]
) -> None:
    gone = organisation("Gone")
    fill()
    gone.delete()
    organisation("Here")
    public_call(title="Call")
    assert services.rebuild() == 2
    assert set(titles(backend.search(Query()))) == {"Here", "Call"}
    assert services.differences() == []


def test_check_finds_and_repairs_each_kind_of_difference(
    backend: SearchBackend, fill: Callable[[], None]
) -> None:
    stale, gone = organisation("Stale", "Old."), organisation("Gone")
    fill()
    Organisation.objects.filter(pk=stale.pk).update(summary="New.")
    gone_pk = gone.pk
    gone.delete()
    missing = organisation("Missing")
    [found] = services.differences()
    assert (found.missing, found.stale, found.unwanted) == ({missing.pk}, {stale.pk}, {gone_pk})
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("search_check", stdout=out)
    assert "1 missing, 1 out of date, 1 that should not be there" in out.getvalue()
    call_command("search_check", repair=True, stdout=out)
    assert "Mended" in out.getvalue()
    call_command("search_check", stdout=out)
    assert services.differences() == []


def test_rebuild_command_says_how_far_it_is(backend: SearchBackend, fill: object) -> None:
    organisation("Dry Walls")
    out = StringIO()
    call_command("search_rebuild", stdout=out)
    assert "Indexing: 1 of 1 (100%)" in out.getvalue()
    assert "1 documents in" in out.getvalue()


def test_work_that_the_broker_did_not_take_is_done_by_the_sweep(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = organisation("Dry Walls", "Damp.")

    def away(*args: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(tasks.index_things, "delay", away)
    for _ in range(2):
        services.enqueue("organisation", [firm.pk])
    assert OwedWrite.objects.count() == 1
    assert tasks.send_owed() == 1
    assert held("organisation") == ["Dry Walls"]
    assert OwedWrite.objects.count() == 0


def test_a_row_that_changed_is_written_again_with_its_facets(db: None) -> None:
    firm = organisation("Dry Walls", "Damp.")
    backend = EmbeddedBackend()
    backend.index(documents("organisation"))
    firm.summary = "Trams."
    firm.save()
    backend.index(documents("organisation"))
    assert backend.search(Query("damp")).total == 0
    assert backend.search(Query("trams")).total == 1
