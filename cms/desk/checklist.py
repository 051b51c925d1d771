"""What a call needs before it can be approved, and where each thing is mended."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from challenges.calls.checks import Finding, find_findings
from challenges.calls.models import Call, Stage
from cms.models import CallPage


@dataclass(frozen=True)
class Item:
    """One line of the checklist; `problems` are sentences, none of them means done."""

    label: str
    url: str
    problems: tuple[str, ...]
    asks: tuple[str, ...] = ()
    """What the approver has to give a reason for."""
    notes: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return not self.problems


def checklist(
    call: Call,
    stages: list[Stage],
    page: CallPage | None,
    findings: Iterable[Finding] | None = None,
) -> list[Item]:
    """Details, each stage, and the page, with what is missing or doubtful in each.

    Args:
        findings: of `find_findings`, if the caller has them already.
    """
    found: dict[str, list[Finding]] = {}
    for finding in find_findings(call) if findings is None else findings:
        found.setdefault(finding.place, []).append(finding)
    details = reverse("desk:edit_call", kwargs={"pk": call.pk})
    route = f"{details}#panel-money_and_legal_route-section"
    places = [
        ("Objectives", f"{details}#panel-objectives-section", "objectives"),
        ("Legal route", route, "legal_route"),
        ("Money", route, "award_limit"),
    ]
    if not stages:
        places.append(("Stages", "#stages-section", "stages"))
    places += [
        (
            f"Stage: {stage.name}",
            reverse("desk:edit_stage", kwargs={"pk": stage.pk}),
            f"stage-{stage.pk}",
        )
        for stage in stages
    ]
    items = [_item(label, url, found.get(place, [])) for label, url, place in places]
    return [*items, _page_item(page)]


def _item(label: str, url: str, findings: list[Finding]) -> Item:
    return Item(
        label,
        url,
        tuple(each.sentence for each in findings if each.stops),
        tuple(each.sentence for each in findings if each.asks),
        tuple(each.sentence for each in findings if not each.stops and not each.asks),
    )


def _page_item(page: CallPage | None) -> Item:
    if page is None:
        return Item("Page", "#page-section", ("Create the page.",))
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    return Item("Page", edit, () if is_written(page) else ("Write the page’s body.",))


def is_written(page: CallPage) -> bool:
    """Whether the page's latest draft has words in its body."""
    return bool(page.get_latest_revision_as_object().body)
