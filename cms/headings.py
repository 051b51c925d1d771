"""What people know a call's page by is changed by two officers: title, address, how it is found.

Both approved it with the call (decision 1). Words and pictures below it are one officer's.
"""

from typing import Any

from django.core.exceptions import ValidationError

from challenges.calls.matters import Matter, register
from challenges.calls.models import Call, SignOff
from cms import keeping, rules  # noqa: F401  (its rule is registered there)
from cms.keeping import HEADING
from cms.models import CallPage
from marketplace.accounts.models import User
from marketplace.errors import Refused

MATTER = "cms.change_heading"


def heading_of(page: CallPage) -> dict[str, Any]:
    """{field: value} of what the public sees."""
    return {name: getattr(page, name) for name in HEADING}


def differs(page: CallPage, content: dict[str, Any]) -> dict[str, Any]:
    """As much of `content` as would change."""
    now = heading_of(page)
    return {
        name: content[name] for name in HEADING if name in content and content[name] != now[name]
    }


def public_page(call: Call) -> CallPage:
    """Raises: Refused: it has none, so that its page may be edited freely, or not at all."""
    page = CallPage.objects.filter(call=call).first()
    if page is None or not page.live:
        raise Refused("This call has no public page.")
    return page.specific


def _check(call: Call, content: dict[str, Any], person: User) -> None:
    page = public_page(call)
    changed = differs(page, content)
    if not changed:
        raise Refused("Nothing would change: the page says so already.")
    _put(page, changed)


def _put(page: CallPage, changed: dict[str, Any]) -> None:
    """Raises: Refused: the page can't be so."""
    for name, value in changed.items():
        setattr(page, name, value)
    try:
        with keeping.signed_by_two():
            page.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def _carry_out(sign_off: SignOff, call: Call, signer: User) -> CallPage:
    """What the public reads gets the new heading at once; a draft of other words keeps them."""
    keeping.hold_page(call)
    page = public_page(call)
    changed = differs(page, sign_off.content)
    draft = page.get_latest_revision_as_object() if page.has_unpublished_changes else None
    _put(page, changed)
    with keeping.signed_by_two():
        page.save_revision(user=signer, log_action=True).publish(user=signer)
        if draft is not None:
            _put(draft, changed)
            draft.save_revision(user=signer)
    return page


def _facts(sign_off: SignOff, call: Call) -> list[tuple[str, str]]:
    page = CallPage.objects.filter(call=call).first()
    rows = []
    for name in HEADING:
        if name in sign_off.content and page is not None:
            label = str(CallPage._meta.get_field(name).verbose_name).capitalize()
            now, then = (_shown(v) for v in (getattr(page, name), sign_off.content[name]))
            rows.append((label, then if now == then else f"{now} → {then}"))
    return rows


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "(nothing)"


def _stands(call: Call) -> dict[str, Any]:
    page = CallPage.objects.filter(call=call).first()
    return {"page": page.pk, **heading_of(page)} if page else {}


def _find(pk: int) -> Call:
    return Call.objects.select_related("region").get(pk=pk)


def register_matter() -> None:
    register(
        Matter(
            name=MATTER,
            title="Change the title or address of a page",
            done="Changed, and public. Who opens the old address is led to the new one.",
            rule="pages.change_heading",
            find=_find,
            call_of=lambda call: call,
            stands=_stands,
            carry_out=_carry_out,
            check=_check,
            facts=_facts,
            path=lambda call: f"/admin/desk/calls/{call.pk}/",
        )
    )
