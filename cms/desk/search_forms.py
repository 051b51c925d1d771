"""What officers fill in about search."""

from django import forms

from marketplace.forms import CleanTextForm
from search.synonyms import LONGEST_PHRASE, MOST_PHRASES


class SynonymsForm(CleanTextForm):
    phrases = forms.CharField(
        label="Words or phrases that mean the same",
        help_text=(
            f"2 to {MOST_PHRASES}, with commas between: “light rail, tram, metro”. Whoever looks "
            "for one finds the others."
        ),
        max_length=MOST_PHRASES * (LONGEST_PHRASE + 2),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
