"""Forms that look like the GOV.UK Design System.

The project's forms are `GovukForm` or `GovukModelForm`. `FORM_RENDERER` stays Django's own,
because Wagtail's admin draws its forms with it. Forms that others wrote (allauth's) are drawn
by the tags of `marketplace.templatetags.govuk`, which wrap them with `govuk_fields`.
"""

from calendar import month_abbr, month_name
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input
from django.http import QueryDict

from marketplace.addresses import WHY, address_in
from marketplace.calendars import is_of_our_time
from marketplace.error_words import named, sentence_case, spoken, what_is_missing
from marketplace.text import clean_text
from marketplace.widgets import GovukDateWidget

KINDS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (GovukDateWidget, "date"),
    (forms.CheckboxInput, "checkbox"),
    (forms.FileInput, "file"),
    (forms.PasswordInput, "password"),
    (forms.Textarea, "textarea"),
    (forms.Select, "select"),
    (Input, "input"),
)
"""Widget class → the component that shows it; the first match counts."""

CLASSES = {
    "file": "govuk-file-upload",
    "password": "govuk-input",
    "textarea": "govuk-textarea",
    "select": "govuk-select",
    "input": "govuk-input",
}
INPUT_WIDTHS = (2, 3, 4, 5, 10, 20, 30)

# The browser must neither cut off what is typed nor stop the form with its own message: the
# server says what is wrong, beside the field, and keeps the text. A placeholder is gone when
# it is needed; hints stay. The package's components mark errors without aria-invalid.
LEFT_OUT = (
    *("maxlength", "minlength", "required", "min", "max", "step"),
    *("placeholder", "aria-invalid"),
)

TEMPLATES = {
    "django/forms/widgets/radio.html": "govuk/widgets/radios.html",
    "django/forms/widgets/checkbox_select.html": "govuk/widgets/checkboxes.html",
    "django/forms/widgets/checkbox.html": "govuk/widgets/checkbox.html",
    "django/forms/widgets/password.html": "govuk/widgets/password.html",
    "django/forms/widgets/number.html": "govuk/widgets/number.html",
    "django/forms/widgets/clearable_file_input.html": "govuk/widgets/file.html",
    "django/forms/errors/list/default.html": "govuk/errors.html",
    "django/forms/errors/list/ul.html": "govuk/errors.html",
}
"""Django's template → ours. The others differ only in attributes, which the field sets."""


class GovukBoundField(forms.BoundField):
    """A field with the classes, ids and descriptions that the GOV.UK components have."""

    @property
    def element_id(self) -> str:
        return self.field.widget.attrs.get("id") or self.auto_id

    @cached_property
    def kind(self) -> str:
        """The component that shows this field; the template branches on it."""
        return kind_of(self.field.widget)

    @property
    def limit(self) -> tuple[str, int] | None:
        """What a counter counts and how far: ("words", 300), if this field has one."""
        attrs = self.field.widget.attrs
        if self.kind != "textarea":
            return None
        for unit in ("words", "length"):
            if f"data-max{unit}" in attrs:
                return unit, int(attrs[f"data-max{unit}"])
        return None

    @property
    def use_fieldset(self) -> bool:
        return self.kind in ("radios", "checkboxes", "date") or (
            self.kind == "other" and super().use_fieldset
        )

    @property
    def label_text(self) -> str:
        """The label; says that a field is optional in a form where others are required."""
        marks = getattr(self.form, "marks_optional", False) and self.kind != "checkbox"
        return f"{self.label} (optional)" if marks and not self.field.required else str(self.label)

    @property
    def messages(self) -> list[str]:
        """What is wrong, in sentences that name the field."""
        plain = forms.Field.default_error_messages["required"]
        missing = what_is_missing(self.kind, str(self.label))
        return [
            missing if error == plain else named(str(self.label), str(error))
            for error in self.errors
        ]

    @property
    def named_messages(self) -> list[str]:
        """The same for a list of what is wrong in a whole form: each says where it is."""
        label = str(self.label)
        if not getattr(self.form, "names_fields", False):
            return self.messages
        return [each if label in each else f"{spoken(label)}: {each}" for each in self.messages]

    @property
    def first_id(self) -> str:
        """Id of the element to which the error summary links."""
        if self.kind != "date":
            return self.element_id
        return f"{self.element_id}-{(self.wrong_parts or GovukDateWidget.parts)[0]}"

    @property
    def wrong_parts(self) -> tuple[str, ...]:
        """Which boxes of a date are wrong."""
        if not self.errors:
            return ()
        for error in self.errors.as_data():
            if error.params and "parts" in error.params:
                return tuple(error.params["parts"])
        return GovukDateWidget.parts

    @property
    def aria_describedby(self) -> str:
        """Ids of counter, hint and errors, in the order in which they are to be read."""
        if not self.element_id or self.is_hidden:
            return ""
        ids = [self.field.widget.attrs.get("aria-describedby", "")]
        if self.limit:
            ids.append(f"{self.element_id}-info")
        if self.help_text and self.kind != "checkbox":
            ids.append(f"{self.element_id}-hint")
        if self.errors:
            ids.append(f"{self.element_id}-error")
        if self.help_text and self.kind == "checkbox":
            ids.append(f"{self.element_id}-item-hint")
        return " ".join(filter(None, ids))

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            return attrs
        merged = {**widget.attrs, **attrs}
        # False makes Django leave an attribute out.
        attrs.update({name: False for name in LEFT_OUT if name in merged})
        if not self.use_fieldset and self.aria_describedby:
            attrs["aria-describedby"] = self.aria_describedby
        if self.kind in CLASSES:
            attrs["class"] = self._classes(merged)
        if self.kind == "textarea":
            attrs.update(self._textarea(merged))
        if isinstance(widget, forms.NumberInput) and "inputmode" not in merged:
            attrs["inputmode"] = "numeric" if _is_whole(merged.get("step", 1)) else "decimal"
        if isinstance(widget, (forms.EmailInput, forms.URLInput)):
            attrs["spellcheck"] = merged.get("spellcheck", "false")
        if self.kind == "date" and self.wrong_parts:
            attrs["data-wrong-parts"] = " ".join(self.wrong_parts)
        return attrs

    def _classes(self, merged: dict[str, Any]) -> str:
        base = CLASSES[self.kind]
        own = merged.get("class", "")
        found = [base]
        if self.errors:
            found.append(f"{base}--error")
        if self.kind == "password":
            found += ["govuk-password-input__input", "govuk-js-password-input-input"]
        if self.limit:
            found.append("govuk-js-character-count")
        if self.kind == "input" and "width" not in own:
            found += _width(merged, isinstance(self.field.widget, forms.NumberInput))
        return " ".join([*found, own]).strip()

    def _textarea(self, merged: dict[str, Any]) -> dict[str, Any]:
        # Django's own defaults are 40 columns and "10" rows; a number of rows is a choice.
        changes: dict[str, Any] = {"cols": False, "data-maxwords": False, "data-maxlength": False}
        if merged.get("rows") == "10":
            changes["rows"] = 5
        return changes


class GovukRenderer(TemplatesSetting):
    """Draws forms, fields and widgets with the templates in `govuk/`."""

    form_template_name = "govuk/form.html"
    formset_template_name = "govuk/formset.html"
    field_template_name = "govuk/field.html"
    bound_field_class = GovukBoundField

    def get_template(self, template_name: str) -> Any:
        return super().get_template(TEMPLATES.get(template_name, template_name))


RENDERER = GovukRenderer()


class GovukFormMixin:
    """What makes a form of Django's one of this project's."""

    default_renderer: Any = RENDERER
    use_required_attribute = False
    names_fields = False
    """Whether the summary of what is wrong names each field: in a form with many that are alike."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data = clean_data(self.data)  # type: ignore[has-type]

    @property
    def marks_optional(self) -> bool:
        """Whether labels say “(optional)”: not where nothing is required, as in a filter."""
        return any(field.required for field in self.fields.values())  # type: ignore[attr-defined]

    @property
    def errors_id(self) -> str:
        return errors_id(self)  # type: ignore[arg-type]


class GovukForm(GovukFormMixin, forms.Form):
    """A form in GOV.UK style."""


class GovukModelForm(GovukFormMixin, forms.ModelForm):
    """A model's form in GOV.UK style."""


class OurWordsMixin:
    """Errors in the words of this site, for forms that are not drawn by `GovukBoundField`."""

    def full_clean(self) -> None:
        super().full_clean()  # type: ignore[misc]
        _say_in_our_words(self)

    def is_valid(self) -> bool:
        is_valid: bool = super().is_valid()  # type: ignore[misc]
        for rows in getattr(self, "formsets", {}).values():
            for row in rows.forms:
                _say_in_our_words(row)
        return is_valid


def _say_in_our_words(form: Any) -> None:
    """Put each of Django’s own sentences into ours; any other stays."""
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        label = str(form[name].label) if field else ""
        errors.data = [
            ValidationError(_in_our_words(field, label, text), code=error.code)
            for error in errors.as_data()
            for text in error.messages
        ]


def _in_our_words(field: forms.Field | None, label: str, text: str) -> str:
    if field is not None and text == forms.Field.default_error_messages["required"]:
        return what_is_missing(kind_of(field.widget), label)
    return named(label, text)


class CleanTextForm(OurWordsMixin, forms.Form):
    """A form with Django’s own looks (the desk’s), whose text is cleaned at the door."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.data = clean_data(self.data)  # type: ignore[has-type]


def no_address(name: str) -> None:
    """A validator of names and titles, which stand in subjects of mail: see `addresses`."""
    if found := address_in(name):
        raise ValidationError(WHY.format(found), code="address")


class NamesMixin:
    """Fields of a model’s form, by name, that take no addresses."""

    names: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.names:
            field = self.fields[name]  # type: ignore[attr-defined]
            field.validators = [*field.validators, no_address]


def clean_data(data: Any) -> Any:
    """What a browser sent, its texts without what no file or database takes.

    NUL stays: nobody types it, and the fields refuse it in words.
    """
    if isinstance(data, QueryDict):
        cleaned = QueryDict(mutable=True, encoding=data.encoding)
        for name, values in data.lists():
            cleaned.setlist(name, [_clean_value(value) for value in values])
        cleaned._mutable = False
        return cleaned
    if isinstance(data, dict):
        return {name: _clean_value(value) for name, value in data.items()}
    return data


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return "\x00".join(clean_text(part) for part in value.split("\x00"))
    return [_clean_value(each) for each in value] if isinstance(value, list) else value


def kind_of(widget: forms.Widget) -> str:
    """The component that shows a widget, one of `KINDS` or "other"."""
    return next((kind for type_, kind in KINDS if isinstance(widget, type_)), "other")


def govuk_fields(form: forms.BaseForm) -> list[GovukBoundField]:
    """The fields of any form, ready to be drawn in GOV.UK style; changes its renderer."""
    form.renderer = RENDERER
    if not isinstance(form, GovukFormMixin):
        for field in form.fields.values():
            field.label = field.label and sentence_case(field.label)
    return [GovukBoundField(form, field, name) for name, field in form.fields.items()]


def errors_id(form: forms.BaseForm) -> str:
    """Id of the place that shows the errors that belong to no one field of `form`."""
    return f"{form.prefix}-form-errors" if form.prefix else "form-errors"


class GovukDateField(forms.MultiValueField):
    """A date typed as day, month and year; the month may be a name. Cleans to a date."""

    widget = GovukDateWidget
    default_validators = [is_of_our_time]
    default_error_messages = {
        "required": "Enter a date",
        "incomplete": "The date must include a %(missing)s",
        "invalid": "Enter a real date, for example 27 3 2027",
        "year": "The year must have 4 numbers",
    }

    def __init__(self, **kwargs: Any) -> None:
        parts = [forms.CharField(required=False) for _ in GovukDateWidget.parts]
        super().__init__(parts, require_all_fields=False, **kwargs)

    def clean(self, value: Any) -> date | None:
        typed = [str(part or "").strip() for part in value or [""] * 3]
        missing = [
            part for part, text in zip(GovukDateWidget.parts, typed, strict=True) if not text
        ]
        if len(missing) == len(typed):
            if self.required:
                self._refuse("required", GovukDateWidget.parts)
            return None
        if missing:
            self._refuse("incomplete", missing, missing=" and a ".join(missing))
        found = self._date(*typed)
        self.run_validators(found)
        return found

    def compress(self, data_list: list[Any]) -> date | None:
        return self.clean(data_list)

    def has_changed(self, initial: Any, data: Any) -> bool:
        typed = [str(part or "").strip() for part in data or []]
        before = [str(part or "") for part in self.widget.decompress(initial)]  # type: ignore[call-arg]
        return typed != before

    def _date(self, day: str, month: str, year: str) -> date:
        if day.isdecimal() and not 1 <= int(day[:9]) <= 31:
            self._refuse("invalid", ["day"])
        number = _month(month)
        if number is None:
            self._refuse("invalid", ["month"])
        if not (year.isdecimal() and len(year) == 4):
            self._refuse("year", ["year"])
        try:
            return date(int(year), number or 0, int(day))
        except (ValueError, OverflowError):
            self._refuse("invalid", GovukDateWidget.parts)
        raise AssertionError("unreachable")

    def _refuse(self, code: str, parts: Iterable[str], **params: Any) -> None:
        raise ValidationError(
            self.error_messages[code], code=code, params={"parts": list(parts), **params}
        )


def _month(text: str) -> int | None:
    if text.isdecimal():
        return int(text[:9]) if 1 <= int(text[:9]) <= 12 else None
    names = {name.lower(): n for names in (month_name, month_abbr) for n, name in enumerate(names)}
    return names.get(text.lower()) or None


def _width(attrs: dict[str, Any], is_number: bool) -> list[str]:
    """The class that makes a box about as wide as its answer."""
    longest = attrs.get("maxlength")
    if longest is None:
        return ["govuk-input--width-5"] if is_number else []
    fitting = [width for width in INPUT_WIDTHS if width >= int(longest)]
    return [f"govuk-input--width-{fitting[0]}"] if fitting else []


def _is_whole(step: Any) -> bool:
    try:
        return float(step).is_integer()
    except ValueError:
        return False  # "any"
