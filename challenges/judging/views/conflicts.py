"""What officers and the chair see of the interests of a panel."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from challenges.interests.models import Register
from challenges.judging import rules  # noqa: F401  registers what `allow` asks for
from challenges.judging.models import PanelMember
from challenges.judging.views.panels import find_member
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest


@allow("judging.read_register", of=find_member)
@require_safe
def register(request: SignedInRequest, member: PanelMember) -> HttpResponse:
    """A panel member's register of interests."""
    context = {
        "member": member,
        "stage": member.panel.stage,
        "register": Register.objects.filter(person=member.user_id).first(),
        "interests": member.user.interests.all() if member.user else [],
    }
    return render(request, "judging/register.html", context)
