"""What a release asks for: a reason for each thing that is odd, a moment, a word on letters."""

from collections.abc import Sequence
from typing import Any

from django import forms

from challenges.judging.before_release import Oddity
from challenges.judging.looks import HEADINGS
from challenges.judging.services.outbox import LONGEST
from cms.desk.forms import LONG
from marketplace.forms import CleanTextForm

EACH = 5
"""Of more than so many of one kind, one reason is asked for them all."""


class ReleaseForm(CleanTextForm):
    """A box for the reason of each oddity, or of all of a kind where there are many."""

    goes_out_at = forms.DateTimeField(
        label="When it goes out",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text="Local time. Leave it empty to release as soon as it is signed and the time to "
        "stop it has passed.",
        error_messages={"invalid": "Give a day and a time that the clocks of that day have."},
    )
    word = forms.CharField(
        label="A word to the second officer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONG,
        help_text="It is kept in the record.",
    )

    def __init__(self, *args: Any, oddities: Sequence[Oddity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of_code: dict[str, list[Oddity]] = {}
        for oddity in oddities:
            self.of_code.setdefault(oddity.code, []).append(oddity)
        for code, found in self.of_code.items():
            if len(found) > EACH:
                self.fields[code] = _reason(f"Why release these {len(found)} all the same?")
            else:
                for oddity in found:
                    self.fields[oddity.key] = _reason("Why release it all the same?")

    def groups(self) -> list[dict[str, Any]]:
        """By kind: its heading, each sentence with its box, or all with one box."""
        return [
            {
                "heading": HEADINGS[code],
                "rows": [
                    (each.told, self[each.key] if each.key in self.fields else None)
                    for each in found
                ],
                "box": self[code] if code in self.fields else None,
            }
            for code, found in self.of_code.items()
        ]

    def reasons(self) -> dict[str, str]:
        """Key or code of an oddity → the reason."""
        names = {oddity.key for found in self.of_code.values() for oddity in found}
        return {
            name: text
            for name, text in self.cleaned_data.items()
            if name in names or name in self.of_code
        }


def _reason(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONG,
        error_messages={"required": "Say why it is released all the same."},
    )


class StopForm(CleanTextForm):
    reason = forms.CharField(
        label="Why it is stopped",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONG,
        help_text="The officers who proposed and signed it read this.",
    )


class LetterForm(CleanTextForm):
    text = forms.CharField(
        label="The letter",
        widget=forms.Textarea(attrs={"rows": 22}),
        max_length=LONGEST,
        help_text="Keep the recorded reason as it is. What stands below is added to every letter.",
    )


class HoldForm(CleanTextForm):
    reason = forms.CharField(
        label="Why this team is to hear later",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=LONG,
        help_text="For example: we ring them first. The second officer reads it.",
    )
