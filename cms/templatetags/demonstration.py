"""What sign-in pages show in a demonstration."""

from allauth.account.internal.stagekit import get_pending_stage
from django import template
from django.conf import settings
from django.template import Context

from cms.demonstration.people import sign_in_code

register = template.Library()


@register.simple_tag(takes_context=True)
def second_factor_code(context: Context) -> str:
    """The present code of an invented person who is signing in; empty for anybody else."""
    request = context.get("request")
    if not settings.DEMONSTRATION or request is None:
        return ""
    stage = None if request.user.is_authenticated else get_pending_stage(request)
    user = stage.login.user if stage else request.user
    return (sign_in_code(user) or "") if user.is_authenticated else ""
