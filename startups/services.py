"""The verbs of an organisation and its team."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import rules
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from marketplace.accounts.models import User
from marketplace.activity.following import follow
from marketplace.activity.mail_limits import Mail, count_mail
from marketplace.activity.services import notify_address, notify_once, record
from marketplace.addresses import WHY, address_in, defused
from marketplace.errors import EditConflict, NotAllowed, Refused, TooLate
from marketplace.times import moment
from marketplace.tokens import new_token, token_digest
from startups.models import (
    MOST_TWINS,
    Capability,
    CapabilityGroup,
    Claim,
    MemberRole,
    Membership,
    Organisation,
    TeamInvitation,
    same_name,
)
from startups.rules import forget_memberships

INVITATION_LASTS = timedelta(days=7)
OPEN_INVITATIONS = 50
"""As many as one organisation may have at a time: we send mail to strangers in its name."""
TAKEN = (
    "An organisation with this name or Companies House number is registered already. "
    "Ask a colleague to invite you to its team."
)
RESERVED_SLUGS = frozenset({"register"})


@transaction.atomic
def load_capabilities(data: Mapping[str, Any]) -> list[Capability]:
    """Bring in the capability framework; doing it again changes only what has changed.

    Args:
        data: `groups`, each with `group` (its name) and `capabilities` (code, name,
            also_known_as each), in order.

    Raises:
        KeyError: a part is missing.
    """
    loaded = []
    for order, given in enumerate(data["groups"]):
        group, _ = CapabilityGroup.objects.update_or_create(
            name=given["group"], defaults={"order": order}
        )
        for capability in given["capabilities"]:
            found, _ = Capability.objects.update_or_create(
                code=capability["code"],
                defaults={
                    "group": group,
                    "name": capability["name"],
                    "also_known_as": capability["also_known_as"],
                },
            )
            loaded.append(found)
    return loaded


@transaction.atomic
def create_organisation(*, actor: User, is_another: bool = False, **fields: Any) -> Organisation:
    """Register an organisation; whoever does so owns it.

    Args:
        is_another: the person has seen those with nearly this name, and theirs is another.

    Raises:
        Refused: the name or the Companies House number is registered already, or one with
            nearly this name is; or there is an address in the name.
    """
    _refuse_address(fields)
    if find_duplicate(fields, is_another=is_another):
        raise Refused(TAKEN)
    sectors = fields.pop("sectors", [])
    organisation = Organisation(**fields)
    organisation.slug = _free_slug(organisation.name)
    _save(organisation)
    organisation.sectors.set(sectors)
    Membership.objects.create(organisation=organisation, user=actor, role=MemberRole.OWNER)
    forget_memberships(actor)
    follow(person=actor, thing=organisation)
    record("startups.registered", organisation, chain=_chain(organisation), actor=actor)
    return organisation


@transaction.atomic
def update_organisation(
    *, organisation: Organisation, version: int, actor: User, **fields: Any
) -> Organisation:
    """Change an organisation's profile.

    Raises:
        EditConflict: somebody saved since `version` was loaded.
        Refused: the name or number is another organisation's, or there is an address in the name.
    """
    organisation = _locked(organisation)
    _require("startups.edit_organisation", actor, organisation)
    if organisation.version != version:
        raise EditConflict(
            "Somebody else on your team changed this profile since you opened it. "
            "Your text is below: check it against theirs and save again."
        )
    if fields.get("name") != organisation.name:
        _refuse_address(fields)
    if find_duplicate(fields, except_pk=organisation.pk, is_another=True):
        raise Refused(TAKEN)
    sectors = fields.pop("sectors", None)
    for name, value in fields.items():
        setattr(organisation, name, value)
    organisation.version += 1
    _save(organisation)
    if sectors is not None:
        organisation.sectors.set(sectors)
    record("startups.updated", organisation, chain=_chain(organisation), actor=actor)
    return organisation


@transaction.atomic
def claim_capability(
    *,
    organisation: Organisation,
    capability: Any,
    level: int,
    evidence: str,
    evidence_url: str = "",
    actor: User,
) -> Claim:
    """Say that the organisation has a capability; claiming it again changes the claim."""
    _require("startups.edit_organisation", actor, organisation)
    claim, _ = Claim.objects.update_or_create(
        organisation=organisation,
        capability=capability,
        defaults={"level": level, "evidence": evidence, "evidence_url": evidence_url},
    )
    _touch(organisation)
    record(
        "startups.claimed",
        organisation,
        chain=_chain(organisation),
        actor=actor,
        capability=capability.code,
        level=level,
    )
    return claim


@transaction.atomic
def remove_claim(*, claim: Claim, actor: User) -> None:
    organisation = claim.organisation
    _require("startups.edit_organisation", actor, organisation)
    code = claim.capability.code
    claim.delete()
    _touch(organisation)
    record(
        "startups.unclaimed", organisation, chain=_chain(organisation), actor=actor, capability=code
    )


@transaction.atomic
def invite_to_team(*, organisation: Organisation, email: str, actor: User) -> TeamInvitation:
    """Mail somebody a link with which they can join; it works once and lasts 7 days.

    Raises:
        Refused: they are on the team already, too many invitations are open or were sent today
            (`TooMuchMail`), or whoever has this address wants none (`NotWanted`).
    """
    _require("startups.manage_team", actor, organisation)
    if organisation.memberships.filter(user__email__iexact=email).exists():
        raise Refused(f"{email} is on the team already.")
    organisation = _locked(organisation)
    organisation.invitations.filter(email__iexact=email, accepted_at=None).delete()
    if organisation.invitations.open().count() >= OPEN_INVITATIONS:
        raise Refused(f"There are {OPEN_INVITATIONS} open invitations. Cancel some first.")
    token, digest = new_token()
    invitation = TeamInvitation.objects.create(
        organisation=organisation,
        email=email.lower(),
        token_digest=digest,
        invited_by=actor,
        expires_at=timezone.now() + INVITATION_LASTS,
    )
    record("startups.invited", organisation, chain=_chain(organisation), actor=actor)
    notify_address(
        invitation.email,
        kind=Mail.TEAM,
        subject=f"Join {organisation.name}",
        body=(
            f"{defused(str(actor))} invites you to join {defused(organisation.name)}.\n"
            f"Open this page by {moment(invitation.expires_at)}, and sign in or sign up with "
            f"{invitation.email}:"
        ),
        path=reverse("startups:invitation", kwargs={"token": token}),
        sender=actor,
        source=_chain(organisation),
        name=organisation.name,
    )
    return invitation


def resend_invitation(*, invitation: TeamInvitation, actor: User) -> TeamInvitation:
    """Mail a new link; the old one stops working."""
    return invite_to_team(organisation=invitation.organisation, email=invitation.email, actor=actor)


@transaction.atomic
def cancel_invitation(*, invitation: TeamInvitation, actor: User) -> None:
    organisation = invitation.organisation
    _require("startups.manage_team", actor, organisation)
    invitation.delete()
    record("startups.uninvited", organisation, chain=_chain(organisation), actor=actor)


def find_invitation(token: str) -> TeamInvitation:
    """The invitation that a link's token opens.

    Raises:
        TeamInvitation.DoesNotExist: no invitation has this token.
    """
    return TeamInvitation.objects.select_related("organisation", "invited_by").get(
        token_digest=token_digest(token)
    )


@transaction.atomic
def accept_invitation(*, invitation: TeamInvitation, actor: User) -> Membership:
    """Join the team.

    Raises:
        TooLate: the invitation ran out or was used.
        NotAllowed: it was sent to another address.
    """
    invitation = TeamInvitation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=invitation.pk
    )
    if invitation.email != actor.email.lower():
        raise NotAllowed(
            f"This invitation is for {invitation.email}. Sign in with that address to use it."
        )
    if not invitation.is_open:
        raise TooLate("This invitation has run out or been used. Ask your team for a new one.")
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    membership, _ = Membership.objects.get_or_create(
        organisation=invitation.organisation, user=actor
    )
    forget_memberships(actor)
    follow(person=actor, thing=invitation.organisation)
    record(
        "startups.joined",
        invitation.organisation,
        chain=_chain(invitation.organisation),
        actor=actor,
    )
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, actor: User) -> None:
    """Take somebody off the team, or leave it oneself.

    Raises:
        Refused: they are the only owner.
    """
    organisation = _locked(membership.organisation)
    if membership.user_id != actor.pk:
        _require("startups.manage_team", actor, organisation)
    owners = organisation.memberships.filter(role=MemberRole.OWNER)
    if membership.role == MemberRole.OWNER and owners.count() == 1:
        raise Refused("An organisation needs an owner: make somebody else one first.")
    member_id = membership.user_id
    membership.delete()
    forget_memberships(actor)
    record("startups.left", organisation, chain=_chain(organisation), actor=actor, member=member_id)


@transaction.atomic
def make_owner(*, membership: Membership, actor: User) -> Membership:
    _require("startups.manage_team", actor, membership.organisation)
    membership.role = MemberRole.OWNER
    membership.save(update_fields=["role"])
    record(
        "startups.owner_made",
        membership.organisation,
        chain=_chain(membership.organisation),
        actor=actor,
        member=membership.user_id,
    )
    return membership


def find_duplicate(
    fields: Mapping[str, Any], *, except_pk: int | None = None, is_another: bool = False
) -> str | None:
    """The field ("name" or "company_number") that another organisation has already, or None.

    Args:
        is_another: a person has said that one with nearly this name is not theirs.
    """
    others = Organisation.objects.exclude(pk=except_pk)
    name = fields.get("name", "")
    if name and any(not is_another or same_name(each.name, name) for each in others.called(name)):
        return "name"
    number = fields.get("company_number")
    if number and others.filter(company_number=number).exists():
        return "company_number"
    return None


def find_twins(name: str) -> list[Organisation]:
    """Organisations with this name or nearly, to be offered before a new one is made."""
    return list(Organisation.objects.called(name)[:MOST_TWINS])


@transaction.atomic
def ask_to_join(*, organisation: Organisation, actor: User) -> None:
    """Ask the owners of a team for an invitation; asking again says nothing new.

    Raises:
        Refused: they are on the team already, or asked too many today (`TooMuchMail`).
    """
    if organisation.memberships.filter(user=actor).exists():
        raise Refused(f"You are on the team of {organisation} already.")
    count_mail(Mail.JOIN, sender=actor, to=_chain(organisation))
    record("startups.join_asked", organisation, chain=_chain(organisation), actor=actor)
    notify_once(
        User.objects.filter(
            memberships__organisation=organisation, memberships__role=MemberRole.OWNER
        ),
        key=f"join:{organisation.pk}:{actor.pk}",
        subject=f"{actor} asks to join {organisation}",
        body=(
            f"{defused(str(actor))} ({actor.email}) wanted to register {organisation} and found "
            "it here. "
            "If they belong to your team, invite them. If you don’t know them, do nothing."
        ),
        path=reverse("startups:team", kwargs={"slug": organisation.slug}),
    )


def _refuse_address(fields: Mapping[str, Any]) -> None:
    """A name stands in the subjects of mail to strangers."""
    if found := address_in(fields.get("name", "")):
        raise Refused(f"{WHY.format(found)}.")


def _save(organisation: Organisation) -> None:
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:
        raise Refused(TAKEN) from error


def _touch(organisation: Organisation) -> None:
    """A claim is part of the profile: the organisation's version tells the index so."""
    organisation = _locked(organisation)
    organisation.version += 1
    organisation.save(update_fields=["version", "updated_at"])


def _free_slug(name: str) -> str:
    stem = slugify(name)[:120] or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    taken |= RESERVED_SLUGS
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def _chain(organisation: Organisation) -> str:
    return f"organisation:{organisation.pk}"


def _locked(organisation: Organisation) -> Organisation:
    return Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=organisation.pk)


def _require(rule: str, person: User, thing: Any) -> None:
    if not rules.has_perm(rule, person, thing):
        raise NotAllowed("Only the organisation’s own team can do that.")
