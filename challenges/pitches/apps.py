from django.apps import AppConfig


class PitchesConfig(AppConfig):
    name = "challenges.pitches"
    label = "pitches"
    verbose_name = "Pitches"

    def ready(self) -> None:
        from challenges.pitches import (  # noqa: F401  (registers them)
            checks,
            receivers,
            reopening,
            signals,
        )

        reopening.register_matter()
