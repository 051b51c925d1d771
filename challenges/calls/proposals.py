"""What a call would seal, kept at each sending, and what changed since the one before.

Content is plain JSON: {"facts": {what: text}, "stages": [{"id", "order", "rules"}, …]}, where
`rules` is a rulebook's content (see `challenges.calls.rulebook`).
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from challenges.calls.differences import Difference, rulebook_differences
from challenges.calls.models import Call, Proposal, ProposalOutcome
from challenges.calls.rulebook import rulebook_content
from marketplace.accounts.models import Role, User

NONE = "none"


def content_of(call: Call) -> dict[str, Any]:
    """Everything that approval would seal or publish of a call, as it is saved now."""
    stages = call.stages.order_by("order").select_related("call")
    return {
        "facts": _facts(call),
        "stages": [
            {"id": stage.pk, "order": stage.order, "rules": rulebook_content(stage)}
            for stage in stages
        ],
    }


def _facts(call: Call) -> dict[str, str]:
    """The call's own fields in words, in the order in which they are read."""
    wanted = call.wanted.select_related("capability")
    return {
        "Title": call.title,
        "Summary": call.summary,
        "Commissioner": call.commissioner,
        "Partner": call.partner,
        "Programme": str(call.programme or ""),
        "Legal route": call.get_legal_route_display() if call.legal_route else "",
        "Budget": _pounds(call.budget),
        "Most for one award": _pounds(call.award_limit),
        "Rolling intake": "yes" if call.is_rolling else "no",
        "Objectives": _names(call.objectives.all()),
        "Sectors": _names(call.sectors.all()),
        "Places": _names(call.places.all()),
        "Meant for": "; ".join(call.meant_for),
        "Capabilities wanted": "; ".join(
            f"{each.capability.name}: {each.get_level_display()}"
            f"{', essential' if each.essential else ''}"
            for each in wanted
        ),
    }


def _names(things: QuerySet) -> str:
    return "; ".join(sorted(str(thing) for thing in things))


def _pounds(amount: Any) -> str:
    return "" if amount is None else f"£{amount:,.2f}".removesuffix(".00")


def keep_proposal(call: Call, actor: User, comment: str) -> Proposal:
    """Keep what is sent; call it in the transaction of the sending."""
    return Proposal.objects.create(
        call=call,
        number=call.proposals.count() + 1,
        by=actor,
        comment=comment.strip(),
        content=content_of(call),
    )


def close_proposal(
    call: Call, actor: User, outcome: ProposalOutcome, answer: str, reasons: list[list[str]]
) -> None:
    """Write down how a sending ended; an older call may have been sent before they were kept."""
    call.proposals.filter(outcome=ProposalOutcome.WAITING).update(
        outcome=outcome,
        decided_by=actor,
        decided_at=timezone.now(),
        answer=answer.strip(),
        reasons=reasons,
    )


def changed_since_last(call: Call) -> tuple[Proposal | None, list[tuple[str, list[Difference]]]]:
    """The sending before the one that waits (or the last, of a draft), and what differs since.

    Differences stand under the name of their stage, or under "The call".
    """
    ended = call.proposals.exclude(outcome=ProposalOutcome.WAITING)
    last = ended.order_by("-number").first()
    return (last, list(differences(last.content, content_of(call)))) if last else (None, [])


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, list[Difference]]]:
    """What changed between two contents, by what it belongs to."""
    facts = [
        Difference(what, old["facts"].get(what) or NONE, text or NONE)
        for what, text in new["facts"].items()
        if old["facts"].get(what, "") != text
    ]
    if facts:
        yield "The call", facts
    before = {stage["id"]: stage["rules"] for stage in old["stages"]}
    after = {stage["id"]: stage["rules"] for stage in new["stages"]}
    for pk, rules in after.items():
        if pk not in before:
            yield rules["stage"], [Difference("Stage added", "", rules["stage"])]
        elif found := rulebook_differences(before[pk], rules):
            yield rules["stage"], found
    for pk, rules in before.items():
        if pk not in after:
            yield rules["stage"], [Difference("Stage taken out", rules["stage"], "")]
    kept = [pk for pk in before if pk in after]
    if kept != [pk for pk in after if pk in before]:
        names = (" → ".join(book[pk]["stage"] for pk in book) for book in (before, after))
        yield "Order of the stages", [Difference("Order", *names)]


def approvers_of(call: Call) -> list[User]:
    """Who may approve it: active officers of its region who neither sent nor own it."""
    involved = [pk for pk in (call.proposed_by_id, call.owner_id) if pk]
    officers = User.objects.filter(
        is_active=True, region_roles__region=call.region_id, region_roles__role=Role.OFFICER
    )
    return list(officers.exclude(pk__in=involved).distinct().order_by("name", "pk"))
