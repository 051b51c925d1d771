"""Turns what becomes of a funded project into news for those who follow its organisation."""

from challenges.awards.models import Award
from marketplace.activity.following import announce
from marketplace.activity.models import Record
from marketplace.activity.news import news_of

SAID = {
    "awards.made": "{organisation} was funded: {title}",
    "awards.completed": "{organisation} has completed {title}",
    "awards.ended": "{title} of {organisation} has ended early",
    "awards.withdrawn": "The award of {title} to {organisation} was withdrawn",
    "awards.reinstated": "{organisation} is funded again: {title}",
    "awards.corrected": "The amount awarded to {organisation} was corrected: {title}",
    "awards.resumed": "{title} of {organisation} is under way again",
}


@news_of(*SAID)
def tell_of_project(record: Record) -> None:
    award = Award.objects.select_related("organisation").get(pk=record.thing_id)
    announce(
        [award.organisation],
        key=f"record:{record.pk}",
        text=SAID[record.verb].format(organisation=award.organisation, title=award.title),
        path=award.get_absolute_url(),
        at=record.at,
    )
