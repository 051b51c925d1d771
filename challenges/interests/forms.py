from typing import Any

from django import forms

from challenges.interests.models import Interest
from marketplace.forms import GovukDateField, GovukModelForm


class InterestForm(GovukModelForm):
    began_on = GovukDateField(label="From", required=False, help_text="For example, 27 3 2019")
    ended_on = GovukDateField(
        label="Until", required=False, help_text="Leave it empty if it goes on."
    )

    class Meta:
        model = Interest
        fields = ["organisation_name", "kind", "began_on", "ended_on", "note", "version"]
        labels = {"organisation_name": "Organisation", "note": "What is the tie?"}
        help_texts = {
            "organisation_name": "Its whole name, as on its website or at Companies House.",
            "note": "Your part, or who is close to you there. No need to name them.",
        }
        widgets = {
            "kind": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 3}),
            "version": forms.HiddenInput,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Interest._meta.get_field("kind").choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        began, ended = cleaned.get("began_on"), cleaned.get("ended_on")
        if began and ended and ended < began:
            self.add_error("ended_on", "The last day must be the same as or after the first")
        return cleaned
