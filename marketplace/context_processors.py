"""What every page's layout needs."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {"service_name": settings.WAGTAIL_SITE_NAME, "demonstration": settings.DEMONSTRATION}
