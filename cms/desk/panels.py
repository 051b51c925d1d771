"""The editing panels of a call and of a stage, in Wagtail's own manner."""

from django import forms
from django.db.models import Model
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList

from challenges.calls.models import Call, Stage
from cms.desk.forms import CallDetailsForm

MOST_ROWS = 60
CHECKBOXES = forms.CheckboxSelectMultiple

CALL_PANELS = ObjectList(
    [
        MultiFieldPanel(
            [
                FieldPanel("title"),
                FieldPanel("summary"),
                FieldRowPanel([FieldPanel("commissioner"), FieldPanel("partner")]),
                FieldPanel("programme"),
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
                FieldRowPanel([FieldPanel("places"), FieldPanel("tie_break")]),
                FieldPanel("is_blind"),
            ],
            heading="Dates and rules",
        ),
        InlinePanel(
            "questions",
            [
                FieldPanel("label"),
                FieldPanel("guidance", widget=forms.Textarea(attrs={"rows": 2})),
                FieldRowPanel([FieldPanel("kind"), FieldPanel("max_words")]),
                FieldPanel("choices", widget=forms.Textarea(attrs={"rows": 3})),
                FieldRowPanel([FieldPanel("required"), FieldPanel("identifies")]),
            ],
            heading="Questions",
            label="question",
            max_num=MOST_ROWS,
        ),
        InlinePanel(
            "criteria",
            [
                FieldPanel("name"),
                FieldPanel("guidance", widget=forms.Textarea(attrs={"rows": 2})),
                FieldRowPanel([FieldPanel("weight"), FieldPanel("scale")]),
            ],
            heading="Criteria",
            label="criterion",
            max_num=MOST_ROWS,
        ),
    ]
).bind_to_model(Stage)


def bind(
    panels: ObjectList, request: HttpRequest, thing: Model, *, rows: int = 0
) -> tuple[forms.ModelForm, object]:
    """The form over a thing and the panel that draws it.

    Args:
        rows: empty rows to offer in each list, for people without JavaScript.

    Raises:
        KeyError, ValueError, ValidationError: rows that are not this thing's, or a form
            that was taken apart; nothing of it can be trusted.
    """
    form = panels.get_form_class()(
        request.POST if request.method == "POST" else None,
        instance=thing,
        for_user=request.user,
    )
    for formset in form.formsets.values():
        formset.extra = rows
    form.is_valid()
    return form, panels.get_bound_panel(instance=thing, request=request, form=form)
