from django.apps import AppConfig
from django.db import models


class DeskConfig(AppConfig):
    name = "cms.desk"
    label = "desk"
    verbose_name = "Officer’s desk"

    def ready(self) -> None:
        from wagtail.admin.forms.models import register_form_field_override

        from marketplace.number_fields import NumberField, WholeNumberField

        # Forms that Wagtail makes of models read numbers as all others do.
        register_form_field_override(models.IntegerField, override={"form_class": WholeNumberField})
        register_form_field_override(models.DecimalField, override={"form_class": NumberField})
