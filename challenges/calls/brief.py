"""What a good brief has: advice for the officer, never a gate. Pure; no Django.

Readability is the Flesch-Kincaid grade (Kincaid, Fishburne, Rogers and Chissom 1975):
0.39 · words/sentences + 11.8 · syllables/words − 15.59; a reading age is that plus five years.
Syllables are hyphenation points plus one, which counts a little low.
"""

import re
from dataclasses import dataclass
from functools import cache

import pyphen

PLAIN_AGE = 14
"""Years: the reading age that public pages in plain English aim for, with room for terms."""

FEW_ESSENTIALS = 3
SHORTEST = 40
"""Words below which a text says too little to judge."""

SOLUTIONS = re.compile(
    r"\b(an? app|platform|dashboard|chatbot|blockchain|portal|artificial intelligence|AI|"
    r"machine learning|solution|software|system|tool)\b",
    re.IGNORECASE,
)
PROBLEMS = re.compile(
    r"\b(problem|need|needs|struggl\w+|can(?:no|’|')t|rising|rose|too (?:many|few|late|long|slow)|"
    r"lack\w*|risk|cost\w*|delay\w*|poor\w*|waste\w*|miss\w*|hard|harder|difficult\w*|unable|"
    r"fall\w*|fail\w*|without|loneliness|lonely|crowded|unemploy\w+|homeless\w*|damp|poverty|ill)\b",
    re.IGNORECASE,
)
USERS = re.compile(
    r"\b(residents?|tenants?|patients?|pupils?|parents?|carers?|families|children|households?|"
    r"young people|older people|people|drivers?|passengers?|cyclists?|officers?|staff|teams?|"
    r"nurses?|teachers?|businesses|employers?|citizens?|users?|inspectors?|firefighters?|councils?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Finding:
    """One thing that good briefs have; `advice` says what to do where it is missing."""

    label: str
    is_good: bool
    advice: str = ""


def check_brief(
    *,
    summary: str,
    body: str,
    has_budget: bool,
    stages: int,
    undated: int,
    essentials: int,
) -> list[Finding]:
    """What this brief has of what good briefs have.

    Args:
        summary: what the call says of itself; `body` is its page's text, both plain.
        stages: how many there are; `undated` of them lack a date.
        essentials: capabilities that an applicant must have.
    """
    text = f"{summary}\n{body}".strip()
    return [
        _problem_first(summary),
        _finding(
            "Names who has the problem",
            len(set(map(str.lower, USERS.findall(text)))) > 0,
            "Say who is affected and what they need: residents, tenants, frontline staff.",
        ),
        _finding(
            "Says what money there is",
            has_budget,
            "Give the budget or the most for one award. Without it, small firms stay away.",
        ),
        _finding(
            "Gives dates for every stage",
            stages > 0 and not undated,
            "Give each stage its opening, closing, assessment and decision.",
        ),
        _reading(text),
        _finding(
            "Asks for few essential skills",
            essentials <= FEW_ESSENTIALS,
            f"{essentials} capabilities are essential. Make all but {FEW_ESSENTIALS} desirable: "
            "each one shuts somebody out.",
        ),
    ]


def reading_age(text: str) -> float | None:
    """Years at which a reader takes the text in easily; None where there is too little of it."""
    words = re.findall(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*", text)
    if len(words) < SHORTEST:
        return None
    sentences = len([part for part in re.split(r"[.!?]+(?:\s|$)|\n{2,}", text) if part.strip()])
    syllables = sum(map(_syllables, words))
    grade = 0.39 * len(words) / max(sentences, 1) + 11.8 * syllables / len(words) - 15.59
    return max(5.0, grade + 5)


def _problem_first(summary: str) -> Finding:
    solution, problem = SOLUTIONS.search(summary), PROBLEMS.search(summary)
    is_good = problem is not None and (solution is None or problem.start() < solution.start())
    advice = (
        f"The summary speaks of “{solution.group()}” before it says what is wrong. Begin with the "
        "problem and leave the answer to applicants."
        if solution
        else "Begin with what is wrong today, for whom, and how you know."
    )
    return _finding("Puts the problem before the solution", is_good, advice)


def _reading(text: str) -> Finding:
    age = reading_age(text)
    if age is None:
        return Finding(
            "Reads easily", False, "There is too little text to judge. Tell the story on the page."
        )
    label = f"Reads easily (reading age {age:.0f})"
    return _finding(
        label, age <= PLAIN_AGE + 0.5, f"Aim for {PLAIN_AGE}: shorter sentences, everyday words."
    )


def _finding(label: str, is_good: bool, advice: str) -> Finding:
    return Finding(label, is_good, "" if is_good else advice)


@cache
def _hyphenator() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB", left=1, right=1)


def _syllables(word: str) -> int:
    return len(_hyphenator().positions(word)) + 1
