"""Finds ties between people and applicants that nobody has declared (yet).

What it says is a reason to look, not a finding of guilt: an officer or the chair decides. The
signs are those that auditors look for first: one team, one employer's mail, the register of
interests, earlier work together, a name in the pitch (National Audit Office, “Conflicts of
interest”, 2015; Procurement Act 2023, sections 81 and 82).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from challenges.calls.models import Stage
from challenges.interests.models import Interest
from challenges.pitches.models import Entry, Partner, PartnerState, Pitch, Submission
from challenges.pitches.parts import FORMER, partners_in
from marketplace.accounts.models import User
from marketplace.names import (
    SPACELESS,
    fold,
    fold_text,
    host_of,
    names_in,
    organisation_key,
    registrable,
    without_spaces,
)
from startups.models import Membership, Organisation

SHORTEST_NAME = 6
"""Letters: shorter names are words too."""

SHORTEST_SPACELESS_NAME = 3
"""The same for Japanese, Chinese and the like, where a letter says more."""

Ties = dict[tuple[int, int], list[str]]
"""(person id, entry id) → what ties them, in sentences."""


@dataclass(frozen=True)
class Applicant:
    """One pitch with the organisations in it: id → name, the lead first; `former` were in it."""

    entry: int
    pitch: int
    organisations: dict[int, str]
    former: dict[int, str]


def find_ties(stage: Stage, people: Iterable[User]) -> Ties:
    """Every tie of these people to pitches in competition; as many queries for one as for all."""
    people = list(people)
    applicants = _applicants(stage)
    entries_of = _by_organisation(applicants, "organisations")
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for person, entry, sentence in _on_the_team(people, applicants):
        found[person, entry].append(sentence)
    names = {pk: name for applicant in applicants for pk, name in applicant.organisations.items()}
    for person, organisation, sentence in _ties_to_organisations(people, names, stage):
        for applicant in entries_of[organisation]:
            name = applicant.organisations[organisation]
            found[person, applicant.entry].append(sentence.format(name=name))
    for person, entry, sentence in _named(people, stage):
        found[person, entry].append(sentence)
    return {pair: list(dict.fromkeys(sentences)) for pair, sentences in found.items()}


def _applicants(stage: Stage) -> list[Applicant]:
    rows = (
        Entry.objects.filter(stage=stage)
        .in_competition()
        .values_list("pk", "pitch", "pitch__organisation", "pitch__organisation__name")
    )
    found = {pitch: Applicant(pk, pitch, {lead: name}, {}) for pk, pitch, lead, name in rows}
    for pitch, pk, name, state in partners_in(found, (PartnerState.CONFIRMED, *FORMER)):
        within = found[pitch]
        (within.former if state in FORMER else within.organisations)[pk] = name
    return list(found.values())


def _ties_to_organisations(
    people: list[User], names: dict[int, str], stage: Stage
) -> Iterator[tuple[int, int, str]]:
    """(person, organisation, sentence with {name}); `names` are the organisations’."""
    yield from _same_mail(people, set(names))
    yield from _registered(people, names)
    yield from _together_before(people, set(names), stage)


def _by_organisation(applicants: list[Applicant], kind: str) -> dict[int, list[Applicant]]:
    """Organisation → the pitches that it is in; `kind` is "organisations" or "former"."""
    found: dict[int, list[Applicant]] = defaultdict(list)
    for applicant in applicants:
        for organisation in getattr(applicant, kind):
            found[organisation].append(applicant)
    return found


def _on_the_team(people: list[User], applicants: list[Applicant]) -> Iterator[tuple[int, int, str]]:
    """(person, entry, sentence): of an organisation in the pitch, or of one that was."""
    now, before = (_by_organisation(applicants, kind) for kind in ("organisations", "former"))
    rows = Membership.objects.filter(user__in=people, organisation__in={*now, *before})
    for person, organisation in rows.values_list("user", "organisation"):
        for each in now.get(organisation, ()):
            yield person, each.entry, f"Is on the team of {each.organisations[organisation]}."
        for each in before.get(organisation, ()):
            name = each.former[organisation]
            yield person, each.entry, f"Is on the team of {name}, a partner until it left."


def _same_mail(people: list[User], organisations: set[int]) -> Iterator[tuple[int, int, str]]:
    """A host of one's own mail that is that of the team's mail, or of the website."""
    hosts: dict[str, set[int]] = defaultdict(set)
    teams = Membership.objects.filter(organisation__in=organisations)
    for organisation, email in teams.values_list("organisation", "user__email"):
        hosts[registrable(host_of(email))].add(organisation)
    sites = Organisation.objects.filter(pk__in=organisations).exclude(website="")
    for organisation, website in sites.values_list("pk", "website"):
        hosts[registrable(urlsplit(website).hostname or "")].add(organisation)
    for person in people:
        host = registrable(host_of(person.email))
        if host:
            for organisation in sorted(hosts.get(host, ())):
                yield person.pk, organisation, f"Their mail is at {host}, like that of {{name}}."


def _registered(people: list[User], names: dict[int, str]) -> Iterator[tuple[int, int, str]]:
    """Interests in these organisations, or in what is called so: an interest is often written
    down before the organisation is registered here."""
    called: dict[str, set[int]] = defaultdict(set)
    for pk, name in names.items():
        if key := without_spaces(organisation_key(name)):
            called[key].add(pk)
    for interest in Interest.objects.filter(person__in=people):
        span = f", {interest.span}" if interest.span else ""
        kind = interest.short_kind[0].lower() + interest.short_kind[1:]
        sentence = f"Their register of interests names {{name}}: {kind}{span}."
        if interest.organisation_id is not None:
            found = {interest.organisation_id} & set(names)
        else:
            key = without_spaces(organisation_key(interest.organisation_name))
            found = called.get(key, set())
        for organisation in sorted(found):
            yield interest.person_id, organisation, sentence


def _together_before(
    people: list[User], organisations: set[int], stage: Stage
) -> Iterator[tuple[int, int, str]]:
    """One of the person's own organisations and the applicant have been in one other pitch."""
    own: dict[int, set[int]] = defaultdict(set)
    for person, organisation in Membership.objects.filter(user__in=people).values_list(
        "user", "organisation"
    ):
        own[organisation].add(person)
    if not own:
        return
    together = Pitch.objects.filter(partners__in=Partner.objects.confirmed()).exclude(
        entries__stage=stage
    )
    for lead, partner in together.values_list("organisation", "partners__organisation").distinct():
        for mine, theirs in ((lead, partner), (partner, lead)):
            if theirs in organisations and mine != theirs:
                for person in sorted(own.get(mine, ())):
                    yield person, theirs, "Their organisation has pitched together with {name}."


def _named(people: list[User], stage: Stage) -> Iterator[tuple[int, int, str]]:
    """A person's whole name stands in what was submitted."""
    by_name: dict[str, set[int]] = defaultdict(set)
    for person in people:
        if _is_whole(name := fold(person.name)):
            by_name[name].add(person.pk)
    if not by_name:
        return
    rows = Submission.objects.filter(entry__stage=stage, entry__in=Entry.objects.in_competition())
    for entry, content in rows.values_list("entry", "content").iterator(chunk_size=200):
        texts = [content["title"], content["summary"]]
        texts += [answer["text"] for answer in content["answers"]]
        for name in names_in(fold_text("\n".join(texts)), by_name):
            for pk in sorted(by_name[name]):
                yield pk, entry, "Their name stands in the pitch."


def _is_whole(name: str) -> bool:
    """First name and surname, folded; one word alone is a word of the language too."""
    if SPACELESS.search(name):
        return len(name) >= SHORTEST_SPACELESS_NAME
    return " " in name and len(name) >= SHORTEST_NAME
