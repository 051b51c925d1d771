"""Rows of a form as folded lines: a summary each, the fields of the row's kind, its mistakes."""

from collections.abc import Iterator
from typing import Any

from django import forms
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel

from challenges.calls.models import QuestionKind
from cms.desk.labels import heading_of
from cms.desk.question_forms import (
    ELIGIBILITY_ONLY,
    KINDS_OF_FIELD,
    EditorRow,
    QuestionRow,
    QuestionRows,
)


def kind_panel(name: str, **options: Any) -> FieldPanel:
    """A field of a question that shows for its kinds only; `desk.css` reads the marks."""
    attrs = {"data-for-kinds": " ".join(KINDS_OF_FIELD[name])}
    if name in ELIGIBILITY_ONLY:
        attrs["data-for-eligibility"] = ""
    return FieldPanel(name, attrs=attrs, **options)


class FoldedRows(InlinePanel):
    """An inline panel whose rows are folded, each under a line that says what it is."""

    def get_form_options(self) -> dict[str, Any]:
        options = super().get_form_options()
        options["formsets"][self.relation_name]["form"] = EditorRow
        return options

    class BoundPanel(InlinePanel.BoundPanel):
        template_name = "desk/folded_rows.html"

        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            if self.form is None:
                return
            for child in self.children:
                child.summary = summary_of(child.form)
                child.is_open = bool(child.form.errors) or child.form.instance.pk is None
            self.empty_child.is_open = True


class FoldedQuestions(FoldedRows):
    """Folded rows of questions, with what a question may wait for."""

    def get_form_options(self) -> dict[str, Any]:
        options = super().get_form_options()
        options["formsets"][self.relation_name] |= {"form": QuestionRow, "formset": QuestionRows}
        return options


def summary_of(row: forms.ModelForm) -> tuple[str, str]:
    """(what it is called, what sort of row it is) of a question or a criterion."""
    values = {name: row[name].value() for name in row.fields}
    name = values.get("label") or values.get("name") or "New"
    if "kind" in values:
        kinds = dict(QuestionKind.choices)
        needed = "required" if values.get("required") else "optional"
        return str(name), f"{kinds.get(values['kind'], 'Unknown kind')}, {needed}"
    return str(name), f"Weight {values.get('weight')}, 0 to {values.get('scale')}"


def problems_of(form: WagtailAdminModelForm) -> list[tuple[str, str]]:
    """(id of the field or "", what is wrong, with the field's name) of all that a form holds."""
    return [*_problems(form), *_problems_of_rows(form)]


def _problems_of_rows(form: WagtailAdminModelForm) -> Iterator[tuple[str, str]]:
    for formset in form.formsets.values():
        yield from (("", str(error)) for error in formset.non_form_errors())
        for row in formset.forms:
            yield from _problems(row)


def _problems(form: forms.ModelForm) -> Iterator[tuple[str, str]]:
    for name, errors in form.errors.items():
        is_field = name in form.fields
        where = f"{heading_of(form.add_prefix(name))}: " if is_field else ""
        field_id = form[name].id_for_label if is_field else ""
        yield from ((field_id, f"{where}{error}") for error in errors)
