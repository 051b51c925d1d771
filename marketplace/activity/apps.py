from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "marketplace.activity"
    label = "activity"
    verbose_name = "Activity and notifications"

    def ready(self) -> None:
        from marketplace.activity.news import tell_news
        from marketplace.activity.services import recorded

        recorded.connect(tell_news, dispatch_uid="activity.news")
