"""Who keeps the seals of a region's record."""

from typing import Any

from django import forms

from marketplace.forms import CleanTextForm
from marketplace.regions.models import Region


class SealAddressForm(CleanTextForm):
    region = forms.ModelChoiceField(Region.objects.none(), empty_label=None)
    email = forms.EmailField(
        label="E-mail address outside the service",
        help_text=(
            "An auditor, a clerk, another region: somebody who will keep one mail a day. It is "
            "asked first, and can stop at any time."
        ),
        max_length=254,
    )

    def __init__(self, *args: Any, regions: set[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Region.objects.filter(pk__in=regions)
        self.fields["region"].queryset = own  # type: ignore[attr-defined]
        if len(own) == 1:
            self.fields["region"].widget = forms.HiddenInput()
            self.fields["region"].initial = own[0].pk
