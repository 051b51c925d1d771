from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CmsConfig(AppConfig):
    name = "cms"
    label = "cms"
    verbose_name = "Content"

    def ready(self) -> None:
        from cms import (
            headings,
            keeping,
            kept_files,
            page_records,
            page_words,
            receivers,
            rights,
            shelves,
        )
        from cms.documents import register_kinds
        from cms.models import Stays
        from cms.setup import ensure_site

        rights.plug()
        shelves.plug()
        post_migrate.connect(ensure_site, sender=self)
        register_kinds()
        receivers.plug()
        keeping.plug(model for model in self.get_models() if issubclass(model, Stays))
        page_words.plug()
        kept_files.plug()
        page_records.plug()
        headings.register_matter()
