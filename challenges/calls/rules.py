"""Who may do what to a call."""

from typing import Any

import rules
from django.db.models import Q

from challenges.calls.models import Addendum, Call, CallState, Enquiry, SignOff, Stage
from marketplace.accounts.models import Role
from marketplace.accounts.rules import has_role


def call_of(thing: Any) -> Call:
    """The call that a call, a stage, or anything with a `stage` belongs to."""
    if isinstance(thing, Call):
        return thing
    if isinstance(thing, Stage):
        return thing.call
    return thing.stage.call


@rules.predicate
def is_officer_of_call(person: Any, thing: Any) -> bool:
    return thing is not None and has_role(person, Role.OFFICER, call_of(thing).region_id)


@rules.predicate
def did_not_propose(person: Any, call: Call) -> bool:
    """Nobody approves their own: neither who sent it nor who owns it, or ever did."""
    if person.pk in (call.proposed_by_id, call.owner_id):
        return False
    return not call.hand_overs.filter(Q(giver=person) | Q(taker=person)).exists()


@rules.predicate
def is_being_written(person: Any, thing: Any) -> bool:
    return call_of(thing).state == CallState.DRAFT


@rules.predicate
def is_undecided(person: Any, call: Call) -> bool:
    """A stage is still to be decided. What was released stays as it is: a call that is cancelled
    after its sift ends there. An approved call without stages was imported: it is over."""
    released = list(call.stages.values_list("released_at", flat=True))
    return not all(released) if released else call.state != CallState.APPROVED


@rules.predicate
def is_approved(person: Any, thing: Any) -> bool:
    return call_of(thing).state == CallState.APPROVED


@rules.predicate
def did_not_propose_change(person: Any, addendum: Addendum) -> bool:
    return person.pk != addendum.proposed_by_id


@rules.predicate
def is_officer_of_sign_off(person: Any, sign_off: SignOff) -> bool:
    return has_role(person, Role.OFFICER, sign_off.call.region_id)


@rules.predicate
def did_not_propose_it(person: Any, sign_off: SignOff) -> bool:
    return person.pk != sign_off.proposed_by_id


rules.add_perm("calls.view_sign_off", is_officer_of_sign_off)
rules.add_perm("calls.sign", is_officer_of_sign_off & did_not_propose_it)
rules.add_perm("calls.take_back_sign_off", is_officer_of_sign_off)


@rules.predicate
def is_public_call(person: Any, call: Call) -> bool:
    return call.state == CallState.APPROVED


@rules.predicate
def is_in_an_organisation(person: Any) -> bool:
    return person.is_authenticated and person.memberships.exists()


rules.add_perm("calls.rate_clarity", is_public_call & is_in_an_organisation)


@rules.predicate
def is_officer_of_enquiry(person: Any, enquiry: Enquiry) -> bool:
    return has_role(person, Role.OFFICER, enquiry.region_id)


@rules.predicate
def asked_it(person: Any, enquiry: Enquiry) -> bool:
    return enquiry.asked_by_id is not None and enquiry.asked_by_id == person.pk


rules.add_perm("calls.ask", is_public_call)
rules.add_perm("calls.answer", is_officer_of_enquiry)
rules.add_perm("calls.follow_enquiry", asked_it)

may_change_rules = is_officer_of_call & is_approved

rules.add_perm("calls.propose_addendum", may_change_rules)
rules.add_perm("calls.extend_deadline", may_change_rules)
rules.add_perm("calls.publish_addendum", may_change_rules & did_not_propose_change)
rules.add_perm("calls.return_addendum", may_change_rules)
rules.add_perm("calls.view_call_at_desk", is_officer_of_call)
rules.add_perm("calls.hand_over_call", is_officer_of_call)
rules.add_perm("calls.edit_call", is_officer_of_call & is_being_written)
rules.add_perm("calls.propose_call", is_officer_of_call)
rules.add_perm("calls.approve_call", is_officer_of_call & did_not_propose)
rules.add_perm("calls.return_call", is_officer_of_call)
rules.add_perm("calls.cancel_call", is_officer_of_call & is_undecided)
