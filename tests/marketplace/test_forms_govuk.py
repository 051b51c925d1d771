"""Our fields against GOV.UK Frontend's own fixtures.

A fixture is compared when every option that it sets is one that our templates mean to
support (`SUPPORTED`); the reasons for the others stand in `NOT_MEANT`. A new option in a
later version of the package is in neither and fails, so that somebody decides.
"""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import engines
from django.utils.safestring import mark_safe

from marketplace.forms import GovukDateField, GovukForm
from marketplace.widgets import AffixInput, CheckboxesWithHints, RadiosWithHints
from tests.marketplace.fixtures import fixtures_of, normal, options_used

COMMON = {
    *("name", "id", "label.text", "label.html", "label.classes", "label.isPageHeading"),
    *("hint.text", "hint.html", "errorMessage.text", "describedBy", "classes", "attributes"),
    *("value", "autocomplete", "spellcheck", "disabled", "formGroup.classes"),
}
GROUP = {
    *("name", "idPrefix", "fieldset.legend.text", "fieldset.legend.html", "hint.text"),
    *("fieldset.legend.isPageHeading", "fieldset.legend.classes", "fieldset.describedBy"),
    *("errorMessage.text", "classes", "formGroup.classes", "items[].value", "items[].text"),
    *("items[].html", "items[].hint.text", "items[].checked", "value", "values[]"),
}
SUPPORTED = {
    "input": COMMON
    | {"prefix.text", "prefix.html", "suffix.text", "suffix.html", "pattern"}
    | {"inputmode", "autocapitalize"},
    "textarea": COMMON | {"rows"},
    "character-count": COMMON | {"rows", "maxwords", "maxlength"},
    "password-input": COMMON,
    "select": COMMON | {"items[].value", "items[].text", "items[].selected"},
    "radios": GROUP,
    "checkboxes": GROUP,
    "date-input": {
        *("id", "namePrefix", "fieldset.legend.text", "fieldset.legend.html", "hint.text"),
        *("errorMessage.text", "day.error", "month.error", "year.error", "formGroup.classes"),
        *("items[].name", "items[].classes", "items[].error", "fieldset.describedBy"),
        *(f"values.dob-{part}" for part in ("day", "month", "year")),
    },
    "file-upload": COMMON | {"multiple"},
}
NOT_MEANT = {
    "type": "a number is a text box with inputmode, as the Design System advises",
    "prefix.classes": "affixes look the same everywhere",
    "prefix.attributes": "affixes look the same everywhere",
    "suffix.classes": "affixes look the same everywhere",
    "suffix.attributes": "affixes look the same everywhere",
    "inputWrapper.classes": "affixes look the same everywhere",
    "inputWrapper.attributes": "affixes look the same everywhere",
    "threshold": "a counter always shows",
    "countType": "words are counted as the server counts them, which is data-maxwords",
    "countMessage.classes": "a counter looks the same everywhere",
    "textareaDescriptionText": "counters have the package's own words",
    "items[]": "Django has no empty choices",
    "items[].disabled": "a choice that can't be made is left out",
    "items[].attributes": "choices carry no attributes of their own",
    "items[].id": "ids follow from the field's",
    "items[].name": "names follow from the field's",
    "items[].divider": "groups of choices have headings instead",
    "items[].behaviour": "no exclusive choices so far",
    "items[].conditional.html": "no questions within choices: they go on the next page",
    "items[].label.classes": "choices look the same everywhere",
    "items[].label.attributes": "choices look the same everywhere",
    "fieldset.attributes": "fieldsets carry no attributes of their own",
    "fieldset.classes": "fieldsets look the same everywhere",
    "javascript": "the browser's own file box",
    "wrapperClasses": "the browser's own file box",
    "wrapperattributes": "the browser's own file box",
    **dict.fromkeys(
        (
            *("day", "year", "day.label", "month.label", "year.label", "day.name", "month.name"),
            *("year.name", "day.classes", "month.classes", "year.classes", "year.value"),
            *("items[].pattern", "items[].inputmode", "items[].value", "items[].autocomplete"),
            *("values.day", "values.month", "values.year"),
            *(f"values.dob-user1-{part}" for part in ("day", "month", "year")),
        ),
        "the three boxes of a date are always day, month and year",
    ),
}
# Boxes take attributes and classes; groups of choices and dates do not need them.
NOT_MEANT_FOR = {
    "radios": {"attributes"},
    "checkboxes": {"attributes", "describedBy"},
    "date-input": {"attributes", "classes"},
}
TRANSLATED = ("Text", "Text.one", "Text.other")  # words of scripts, here always English

CASES_NOT_MEANT = {
    ("character-count", "with textarea maxlength attribute"): "nothing is cut off while typing",
    ("select", "item selected overrides value"): "a Django field has one value",
    ("radios", "without fieldset"): "a group of choices always has a fieldset",
    ("textarea", "with default value"): "the browser drops the last line break, Django keeps it",
    ("select", "with falsy values"): "values in Django are texts",
    ("select", "without values"): "choices in Django have values",
    ("select", "without values with selected value"): "choices in Django have values",
}


def supported(component: str, fixture: dict[str, Any]) -> bool:
    options = fixture["options"]
    if (component, fixture["name"]) in CASES_NOT_MEANT:
        return False
    if component in ("radios", "checkboxes") and "fieldset" not in options:
        return False
    if component == "date-input" and not _is_whole_date(options):
        return False
    if component == "character-count" and not {"maxwords", "maxlength"} & set(options):
        return False
    return options_used(options) <= SUPPORTED[component]


def _is_whole_date(options: dict[str, Any]) -> bool:
    names = [item.get("name") for item in options.get("items", [])]
    parts = names in ([], ["day", "month", "year"])
    return parts and "fieldset" in options and "namePrefix" in options


CASES = [
    pytest.param(component, fixture, id=f"{component}: {fixture['name']}")
    for component in SUPPORTED
    for fixture in fixtures_of(component)
    if supported(component, fixture)
]


@pytest.mark.parametrize(("component", "fixture"), CASES)
def test_our_markup_is_the_design_systems(component: str, fixture: dict[str, Any]) -> None:
    ours = draw(component, fixture["options"])
    assert normal(ours) == normal(fixture["html"])


@pytest.mark.parametrize(
    ("component", "least"),
    [
        *(("input", 30), ("textarea", 15), ("character-count", 14), ("password-input", 9)),
        *(("select", 8), ("radios", 12), ("checkboxes", 8), ("date-input", 3)),
        ("file-upload", 11),
    ],
)
def test_enough_cases_are_compared(component: str, least: int) -> None:
    assert sum(supported(component, fixture) for fixture in fixtures_of(component)) >= least


@pytest.mark.parametrize("component", SUPPORTED)
def test_every_option_is_supported_or_has_a_reason(component: str) -> None:
    used = set().union(*(options_used(f["options"]) for f in fixtures_of(component)))
    undecided = used - SUPPORTED[component] - set(NOT_MEANT) - NOT_MEANT_FOR.get(component, set())
    assert {option for option in undecided if not option.endswith(TRANSLATED)} == set()


# --- The fixtures' options as Django forms ------------------------------------------


def text_of(option: dict[str, Any] | None) -> str:
    if not option:
        return ""
    return mark_safe(option["html"]) if option.get("html") else option.get("text", "")


def draw(component: str, options: dict[str, Any]) -> str:
    """What our templates make of a fixture's options."""
    title = options.get("fieldset", {}).get("legend") or options.get("label", {})
    name = options.get("name") or options["namePrefix"]
    field = {"date-input": _date, "radios": _choices, "checkboxes": _choices}.get(component, _box)(
        component, options
    )
    field.label, field.help_text = text_of(title), text_of(options.get("hint"))
    described = options.get("describedBy") or options.get("fieldset", {}).get("describedBy")
    if described:
        field.widget.attrs["aria-describedby"] = described
    form = _form(name, field, options)
    template = (
        "{% load govuk %}{% govuk_field field heading=heading label_class=size group_class=group %}"
    )
    return (
        engines["django"]
        .from_string(template)
        .render(
            {
                "field": form[name],
                "heading": title.get("isPageHeading", False),
                "size": title.get("classes", "").rpartition("--")[2],
                "group": options.get("formGroup", {}).get("classes", ""),
            }
        )
    )


def _form(name: str, field: forms.Field, options: dict[str, Any]) -> forms.Form:
    """A form with one field that has the fixture's value and error."""
    error = options.get("errorMessage")
    initial = _initial(options)

    class Form(GovukForm):
        def clean(self) -> None:
            wrong = [part for part in ("day", "month", "year") if _is_wrong(part, options)]
            params = {"parts": wrong} if wrong else None
            self.add_error(name, ValidationError(text_of(error), params=params))

    Form.base_fields = {name: field}
    if not error:
        return Form(initial={name: initial}, auto_id="%s")
    typed = {f"{name}-{part}": value for part, value in _date_values(options).items()}
    return Form({name: "" if initial is None else initial, **typed}, auto_id="%s")


def _initial(options: dict[str, Any]) -> Any:
    items = options.get("items", [])
    chosen = [
        item["value"] for item in items if item and (item.get("checked") or item.get("selected"))
    ]
    if isinstance(options.get("values"), dict):
        day = {part: int(value) for part, value in _date_values(options).items()}
        return date(**day)
    if "values" in options:
        return options["values"]
    if chosen:
        return chosen if len(chosen) > 1 else chosen[0]
    return options.get("value")


def _date_values(options: dict[str, Any]) -> dict[str, Any]:
    values = options.get("values", {})
    return (
        {key.rpartition("-")[2]: value for key, value in values.items()}
        if isinstance(values, dict)
        else {}
    )


def _is_wrong(part: str, options: dict[str, Any]) -> bool:
    items = {item.get("name"): item for item in options.get("items", [])}
    item = items.get(part) or options.get(part) or {}
    return bool(item.get("error")) or "govuk-input--error" in item.get("classes", "")


def _box(component: str, options: dict[str, Any]) -> forms.Field:
    attrs = dict(options.get("attributes", {}))
    names = ("id", "rows", "pattern", "inputmode", "autocomplete", "autocapitalize")
    attrs |= {name: options[name] for name in names if name in options}
    if "classes" in options:
        attrs["class"] = options["classes"]
    if "spellcheck" in options:
        attrs["spellcheck"] = str(options["spellcheck"]).lower()
    if options.get("multiple"):
        attrs["multiple"] = True
    for limit in ("maxwords", "maxlength"):
        if limit in options:
            attrs["data-maxwords" if limit == "maxwords" else "data-maxlength"] = options[limit]
    return forms.CharField(
        widget=_widget(component, attrs, options),
        required=False,
        disabled=options.get("disabled", False),
        strip=False,
    )


def _widget(component: str, attrs: dict[str, Any], options: dict[str, Any]) -> forms.Widget:
    if options.get("prefix") or options.get("suffix"):
        affixes = {side: text_of(options.get(side)) for side in ("prefix", "suffix")}
        # These cases are about the affixes; our inputs beside them are always for numbers.
        return AffixInput({"inputmode": False, **_wide(attrs)}, **affixes)
    if component == "select":
        items = [(item["value"], item["text"]) for item in options.get("items", []) if item]
        return forms.Select(attrs, choices=items)
    if component == "password-input":
        return forms.PasswordInput(attrs, render_value=True)
    if component == "file-upload":
        return (_Files if options.get("multiple") else forms.FileInput)(attrs)
    return (forms.TextInput if component == "input" else forms.Textarea)(attrs)


def _wide(attrs: dict[str, Any]) -> dict[str, Any]:
    return attrs if "width" in attrs.get("class", "") else {**attrs, "maxlength": 999}


class _Files(forms.FileInput):
    allow_multiple_selected = True


def _choices(component: str, options: dict[str, Any]) -> forms.Field:
    items = [(str(item["value"]), text_of(item)) for item in options["items"]]
    hints = {item["value"]: text_of(item.get("hint")) for item in options["items"]}
    attrs = {"id": options.get("idPrefix", options["name"])}
    if "classes" in options:
        attrs["class"] = options["classes"]
    widget = RadiosWithHints if component == "radios" else CheckboxesWithHints
    return forms.Field(widget=widget(attrs, choices=items, hints=hints), required=False)


def _date(component: str, options: dict[str, Any]) -> forms.Field:
    field = GovukDateField(required=False)
    field.widget.attrs["id"] = options["id"]
    return field
