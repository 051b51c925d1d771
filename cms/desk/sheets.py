"""The desk's lists as sheets: calls, questions, appeals, projects, sign-offs, people."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from challenges.calls.matters import matter_of
from cms.desk.taking import Columns, local, name_of, sheet_of, yes
from marketplace.spreadsheets import Sheet

CALL: Columns = {
    "Reference": lambda call: call.reference,
    "Title": lambda call: call.title,
    "Kind": lambda call: call.get_kind_display(),
    "Status": lambda call: call.status.label,
    "Opens": lambda call: local(call.opens_at),
    "Closes": lambda call: local(call.closes_at),
    "Decisions released": lambda call: local(call.decided_at),
    "Stages": lambda call: call.stage_count,
    "Pitches submitted": lambda call: call.submitted,
    "Pitches being written": lambda call: call.drafts,
    "Budget in pounds": lambda call: call.budget,
    "At most for one award in pounds": lambda call: call.award_limit,
    "Programme": lambda call: name_of(call.programme),
    "Commissioned by": lambda call: call.commissioner,
    "Run with": lambda call: call.partner,
    "Legal route": lambda call: call.get_legal_route_display(),
    "Objectives": lambda call: _joined(call.objectives.all()),
    "Sectors": lambda call: _joined(call.sectors.all()),
    "Places": lambda call: _joined(call.places.all()),
    "Owner": lambda call: name_of(call.owner),
    "Approved by": lambda call: name_of(call.approved_by),
    "Approved": lambda call: local(call.approved_at),
    "Summary": lambda call: call.summary,
    "Region": lambda call: call.region.name,
}
STAGE: Columns = {
    "Call": lambda stage: stage.call.reference,
    "Title of the call": lambda stage: stage.call.title,
    "Number": lambda stage: stage.order,
    "Stage": lambda stage: stage.name,
    "Opens": lambda stage: local(stage.opens_at),
    "Enquiries until": lambda stage: local(stage.enquiries_close_at),
    "Closes": lambda stage: local(stage.closes_at),
    "Panel closes": lambda stage: local(stage.scores_due_at),
    "Decision on": lambda stage: stage.decision_on,
    "Released": lambda stage: local(stage.released_at),
    "Judged without names": lambda stage: yes(stage.hides_names),
}


def call_sheets(calls: QuerySet) -> list[Sheet]:
    """A row a call of `calls_with_counts`, and a row a stage."""
    found = list(
        calls.select_related("programme", "region", "owner", "approved_by").prefetch_related(
            "objectives", "sectors", "places", "stages"
        )
    )
    stages = [stage for call in found for stage in _stages(call)]
    return [sheet_of("Calls", CALL, found), sheet_of("Stages", STAGE, stages)]


def _stages(call: Any) -> Iterable[Any]:
    for stage in call.stages.all():
        stage.call = call
        yield stage


QUESTION: Columns = {
    "Question as published": lambda each: each.question,
    "As it was asked": lambda each: each.typed,
    "About": lambda each: each.call.title if each.call else each.get_topic_display(),
    "State": lambda each: each.get_state_display(),
    "Asked": lambda each: local(each.asked_at),
    "Asked by": lambda each: name_of(each.asked_by),
    "Due": lambda each: each.due_on,
    "Whose": lambda each: name_of(each.owner),
    "Answer": lambda each: each.answer,
    "Answered to everyone": lambda each: yes(each.is_public),
    "Answered": lambda each: local(each.answered_at),
    "Answered by": lambda each: name_of(each.answered_by),
}


def question_sheets(enquiries: QuerySet) -> list[Sheet]:
    rows = enquiries.select_related("call", "owner", "asked_by", "answered_by")
    return [sheet_of("Questions", QUESTION, rows)]


APPEAL: Columns = {
    "What": lambda each: each.get_kind_display(),
    "Reference": lambda each: each.entry.pitch.reference,
    "Pitch": lambda each: str(each.entry.pitch),
    "Organisation": lambda each: each.entry.pitch.organisation.name,
    "Call": lambda each: each.entry.stage.call.title,
    "Stage": lambda each: each.entry.stage.name,
    "State": lambda each: each.get_state_display(),
    "Grounds": lambda each: each.grounds,
    "Filed": lambda each: local(each.filed_at),
    "Due": lambda each: each.due_on,
    "Who looks at it": lambda each: name_of(each.reviewer),
    "Answer": lambda each: each.answer,
    "Answered": lambda each: local(each.answered_at),
    "Answered by": lambda each: name_of(each.answered_by),
    "What came of it": lambda each: each.came_of_it,
    "Carried out": lambda each: local(each.carried_out_at),
}


def appeal_sheets(appeals: QuerySet) -> list[Sheet]:
    rows = appeals.select_related(
        "entry__pitch__organisation", "entry__stage__call", "reviewer", "answered_by"
    )
    return [sheet_of("Appeals", APPEAL, rows)]


PROJECT: Columns = {
    "Project": lambda award: award.title,
    "Organisation": lambda award: award.organisation.name,
    "Place": lambda award: award.organisation.place_label,
    "Call": lambda award: award.call.title,
    "Programme": lambda award: name_of(award.call.programme),
    "Stage": lambda award: name_of(award.stage and award.stage.name),
    "Pitch": lambda award: award.entry.pitch.reference if award.entry else "",
    "State": lambda award: award.get_state_display(),
    "State since": lambda award: award.state_changed_on,
    "Why": lambda award: award.state_reason,
    "Amount in pounds": lambda award: award.amount,
    "The amount is a limit": lambda award: yes(award.amount_is_limit),
    "Awarded": lambda award: award.awarded_on,
    "Put right": lambda award: award.corrected_on,
    "What was put right": lambda award: award.correction_note,
    "Source": lambda award: award.source,
    "Summary": lambda award: award.summary,
}


def project_sheets(awards: QuerySet) -> list[Sheet]:
    """A row a project of `for_listing`."""
    return [sheet_of("Projects", PROJECT, awards.select_related("entry__pitch"))]


SIGN_OFF: Columns = {
    "What": lambda row: matter_of(row.matter).title,
    "Call": lambda row: row.call.title,
    "Reason": lambda row: row.reason,
    "Proposed by": lambda row: name_of(row.proposed_by),
    "Proposed": lambda row: local(row.proposed_at),
    "State": lambda row: row.get_state_display(),
    "Answered by": lambda row: name_of(row.answered_by),
    "Answered": lambda row: local(row.answered_at),
    "Their word on it": lambda row: row.answer,
}


def sign_off_sheets(sign_offs: QuerySet) -> list[Sheet]:
    return [sheet_of("For a second officer", SIGN_OFF, sign_offs)]


PERSON: Columns = {
    "Name": lambda expert: expert.name,
    "E-mail address": lambda expert: expert.email,
    "Group": lambda expert: expert.get_group_display(),
    "Post": lambda expert: expert.post,
    "Knows": lambda expert: "; ".join(each.name for each in expert.expertise.all()),
    "Pitches at most": lambda expert: expert.most_pitches,
    "Away from": lambda expert: expert.away_from,
    "Away until": lambda expert: expert.away_until,
    "Left": lambda expert: local(expert.left_at),
    "About": lambda expert: expert.about,
    "Everybody may read it": lambda expert: yes(expert.is_public),
}


def people_sheets(people: QuerySet) -> list[Sheet]:
    """A row a person of `for_listing`."""
    return [sheet_of("People", PERSON, people)]


def _joined(things: Iterable[Any]) -> str:
    return "; ".join(str(thing) for thing in things)
