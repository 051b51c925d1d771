from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "challenges.awards"
    label = "awards"
    verbose_name = "Funded projects"

    def ready(self) -> None:
        # They register matters for two officers, what follows from a release, and the news.
        from challenges.awards import corrections, offers, receivers, services  # noqa: F401
