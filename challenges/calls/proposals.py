"""What a call would seal, kept at each sending, and what changed since the one before.

Content is plain JSON: {"facts": {what: text}, "stages": [{"id", "order", "rules"}, …]}, where
`rules` is a rulebook's content (see `challenges.calls.rulebook`). Floors above add what they make
public with the call, by `keep_also`: the words of its page stand as {what: text} under "page".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from challenges.calls.differences import Difference, rulebook_differences
from challenges.calls.models import Call, Proposal, ProposalOutcome
from challenges.calls.rulebook import rulebook_content
from marketplace.accounts.models import Role, User
from marketplace.numbers import pounds

NONE = "none"


@dataclass(frozen=True)
class AlsoKept:
    """What a floor above makes public with a call."""

    heading: str
    read: Callable[[Call], dict[str, str]]
    """{what: text} of a call as it is saved; a text's lines are compared one by one."""


_ALSO: dict[str, AlsoKept] = {}


def keep_also(key: str, heading: str, read: Callable[[Call], dict[str, str]]) -> None:
    """Keep this too, under `key`, with each sending; call it where an app is made ready.

    Raises:
        ValueError: the key is taken.
    """
    also = AlsoKept(heading, read)
    if key in {"facts", "stages"} or _ALSO.setdefault(key, also) != also:
        raise ValueError(f"{key!r} is kept already")


def content_of(call: Call) -> dict[str, Any]:
    """Everything that approval would seal or publish of a call, as it is saved now."""
    stages = call.stages.order_by("order").select_related("call")
    return {
        "facts": _facts(call),
        "stages": [
            {"id": stage.pk, "order": stage.order, "rules": rulebook_content(stage)}
            for stage in stages
        ],
        **{key: also.read(call) for key, also in _ALSO.items()},
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
    return "" if amount is None else pounds(amount)


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


def changed_since_last(
    call: Call, content: dict[str, Any] | None = None
) -> tuple[Proposal | None, list[tuple[str, list[Difference]]]]:
    """The sending before the one that waits (or the last, of a draft), and what differs since.

    Differences stand under the name of their stage, or under "The call" or "The page".

    Args:
        content: of the call now, where it was read already.
    """
    ended = call.proposals.exclude(outcome=ProposalOutcome.WAITING)
    last = ended.order_by("-number").first()
    if last is None:
        return None, []
    return last, list(differences(last.content, content or content_of(call)))


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
    for key, also in _ALSO.items():
        # An older sending did not keep it, so nothing can be said of what changed.
        if key in old and (found := list(_of_texts(old[key], new[key]))):
            yield also.heading, found


def _of_texts(old: dict[str, str], new: dict[str, str]) -> Iterator[Difference]:
    """The lines that differ, each passage beside what stood there before."""
    for what in dict.fromkeys([*new, *old]):
        before, after = (_lines(each.get(what, "")) for each in (old, new))
        for tag, i, j, k, n in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Difference(what, "\n".join(before[i:j]), "\n".join(after[k:n]))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def approvers_of(call: Call) -> list[User]:
    """Who may approve it: active officers of its region who neither sent nor own it."""
    involved = [pk for pk in (call.proposed_by_id, call.owner_id) if pk]
    officers = User.objects.filter(
        is_active=True, region_roles__region=call.region_id, region_roles__role=Role.OFFICER
    )
    return list(officers.exclude(pk__in=involved).distinct().order_by("name", "pk"))
