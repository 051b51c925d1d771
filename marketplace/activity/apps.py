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

        post_migrate.connect(after_migrating, sender=self, dispatch_uid="activity.guards")
        recorded.connect(tell_news, dispatch_uid="activity.news")
