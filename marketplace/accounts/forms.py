"""Forms about people."""

from allauth.account.forms import SignupForm as BaseSignupForm
from django import forms


class SignupForm(BaseSignupForm):
    name = forms.CharField(
        label="Full name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ["name", "email", "password1"]
