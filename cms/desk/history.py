"""What happened to a call, in words, from its activity chain."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.desk.labels import label_of
from marketplace.activity.models import Record

MOST = 40

WORDS = {
    "calls.imported": "imported the call from a public record",
    "calls.created": "started the call",
    "calls.duplicated": "made it from an earlier call",
    "calls.handed_over": "handed it over",
    "calls.edited": "changed the call",
    "calls.proposed": "sent it for approval",
    "calls.approved": "approved it",
    "calls.returned": "sent it back",
    "calls.cancelled": "cancelled it",
    "calls.legal_step_done": "ticked a step of the legal checklist",
    "calls.legal_step_undone": "opened a step of the legal checklist again",
    "calls.asked": "had a question asked",
    "calls.enquiry_answered": "answered a question",
    "calls.enquiry_declined": "left a question unanswered",
    "calls.enquiry_handed_over": "handed a question over",
    "calls.addendum_proposed": "proposed a change of the rules",
    "calls.addendum_published": "published a change of the rules",
    "calls.addendum_returned": "sent a change of the rules back",
    "calls.sign_off_proposed": "asked a second officer to sign",
    "calls.sign_off_signed": "signed as second officer",
    "calls.sign_off_returned": "sent back what waited for a second officer",
    "calls.sign_off_taken_back": "took back what waited for a second officer",
    "startups.join_asked": "asked to join the team",
    "pitches.started": "started a pitch",
    "pitches.submitted": "submitted a pitch",
    "pitches.withdrawn": "withdrew a pitch",
    "pitches.cancelled": "ended a pitch with its call",
    "pitches.first_read": "was the first to read a submission",
    "pitches.restored": "restored a pitch",
    "pitches.partner_asked": "asked a partner into a pitch",
    "pitches.partner_confirmed": "confirmed a part in a pitch",
    "pitches.partner_declined": "declined a part in a pitch",
    "pitches.partner_left": "left a pitch as partner",
    "pitches.partner_removed": "took a partner out of a pitch",
    "pitches.file_infected": "removed an infected file",
    "pitches.exported": "exported the pitches",
    "judging.invited": "invited somebody to the panel",
    "judging.accepted": "joined the panel",
    "judging.declined": "declined to join the panel",
    "judging.removed": "removed somebody from the panel",
    "judging.stepped_down": "stepped down from the panel",
    "judging.declared": "declared their interests",
    "judging.assigned": "shared out the pitches",
    "judging.reviews_set": "set the number of reviews",
    "judging.scored": "handed in a review",
    "judging.decided": "marked an outcome",
    "judging.file_let_through": "let judges open a file as it was sent",
    "judging.file_kept_back": "kept a file from judges again",
    "judging.released": "released the decisions",
    "judging.corrected": "corrected a released decision",
    "judging.taken_up": "took up a place from the reserve list",
    "judging.reserve_kept": "put the reserve list together",
    "judging.reserve_fixed": "fixed the order of the reserve list",
    "judging.appeal_filed": "had an appeal or a complaint sent in",
    "judging.appeal_answered": "answered what a team came back with",
    "judging.appeal_withdrawn": "took back what they had come back with",
    "judging.appeal_carried_out": "closed an upheld appeal",
    "pitches.turned_down": "declined the place that a pitch was given",
    "pitches.closed": "closed a pitch’s entry in the next stage",
    "pitches.reopened": "opened a pitch’s entry in the next stage again",
    "awards.offered": "offered a free place to the reserve list",
    "awards.offer_declined": "declined a place that was offered",
    "awards.offer_lapsed": "noted that an offer was not answered in time",
    "awards.offer_taken_back": "took back the offer of a place",
    "awards.withdrawn": "withdrew an award",
    "awards.reinstated": "made a withdrawn award stand again",
    "awards.corrected": "corrected an award",
    "awards.resumed": "put a project under way again",
    "judging.release_signed": "signed the release; it goes out at its time",
    "judging.release_stopped": "stopped the release before it went out",
    "judging.release_refused": "could not release: something had changed",
    "judging.letter_edited": "wrote a letter by hand",
    "judging.letter_reset": "went back to the standard letter",
    "judging.letter_held": "held a letter back",
    "judging.letter_freed": "let a held letter go with the others",
    "judging.held_letter_sent": "sent a letter that was held back",
    "desk.taken_away": "took a list away as a file",
    "desk.noted": "left a note",
    "desk.record_taken": "took the whole record away as a file",
    "regions.seal_address_added": "named an address that is to keep the seals",
    "regions.seal_address_removed": "removed an address that kept the seals",
    "regions.seal_address_confirmed": "agreed to keep the seals",
    "desk.assigned": "gave a pitch to an officer",
    "desk.messaged": "wrote to the team",
    "accounts.copied": "downloaded what is held about them",
    "accounts.deleted": "deleted their account",
    "awards.made": "made an award",
    "awards.completed": "completed a project",
    "awards.ended": "ended a project early",
    "awards.imported": "imported a funded project",
    "accounts.let_in": "let somebody in again who was locked out",
    "activity.mail_unexpected": "did not expect mail that was sent in somebody’s name",
    "accounts.renamed": "changed their name",
    "accounts.role_granted": "gave somebody a role",
    "accounts.role_revoked": "took a role from somebody",
    "interests.added": "added an interest to the register",
    "interests.changed": "changed an interest in the register",
    "interests.confirmed": "confirmed their entries in the register",
    "interests.removed": "took an interest off the register",
    "judging.agreed": "kept what the panel agreed on a pitch",
    "judging.availability_set": "said when they can read",
    "judging.calibration_ended": "ended the panel’s practice",
    "judging.calibration_opened": "began the panel’s practice",
    "judging.conflict_decided": "decided on a judge’s interest",
    "judging.conflicts_found": "found possible interests of judges",
    "judging.invitation_reminded": "reminded somebody of their invitation",
    "judging.kept": "fixed a judge’s pitch by hand",
    "judging.meeting_closed": "closed the panel’s meeting",
    "judging.meeting_opened": "opened the panel’s meeting",
    "judging.officer_declared": "declared an interest as officer",
    "judging.reminded": "reminded judges of what they have to score",
    "judging.replaced": "shared out what a judge left",
    "judging.taken_back": "took pitches back from judges",
    "judging.unassigned": "took a pitch from a judge",
    "judging.unblinded": "showed the panel who the applicants are",
    "judging.unkept": "freed a judge’s pitch that was fixed by hand",
    "people.added": "added somebody to the directory",
    "people.changed": "changed an entry of the directory",
    "people.left": "took somebody out of the directory",
    "people.returned": "put somebody back into the directory",
    "pitches.erased": "erased a pitch whose time had run out",
    "search.alerted": "told start-ups that fit of the call",
    "search.invited": "told a start-up of the call",
    "search.match_judged": "said how well a match fits",
    "search.synonyms_removed": "removed a group of words that mean the same",
    "search.synonyms_saved": "kept a group of words that mean the same",
    "startups.claimed": "claimed a capability",
    "startups.invited": "invited somebody to the team",
    "startups.joined": "joined the team",
    "startups.left": "left the team",
    "startups.owner_made": "made somebody an owner of the organisation",
    "startups.registered": "registered the organisation",
    "startups.unclaimed": "took a capability off the profile",
    "startups.uninvited": "took back an invitation to the team",
    "startups.updated": "changed the organisation’s profile",
}
"""What each recorded verb says after the name of who did it."""

OF_PAGES = {
    "created": "started {}",
    "edited": "edited {}",
    "deleted": "deleted {}",
    "published": "published {}",
    "published_on_time": "published {} at the time that was set",
    "scheduled": "set a time at which {} is published",
    "unscheduled": "took off the time at which {} was to be published",
    "unpublished": "took {} off the site",
    "unpublished_on_time": "took {} off the site at the time that was set",
    "reverted": "went back to an earlier version of {}",
    "renamed": "gave {} another title",
    "copied": "copied {}",
    "aliased": "put {} in a second place",
    "unaliased": "made {} a page of its own",
    "moved": "moved {}",
    "reordered": "changed the place of {} in its list",
    "locked": "locked {}",
    "unlocked": "unlocked {}",
    "hidden": "limited who may see {}",
    "hidden_otherwise": "changed who may see {}",
    "shown_again": "let everybody see {} again",
    "acted_on": "did something else to {}",
}
"""What is done to pages: see `cms.page_records`."""

WORDS |= {f"calls.page_{done}": words.format("its page") for done, words in OF_PAGES.items()}
WORDS |= {f"site.page_{done}": words.format("a page") for done, words in OF_PAGES.items()}


@dataclass(frozen=True)
class Event:
    """One line of history."""

    at: datetime
    who: str
    what: str
    detail: str


def history_of(chain: str, **only: Any) -> list[Event]:
    """The latest events of a chain, newest first; `only` narrows the records."""
    records = Record.objects.filter(chain__key=chain, **only).select_related("actor")
    return [event_of(record) for record in records.order_by("-number")[:MOST]]


def event_of(record: Record) -> Event:
    who = str(record.actor or "The service")
    return Event(record.at, who, words_of(record.verb), _detail(record))


def words_of(verb: str) -> str:
    """A verb as it reads after a name; one of an older release without words says what it can."""
    return WORDS.get(verb) or f"recorded “{verb.partition('.')[2].replace('_', ' ')}”"


def _detail(record: Record) -> str:
    detail = record.detail
    if record.verb == "pitches.withdrawn":
        # Older records hold the team’s own words, which can be erased on the entry alone.
        return ""
    if detail.get("reasons"):
        return "; ".join(f"{finding} Approved because: {why}" for finding, why in detail["reasons"])
    if "reason" in detail:
        return str(detail["reason"])
    if detail.get("changed"):
        return ", ".join(label_of(str(name)) for name in detail["changed"])
    if "version" in detail:
        return f"version {detail['version']}"
    if "reviews" in detail:
        return f"{detail['reviews']} reviews"
    return ""
