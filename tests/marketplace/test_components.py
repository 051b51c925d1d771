"""Our components against GOV.UK Frontend's fixtures, and what our own ones say."""

from typing import Any

import pytest
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.template import engines
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from challenges.awards.models import AwardState
from challenges.calls.models import CallStatus
from challenges.pitches.models import EntryState
from marketplace.templatetags.govuk import STATE_COLOURS
from tests.marketplace.fixtures import fixtures_of, normal, options_used

OUR_PACKAGES = ("marketplace.", "startups.", "challenges.", "search.", "cms.")

# Component → (options that our tag takes, template that draws them). Options that no tag
# takes (classes, attributes, other languages' words, HTML in place of text) are meant for
# other services: here every component looks the same everywhere.
COMPONENTS: dict[str, tuple[set[str], str]] = {
    "tag": ({"text", "html", "classes"}, "{% tag text colour %}"),
    "back-link": ({"text", "html", "href"}, "{% back_link href text %}"),
    "breadcrumbs": (
        {"items[].text", "items[].html", "items[].href", "collapseOnMobile"},
        "{% breadcrumbs items=pairs collapse=collapseOnMobile %}",
    ),
    "button": (
        {"text", "href", "classes", "name", "value", "type", "id", "disabled", "isStartButton"},
        "{% button text href=href style=style name=name value=value type=type id=id"
        " disabled=disabled start=isStartButton %}",
    ),
    "inset-text": ({"text", "html"}, "{% inset %}{{ text }}{% endinset %}"),
    "warning-text": ({"text", "html"}, "{% warning %}{{ text }}{% endwarning %}"),
    "details": (
        {"summaryText", "summaryHtml", "text", "html", "open"},
        "{% details summary open=open %}{{ text }}{% enddetails %}",
    ),
    "notification-banner": ({"text", "type"}, "{% notification_banner text type %}"),
    "error-summary": (
        {"titleText", "errorList[].text", "errorList[].html", "errorList[].href"},
        "{% error_summary problems=problems title=titleText %}",
    ),
    "summary-list": (
        {
            *("rows[].key.text", "rows[].key.html", "rows[].value.text", "rows[].value.html"),
            *("rows[].actions.items[].href", "rows[].actions.items[].text"),
            "rows[].actions.items[].visuallyHiddenText",
        },
        "{% summary_list rows %}",
    ),
    "pagination": (
        {
            *("items[].number", "items[].href", "items[].current", "items[].ellipsis"),
            *("previous.href", "next.href"),
        },
        '{% include "components/pagination.html" with pages=items previous=previous.href'
        " next=next.href only %}",
    ),
    "task-list": (
        {
            *("items[].title.text", "items[].title.html", "items[].href", "items[].hint.text"),
            *("items[].status.text", "items[].status.tag.text", "items[].status.tag.classes"),
            "idPrefix",
        },
        "{% task_list tasks prefix=idPrefix %}",
    ),
}
SKIPPED = {
    ("error-summary", "with everything"): "the title is text",
    ("pagination", "with previous and next only"): "a list of pages always shows its numbers",
    ("pagination", "with prev and next only"): "a list of pages always shows its numbers",
    ("pagination", "with previous only"): "a list of pages always shows its numbers",
    ("pagination", "with next only"): "a list of pages always shows its numbers",
    ("pagination", "default"): "a list of pages always shows its numbers",
    ("notification-banner", "with invalid type"): "levels are those of django.contrib.messages",
    ("task-list", "custom id prefix"): "a tag's colour is always said",
    ("task-list", "html passed as text"): "a tag's colour is always said",
}


def drawable(component: str, fixture: dict[str, Any]) -> bool:
    used, (taken, _) = options_used(fixture["options"]), COMPONENTS[component]
    if (component, fixture["name"]) in SKIPPED or not used - {""} <= taken:
        return False
    classes = fixture["options"].get("classes", "")
    return " " not in classes and (not classes or classes.startswith(f"govuk-{component}--"))


CASES = [
    pytest.param(component, fixture, id=f"{component}: {fixture['name']}")
    for component in COMPONENTS
    for fixture in fixtures_of(component)
    if drawable(component, fixture)
]


@pytest.mark.parametrize(("component", "fixture"), CASES)
def test_our_markup_is_the_design_systems(component: str, fixture: dict[str, Any]) -> None:
    ours = draw(COMPONENTS[component][1], **context_of(component, fixture["options"]))
    assert normal(ours) == normal(fixture["html"])


@pytest.mark.parametrize(
    ("component", "least"),
    [
        *(("tag", 9), ("back-link", 3), ("breadcrumbs", 7), ("button", 14), ("inset-text", 3)),
        *(("warning-text", 3), ("details", 6), ("notification-banner", 4)),
        *(("error-summary", 4), ("summary-list", 9), ("pagination", 3), ("task-list", 2)),
    ],
)
def test_enough_cases_are_compared(component: str, least: int) -> None:
    assert sum(drawable(component, fixture) for fixture in fixtures_of(component)) >= least


def draw(template: str, **context: Any) -> str:
    return (
        engines["django"].from_string("{% load govuk figures formats %}" + template).render(context)
    )


def text_of(option: dict[str, Any]) -> str:
    return mark_safe(option["html"]) if option.get("html") else option.get("text", "")


def context_of(component: str, options: dict[str, Any]) -> dict[str, Any]:
    """A fixture's options under the names that our templates use."""
    modifier = options.get("classes", "").rpartition("--")[2]
    defaults = {
        **{"href": "", "style": modifier, "colour": modifier, "name": "", "value": "", "id": ""},
        **{"disabled": False, "isStartButton": False, "open": False, "collapseOnMobile": False},
        **{"type": "submit", "idPrefix": "task-list", "titleText": ""},
    }
    items = [item for item in options.get("items", []) if item]
    if component == "back-link":
        defaults |= {"text": "Back", "href": "#"}
    return {
        **defaults,
        **options,
        "text": text_of(options) or defaults.get("text"),
        "summary": text_of(
            {"text": options.get("summaryText", ""), "html": options.get("summaryHtml")}
        ),
        "pairs": [(text_of(item), item.get("href", "")) for item in items],
        "problems": [
            (item.get("href", "").removeprefix("#"), text_of(item))
            for item in options.get("errorList", [])
        ],
        "rows": [row_of(row) for row in options.get("rows", []) if row],
        "tasks": [task_of(item) for item in items if "title" in item],
    }


def row_of(row: dict[str, Any]) -> dict[str, Any]:
    actions = [
        {"href": item["href"], "text": item["text"], "about": item.get("visuallyHiddenText")}
        for item in row.get("actions", {}).get("items", [])
    ]
    return {"key": text_of(row["key"]), "value": text_of(row["value"]), "actions": actions}


def task_of(item: dict[str, Any]) -> dict[str, Any]:
    status = item["status"].get("tag") or item["status"]
    return {
        "title": text_of(item["title"]),
        "href": item.get("href"),
        "hint": text_of(item.get("hint", {})),
        "status": status["text"],
        "colour": status.get("classes", "").rpartition("--")[2],
    }


# --- Our own ------------------------------------------------------------------------


def test_pages_keep_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/x/?sector=health&page=3")
    html = draw("{% pagination page %}", request=request, page=Paginator(range(200), 10).page(3))
    assert 'href="?sector=health&amp;page=2" rel="prev"' in html
    assert 'href="?sector=health&amp;page=3" aria-label="Page 3" aria-current="page"' in html
    assert "⋯" in html and 'aria-label="Page 20"' in html


def test_one_page_needs_no_pagination() -> None:
    request = RequestFactory().get("/x/")
    page = Paginator(range(5), 10).page(1)
    assert draw("{% pagination page %}", request=request, page=page).strip() == ""


def test_a_state_has_its_words_and_a_colour() -> None:
    assert "govuk-tag--green" in draw("{% state_tag 'open' %}")
    assert "Not awarded" in draw("{% state_tag 'not-awarded' %}")
    assert "govuk-tag--grey" in draw("{% state_tag 'never-heard-of' %}")


def test_every_state_that_anything_has_is_given_a_colour_and_no_other() -> None:
    states = [
        kind
        for kind in TextChoices.__subclasses__()
        if kind.__module__.startswith(OUR_PACKAGES)
        and kind.__name__.endswith(("State", "Status", "Outcome"))
    ]
    assert {EntryState, AwardState, CallStatus} <= set(states)
    assert set(STATE_COLOURS) == {value for kind in states for value in kind.values}


def test_tags_have_colours_that_the_package_has() -> None:
    known = {"grey", "green", "teal", "blue", "purple", "red", "orange", "yellow", "magenta"}
    assert set(STATE_COLOURS.values()) <= known


@pytest.mark.parametrize(("value", "width"), [(0, "0.0"), (3, "60.0"), (9, "100.0"), (-1, "0.0")])
def test_a_bar_never_leaves_its_track(value: float, width: str) -> None:
    assert f'app-meter__fill" width="{width}"' in draw("{% meter value 5 %}", value=value)


def test_a_bar_says_its_number() -> None:
    assert "3 of 5" in draw("{% meter 3 5 %}")
    assert "6.5 (4 to 9)" in draw("{% range_bar 4 6.5 9 %}")


def test_what_stands_in_components_is_escaped() -> None:
    bad = "<script>alert(1)</script>"
    for tag in (
        "{% tag bad %}",
        "{% button bad %}",
        "{% notification_banner bad 'error' %}",
        "{% data_table bad head rows %}",
        "{% empty_state bad bad bad bad %}",
        "{% inset %}{{ bad }}{% endinset %}",
        "{% details bad %}{{ bad }}{% enddetails %}",
        "{% scroll bad %}x{% endscroll %}",
        "{% meter 1 2 text=bad %}",
    ):
        assert "<script>" not in draw(tag, bad=bad, head=[bad], rows=[[bad, bad]]), tag


def test_a_table_says_what_it_holds_and_scrolls_by_keyboard() -> None:
    html = draw(
        "{% data_table 'Scores' head rows numeric='1' %}",
        head=["Pitch", "Mean"],
        rows=[["A", 4]],
    )
    assert 'role="region" aria-labelledby="table-scores" tabindex="0"' in html
    assert '<th scope="row"' in html and "govuk-table__cell--numeric" in html


def test_the_error_summary_shows_each_form_once() -> None:
    from django import forms

    from marketplace.forms import GovukForm

    class Name(GovukForm):
        name = forms.CharField(label="Your name")

    html = draw("{% error_summary form %}{% error_summary form %}", form=Name({}))
    assert html.count("Enter your name") == 1
    assert 'href="#id_name"' in html


def test_the_error_summary_leads_from_a_services_problems_to_their_fields() -> None:
    from django import forms

    from marketplace.forms import GovukForm

    class Name(GovukForm):
        name = forms.CharField()

    problems = [("name", "Too long"), ("question-3", "Answer question 3")]
    html = draw("{% error_summary form problems=problems %}", form=Name(), problems=problems)
    assert 'href="#id_name">Too long' in html
    assert 'href="#question-3">Answer question 3' in html
