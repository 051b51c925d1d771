"""The names of a call's and a stage's fields, as officers read them on the forms."""

import re
from functools import cache

from django.utils.text import capfirst

from challenges.calls.models import Call, Criterion, Question, Stage, WantedCapability
from cms.models import CaseStudyPage, ChallengePage

ROWS = {"questions": Question, "criteria": Criterion, "wanted": WantedCapability}
LISTS = {"questions": "questions", "criteria": "criteria", "wanted": "capabilities wanted"}
ROW_NAMES = {"questions": "question", "criteria": "criterion", "wanted": "capability"}
_ROW = re.compile(r"^(questions|criteria|wanted)-(\d+)-(\w+)$")


@cache
def _names() -> dict[str, str]:
    found = dict(LISTS)
    for model in (Stage, Call, ChallengePage, CaseStudyPage):
        for field in model._meta.get_fields():
            if hasattr(field, "verbose_name"):
                found.setdefault(field.name, str(field.verbose_name))
    return found


def label_of(name: str) -> str:
    """A field's name in words.

    Takes a field or list of a call or a stage ("legal_route"), one behind a stage's name
    ("Sift: opens_at"), and one in a row of a form ("questions-0-label", which is of the first).
    """
    stage, colon, field = name.rpartition(": ")
    if colon:
        return f"{stage}: {label_of(field)}"
    if row := _ROW.match(name):
        rows, number, field = row.groups()
        columns = {each.name: each for each in ROWS[rows]._meta.fields}
        label = columns[field].verbose_name if field in columns else field.replace("_", " ")
        return f"{ROW_NAMES[rows]} {int(number) + 1}: {label}"
    return _names().get(name, name.replace("_", " "))


def heading_of(name: str) -> str:
    """`label_of` as it begins a line."""
    return str(capfirst(label_of(name)))
