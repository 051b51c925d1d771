from django.apps import AppConfig


class PitchesConfig(AppConfig):
    name = "challenges.pitches"
    label = "pitches"
    verbose_name = "Pitches"
