"""Verbs that draw on pages and calls together."""

from collections.abc import Mapping, Sequence
from datetime import date

import rules
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from wagtail.actions.publish_page_revision import PublishPageRevisionAction

from challenges.calls import copying
from challenges.calls.models import Call, CallKind, Stage
from challenges.calls.services import approve_call
from challenges.calls.setup import copy_from_call
from challenges.judging.models import Panel
from challenges.judging.services.assigning import set_reviews_per_pitch
from cms import keeping
from cms.copying import carried_of_page
from cms.models import AcceleratorPage, CallPage, ChallengeIndexPage, ChallengePage
from cms.page_words import digest_of
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import EditConflict, NotAllowed, Refused
from marketplace.regions.models import Region

LONGEST_SLUG = 200
"""Letters of a title in a page's address; a column of 255 holds them with a number or reference."""

PAGE_FOR = {CallKind.CHALLENGE: ChallengePage, CallKind.ACCELERATOR: AcceleratorPage}


@transaction.atomic
def create_call(
    *, region: Region, kind: str, title: str, summary: str, actor: User, legal_route: str = ""
) -> Call:
    """Begin a call, owned by the officer, together with a draft of its page.

    Raises:
        NotAllowed: the person is no officer of the region.
        Refused: the site has no page under which challenges stand.
    """
    call = Call(
        region=region,
        kind=kind,
        legal_route=legal_route,
        title=title,
        summary=summary,
        owner=actor,
    )
    if not rules.has_perm("calls.view_call_at_desk", actor, call):
        raise NotAllowed("Only officers of a region can start a call in it.")
    call.save()
    record("calls.created", call, chain=call.chain, actor=actor, kind=kind)
    create_page(call=call, actor=actor)
    return call


@transaction.atomic
def duplicate_call(
    *, source: Call, actor: User, title: str = "", opens_on: date | None = None
) -> Call:
    """A new draft like an earlier call, the officer’s own, in the same region, with its page.

    What it carries is written down in `challenges.calls.copying` and `cms.copying`: the words,
    rules, money and pictures; nothing of what happened.

    Args:
        title: the earlier one’s unless given.
        opens_on: the day on which the first stage opens; in about two weeks unless given.

    Raises:
        NotAllowed: the person is no officer of the region.
        Refused: the day makes no sense, or the site has no page to put it under.
    """
    if not rules.has_perm("calls.view_call_at_desk", actor, source):
        raise NotAllowed("Only officers of a call’s region can duplicate it.")
    call = Call.objects.create(
        **copying.carried_call_fields(source, region_id=source.region_id),
        region=source.region,
        kind=source.kind,
        title=title.strip() or source.title,
        owner=actor,
    )
    copying.fill_lists(call, source)
    copying.fill_wanted(call, source)
    made = copying.copy_stages(call, copying.stages_to_copy(source), opens_on)
    record("calls.duplicated", call, chain=call.chain, actor=actor, source=source.pk)
    _copy_panels(source, made, actor)
    create_page(call=call, actor=actor, like=CallPage.objects.filter(call=source).first())
    return call


def _copy_panels(source: Call, made: Sequence[Stage], actor: User) -> None:
    """How many read each pitch; not the people, who are asked anew."""
    panels = Panel.objects.filter(stage__call=source).select_related("stage")
    of_stage = {panel.stage.order: panel for panel in panels}
    for stage in made:
        if panel := of_stage.get(stage.order):
            set_reviews_per_pitch(
                stage=stage,
                reviews=panel.reviews_per_pitch,
                most_per_judge=panel.most_per_judge,
                actor=actor,
            )


@transaction.atomic
def copy_into_call(
    *, call: Call, source: Call, actor: User, opens_on: date | None = None
) -> list[Stage]:
    """Fill a draft from an earlier call: `copy_from_call`, how many read each pitch, and an empty
    page from its page.

    Raises: as `challenges.calls.setup.copy_from_call`.
    """
    made = copy_from_call(call=call, source=source, actor=actor, opens_on=opens_on)
    _copy_panels(source, made, actor)
    page = CallPage.objects.filter(call=call).first()
    like = CallPage.objects.filter(call=source).first()
    if page and like:
        _fill_page(page.specific.get_latest_revision_as_object(), like, actor)
    return made


def _fill_page(page: CallPage, like: CallPage, actor: User) -> None:
    """Put the other page’s words and pictures where this one has none."""
    empty = {n: v for n, v in carried_of_page(like).items() if v and not getattr(page, n)}
    for name, value in empty.items():
        setattr(page, name, value)
    if empty:
        page.save_revision(user=actor, log_action=True)


@transaction.atomic
def create_page(*, call: Call, actor: User, like: CallPage | None = None) -> CallPage:
    """Give a call a draft page of its kind.

    Args:
        like: a page whose words and pictures it begins with, and beside which it stands.

    Raises:
        NotAllowed: the person is no officer of the region.
        Refused: it has one, or the site has no page under which challenges stand.
    """
    if not rules.has_perm("calls.view_call_at_desk", actor, call):
        raise NotAllowed("Only officers of the call’s region can make its page.")
    if CallPage.objects.filter(call=call).exists():
        raise Refused("This call has a page already.")
    parent = like.get_parent() if like else ChallengeIndexPage.objects.order_by("path").first()
    if parent is None:
        raise Refused("The site has no challenges page to put this call under. Add one first.")
    carried = carried_of_page(like) if like else {}
    carried["search_description"] = carried.get("search_description") or call.summary
    page = PAGE_FOR[CallKind(call.kind)](
        **carried,
        title=call.title,
        slug=_own_slug(call),
        call=call,
        owner=actor,
        live=False,
        has_unpublished_changes=True,
    )
    parent.add_child(instance=page)
    page.save_revision(user=actor)
    return page


def _own_slug(call: Call) -> str:
    """An address for a title that gives none, or one too long to be numbered where it is taken;
    empty for any other: Wagtail makes it from the title."""
    words = slugify(call.title, allow_unicode=True)
    if 0 < len(words) <= LONGEST_SLUG:
        return ""
    return f"{words[:LONGEST_SLUG]}-{call.reference}".strip("-").lower()


@transaction.atomic
def approve_and_publish(
    *,
    call: Call,
    actor: User,
    reasons: Mapping[str, str] | None = None,
    comment: str = "",
    proposal: int | None = None,
    digest: str | None = None,
) -> Call:
    """Approve a call and put its page, as last saved, before the public; both or neither.

    Args:
        reasons, comment, proposal: as `challenges.calls.services.approve_call`.
        digest: of the page as the approver read it (`digest_of`), if they read it.

    Raises:
        Refused: there is no page, or its latest text belongs to another call.
        EditConflict: the page's text was changed since the approver read it.
        As `challenges.calls.services.approve_call`.
    """
    _page_to_publish(call)
    keeping.hold_page(call)
    approved = approve_call(
        call=call, actor=actor, reasons=reasons, comment=comment, proposal=proposal
    )
    # Read once the call is held: until then its page may be deleted.
    page = _page_to_publish(approved).specific
    if digest not in (None, digest_of(page)):
        raise EditConflict("The page was changed since you read it. Read what it says now.")
    newest = page.get_latest_revision() or page.save_revision(user=actor)
    latest = newest.as_object()
    if latest.call_id != approved.pk:
        raise Refused("The page’s latest draft is linked to another call. Put that right first.")
    if latest.expire_at or (latest.go_live_at and latest.go_live_at > timezone.now()):
        raise Refused("The page has a schedule. Take it off: it goes public with the approval.")
    # The right to approve carries the right to publish this one page.
    with keeping.signed_by_two():
        PublishPageRevisionAction(newest, user=actor).execute(skip_permission_checks=True)
    return approved


def _page_to_publish(call: Call) -> CallPage:
    page = CallPage.objects.filter(call=call).first()
    if page is None:
        raise Refused("This call has no page yet. Create its page before you approve it.")
    return page
