from django.apps import AppConfig


class InterestsConfig(AppConfig):
    name = "challenges.interests"
    label = "interests"
    verbose_name = "Interests"
