"""Listens for people and organisations that become part of a pitch after it was shared out."""

from challenges.judging.services.conflicts import note_new_parts
from challenges.pitches.models import Partner
from challenges.pitches.parts import people_of
from marketplace.accounts.models import User
from marketplace.activity.models import Record
from marketplace.activity.news import news_of


@news_of("startups.joined")
def look_at_who_joined(record: Record) -> None:
    """Somebody is on one more team."""
    note_new_parts(people=list(User.objects.filter(pk=record.actor_id)))


@news_of("pitches.partner_confirmed")
def look_at_partner(record: Record) -> None:
    """An organisation has part from now on."""
    partner = Partner.objects.get(pk=record.thing_id)
    note_new_parts(people=people_of(partner.organisation_id))
