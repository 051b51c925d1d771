"""What allauth does not have: why a second factor is needed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace.access import signed_in


@signed_in
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/second_factor_needed.html")
