from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ActivityConfig(AppConfig):
    name = "marketplace.activity"
    label = "activity"
    verbose_name = "Activity and notifications"

    def ready(self) -> None:
        from marketplace.activity.news import tell_news
        from marketplace.activity.proof.guards import after_migrating
        from marketplace.activity.services import recorded
        from marketplace.outages.selectors import SIGNS

        SIGNS["record"] = _record_sign
        post_migrate.connect(after_migrating, sender=self, dispatch_uid="activity.guards")
        recorded.connect(tell_news, dispatch_uid="activity.news")


def _record_sign() -> str:
    from marketplace.activity.proof.checking import state

    found = state()
    if found.is_unchecked:
        return "not checked lately"
    return "" if found.is_well else "needs a look"
