"""How many messages wait, and what they say."""

from typing import Any

from django import template

from marketplace.activity import site

register = template.Library()


@register.filter
def with_site(body: str) -> str:
    """A stored body with the address that the site has now."""
    return site.with_site(body)


@register.simple_tag
def count_unread(user: Any) -> int:
    """Unread messages of a signed-in person, in one query; 0 for anybody else.

    A page for what went wrong is drawn with this too, so no user at all is fine.
    """
    if not getattr(user, "is_authenticated", False):
        return 0
    return user.notifications.unread().count()


@register.simple_tag
def notifications_label(user: Any) -> str:
    """“Notifications”, or “Notifications (3)” where some are unread."""
    unread = count_unread(user)
    return f"Notifications ({unread})" if unread else "Notifications"
