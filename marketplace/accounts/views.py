"""What allauth does not have: one's own account at a glance, and why a second factor."""

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from marketplace.access import public, signed_in
from marketplace.accounts import services
from marketplace.accounts import signed_in as where
from marketplace.accounts.forms import DeleteForm, NameForm
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.accounts.session import ON_THE_WAY_TO, has_shown_second_factor
from marketplace.errors import Refused
from marketplace.retention.registry import what_stays
from marketplace.text import clean_json


@signed_in
def account(request: SignedInRequest) -> HttpResponse:
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "has_app": Authenticator.Type.TOTP in kinds,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
    }
    return render(request, "accounts/account.html", context)


@signed_in
def name(request: SignedInRequest) -> HttpResponse:
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        services.rename_person(user=request.user, name=form.cleaned_data["name"])
        messages.success(request, "Your name is saved.")
        return redirect("account")
    return render(request, "accounts/name.html", {"form": form})


@signed_in
@proved_lately("download what we hold about you", reading=True)
def copy(request: SignedInRequest) -> HttpResponse:
    """Explains the copy; hands it out on POST, so that no link or prefetch takes one."""
    if request.method != "POST":
        return render(request, "accounts/copy.html")
    today = timezone.localdate()
    response = JsonResponse(
        clean_json(services.copy_for(user=request.user)),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        content_type="application/json; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="your-data-{today:%Y-%m-%d}.json"'
    response["Cache-Control"] = "no-store"
    return response


@signed_in
@proved_lately("delete your account", reading=True)
def delete(request: SignedInRequest) -> HttpResponse:
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.delete_account(user=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
            return redirect("account_delete")
        logout(request)
        return redirect("account_deleted")
    context = {
        "form": form,
        "reasons": services.why_account_stays(request.user),
        "stays": what_stays(),
    }
    return render(request, "accounts/delete.html", context)


@signed_in
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where somebody is signed in; ends it in one browser, or in all others."""
    if request.method == "POST":
        chosen = request.POST.get("end", "")
        if chosen == "others":
            ended = where.end_others(request.user, but=request)
            messages.success(request, _ended(ended))
        elif chosen.isascii() and chosen.isdecimal() and len(chosen) < 19:
            # One that is over already is as good as ended.
            where.end_one(user=request.user, pk=int(chosen))
            messages.success(request, "You are signed out there.")
        return redirect("account_sessions")
    return render(request, "accounts/sessions.html", {"rows": where.of_person(request)})


def _ended(number: int) -> str:
    if not number:
        return "You were signed in nowhere else."
    return f"You are signed out in {number} other browser{'' if number == 1 else 's'}."


@public
def deleted(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/deleted.html")


@signed_in
def second_factor_needed(request: SignedInRequest) -> HttpResponse:
    if has_shown_second_factor(request):
        return redirect("second_factor_continue")
    return render(request, "accounts/second_factor_needed.html")


@signed_in
def second_factor_continue(request: SignedInRequest) -> HttpResponse:
    """On to the page that was asked for before the second factor was set up."""
    return redirect(request.session.pop(ON_THE_WAY_TO, None) or settings.LOGIN_REDIRECT_URL)


@public
def admin_login(request: HttpRequest) -> HttpResponse:
    """Stands in for Wagtail's own sign-in page, which would ask for no second factor."""
    query = request.GET.urlencode()
    target = redirect("account_login")
    if query:
        target["Location"] = f"{target['Location']}?{query}"
    return target
