from django.apps import AppConfig


class CallsConfig(AppConfig):
    name = "challenges.calls"
    label = "calls"
    verbose_name = "Calls"

    def ready(self) -> None:
        from challenges.calls import cancelling, receivers

        cancelling.register_matter()
        receivers.plug()
