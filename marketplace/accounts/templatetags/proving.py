"""Why somebody is asked to prove once more that it is them."""

from django import template
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.template import Context

from marketplace.accounts.session import PROVING_FOR

register = template.Library()


@register.simple_tag(takes_context=True)
def proving_for(context: Context) -> str:
    """What the proof is for; "" where it is for something else by now."""
    request = context["request"]
    back, purpose = request.session.get(PROVING_FOR) or ("", "")
    way = request.GET.get(REDIRECT_FIELD_NAME) or request.POST.get(REDIRECT_FIELD_NAME)
    return purpose if back and way == back else ""
