"""What a call needs before it can be approved, and where each thing is mended."""

from dataclasses import dataclass

from django.urls import reverse

from challenges.calls.models import Call, Stage
from challenges.calls.services import find_problems
from cms.models import CallPage


@dataclass(frozen=True)
class Item:
    """One line of the checklist; `problems` are sentences, none of them means done."""

    label: str
    url: str
    problems: tuple[str, ...]

    @property
    def done(self) -> bool:
        return not self.problems


def checklist(call: Call, stages: list[Stage], page: CallPage | None) -> list[Item]:
    """Details, each stage, and the page, with what is missing in each."""
    found: dict[str, list[str]] = {}
    for place, sentence in find_problems(call):
        found.setdefault(place, []).append(sentence)
    details = reverse("desk:edit_call", kwargs={"pk": call.pk})
    items = [
        Item("Objectives", f"{details}#panel-objectives", tuple(found.get("objectives", ()))),
        Item("Legal route", f"{details}#panel-route", tuple(found.get("legal_route", ()))),
    ]
    if not stages:
        items.append(Item("Stages", "#stages-section", tuple(found.get("stages", ()))))
    items += [
        Item(
            f"Stage: {stage.name}",
            reverse("desk:edit_stage", kwargs={"pk": stage.pk}),
            tuple(found.get(f"stage-{stage.pk}", ())),
        )
        for stage in stages
    ]
    return [*items, _page_item(page)]


def _page_item(page: CallPage | None) -> Item:
    if page is None:
        return Item("Page", "#page-section", ("Create the page.",))
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return Item("Page", edit, () if is_written(page) else ("Write the page’s body.",))


def is_written(page: CallPage) -> bool:
    """Whether the page's latest draft has words in its body."""
    return bool(page.get_latest_revision_as_object().body)
