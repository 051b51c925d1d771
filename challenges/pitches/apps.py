from django.apps import AppConfig
from django.db.models.signals import post_save


class PitchesConfig(AppConfig):
    name = "challenges.pitches"
    label = "pitches"
    verbose_name = "Pitches"

    def ready(self) -> None:
        from challenges.pitches import (  # noqa: F401  (registers them)
            checks,
            deserted,
            receivers,
            reopening,
            signals,
        )

        reopening.register_matter()
        post_save.connect(
            deserted.tell_of_an_account_that_was_closed,
            sender="accounts.User",
            dispatch_uid="pitches.deserted",
        )
