"""What was sent while signed out: one press from done, or thrown away."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.views.decorators.http import require_http_methods

from marketplace.access import purpose_of, signed_in
from marketplace.typed.above import page_above
from marketplace.typed.keeping import KeptPost, drop, kept_for
from marketplace.typed.middleware import pairs_of


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def carry_on(request: HttpRequest, key: str) -> HttpResponse:
    """What somebody was about to do, with the button that does it; POST throws it away."""
    post = next((each for each in kept_for(request) if each.key == key), None)
    if post is None:
        raise Http404
    back = post.back if post.back != post.path else page_above(urlsplit(post.path).path)
    if request.method == "POST":
        drop(request, key=post.key)
        messages.success(request, "It is thrown away.")
        return redirect(back or post.back)
    written = [(name, text) for name, text in post.written.items() if len(text.strip()) > 1]
    context = {
        "post": post,
        "purpose": _purpose(post),
        "pairs": pairs_of(post),
        "written": [(name.replace("_", " ").capitalize(), text) for name, text in written],
        "back": back,
    }
    return render(request, "typed/carry_on.html", context)


def _purpose(post: KeptPost) -> str:
    try:
        return purpose_of(resolve(urlsplit(post.path).path).func)
    except Resolver404:
        return ""
