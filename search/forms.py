"""What a search address asks for, and the choices that narrow it."""

from typing import Any

from django import forms
from django.http import QueryDict

from marketplace.forms import GovukForm
from search.models import IndexFacet
from search.port import DEEPEST, FACETS, Query, Results

LONGEST_TEXT = 300
"""Characters of what was typed that are looked for; the page says so when it is more."""

PER_PAGE = 20
GROUPS = {
    "kind": "Kind",
    "state": "State of the call",
    "objective": "Objective",
    "sector": "Sector",
    "place": "Place",
    "programme": "Programme",
}
"""Name in the address → what people read."""

FORM_ID = "search-form"


def read_query(data: QueryDict) -> Query:
    """Never fails: what can't be read is left out."""
    return Query(
        text=data.get("q", "")[:LONGEST_TEXT],
        kinds=tuple(filter(None, data.getlist("kind"))),
        filters={name: tuple(filter(None, data.getlist(name))) for name in (*FACETS, "state")},
        page=_page_number(data.get("page", "")),
        per_page=PER_PAGE,
    )


def _page_number(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1
    return min(max(number, 1), DEEPEST // PER_PAGE)


class FilterForm(GovukForm):
    """A group of checkboxes for each filter, with how many hits each choice would give."""

    def __init__(self, query: Query, results: Results) -> None:
        super().__init__()
        chosen = {"kind": query.kinds, **query.filters}
        labels = _labels_of_missing(chosen, results)
        for name, label in GROUPS.items():
            counts = results.counts.get(name, [])
            choices = [(count.value, f"{count.label} ({count.number})") for count in counts]
            shown = {count.value for count in counts}
            for value in chosen.get(name, ()):
                if value not in shown and (name, value) in labels:
                    choices.append((value, f"{labels[name, value]} (0)"))
            if choices:
                self.fields[name] = self._field(label, choices, chosen.get(name, ()))

    def _field(self, label: str, choices: list[tuple[str, str]], chosen: Any) -> forms.Field:
        small = {"class": "govuk-checkboxes--small", "form": FORM_ID}
        return forms.MultipleChoiceField(
            label=label,
            choices=choices,
            initial=list(chosen),
            required=False,
            widget=forms.CheckboxSelectMultiple(attrs=small),
        )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Each field, and whether something in it is chosen."""
        return [{"field": self[name], "open": bool(self[name].initial)} for name in self.fields]


def _labels_of_missing(
    chosen: dict[str, tuple[str, ...]], results: Results
) -> dict[tuple[str, str], str]:
    """(Name, value) → label of choices that no hit has, so that they can be taken back."""
    missing = {
        (name, value)
        for name, values in chosen.items()
        for value in values
        if value not in {count.value for count in results.counts.get(name, [])}
    }
    names = {name for name, _ in missing} & set(FACETS)
    if not names:
        return {}
    rows = IndexFacet.objects.filter(name__in=names, value__in={value for _, value in missing})
    found = rows.values_list("name", "value", "label").distinct()[: len(missing) * 2]
    return {(name, value): label for name, value, label in found}
