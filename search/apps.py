from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    label = "search"
    verbose_name = "Search"

    def ready(self) -> None:
        from search.documents import register_kinds
        from search.receivers import plug

        register_kinds()
        plug()
