"""The public side of the record: seals, keys, how to check them; and who keeps copies by mail."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.access import public
from marketplace.activity import check_record
from marketplace.activity.models import Seal, SealKey, SignedSeal
from marketplace.activity.proof import addresses
from marketplace.activity.proof.lines import Line, seal_line
from marketplace.activity.proof.reading import seal_lines

PER_PAGE = 25
IN_FEED = 50


@public
@require_safe
def record(request: HttpRequest) -> HttpResponse:
    """The latest seals and all keys; no chain is named, and nothing says what was done."""
    page = Paginator(SignedSeal.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "keys": SealKey.objects.all(), "unsigned": Seal.objects.exists()}
    return render(request, "activity/record.html", context)


@public
@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """Every seal and key, a JSON line each, as `check_record.py` reads them."""
    return as_lines(seal_lines(), "seals.jsonl")


@public
@require_safe
def seal(request: HttpRequest, number: int) -> HttpResponse:
    found = SignedSeal.objects.filter(number=number).first()
    if found is None:
        raise Http404
    return JsonResponse(seal_line(found), json_dumps_params={"indent": 1})


@public
@require_safe
def checker(request: HttpRequest) -> HttpResponse:
    text = Path(check_record.__file__).read_bytes()
    response = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="check_record.py"'
    return response


def as_lines(lines: Iterator[Line], name: str) -> HttpResponse:
    """Lines as a file to keep, streamed: nobody holds all of them."""
    text = (json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    response = StreamingHttpResponse(text, content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response  # type: ignore[return-value]  # as Django's own views


class SealFeed(Feed):
    """The latest seals (Atom, RFC 4287), for programs that keep copies of them."""

    feed_type = Atom1Feed
    title = "Seals of the activity record"
    subtitle = (
        "Each seal carries the one before. Keep them, and nobody can change the record unseen."
    )
    access_rule = "public"

    def link(self) -> str:
        return reverse("record:record")

    def items(self) -> Any:
        return SignedSeal.objects.all()[:IN_FEED]

    def item_title(self, item: SignedSeal) -> str:  # type: ignore[override]
        return f"Seal {item.number}"

    def item_description(self, item: SignedSeal) -> str:  # type: ignore[override]
        return json.dumps(seal_line(item))

    def item_link(self, item: SignedSeal) -> str:
        return reverse("record:seal", args=[item.number])

    def item_updateddate(self, item: SignedSeal) -> datetime:
        return item.at

    def item_pubdate(self, item: SignedSeal) -> datetime:
        return item.at


@public
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Says yes to a seal a day. Opening it changes nothing, as scanners open every link."""
    address = addresses.address_of(token)
    if address and request.method == "POST":
        addresses.confirm_address(address)
    return _answer(request, address, "confirm", address is not None)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ends it. Mail programs POST here (RFC 8058) with nothing but the token."""
    address = addresses.address_of(token)
    if address and request.method == "POST":
        addresses.remove_address(address)
    return _answer(request, address, "stop", address is not None)


def _answer(request: HttpRequest, address: Any, what: str, is_known: bool) -> HttpResponse:
    context = {"address": address, "what": what, "done": request.method == "POST"}
    return render(request, "activity/seal_address.html", context, status=200 if is_known else 404)
