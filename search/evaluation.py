"""Measure the ranking on a set of texts, questions and judgements.

A set is a folder of `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`)
and `qrels.tsv` (a header, then query, document, grade).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from search.documents import Document, documents
from search.models import Opinion, Side
from search.port import MatchRequest, SearchBackend
from search.ranking import Ranker, fuse
from search.ranking.meaning import FEWEST_DOCUMENTS
from search.ranking.measures import MEASURES
from search.ranking.ranker import nearest
from search.ranking.sentences import Embedder

DEPTH = 200
KIND = "evaluation"

Run = dict[str, dict[str, float]]
"""Query → document → score, best first."""


@dataclass(frozen=True)
class JudgedSet:
    corpus: dict[str, str]
    """Document → title and text."""
    queries: dict[str, str]
    """Query → text; only queries that have a judgement."""
    grades: dict[str, dict[str, int]]


def read_set(folder: Path) -> JudgedSet:
    """Raises:
    ValueError: a file is missing or a line cannot be read; the message says which.
    """
    corpus = {
        row["_id"]: f"{row.get('title', '')}\n{row['text']}" for row in _rows(folder, "corpus")
    }
    grades = _grades(folder / "qrels.tsv")
    queries = {row["_id"]: row["text"] for row in _rows(folder, "queries") if row["_id"] in grades}
    if not corpus or not queries:
        raise ValueError("The set has no documents, or no query with a judgement.")
    return JudgedSet(corpus, queries, grades)


def own_set(side: str) -> JudgedSet:
    """What people of this installation said of matches, as a set to measure text by.

    Args:
        side: `Side.CALL` for calls that ask and organisations that are ranked, judged by officers;
            `Side.ORGANISATION` for the other way round, judged by teams.

    Raises:
        ValueError: nobody of that side has said anything yet.
    """
    asking, ranked = ("call", "organisation") if side == Side.CALL else ("organisation", "call")
    grades: dict[str, dict[str, int]] = {}
    for query, document, is_good in Opinion.objects.filter(side=side).values_list(
        f"{asking}_id", f"{ranked}_id", "is_good"
    ):
        grades.setdefault(str(query), {})[str(document)] = int(is_good)
    corpus = {str(each.id): each.text for each in documents(ranked)}
    queries = {str(each.id): each.text for each in documents(asking, map(int, grades))}
    grades = {
        query: {document: grade for document, grade in given.items() if document in corpus}
        for query, given in grades.items()
    }
    if not corpus or not queries:
        raise ValueError("Nobody has called a match good or not relevant yet.")
    return JudgedSet(corpus, queries, {query: grades[query] for query in queries})


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    path = folder / f"{name}.jsonl"
    for number, line in enumerate(_lines(path), start=1):
        try:
            row = json.loads(line)
            row["_id"], row["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path.name}, line {number}: needs “_id” and “text”.") from error
        yield row


def _grades(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path)[1:], start=2):
        try:
            query, document, grade = line.split("\t")
            found.setdefault(query, {})[document] = int(grade)
        except ValueError as error:
            raise ValueError(f"{path.name}, line {number}: query, document, grade.") from error
    return found


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read.") from error


def rank(
    judged: JudgedSet, server: SearchBackend | None = None, embedder: Embedder | None = None
) -> dict[str, Run]:
    """“words” (BM25), “default” (with meaning) and, with an embedder, “sentences” → run.

    Words are ranked by `server`, which must hold `as_documents(judged)`, or in this process.
    """
    names, texts = list(judged.corpus), list(judged.corpus.values())
    ranker = Ranker(texts)
    by_meaning = _meaning_of(judged, ranker)

    def by_words(text: str) -> dict[int, float]:
        if server is None:
            return ranker.by_words(text, DEPTH)
        return server.match(MatchRequest(KIND, text, None, DEPTH))

    runs: dict[str, Run] = {"words": {}, "default": {}}
    if embedder:
        runs["sentences"] = {}
        vectors = embedder.vectors(texts)
        asked = dict(
            zip(judged.queries, embedder.vectors(list(judged.queries.values())), strict=True)
        )
    for query, text in judged.queries.items():
        words, meaning = by_words(text), by_meaning(text)
        runs["words"][query] = _named(words, names)
        runs["default"][query] = _named(fuse(words, meaning), names)
        if embedder:
            alike = nearest(vectors @ asked[query], DEPTH)
            runs["sentences"][query] = _named(fuse(words, meaning, alike), names)
    return runs


def _meaning_of(judged: JudgedSet, ranker: Ranker) -> Callable[[str], dict[int, float]]:
    """How texts of a set are ranked by meaning.

    An installation learns from all its texts, those that ask included. Where those that are
    ranked are too few to learn from, the same is done here.
    """
    if len(judged.corpus) >= FEWEST_DOCUMENTS:
        return lambda text: ranker.by_meaning(text, DEPTH)
    both = Ranker([*judged.corpus.values(), *judged.queries.values()])
    ranked = np.arange(len(judged.corpus))
    return lambda text: both.by_meaning(text, DEPTH, ranked)


def _named(scores: Mapping[int, float], names: list[str]) -> dict[str, float]:
    order = sorted(scores, key=lambda row: (-scores[row], row))[:DEPTH]
    return {names[row]: scores[row] for row in order}


def measured(run: Run, judged: JudgedSet) -> dict[str, list[float]]:
    """Measure → its value for each query, in the set's order."""
    return {
        name: [measure(list(run[query]), judged.grades[query]) for query in judged.queries]
        for name, measure in MEASURES.items()
    }


def run_lines(run: Run, tag: str) -> Iterator[str]:
    """A TREC run file: query, Q0, document, place, score, tag."""
    for query, scores in run.items():
        for place, (document, score) in enumerate(scores.items(), start=1):
            yield f"{query} Q0 {document} {place} {score:.6f} {tag}"


def overlap(one: Run, two: Run, depth: int = 10) -> float:
    """The mean share of the first `depth` that two runs have in common."""
    shares = [len(set(list(one[q])[:depth]) & set(list(two[q])[:depth])) / depth for q in one]
    return sum(shares) / len(shares)


def as_documents(judged: JudgedSet) -> Iterator[Document]:
    for row, text in enumerate(judged.corpus.values()):
        yield Document(kind=KIND, id=row, version=1, title="", url="", body=text)


@contextmanager
def temporary_server(url: str, prefix: str, judged: JudgedSet) -> Iterator[SearchBackend]:
    """An Elasticsearch index that holds the set for as long as this lasts."""
    from search.backends.elastic import ElasticBackend

    server = ElasticBackend(url, f"{prefix}-evaluation", refresh=True)
    try:
        server.rebuild(lambda: as_documents(judged))
        yield server
    finally:
        server.drop()
