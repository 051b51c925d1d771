"""What gunicorn does beyond its command line; it reads this file by its name."""

from typing import Any


def post_worker_init(worker: Any) -> None:
    """Load every page and read all texts before the first request asks for them; where no worker
    and no beat run, keep the time as well."""
    from django.urls import get_resolver

    from marketplace import clock
    from search.corpus import set_aside, warm

    _ = get_resolver().url_patterns
    set_aside()
    warm()
    clock.start()
