from django.apps import AppConfig


class JudgingConfig(AppConfig):
    name = "challenges.judging"
    label = "judging"
    verbose_name = "Judging"

    def ready(self) -> None:
        from challenges.judging import matters, receivers  # noqa: F401  (register themselves)
