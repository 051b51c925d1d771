from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "challenges.awards"
    label = "awards"
    verbose_name = "Funded projects"

    def ready(self) -> None:
        from challenges.awards import receivers  # noqa: F401  (registers the news)
