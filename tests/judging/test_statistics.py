"""Results in numbers: what everybody may know, and when."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from challenges.calls.models import Stage
from challenges.judging.decisions import decide
from challenges.judging.models import Outcome
from challenges.judging.services.appeals import file_appeal
from challenges.judging.statistics import bands_of, statistics_of
from tests.factories import assign, release
from tests.judging.conftest import World, build_world, text_of, write_review

pytestmark = pytest.mark.django_db


def released(entries: int = 6) -> World:
    world = build_world(entries=entries)
    write_review(world.assignment, 5)
    for number, entry in enumerate(world.entries[1:]):
        write_review(assign(world.judge, entry), number % 5)
    common = {"stage": world.stage, "reason": "Fits.", "actor": world.officer}
    decide(entries=world.entries[:1], outcome=Outcome.AWARDED, amount=Decimal(9000), **common)
    decide(entries=world.entries[1:], outcome=Outcome.NOT_AWARDED, **common)
    release(world.stage, world.officer)
    world.stage = Stage.objects.select_related("call__region").get(pk=world.stage.pk)
    return world


def test_numbers_of_a_released_stage() -> None:
    world = released()
    file_appeal(entry=world.entries[1], kind="appeal", grounds="A rule.", actor=_owner(world, 1))
    found = statistics_of(world.stage)
    assert (found.submitted, found.scored, found.reviews, found.judges) == (6, 6, 6, 1)
    assert (found.awards, found.not_awarded, found.awarded) == (1, 5, Decimal(9000))
    assert (found.appeals, found.upheld) == (1, 0)
    assert sum(band.pitches for band in found.bands) == 6
    assert found.bands[-1].forward == 1
    assert found.lowest_forward is None, "one award would show whose total it is"


def _owner(world: World, number: int) -> object:
    return world.entries[number].pitch.organisation.memberships.get().user


def test_few_pitches_show_no_totals(client: Client) -> None:
    world = released(entries=3)
    found = statistics_of(world.stage)
    assert not found.bands
    assert found.middle is None
    page = text_of(client.get(reverse("judging:results", args=[world.call.reference])))
    assert "Totals are not shown" in page


def test_nothing_before_the_release(client: Client) -> None:
    world = build_world()
    for name in ("judging:results", "judging:results_csv"):
        assert client.get(reverse(name, args=[world.call.reference])).status_code == 404
        assert client.get(reverse(name, args=["nowhere"])).status_code == 404


def test_the_page_and_the_table_name_nobody(client: Client) -> None:
    world = released()
    page = text_of(client.get(reverse("judging:results", args=[world.call.reference])))
    table = text_of(client.get(reverse("judging:results_csv", args=[world.call.reference])))
    assert "£9,000" in page
    assert "£9,000" in table
    names = [world.judge.name, *(entry.pitch.organisation.name for entry in world.entries)]
    references = [entry.pitch.reference for entry in world.entries]
    for name in [*names, *references]:
        assert name not in page
        assert name not in table


def test_bands_hold_every_total_once() -> None:
    means = {1: 0.0, 2: 9.99, 3: 10.0, 4: 99.0, 5: 100.0}
    bands = bands_of(means, {5})
    assert [(band.pitches, band.forward) for band in bands if band.pitches] == [
        (2, 0),
        (1, 0),
        (2, 1),
    ]
