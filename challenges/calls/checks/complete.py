"""What applicants must be told and is not there yet."""

from collections.abc import Iterator

from challenges.calls.checks.finding import Finding, Subject


def goals_and_route(subject: Subject) -> Iterator[Finding]:
    call = subject.call
    if not call.objectives.exists():
        yield Finding(
            "no-objective",
            "objectives",
            "Choose at least one objective that the call serves.",
            field="objectives",
        )
    if not call.legal_route:
        yield Finding("no-route", "legal_route", "Choose the legal route.", field="legal_route")
    if not subject.rounds:
        yield Finding("no-stage", "stages", "Add a stage with its dates.")


def parts_of_stages(subject: Subject) -> Iterator[Finding]:
    for each in subject.rounds:
        is_entered = each.stage.order == 1 or subject.call.is_rolling
        if is_entered and not each.asked:
            yield each.say("no-question", f"Add at least one question to “{each.stage.name}”.")
        if not each.criteria:
            yield each.say("no-criterion", f"Add at least one criterion to “{each.stage.name}”.")


CHECKS = (goals_and_route, parts_of_stages)
