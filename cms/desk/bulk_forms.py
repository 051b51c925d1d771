"""What each thing that is done to many pitches asks for."""

from typing import Any

from django import forms

from challenges.judging.models import Outcome
from cms.desk.forms import LONG
from cms.desk.services import FIELDS
from marketplace.accounts.models import User
from marketplace.forms import CleanTextForm

WORDS = ", ".join(FIELDS)


class MessageForm(CleanTextForm):
    subject = forms.CharField(max_length=150)
    body = forms.CharField(
        label="Message",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONG,
        help_text=f"These words are filled in for each team: {WORDS}.",
    )


class TagForm(CleanTextForm):
    name = forms.CharField(label="Tag", max_length=40)
    remove = forms.BooleanField(label="Take it off instead", required=False)


class CareForm(CleanTextForm):
    officer = forms.ModelChoiceField(User.objects.none(), empty_label=None)

    def __init__(self, *args: Any, officers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]


class MoveForm(CleanTextForm):
    """Outcomes without money; awards are made one by one, with their amounts."""

    outcome = forms.ChoiceField(
        choices=[c for c in Outcome.choices if c[0] != Outcome.AWARDED],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONG,
        help_text="For the record and the letter: why.",
    )


class ViewForm(CleanTextForm):
    name = forms.CharField(label="Name of this view", max_length=60)
    shared = forms.BooleanField(label="For all officers of the region", required=False)
