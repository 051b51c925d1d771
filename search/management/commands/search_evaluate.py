"""Measure how well matching ranks a judged set."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from elasticsearch import ApiError, TransportError

from search.evaluation import (
    JudgedSet,
    Run,
    measured,
    overlap,
    own_set,
    rank,
    read_set,
    run_lines,
    temporary_server,
)
from search.models import Side
from search.ranking.measures import interval
from search.ranking.sentences import SentenceModel

BACKENDS = ("embedded", "elastic")


class Command(BaseCommand):
    help = (
        "Rank the documents of a judged set for each of its queries and print how good the "
        "ranking is, with 95% intervals; two back ends are compared query by query."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", type=Path, nargs="?", help="corpus.jsonl, queries.jsonl and qrels.tsv"
        )
        parser.add_argument(
            "--own",
            choices=Side.values,
            help="in place of a folder: what people here said of matches, for the calls that asked "
            "(officers) or for the organisations (teams)",
        )
        parser.add_argument(
            "--backend", choices=(*BACKENDS, "both"), default="embedded", help="what ranks words"
        )
        parser.add_argument(
            "--model", type=Path, help="folder of a sentence model, measured beside the default"
        )
        parser.add_argument(
            "--run-file", type=Path, help="where to write the best ranking, as TREC does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = BACKENDS if options["backend"] == "both" else (options["backend"],)
        try:
            judged = self.judged(options["folder"], options["own"])
            model = SentenceModel(options["model"]) if options["model"] else None
            runs = {name: self.ranked(judged, name, model) for name in wanted}
        except ValueError as error:
            raise CommandError(str(error)) from error
        except (ApiError, TransportError) as error:
            raise CommandError(f"Elasticsearch did not answer: {error}") from error
        self.stdout.write(f"{len(judged.corpus):,} documents, {len(judged.queries):,} queries")
        for name, found in runs.items():
            self.tell(judged, name, found)
        if len(runs) > 1:
            self.compare(judged, *(found["default"] for found in runs.values()))
        if path := options["run_file"]:
            best = "sentences" if options["model"] else "default"
            lines = run_lines(runs[wanted[0]][best], wanted[0])
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def judged(self, folder: Path | None, own: str | None) -> JudgedSet:
        if (folder is None) == (own is None):
            raise ValueError("Name a folder, or --own and whose opinions.")
        return read_set(folder) if folder else own_set(str(own))

    def ranked(
        self, judged: JudgedSet, backend: str, model: SentenceModel | None
    ) -> dict[str, Run]:
        if backend == "embedded":
            return rank(judged, embedder=model)
        if not settings.ELASTICSEARCH_URL:
            raise CommandError("Set ELASTICSEARCH_URL to measure Elasticsearch.")
        url, prefix = settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX_PREFIX
        with temporary_server(url, prefix, judged) as server:
            return rank(judged, server, model)

    def tell(self, judged: JudgedSet, backend: str, runs: dict[str, Run]) -> None:
        values = {name: measured(run, judged) for name, run in runs.items()}
        for name, found in values.items():
            self.stdout.write(f"\n{backend}, {name}")
            for measure, each in found.items():
                self.line(measure, each)
        for better, worse in (("default", "words"), ("sentences", "default")):
            if better in values:
                self.stdout.write(f"\n{backend}, {better} less {worse}")
                for measure, each in values[better].items():
                    self.line(measure, _less(each, values[worse][measure]))

    def compare(self, judged: JudgedSet, one: Run, two: Run) -> None:
        self.stdout.write(f"\n{BACKENDS[0]} less {BACKENDS[1]}")
        theirs = measured(two, judged)
        for measure, each in measured(one, judged).items():
            self.line(measure, _less(each, theirs[measure]))
        self.stdout.write(f"  top ten in common  {overlap(one, two):.1%}")

    def line(self, measure: str, values: list[float]) -> None:
        mean, low, high = interval(values)
        self.stdout.write(f"  {measure:<10} {mean:7.3f}  [{low:.3f}, {high:.3f}]")


def _less(one: list[float], two: list[float]) -> list[float]:
    return [mine - theirs for mine, theirs in zip(one, two, strict=True)]
