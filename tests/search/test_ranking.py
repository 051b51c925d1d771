"""BM25, meaning and their fusion; what they are held to is Lucene, or a second computation."""

import json
import math
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from search.backends.elastic import ElasticBackend
from search.evaluation import KIND, JudgedSet, overlap, rank, read_set, temporary_server
from search.port import MatchRequest
from search.ranking import Ranker, fuse
from search.ranking.analysis import terms
from search.ranking.bm25 import kept_lengths
from search.ranking.counts import Counts
from search.ranking.fusion import MEANING, WORDS
from search.ranking.meaning import FEWEST_DOCUMENTS, _telling
from search.ranking.measures import average_precision, interval, ndcg, recall, reciprocal_rank

TEXTS = [
    "The Council’s homes are damp; damp homes harm tenants.",
    "Buses and trams: real-time data, 3.5 minutes late at No. 12.",
    "Technological relational hopping, happy skies, agreed plastered, possibly terminology",
    "O'Brien's café sells naïve Straße maps to U.S.A. users_of wi-fi, e.g. x:y 1,000",
    "",
]


def test_terms_are_those_of_elasticsearch(elastic: ElasticBackend) -> None:
    index = elastic._live()[0]
    for text in TEXTS:
        reply = elastic.client.indices.analyze(index=index, analyzer="english_words", text=text)
        assert terms(text) == [token["token"] for token in reply["tokens"]]


def byte_length(number: int) -> int:
    """Lucene's `SmallFloat.byte4ToInt(intToByte4(number))`, bit by bit."""
    if number < 24:
        return number
    bits = number - 24
    shift = max(bits.bit_length() - 4, 0)
    return 24 + ((bits >> shift) << shift)


@given(st.integers(0, 2_000_000))
def test_lengths_lose_what_lucene_loses(number: int) -> None:
    assert kept_lengths(np.array([number]))[0] == byte_length(number)


WORDS_OF = st.lists(st.sampled_from(["damp", "tram", "maps", "loud", "kerb"]), max_size=40)


@given(st.lists(WORDS_OF, min_size=1, max_size=8), WORDS_OF)
def test_scores_are_the_formula_and_the_parts_sum_to_them(
    texts: list[list[str]], asked: list[str]
) -> None:
    ranker = Ranker([" ".join(text) for text in texts])
    held = [text for text in texts if text]
    mean = max(sum(map(len, held)) / max(len(held), 1), 1)
    scores = ranker.bm25.scores(terms(" ".join(asked)))
    for row, text in enumerate(texts):
        wanted = 0.0
        for word in asked:
            having = sum(word in each for each in texts)
            if word in text:
                rarity = math.log(1 + (len(held) - having + 0.5) / (having + 0.5))
                often = text.count(word)
                slack = 1.2 * (0.25 + 0.75 * byte_length(len(text)) / mean)
                wanted += rarity * 2.2 * often / (often + slack)
        assert scores[row] == pytest.approx(wanted)
        parts = ranker.bm25.contributions(terms(" ".join(asked)), row)
        assert sum(parts.values()) == pytest.approx(wanted)


def company_kept(subjects: int = 300, each: int = 10) -> list[str]:
    """Texts of many subjects; each subject has two names, which never meet, and four mates."""
    chance = np.random.default_rng(1)
    texts = []
    for subject in range(subjects):
        mates = [f"mate{subject}{letter}" for letter in "abcd"]
        for number in range(each):
            name = f"{('lorry', 'truck')[number % 2]}{subject}"
            texts.append(" ".join([*chance.permutation(mates)[:3], name]))
    return texts


def test_meaning_finds_what_shares_no_word() -> None:
    texts = company_kept()
    assert not any("truck7 " in f"{texts[row]} " for row in Ranker(texts).by_words("lorry7", 10))
    found = list(Ranker(texts).by_meaning("lorry7", 10))
    assert {texts[row].split()[-1] for row in found} == {"lorry7", "truck7"}


def test_meaning_is_off_for_few() -> None:
    texts = company_kept(FEWEST_DOCUMENTS // 10)
    assert Ranker(texts).by_meaning("lorry7", 10)
    assert Ranker(texts[:-1]).by_meaning("lorry7", 10) == {}


def test_a_term_spread_evenly_tells_nothing() -> None:
    counts = Counts.of([["all", "some"], ["all", "some"], ["all", "once"], ["all"]])
    telling = dict(zip(counts.columns, _telling(counts), strict=True))
    assert telling["all"] == pytest.approx(0, abs=1e-6)
    assert telling["some"] == pytest.approx(1 - math.log(2) / math.log(4))
    assert telling["once"] == 0, "it keeps no company"


def test_only_the_rows_asked_for_and_only_what_shares_a_term() -> None:
    ranker = Ranker(TEXTS)
    assert list(ranker.by_words("damp trams", 5)) == [0, 1]
    assert list(ranker.by_words("damp trams", 1)) == [0]
    assert list(ranker.by_words("damp trams", 5, np.array([1, 2]))) == [1]
    assert ranker.by_words("zebra", 5) == {}
    assert Ranker([]).by_words("damp", 5) == {}


def test_fusion_is_a_weighted_sum_of_stretched_lists() -> None:
    assert fuse({1: 8.0, 2: 6.0, 3: 4.0}, {3: 0.9, 4: 0.1}) == {
        1: pytest.approx(WORDS),
        2: pytest.approx(WORDS / 2),
        3: pytest.approx(MEANING),
        4: 0.0,
    }
    assert fuse({1: 8.0, 2: 4.0}, {}) == {1: 1.0, 2: 0.0}
    assert fuse({}, {}) == {}


def test_measures_by_hand() -> None:
    grades = {"a": 2, "b": 1, "c": 0}
    ranked = ["c", "a", "x", "b"]
    best = 2 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(ranked, grades) == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / best)
    assert recall(ranked, grades, depth=2) == 1 / 2
    assert average_precision(ranked, grades) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert reciprocal_rank(ranked, grades) == 1 / 2
    assert reciprocal_rank(["c"], grades) == 0


def test_an_interval_holds_its_mean() -> None:
    mean, low, high = interval([0.0, 1.0, 0.5, 0.5])
    assert low < mean == 0.5 < high
    assert interval([0.3, 0.3]) == pytest.approx((0.3, 0.3, 0.3))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"_id": f"d{n}", "title": "", "text": text} for n, text in enumerate(TEXTS)]
    asked = [{"_id": "q1", "text": "damp homes"}, {"_id": "unjudged", "text": "x"}]
    for name, lines in (("corpus", rows), ("queries", asked)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "qrels.tsv").write_text("query\tdocument\tgrade\nq1\td0\t1\n")
    return tmp_path


def test_few_documents_learn_their_meaning_with_those_who_ask() -> None:
    """As in an installation, where both sides are in one body of texts."""
    asking = {f"q{number}": text for number, text in enumerate(company_kept(each=4))} | {
        "q": "lorry7"
    }
    few = JudgedSet({"a": "truck8", "b": "truck7"}, asking, {"q": {"b": 1}})
    assert rank(few)["words"]["q"] == {}
    assert next(iter(rank(few)["default"]["q"])) == "b"


def test_search_evaluate_prints_measures_and_writes_a_run(folder: Path) -> None:
    out, run = StringIO(), folder / "run.txt"
    call_command("search_evaluate", folder, run_file=run, stdout=out)
    said = out.getvalue()
    for name in ("nDCG@10", "recall@50", "MAP", "MRR", "default less words"):
        assert name in said
    assert "5 documents, 1 queries" in said
    assert run.read_text().splitlines()[0] == "q1 Q0 d0 1 1.000000 embedded"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("corpus.jsonl", '{"_id": "d0"}', "corpus.jsonl, line 1"),
        ("qrels.tsv", "head\nq1 d0 x", "qrels.tsv, line 2"),
        ("qrels.tsv", "head", "no query with a judgement"),
    ],
)
def test_search_evaluate_says_what_is_wrong(folder: Path, name: str, text: str, said: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("search_evaluate", folder)
    with pytest.raises(CommandError, match=r"corpus\.jsonl cannot be read"):
        call_command("search_evaluate", folder / "none")


def test_both_back_ends_rank_alike(elastic: ElasticBackend, folder: Path) -> None:
    judged = read_set(folder)
    with temporary_server(settings.ELASTICSEARCH_URL, elastic.alias, judged) as server:
        assert server.match(MatchRequest(KIND, "damp homes")) == pytest.approx(
            Ranker(TEXTS).by_words("damp homes", 10)
        )
        assert overlap(rank(judged)["default"], rank(judged, server)["default"], 1) == 1
    assert elastic.count() == 0, "a measured set never reaches the index that people search"
