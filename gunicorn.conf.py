"""What gunicorn does beyond its command line; it reads this file by its name."""

from typing import Any

# Threads that a slow visitor or part holds cost the others nothing but a thread. What holds one is
# bounded by `marketplace/settings/time_limits.py`.
worker_class = "gthread"
threads = 4
# A worker that has not said for so long that it is alive is replaced, and requests in flight have
# so long to end when it is told to stop. Seconds.
timeout = 60
graceful_timeout = 30
keepalive = 5
# As much as the proxy lets through, so that what is too long is refused there, in our words.
limit_request_line = 8190
# Each worker is made anew now and then, not all at once; what leaked goes with it.
max_requests = 5000
max_requests_jitter = 1000


def post_worker_init(worker: Any) -> None:
    """Load every page and read all texts before the first request asks for them; where no worker
    and no beat run, keep the time as well."""
    from django.urls import get_resolver

    from marketplace import clock
    from marketplace.outages import watching
    from search.corpus import set_aside, warm

    _ = get_resolver().url_patterns
    set_aside()
    warm()
    clock.start()
    watching.start()
