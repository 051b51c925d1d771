"""A person's own messages."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from marketplace.access import signed_in
from marketplace.activity import services
from marketplace.activity.models import Notification

PER_PAGE = 25


@signed_in
@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    own = Notification.objects.filter(recipient=request.user)
    page = Paginator(own, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "activity/notifications.html", {"page": page})


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    services.mark_read(request.user)
    return redirect("activity:notifications")
