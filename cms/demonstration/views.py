"""What only a demonstration shows."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cms.demonstration.mail import latest
from marketplace.access import public

SHOWN = 50


@public
def mail(request: HttpRequest) -> HttpResponse:
    """Captured mail of everybody: there is none, and no page, outside a demonstration."""
    if not settings.DEMONSTRATION:
        raise Http404
    return render(request, "demonstration/mail.html", {"mails": latest(settings.MAIL_DIR, SHOWN)})
