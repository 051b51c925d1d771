"""A person's own messages."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.access import allow, public, signed_in
from marketplace.activity import following as following_services
from marketplace.activity import mail_limits, services
from marketplace.activity import rules as _rules  # noqa: F401  (registers the rules)
from marketplace.activity.models import Follow, NewsLine, Notification, Pace

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


@signed_in
@require_safe
def following(request: HttpRequest) -> HttpResponse:
    context = {
        "follows": Follow.objects.filter(person=request.user),
        "paces": Pace.choices,
        "news": NewsLine.objects.filter(person=request.user).order_by("-created_at")[:PER_PAGE],
    }
    return render(request, "activity/following.html", context)


def find_follow(pk: int) -> Follow:
    return Follow.objects.get(pk=pk)


@require_POST
@allow("activity.keep_follow", of=find_follow)
def change_follow(request: HttpRequest, follow: Follow) -> HttpResponse:
    """Another pace, or no longer."""
    pace = request.POST.get("pace", "")
    if "stop" in request.POST:
        following_services.stop_following(follow)
        messages.success(request, f"You no longer follow {follow.name}.")
    elif pace in Pace.values:
        following_services.change_pace(follow, pace)
        messages.success(request, f"{follow.name}: {Pace(pace).label.lower()}.")
    return redirect("activity:following")


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ends news by mail. Mail programs POST here (RFC 8058) with nothing but the token; a page
    that is only opened changes nothing, as scanners open every link."""
    person = following_services.person_of(token)
    if person is None:
        return render(request, "activity/unsubscribe.html", {"unknown": True}, status=404)
    if request.method == "POST":
        following_services.stop_mail(person)
    return render(request, "activity/unsubscribe.html", {"done": request.method == "POST"})


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def unexpected(request: HttpRequest, token: str) -> HttpResponse:
    """Ends mail that nobody asked for, from one sender or from all. As `unsubscribe`: opening it
    changes nothing, and a mail program's one click is a POST. It says nothing of accounts."""
    said = mail_limits.read_unexpected(token)
    if said is None:
        return render(request, "activity/unexpected.html", {"unknown": True}, status=404)
    everything = request.POST.get("from") == "all"
    if request.method == "POST":
        mail_limits.stop_unexpected(said, everything=everything)
    context = {"said": said, "done": request.method == "POST", "everything": everything}
    return render(request, "activity/unexpected.html", context)
