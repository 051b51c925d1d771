"""Every check of a call, in one place: what stops its approval, asks a reason, or is a note.

The forms say what is found beside the field, the desk's checklist and the approver's page list
it, and `challenges.calls.services` refuses by it. To add a check: write a function that takes a
`Subject` and yields `Finding`s, put it in its file's list, and give it a row in
`tests/calls/test_checks.py`.
"""

from datetime import datetime

from django.utils import timezone

from challenges.calls.checks.complete import CHECKS as COMPLETE
from challenges.calls.checks.dates import CHECKS as DATES
from challenges.calls.checks.finding import Check, Finding, Severity, read
from challenges.calls.checks.law import CHECKS as LAW
from challenges.calls.checks.money import CHECKS as MONEY
from challenges.calls.checks.questions import CHECKS as QUESTIONS
from challenges.calls.checks.scoring import CHECKS as SCORING
from challenges.calls.models import Call, Stage

CHECKS: tuple[Check, ...] = (*COMPLETE, *DATES, *MONEY, *SCORING, *QUESTIONS, *LAW)


def find_findings(call: Call, now: datetime | None = None) -> list[Finding]:
    """Everything that the checks find in a call as it is saved, what stops first."""
    subject = read(call, now or timezone.now())
    found = [finding for check in CHECKS for finding in check(subject)]
    return sorted(found, key=lambda finding: tuple(Severity).index(finding.severity))


def findings_of_stage(stage: Stage, now: datetime | None = None) -> list[Finding]:
    """Those of one stage, for the form in which it is typed."""
    return [each for each in find_findings(stage.call, now) if each.place == f"stage-{stage.pk}"]


__all__ = ["CHECKS", "Finding", "Severity", "find_findings", "findings_of_stage"]
