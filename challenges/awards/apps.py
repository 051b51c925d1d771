from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "challenges.awards"
    label = "awards"
    verbose_name = "Funded projects"

    def ready(self) -> None:
        from challenges.awards import receivers, services  # noqa: F401  (register themselves)
