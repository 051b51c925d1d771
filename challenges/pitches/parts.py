"""Who has part in a pitch: the one answer for mail, permissions, conflicts and exports.

- The **lead** and **confirmed partners** have part. Their active people read and write the pitch,
  read its result, and get its mail: receipts, reminders, new rules, answers, cancellation,
  results, infected files, the warning before erasure, what becomes of a withdrawal or an appeal.
- Only the lead’s people submit, withdraw, restore, ask and remove partners, and appeal: one
  organisation answers for the pitch.
- Organisations that were only **asked** get the invitation and nothing else; those that
  **declined, left or were removed** get nothing after. Who left or was removed has written the
  pitch, so their people don’t judge it unless somebody has looked at that
  (`challenges.judging.finding`).
- Nobody joins once the pitch can't be changed: who was asked and has not answered by then can only
  decline. Officers hear of a partner that goes from a submitted pitch, and its judges after the
  deadline (`challenges.pitches.partners`).
- Organisations in a pitch are never deleted and never merged, as what was submitted names them.
  Two that become one are two teams with the same people, who hear once. The last person of a
  partner leaves a submitted pitch before their account can be deleted; where an account is
  switched off, whoever relies on it hears that nobody is left (`challenges.pitches.deserted`).
- Mail to people whose account is switched off is dropped where mail is left, not here.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from challenges.pitches.models import Entry, EntryQuerySet, Partner, PartnerState, Pitch, Submission
from marketplace.accounts.models import User
from startups.models import Membership, Organisation
from startups.rules import is_member_of, memberships_of

FORMER = (PartnerState.LEFT, PartnerState.REMOVED)
"""States of partners that have no part any more, and may have written the pitch all the same."""


def organisations_in(entry: Entry) -> QuerySet[Organisation]:
    """The lead and the partners that have confirmed."""
    confirmed = Partner.objects.confirmed().filter(pitch=entry.pitch_id).values("organisation")
    return Organisation.objects.filter(Q(pk=entry.pitch.organisation_id) | Q(pk__in=confirmed))


def organisations_by_pitch(pitches: Iterable[int]) -> dict[int, dict[int, str]]:
    """Pitch id → the organisations that have part, id → name, the lead first. Two queries."""
    rows = Pitch.objects.filter(pk__in=list(pitches))
    found = {
        pitch: {lead: name}
        for pitch, lead, name in rows.values_list("pk", "organisation", "organisation__name")
    }
    for pitch, pk, name, _ in partners_in(found):
        found[pitch][pk] = name
    return found


def partners_in(
    pitches: Iterable[int], states: Iterable[str] = (PartnerState.CONFIRMED,)
) -> list[tuple[int, int, str, str]]:
    """(pitch id, organisation id, its name, state) of the partners in these states. One query."""
    rows = Partner.objects.filter(pitch__in=list(pitches), state__in=list(states))
    return list(rows.values_list("pitch", "organisation", "organisation__name", "state"))


def people_in(pitches: Iterable[int]) -> dict[int, list[User]]:
    """Pitch id → active people of the organisations that have part, each once. Four queries."""
    organisations = organisations_by_pitch(pitches)
    wanted = {pk for each in organisations.values() for pk in each}
    teams: dict[int, list[int]] = defaultdict(list)
    rows = Membership.objects.filter(organisation__in=wanted, user__is_active=True)
    for organisation, user in rows.values_list("organisation", "user"):
        teams[organisation].append(user)
    users = User.objects.in_bulk({pk for team in teams.values() for pk in team})
    return {
        pitch: [users[pk] for pk in dict.fromkeys(p for o in within for p in teams[o])]
        for pitch, within in organisations.items()
    }


def people_of(organisation: Organisation | int) -> list[User]:
    """The active people of one organisation."""
    return list(User.objects.filter(memberships__organisation=organisation, is_active=True))


def has_part(person: Any, pitch: Pitch) -> bool:
    """Whether somebody is on the team of the lead or of a confirmed partner."""
    if is_member_of(person, pitch.organisation_id):
        return True
    ids = list(memberships_of(person))
    confirmed = Partner.objects.confirmed()
    return bool(ids) and confirmed.filter(pitch=pitch.pk, organisation__in=ids).exists()


def with_part(person: Any, to_pitch: str = "") -> Q:
    """Filter of pitches, or of what leads to one, in which a person has part.

    Args:
        to_pitch: the way from the rows that are filtered to the pitch: "pitch__".
    """
    mine = Membership.objects.filter(user=person).values("organisation")
    shared = Partner.objects.confirmed().filter(organisation__in=mine).values("pitch")
    return Q(**{f"{to_pitch}organisation__in": mine}) | Q(**{f"{to_pitch}pk__in": shared})


def entries_of(person: Any) -> EntryQuerySet:
    """The entries of all pitches in which a person has part."""
    return Entry.objects.filter(with_part(person, "pitch__"))


def organisations_pitching(call: int) -> QuerySet[Organisation]:
    """The organisations that have part in a pitch for a call, drafts too."""
    confirmed = Partner.objects.confirmed().filter(pitch__call=call).values("organisation")
    leads = Pitch.objects.filter(call=call).values("organisation")
    return Organisation.objects.filter(Q(pk__in=leads) | Q(pk__in=confirmed))


def calls_of(organisation: Organisation) -> QuerySet[Any, Any]:
    """Ids of the calls in a pitch for which an organisation has part."""
    confirmed = Partner.objects.confirmed().filter(organisation=organisation).values("pitch")
    rows = Pitch.objects.filter(Q(organisation=organisation) | Q(pk__in=confirmed))
    return rows.values("call")


def parts_of(
    people: Iterable[User | int | None], entries: QuerySet[Entry]
) -> dict[tuple[int, int], str]:
    """(person id, entry id) → the organisation of theirs that has part in it. Four queries."""
    pitch_of = dict(entries.values_list("pk", "pitch"))
    organisations = organisations_by_pitch(set(pitch_of.values()))
    rows = Membership.objects.filter(user__in=list(people)).values_list("user", "organisation")
    mine: dict[int, list[int]] = defaultdict(list)
    for user, organisation in rows:
        mine[organisation].append(user)
    return {
        (user, entry): name
        for entry, pitch in pitch_of.items()
        for organisation, name in organisations[pitch].items()
        for user in mine[organisation]
    }


def gone_since(submission: Submission) -> list[str]:
    """Names of partners that a submitted version names and that have no part any more."""
    named = [each["organisation"] for each in submission.content.get("partners", [])]
    if not named:
        return []
    standing: set[str] = set()
    former: set[str] = set()
    number = len(named)
    rows = Partner.objects.filter(pitch=submission.entry.pitch_id)
    for name, state, answered_at in rows.values_list("organisation__name", "state", "answered_at"):
        (standing if state == PartnerState.CONFIRMED else former).add(name)
        # Who has joined since is not named, and stands for nobody who has gone.
        if state == PartnerState.CONFIRMED and (not answered_at or answered_at <= submission.at):
            number -= 1
    gone = [name for name in named if name not in standing] if number > 0 else []
    # A partner that was given another name since is still there.
    return gone if len(gone) <= number else [name for name in gone if name in former] or gone
