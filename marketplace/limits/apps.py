from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "marketplace.limits"
    label = "limits"
    verbose_name = "Limits"
