"""Finding things: documents, back ends behind one port, site search, matching.

`get_backend()` is the one way in: Elasticsearch where `ELASTICSEARCH_URL` is set, with the
database's own copy behind it; else that copy alone.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from search.port import SearchBackend


def get_backend() -> "SearchBackend":
    from django.conf import settings

    return _backend(settings.ELASTICSEARCH_URL, settings.ELASTICSEARCH_INDEX_PREFIX)


@lru_cache(maxsize=4)
def _backend(url: str, prefix: str) -> "SearchBackend":
    from search.backends.embedded import EmbeddedBackend

    if not url:
        return EmbeddedBackend()
    from search.backends.elastic import ElasticBackend
    from search.backends.paired import PairedBackend

    return PairedBackend(ElasticBackend(url, prefix), EmbeddedBackend())
