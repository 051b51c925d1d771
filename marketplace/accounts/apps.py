from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"
    label = "accounts"
    verbose_name = "People and roles"

    def ready(self) -> None:
        from marketplace.accounts import alarms, receivers  # noqa: F401  (they connect themselves)
