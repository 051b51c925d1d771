"""A call's brief as the checks of `challenges.calls.brief` take it."""

from challenges.calls.brief import Finding, check_brief
from challenges.calls.models import Call
from cms.desk.finders import page_of
from search.documents import page_text


def brief_findings(call: Call) -> list[Finding]:
    """The findings about the call's summary and the latest draft of its page."""
    page = page_of(call)
    latest = page.get_latest_revision_as_object() if page else None
    stages = call.stages.count()
    return check_brief(
        summary=call.summary,
        body=page_text(latest) if latest else "",
        has_budget=bool(call.budget or call.award_limit),
        stages=stages,
        undated=0,  # the database takes no stage without its dates
        essentials=call.wanted.filter(essential=True).count(),
    )
