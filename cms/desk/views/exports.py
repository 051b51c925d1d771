"""The desk's lists as files: each opens to whom its page opens, with the rows of that page."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from challenges.calls.models import Stage
from cms.desk import panel_sheets, sheets
from cms.desk.finders import find_stage, find_stage_to_decide
from cms.desk.taking import hand_out
from cms.desk.views.appeals import listed_appeals
from cms.desk.views.calls import listed_calls
from cms.desk.views.enquiries import listed_enquiries
from cms.desk.views.people import listed_people
from cms.desk.views.projects import listed_projects
from cms.desk.views.sign_offs import listed_sign_offs
from marketplace.access import allow
from marketplace.accounts.proving import proved_lately
from marketplace.accounts.requests import SignedInRequest
from marketplace.spreadsheets import Sheet


@require_safe
@allow("accounts.work_at_desk")
def calls(request: SignedInRequest, kind: str) -> HttpResponse:
    return hand_out(request, kind, "calls", lambda: sheets.call_sheets(listed_calls(request)[2]))


@require_safe
@allow("accounts.work_at_desk")
@proved_lately("take personal data out of the service", reading=True)
def enquiries(request: SignedInRequest, kind: str) -> HttpResponse:
    _, rows = listed_enquiries(request)
    return hand_out(request, kind, "questions", lambda: sheets.question_sheets(rows))


@require_safe
@allow("accounts.work_at_desk")
@proved_lately("take personal data out of the service", reading=True)
def appeals(request: SignedInRequest, kind: str) -> HttpResponse:
    _, rows = listed_appeals(request)
    return hand_out(request, kind, "appeals", lambda: sheets.appeal_sheets(rows))


@require_safe
@allow("accounts.work_at_desk")
def projects(request: SignedInRequest, kind: str) -> HttpResponse:
    _, rows = listed_projects(request)
    return hand_out(request, kind, "projects", lambda: sheets.project_sheets(rows))


@require_safe
@allow("accounts.work_at_desk")
@proved_lately("take personal data out of the service", reading=True)
def sign_offs(request: SignedInRequest, kind: str) -> HttpResponse:
    _, rows = listed_sign_offs(request)
    return hand_out(request, kind, "for-a-second-officer", lambda: sheets.sign_off_sheets(rows))


@require_safe
@allow("accounts.work_at_desk")
@proved_lately("take personal data out of the service", reading=True)
def people(request: SignedInRequest, kind: str) -> HttpResponse:
    _, rows = listed_people(request)
    return hand_out(request, kind, "people", lambda: sheets.people_sheets(rows))


def taken_as(find: Callable[[int], Stage]) -> Callable[[int, str], Stage]:
    """A finder of a stage that keeps on it (`taken_as`) which format the address asks for."""

    def found(pk: int, kind: str) -> Any:
        stage: Any = find(pk)
        stage.taken_as = kind
        return stage

    return found


@require_safe
@allow("judging.view_ranking", of=taken_as(find_stage_to_decide))
def ranking(request: SignedInRequest, stage: Stage) -> HttpResponse:
    return _of_stage(request, stage, "ranking", panel_sheets.ranking_sheets)


@require_safe
@allow("judging.view_ranking", of=taken_as(find_stage_to_decide))
def fairness(request: SignedInRequest, stage: Stage) -> HttpResponse:
    return _of_stage(request, stage, "fairness", panel_sheets.fairness_sheets)


@require_safe
@allow("judging.run_panel", of=taken_as(find_stage))
@proved_lately("take personal data out of the service", reading=True)
def reading(request: SignedInRequest, stage: Stage) -> HttpResponse:
    return _of_stage(request, stage, "who-reads-what", panel_sheets.reading_sheets)


@require_safe
@allow("judging.run_panel", of=taken_as(find_stage))
@proved_lately("take personal data out of the service", reading=True)
def panel(request: SignedInRequest, stage: Stage) -> HttpResponse:
    return _of_stage(request, stage, "panel", panel_sheets.panel_sheets)


def _of_stage(
    request: SignedInRequest, stage: Any, name: str, sheets_of: Callable[[Stage], list[Sheet]]
) -> HttpResponse:
    name = f"{name}-{stage.call.reference}-{stage.order}"
    return hand_out(request, stage.taken_as, name, lambda: sheets_of(stage))
