"""The editing panels of a call and of a stage, in Wagtail's own manner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms.formsets import ORDERING_FIELD_NAME
from django.http import HttpRequest
from django.utils.html import format_html
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList

from challenges.calls.checks import Finding, Severity
from challenges.calls.models import Call, Stage
from cms.desk.forms import CallDetailsForm, StageForm
from cms.desk.rows import FoldedQuestions, FoldedRows, kind_panel

MOST_ROWS = 60
MOST_POSTED = 2 * MOST_ROWS
"""Rows of a list that are read from a form: those to be deleted are sent too."""
CHECKBOXES = forms.CheckboxSelectMultiple

CALL_PANELS = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldPanel("title"),
                FieldPanel("summary"),
                FieldRowPanel([FieldPanel("commissioner"), FieldPanel("partner")]),
                FieldPanel("programme"),
                FieldPanel("is_rolling"),
            ],
            heading="Details",
        ),
        MultiFieldPanel(
            [
                FieldPanel("legal_route"),
                FieldRowPanel([FieldPanel("budget"), FieldPanel("award_limit")]),
            ],
            heading="Money and legal route",
        ),
        MultiFieldPanel([FieldPanel("objectives", widget=CHECKBOXES)], heading="Objectives"),
        MultiFieldPanel([FieldPanel("sectors", widget=CHECKBOXES)], heading="Sectors"),
        MultiFieldPanel([FieldPanel("places", widget=CHECKBOXES)], heading="Places"),
        MultiFieldPanel(
            [FieldRowPanel([FieldPanel("for_stages"), FieldPanel("for_sizes")])],
            heading="Meant for",
        ),
        InlinePanel(
            "wanted",
            [
                FieldPanel("capability"),
                FieldRowPanel([FieldPanel("level"), FieldPanel("essential")]),
            ],
            heading="Capabilities wanted",
            label="capability",
            max_num=MOST_ROWS,
        ),
    ],
    base_form_class=CallDetailsForm,
).bind_to_model(Call)

STAGE_PANELS = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldRowPanel([FieldPanel("opens_at"), FieldPanel("closes_at")]),
                FieldRowPanel([FieldPanel("scores_due_at"), FieldPanel("decision_on")]),
                FieldPanel("questions_until"),
                FieldRowPanel([FieldPanel("places"), FieldPanel("tie_break")]),
                FieldPanel("is_blind"),
            ],
            heading="Dates and rules",
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("decides_by"), FieldPanel("minimum_total")]),
                FieldPanel("conflict_rules", widget=forms.Textarea(attrs={"rows": 4})),
            ],
            heading="How places are given",
            classname="collapsed",
        ),
        FoldedQuestions(
            "questions",
            [
                FieldPanel("label"),
                FieldPanel("guidance", widget=forms.Textarea(attrs={"rows": 2})),
                FieldRowPanel([FieldPanel("kind"), kind_panel("max_words"), kind_panel("unit")]),
                kind_panel("choices", widget=forms.Textarea(attrs={"rows": 3})),
                FieldRowPanel([FieldPanel("required"), FieldPanel("identifies")]),
                FieldRowPanel(
                    [FieldPanel("section"), FieldPanel("audience"), FieldPanel("weight")]
                ),
                kind_panel("is_ask"),
                kind_panel("acceptable", widget=forms.Textarea(attrs={"rows": 2})),
                kind_panel("refusal", widget=forms.Textarea(attrs={"rows": 2})),
                FieldRowPanel(
                    [
                        FieldPanel("condition_on"),
                        FieldPanel("condition_answers", widget=forms.Textarea(attrs={"rows": 2})),
                    ]
                ),
            ],
            heading="Questions",
            label="question",
            max_num=MOST_ROWS,
        ),
        FoldedRows(
            "criteria",
            [
                FieldPanel("name"),
                FieldPanel("guidance", widget=forms.Textarea(attrs={"rows": 2})),
                FieldRowPanel([FieldPanel("weight"), FieldPanel("scale"), FieldPanel("minimum")]),
                FieldPanel("anchors", widget=forms.Textarea(attrs={"rows": 3})),
            ],
            heading="Criteria",
            label="criterion",
            max_num=MOST_ROWS,
        ),
    ],
    base_form_class=StageForm,
).bind_to_model(Stage)


class NotThisThing(Exception):
    """A form whose rows are not the thing's own, or that was taken apart on its way."""


@dataclass(frozen=True)
class Editor:
    """A form over a thing, whether it may be saved, and the panel that draws it."""

    form: WagtailAdminModelForm
    panel: Any
    is_valid: bool


def bind(
    panels: ObjectList,
    request: HttpRequest,
    thing: Model,
    *,
    rows: int = 0,
    findings: Sequence[Finding] = (),
) -> Editor:
    """The editor of a thing, filled from the request if it was posted.

    Args:
        rows: empty rows to offer in each list, for people without JavaScript.
        findings: of the checks, to be said beside the fields that they are about.

    Raises:
        NotThisThing: nothing of what was posted can be trusted.
    """
    data = request.POST if request.method == "POST" else None
    form = panels.get_form_class()(data, instance=thing, for_user=request.user)
    for formset in form.formsets.values():
        formset.extra = rows
        formset.absolute_max = MOST_POSTED
    try:
        is_valid = _has_own_rows(form) and form.is_valid()
        _number_empty_rows(form)
        say_findings(form, findings)
        panel = panels.get_bound_panel(instance=thing, request=request, form=form)
    except (KeyError, ValueError, OverflowError, ValidationError) as error:
        raise NotThisThing from error
    return Editor(form, panel, is_valid)


WORDS = {
    Severity.STOPS: "Stops approval",
    Severity.ASKS: "Asks the approver’s reason",
    Severity.NOTE: "Note",
}


def say_findings(form: WagtailAdminModelForm, findings: Sequence[Finding]) -> None:
    """Write each finding into the help of the field that it is about, if the form has it."""
    fields = {name: form.fields[name] for name in form.fields}
    for name, formset in form.formsets.items():
        for row in formset.forms:
            for field in row.fields:
                fields[f"{PART_OF.get(name, name)}-{row.instance.pk}-{field}"] = row.fields[field]
    for finding in findings:
        if field := fields.get(finding.field):
            field.help_text = format_html(
                '{} <strong class="desk-finding desk-finding--{}">{}: {}</strong>',
                field.help_text,
                finding.severity.value,
                WORDS[finding.severity],
                finding.sentence,
            )


PART_OF = {"questions": "question", "criteria": "criterion"}
"""Name of a list of rows → how a finding's field begins that is about one of them."""


def _number_empty_rows(form: WagtailAdminModelForm) -> None:
    """Give rows that were left empty a place: Wagtail sorts all rows of a list by theirs."""
    for formset in form.formsets.values():
        for row in formset.extra_forms if formset.is_bound and formset.can_order else []:
            if not row.has_changed():
                row.cleaned_data[ORDERING_FIELD_NAME] = len(formset.forms)


def _has_own_rows(form: WagtailAdminModelForm) -> bool:
    """Whether every row that says it is stored belongs to this thing.

    Raises:
        NotThisThing: one does not; it was removed meanwhile, or is somebody else's.
    """
    for formset in form.formsets.values():
        if not formset.is_bound:
            continue
        own = {str(row.pk) for row in formset.get_queryset()}
        for number in range(formset.initial_form_count()):
            if form.data.get(f"{formset.add_prefix(number)}-id") not in own:
                raise NotThisThing
    return True
