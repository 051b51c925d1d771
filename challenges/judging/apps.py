from django.apps import AppConfig


class JudgingConfig(AppConfig):
    name = "challenges.judging"
    label = "judging"
    verbose_name = "Judging"
