"""Steps of the legal checklist that come before the call is advertised, and its route's money."""

from collections.abc import Iterator

from challenges.calls.checks.finding import Finding, Severity, Subject
from challenges.calls.legal.checklist import legal_checklist, route_warnings


def before_it_is_public(subject: Subject) -> Iterator[Finding]:
    for step in legal_checklist(subject.call):
        if step.comes_first and not step.is_done:
            yield Finding(
                "legal-step",
                "legal_route",
                f"Not done yet, and due before the call is public: {step.text}.",
                Severity.ASKS,
                step.key,
            )


def money_of_the_route(subject: Subject) -> Iterator[Finding]:
    for number, sentence in enumerate(route_warnings(subject.call)):
        yield Finding(
            "route-money", "legal_route", sentence, Severity.NOTE, f"legal_route-{number}"
        )


CHECKS = (before_it_is_public, money_of_the_route)
