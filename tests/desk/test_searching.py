"""Search at the desk: words that mean the same, and how good matches are."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from marketplace.accounts.models import Role
from marketplace.outages.tasks import carry_out, carry_out_owed
from search import measuring
from search.backends.embedded import EmbeddedBackend
from search.documents import documents
from search.models import Evaluation, Opinion, Side, SynonymGroup
from search.opinions import GOOD, IRRELEVANT, give_opinion
from startups.models import Level
from tests.desk.helpers import signed_in, url
from tests.factories import (
    CapabilityFactory,
    UserFactory,
    make_officer,
    make_site_person,
    sign_in,
)
from tests.search.things import claim, organisation, public_call, want

pytestmark = pytest.mark.django_db


def test_an_administrator_adds_changes_and_removes_words() -> None:
    CapabilityFactory(name="Machine learning", also_known_as=["AI", "ML"])
    client = signed_in(make_site_person(Role.PLATFORM))
    page = client.get(url("synonyms")).content.decode()
    assert "None yet" in page
    assert "AI, ML" in page
    page = client.post(url("synonyms"), {"phrases": "light rail, tram"}, follow=True)
    assert "light rail, tram" in page.content.decode()
    group = SynonymGroup.objects.get()
    client.post(url("change_synonyms", group.pk), {"phrases": "light rail, tram, metro"})
    group.refresh_from_db()
    assert group.phrases == ["light rail", "tram", "metro"]
    page = client.post(url("drop_synonyms", group.pk), follow=True).content.decode()
    assert "Removed: light rail, tram, metro" in page
    assert not SynonymGroup.objects.exists()


def test_what_is_no_group_comes_back_as_typed() -> None:
    client = signed_in(make_site_person(Role.PLATFORM))
    response = client.post(url("synonyms"), {"phrases": "tram"})
    assert response.status_code == 400
    page = response.content.decode()
    assert "Give 2 to 20" in page
    assert 'value="tram"' in page


@pytest.mark.parametrize("make", [UserFactory, make_officer], ids=["somebody", "an officer"])
def test_only_platform_administrators_keep_words_and_measure(make) -> None:
    """They count for all regions of an installation, so no region's officer changes them."""
    group = SynonymGroup.objects.create(phrases=["bus", "coach"])
    client = Client()
    sign_in(client, make())
    for name, of in (("synonyms", ()), ("matching", ()), ("change_synonyms", (group.pk,))):
        assert client.get(url(name, *of)).status_code in (302, 403, 404)
    for name, of in (("drop_synonyms", (group.pk,)), ("measure_matching", ())):
        assert client.post(url(name, *of)).status_code in (302, 403, 404)
    assert SynonymGroup.objects.exists()
    assert not Evaluation.objects.exists()


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose officer judged the best of two organisations good and the other not relevant."""
    call = public_call(title="Damp in council homes")
    want(call, "Mapping")
    best, other = organisation("Best", "Damp."), organisation("Other", "Damp in council homes.")
    claim(best, "Mapping", Level.EXPERT)
    monkeypatch.setattr("search.matching.get_backend", EmbeddedBackend)
    for kind in ("call", "organisation"):
        EmbeddedBackend().index(documents(kind))
    officer = make_officer(call.region)
    for firm, opinion in ((best, GOOD), (other, IRRELEVANT)):
        give_opinion(call=call, organisation=firm, side=Side.CALL, opinion=opinion, actor=officer)


def test_an_administrator_has_matches_measured(
    judged: None, django_capture_on_commit_callbacks
) -> None:
    client = signed_in(make_site_person(Role.PLATFORM))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url("measure_matching"), {"side": "call"})
    done = Evaluation.objects.get()
    assert done.ended_at
    assert (done.queries, done.documents, done.judgements) == (1, 2, 2)
    # Words alone put the other first; what it can do puts the best first.
    assert done.values["words"]["MRR"][0] == 0.5
    assert done.values["whole"]["MRR"][0] == 1.0
    page = client.get(url("matching")).content.decode()
    assert "2 judgements of 1 call, 2 ranked" in page
    assert "0.50" in page
    assert "1.00" in page


@pytest.mark.parametrize("answer", [None, OperationalError()], ids=["lost", "refused"])
def test_measuring_runs_once_and_outlives_a_lost_message(
    judged: None,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks,
    answer: Exception | None,
) -> None:
    client = signed_in(make_site_person(Role.PLATFORM))
    with monkeypatch.context() as patch:
        patch.setattr(carry_out, "delay", Mock(side_effect=answer))
        with django_capture_on_commit_callbacks(execute=True):
            client.post(url("measure_matching"), {"side": "call"})
    page = client.post(url("measure_matching"), {"side": "call"}, follow=True).content.decode()
    assert "being measured already" in page
    assert "A worker is measuring" in page
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert carry_out_owed() >= 1  # what pages handed over is owed as well
        assert carry_out_owed() == 0
    done = Evaluation.objects.get()
    assert done.ended_at
    measuring.measure(done.pk)
    assert Evaluation.objects.get().ended_at == done.ended_at


@pytest.mark.parametrize("side", ["organisation", "call", "", "x"])
def test_nothing_to_measure_is_said(side: str) -> None:
    client = signed_in(make_site_person(Role.PLATFORM))
    page = client.post(url("measure_matching"), {"side": side}, follow=True).content.decode()
    assert "Nobody has called a match good" in page or "Choose which matches" in page
    assert not Evaluation.objects.exists()
    assert not Opinion.objects.exists()
