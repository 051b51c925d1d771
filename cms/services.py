"""Verbs that draw on pages and calls together."""

from collections.abc import Mapping

import rules
from django.db import transaction
from wagtail.actions.publish_page_revision import PublishPageRevisionAction

from challenges.calls.models import Call, CallKind
from challenges.calls.services import approve_call
from cms.models import AcceleratorPage, CallPage, ChallengeIndexPage, ChallengePage
from marketplace.accounts.models import User
from marketplace.activity.services import record
from marketplace.errors import EditConflict, NotAllowed, Refused
from marketplace.regions.models import Region

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
def create_page(*, call: Call, actor: User) -> CallPage:
    """Give a call a draft page of its kind."""
    if CallPage.objects.filter(call=call).exists():
        raise Refused("This call has a page already.")
    index = ChallengeIndexPage.objects.order_by("path").first()
    if index is None:
        raise Refused("The site has no challenges page to put this call under. Add one first.")
    page = PAGE_FOR[CallKind(call.kind)](
        title=call.title,
        search_description=call.summary,
        call=call,
        owner=actor,
        live=False,
        has_unpublished_changes=True,
    )
    index.add_child(instance=page)
    page.save_revision(user=actor, log_action=True)
    record("calls.page_created", call, chain=call.chain, actor=actor, page=page.pk)
    return page


@transaction.atomic
def approve_and_publish(
    *,
    call: Call,
    actor: User,
    reasons: Mapping[str, str] | None = None,
    comment: str = "",
    proposal: int | None = None,
    revision: int | None = None,
) -> Call:
    """Approve a call and put its page, as last saved, before the public; both or neither.

    Args:
        reasons, comment, proposal: as `challenges.calls.services.approve_call`.
        revision: id of the page's text that the approver read, if they read one.

    Raises:
        Refused: there is no page, or its latest text belongs to another call.
        EditConflict: the page's text was changed since the approver read it.
        As `challenges.calls.services.approve_call`.
    """
    page = CallPage.objects.filter(call=call).first()
    if page is None:
        raise Refused("This call has no page yet. Create its page before you approve it.")
    approved = approve_call(
        call=call, actor=actor, reasons=reasons, comment=comment, proposal=proposal
    )
    page = page.specific
    latest = page.get_latest_revision() or page.save_revision(user=actor)
    if revision is not None and latest.pk != revision:
        raise EditConflict("The page was changed since you read it. Read what it says now.")
    if latest.as_object().call_id != approved.pk:
        raise Refused("The page’s latest draft is linked to another call. Put that right first.")
    # The right to approve carries the right to publish this one page.
    PublishPageRevisionAction(latest, user=actor).execute(skip_permission_checks=True)
    record("calls.page_published", approved, chain=approved.chain, actor=actor, page=page.pk)
    return approved
