from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "challenges.awards"
    label = "awards"
    verbose_name = "Funded projects"
