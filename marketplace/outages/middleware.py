"""Health checks are answered before anything else looks at them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from marketplace.outages.views import healthz, readyz

ANSWERS = {"/healthz": healthz, "/readyz": readyz}


class HealthMiddleware:
    """Stands above sessions, people and the check of the host: a prober has none of them, and
    nothing that these need may hold the answer up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = ANSWERS.get(request.path) if request.method in ("GET", "HEAD") else None
        return answer(request) if answer else self.get_response(request)
