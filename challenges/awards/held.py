"""What funded projects hold: nothing of a person; the public reads the rest."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone

from challenges.awards.models import Award, AwardState
from challenges.calls.models import CallState
from challenges.judging.models import Offer
from challenges.pitches.held import ERASED, empty_messages, titles_of
from challenges.pitches.models import Entry, EntryState, Pitch
from marketplace.activity.models import Follow, NewsLine, Notification
from marketplace.retention import Stays, kept, register, said, stays_for, with_pitch
from marketplace.retention.registry import Reason
from startups.models import Membership

FUNDED = Stays(
    "what the public reads of funded projects, and why one ended or was corrected",
    "the public may see what its money bought",
)

register(
    Award,
    kept("source", why="where a published record is from"),
    kept("title", "slug", "summary", why=FUNDED),
    said("correction_note", "state_reason", why=FUNDED),
    pitch="entry__pitch",
    call="call",
)


@with_pitch
def empty_withdrawn_projects(pk: int) -> None:
    """A project that came to nothing says no more than that, and nor do messages about it."""
    titles = titles_of(Pitch.objects.get(pk=pk))
    withdrawn = Entry.objects.filter(pitch=pk, award__state=AwardState.WITHDRAWN)
    for entry in withdrawn.select_related("pitch", "stage", "award"):
        award = entry.award
        about = Notification.objects.filter(path=award.get_absolute_url())
        empty_messages(about, titles | {award.title})
        about.update(path="")
        NewsLine.objects.filter(path=award.get_absolute_url()).update(text=ERASED, path="")
        Follow.objects.of_things([award]).update(name=ERASED)
        award.title, award.summary = "A project that was withdrawn", ""
        award.slug = f"withdrawn-{entry.pitch.reference.lower()}-{entry.stage.order}"
        award.save(update_fields=["title", "summary", "slug"])


@stays_for
def offers_without_a_team(person: Any) -> Iterator[Reason]:
    """Places that wait for the answer of organisations that would have nobody left."""
    teams = Membership.objects.filter(user=person).last_of_team().values("organisation")
    offers = Offer.objects.open().filter(
        place__entry__pitch__organisation__in=teams, until__gt=timezone.now()
    )
    for offer in offers.select_related("place__entry__pitch__organisation"):
        pitch = offer.entry.pitch
        yield Reason(
            f"“{pitch}” is offered a place, and nobody else is on the team of "
            f"{pitch.organisation}. Decline it, or bring a colleague onto the team and make them "
            "an owner, first.",
            reverse("awards:offer", kwargs={"reference": pitch.reference}),
        )


@stays_for
def places_without_a_team(person: Any) -> Iterator[Reason]:
    """Drafts in a later stage, to which organisations came that would have nobody left."""
    teams = Membership.objects.filter(user=person).last_of_team().values("organisation")
    drafts = Entry.objects.current().filter(
        pitch__organisation__in=teams,
        state=EntryState.DRAFT,
        stage__order__gt=1,
        stage__call__state=CallState.APPROVED,
    )
    for entry in drafts.with_parties():
        if timezone.now() < entry.closes_at:
            yield Reason(
                f"“{entry.pitch}” has a place in “{entry.stage.name}”, and nobody else is on the "
                f"team of {entry.pitch.organisation}. Decline that place, or bring a colleague "
                "onto the team and make them an owner, first.",
                reverse("awards:decline", kwargs={"reference": entry.pitch.reference}),
            )


@stays_for
def projects_without_a_team(person: Any) -> Iterator[Reason]:
    """Funded projects under way, of organisations that would have nobody left."""
    teams = Membership.objects.filter(user=person).last_of_team()
    running = Award.objects.filter(
        organisation__in=teams.values("organisation"), state=AwardState.ACTIVE
    )
    for award in running.select_related("organisation"):
        yield Reason(
            f"“{award}” is funded and under way, and nobody else is on the team of "
            f"{award.organisation}. Bring a colleague onto the team and make them an owner first.",
            award.get_absolute_url(),
        )
