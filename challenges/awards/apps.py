from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "challenges.awards"
    label = "awards"
    verbose_name = "Funded projects"

    def ready(self) -> None:
        # They register matters for two officers, what follows from a release or ends with a call,
        # and the news.
        from challenges.awards import (  # noqa: F401
            corrections,
            ending,
            offers,
            receivers,
            services,
        )
