"""Somebody’s account goes: so does their place on every panel that has not finished."""

from django.db import transaction

from challenges.judging.models import MemberState, PanelMember
from challenges.judging.services.conflicts import officers_of
from challenges.judging.services.membership import decline_invitation
from marketplace.accounts.models import User
from marketplace.activity.services import notify, record


@transaction.atomic
def leave_panels(person: User) -> None:
    """Decline what is open and leave what is not released; their reviews count as before.

    Officers hear of it, as nobody else can be given those pitches until they know. It is no event
    of the workflow: a judge who only steps back asks an officer, and cannot simply leave.
    """
    for member in PanelMember.objects.filter(
        email__iexact=person.email, state=MemberState.INVITED
    ).order_by("pk"):
        decline_invitation(member=member, actor=person)
    sitting = PanelMember.objects.filter(
        user=person, state=MemberState.ACCEPTED, panel__stage__released_at=None
    ).select_related("panel__stage__call")
    for member in sitting.select_for_update(of=("self",)).order_by("pk"):
        stage = member.stage
        member.state = MemberState.REMOVED
        member.save(update_fields=["state"])
        record("judging.removed", member, chain=stage.call.chain, actor=person)
        notify(
            [officer for officer in officers_of(stage) if officer.pk != person.pk],
            subject=f"A judge has left: {stage.call.title}",
            body=(
                f"Somebody on the panel of “{stage.name}” deleted their account. The reviews that "
                "they handed in still count; they can’t be given any others."
            ),
            path=f"/admin/desk/stages/{stage.pk}/panel/",
        )
