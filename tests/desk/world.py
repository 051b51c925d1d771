"""A region whose desk has something in every list."""

from django.utils import timezone

from challenges.calls.models import Enquiry, SignOff, Stage
from challenges.judging.models import Appeal, Decision
from challenges.people.models import Expert
from marketplace.regions.models import Region
from tests.factories import (
    AwardFactory,
    RegionFactory,
    UserFactory,
    assign,
    close_stage,
    make_call,
    make_entry,
    make_judge,
    submit,
)
from tests.judging.conftest import write_review


def fill(
    region: Region | None = None, *, entries: int = 3, blind: bool = False, word: str = "Zq"
) -> Stage:
    """A row or more in each list of a region, each with a text that begins as a formula does."""
    call = make_call(blind=blind, region=region or RegionFactory(), title=f"={word} call")
    made = [submit(make_entry(call=call)) for _ in range(entries)]
    stage = close_stage(call.first_stage)
    judges = [make_judge(stage, name=f"={word} judge {n}") for n in range(2)]
    for number, entry in enumerate(made):
        entry.pitch.title = f"={word} pitch {number}"
        entry.pitch.save()
        for judge in judges:
            write_review(assign(judge, entry), value=1 + number % 4)
        Appeal.objects.create(
            entry=entry, kind="appeal", grounds=f"={word} grounds", due_on=timezone.localdate()
        )
        Decision.objects.create(
            entry=entry, outcome="not-awarded", reason=f"={word} reason", decided_by=judges[0].user
        )
        AwardFactory(call=call, title=f"={word} project", entry=entry)
        Enquiry.objects.create(
            region=call.region,
            call=call,
            typed="=x",
            question=f"={word} question",
            due_on=timezone.localdate(),
        )
        Expert.objects.create(
            region=call.region, email=f"e{entry.pk}@example.org", name=f"={word} expert"
        )
        SignOff.objects.create(
            call=call,
            matter="judging.release",
            thing_id=stage.pk,
            state="returned" if number else "proposed",
            content={"oddities": [], "entries": [], "figures": [], "goes_out_at": None},
            reason=f"={word} reason",
            stood="",
            proposed_by=UserFactory(),
        )
    return Stage.objects.get(pk=stage.pk)
