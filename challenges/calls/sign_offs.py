"""The verbs of acts that take two officers: propose, sign, send back, take back."""

from typing import Any

import rules
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from challenges.calls.matters import Matter, matter_of
from challenges.calls.models import Call, SignOff
from challenges.calls.workflow import SIGN_OFF
from marketplace.accounts.models import Role, User
from marketplace.activity.chain import sha256
from marketplace.activity.services import notify, record
from marketplace.errors import NotAllowed, Refused, WrongState

NO_REASON = "Give a reason: the second officer and auditors will read it."


@transaction.atomic
def propose(
    *,
    matter: str,
    thing: models.Model,
    reason: str,
    actor: User,
    content: dict[str, Any] | None = None,
) -> SignOff:
    """Ask another officer to sign an act; nothing is done before.

    Args:
        matter: the name it is registered by.
        content: what exactly would be done, as JSON values, for the matter to carry out.

    Raises:
        NotAllowed: the matter's rule does not let this person.
        Refused: no reason, the same waits already, or the matter's own check says why not.
    """
    of = matter_of(matter)
    thing = of.find(thing.pk)
    call = of.call_of(thing)
    _require(of, thing, actor)
    if not reason.strip():
        raise Refused(NO_REASON)
    content = content or {}
    of.check(thing, content, actor)
    sign_off = SignOff(
        call=call,
        matter=matter,
        thing_id=thing.pk,
        content=content,
        reason=reason.strip(),
        stood=sha256(of.stands(thing)),
        proposed_by=actor,
    )
    try:
        with transaction.atomic():
            sign_off.save()
    except IntegrityError as error:
        raise Refused("This waits for a second officer already.") from error
    _note("calls.sign_off_proposed", sign_off, actor, reason=sign_off.reason)
    notify(
        who_may_sign(sign_off),
        subject=f"To sign: {of.title.lower()}, {call.title}",
        body=f"{actor} asks a second officer to sign: {of.title.lower()}, “{call.title}”.\n\n"
        f"Why: {sign_off.reason}",
        path=sign_off_path(sign_off),
    )
    return sign_off


@transaction.atomic
def sign(*, sign_off: SignOff, actor: User, comment: str = "") -> SignOff:
    """Sign what another officer proposed, and do it, in one transaction.

    Raises:
        NotAllowed: it is their own, or the matter's rule does not let them.
        WrongState: it was signed, sent back or taken back already.
        Refused: what it is about has changed since, its proposer may not do it any more, or it
            can't be done now.
    """
    sign_off = _locked(sign_off)
    of, thing = _asked_of(sign_off, actor)
    SIGN_OFF.apply("sign", sign_off, actor)
    if not _may_answer_for_it(of, thing, sign_off.proposed_by):
        raise Refused(
            f"{sign_off.proposed_by} proposed this and may not do it any more, so one officer "
            "alone would answer for it. Send it back, and propose it anew."
        )
    if has_changed(sign_off, thing):
        raise Refused(
            "What you would sign has changed since it was proposed. Send it back, so that it is "
            "proposed as it stands now."
        )
    _answer(sign_off, actor, comment)
    of.carry_out(sign_off, thing, actor)
    # Last: to record locks the chain, which everybody else locks after the entries.
    _note("calls.sign_off_signed", sign_off, actor)
    _tell_proposer(sign_off, of, "Signed")
    return sign_off


@transaction.atomic
def send_back(*, sign_off: SignOff, reason: str, actor: User) -> SignOff:
    """Turn it down, with a reason that its proposer reads.

    Raises:
        NotAllowed, WrongState: as `sign`. Refused: no reason.
    """
    if not reason.strip():
        raise Refused("Say why it is sent back.")
    sign_off = _locked(sign_off)
    of, _ = _asked_of(sign_off, actor)
    SIGN_OFF.apply("send-back", sign_off, actor)
    _answer(sign_off, actor, reason)
    _note("calls.sign_off_returned", sign_off, actor, reason=sign_off.answer)
    _tell_proposer(sign_off, of, "Sent back")
    return sign_off


@transaction.atomic
def take_back(*, sign_off: SignOff, actor: User) -> SignOff:
    """Let it be: its proposer, or any officer of the call where they have left.

    Raises:
        NotAllowed: no officer of the call. WrongState: it is answered already.
    """
    sign_off = _locked(sign_off)
    SIGN_OFF.apply("take-back", sign_off, actor)
    _answer(sign_off, actor, "")
    _note("calls.sign_off_taken_back", sign_off, actor)
    return sign_off


def close_waiting(call: Call, actor: User, *, except_for: SignOff | None = None) -> int:
    """Take back all that waits for a signature in a call that ends; how many.

    Call it inside the transaction that ends the call and holds them.
    """
    waiting = SignOff.objects.waiting().filter(call=call)
    if except_for is not None:
        waiting = waiting.exclude(pk=except_for.pk)
    closed = list(waiting.order_by("pk"))
    for sign_off in closed:
        SIGN_OFF.apply("take-back", sign_off, actor)
        _answer(sign_off, actor, "")
        _note("calls.sign_off_taken_back", sign_off, actor)
    return len(closed)


def has_changed(sign_off: SignOff, thing: models.Model) -> bool:
    """Whether what it is about differs from what its proposer saw."""
    return sha256(matter_of(sign_off.matter).stands(thing)) != sign_off.stood


def who_may_sign(sign_off: SignOff) -> list[User]:
    """Active officers of the region, but for the proposer, whom the matter's rule lets sign."""
    of = matter_of(sign_off.matter)
    thing = of.find(sign_off.thing_id)
    officers = User.objects.filter(
        is_active=True,
        region_roles__role=Role.OFFICER,
        region_roles__region=sign_off.call.region_id,
    ).exclude(pk=sign_off.proposed_by_id)
    return [officer for officer in officers if rules.has_perm(of.rule, officer, thing)]


def waiting_of(matter: str, thing: models.Model) -> SignOff | None:
    """What waits for a signature about this thing, if anything does."""
    found = SignOff.objects.waiting().of(matter, thing)
    return found.select_related("proposed_by", "call").first()


def sign_off_path(sign_off: SignOff) -> str:
    return f"/admin/desk/sign-offs/{sign_off.pk}/"


def _locked(sign_off: SignOff) -> SignOff:
    return (
        SignOff.objects.select_for_update(of=("self",), no_key=True)
        .select_related("call", "proposed_by")
        .get(pk=sign_off.pk)
    )


def _asked_of(sign_off: SignOff, actor: User) -> tuple[Matter, Any]:
    of = matter_of(sign_off.matter)
    try:
        thing = of.find(sign_off.thing_id)
    except models.ObjectDoesNotExist as error:
        raise WrongState("What this was about is gone. Take it back.") from error
    _require(of, thing, actor)
    return of, thing


def _may_answer_for_it(of: Matter, thing: Any, proposer: User) -> bool:
    """Two officers answer for what is done, at the moment that it is done."""
    return proposer.is_active and rules.has_perm(of.rule, proposer, thing)


def _require(of: Matter, thing: Any, actor: User) -> None:
    if not rules.has_perm(of.rule, actor, thing):
        raise NotAllowed(f"You can’t do this: {of.title.lower()}.")


def _answer(sign_off: SignOff, actor: User, text: str) -> None:
    sign_off.answered_by, sign_off.answered_at = actor, timezone.now()
    sign_off.answer = text.strip()
    sign_off.save(update_fields=["state", "answered_by", "answered_at", "answer"])


def _note(verb: str, sign_off: SignOff, actor: User, **detail: Any) -> None:
    record(
        verb,
        sign_off,
        chain=sign_off.call.chain,
        actor=actor,
        matter=sign_off.matter,
        about=sign_off.thing_id,
        **detail,
    )


def _tell_proposer(sign_off: SignOff, of: Matter, what: str) -> None:
    said = f"\n\n{sign_off.answer}" if sign_off.answer else ""
    notify(
        [sign_off.proposed_by],
        subject=f"{what}: {of.title.lower()}, {sign_off.call.title}",
        body=f"{what} by {sign_off.answered_by}: {of.title.lower()}, "
        f"“{sign_off.call.title}”.{said}",
        path=sign_off_path(sign_off),
    )
