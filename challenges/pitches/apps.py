from django.apps import AppConfig


class PitchesConfig(AppConfig):
    name = "challenges.pitches"
    label = "pitches"
    verbose_name = "Pitches"

    def ready(self) -> None:
        from challenges.pitches import checks, receivers, reopening  # noqa: F401  (registers them)

        reopening.register_matter()
