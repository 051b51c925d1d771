"""From an address that only takes forms to the page above it."""

from django.urls import Resolver404, resolve


def page_above(path: str) -> str:
    """The nearest address above `path` at which a view of ours stands; "" if there is none."""
    parts = [part for part in path.split("/") if part]
    while len(parts) > 1:
        parts.pop()
        above = f"/{'/'.join(parts)}/"
        try:
            match = resolve(above)
        except Resolver404:
            continue
        # Wagtail's pages take every address that is left.
        if match.url_name != "wagtail_serve":
            return above
    return ""
