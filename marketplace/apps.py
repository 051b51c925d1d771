from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MarketplaceConfig(AppConfig):
    name = "marketplace"
    label = "marketplace"
    verbose_name = "Marketplace"

    def ready(self) -> None:
        from marketplace import calendars, lookups  # noqa: F401  (register themselves)
        from marketplace.retention import checks  # noqa: F401  (registers itself)

        # What each app holds of people and of pitches.
        autodiscover_modules("held")
