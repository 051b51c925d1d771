from django import forms
from django.forms.renderers import TemplatesSetting


class GovukRenderer(TemplatesSetting):
    pass


class GovukDateField(forms.DateField):
    pass
