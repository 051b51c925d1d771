"""A team with a draft, and how a browser fills in its form."""

from types import SimpleNamespace

import pytest
from django.urls import reverse

from challenges.calls.models import Call, CallState, Question, Stage
from challenges.calls.services import seal_rulebook
from challenges.pitches.models import Answer, Entry
from tests.factories import OrganisationFactory, UserFactory, make_call, make_entry, sign_in


@pytest.fixture
def team(client):
    """`entry` of `organisation`, whose owner `person` is signed in to `client`."""
    person = UserFactory()
    organisation = OrganisationFactory(owner=person)
    entry = make_entry(organisation=organisation)
    sign_in(client, person)
    return SimpleNamespace(
        person=person, organisation=organisation, entry=entry, client=client, call=entry.pitch.call
    )


def url(name, entry):
    return reverse(f"pitches:{name}", args=[entry.pitch.reference])


def fresh(entry):
    return Entry.objects.get(pk=entry.pk)


def form_data(entry, **changes):
    """What a browser would send of a pitch with the two questions of `make_call`."""
    words, money = entry.stage.questions.all()
    answers = dict(entry.answers.values_list("question_id", "value"))
    data = {
        "version": entry.version,
        "action": "save",
        "title": entry.title,
        "summary": entry.summary,
        f"q{words.pk}": answers.get(words.pk, ""),
        f"q{money.pk}": answers.get(money.pk, ""),
    }
    named = {"words": f"q{words.pk}", "money": f"q{money.pk}"}
    return {**data, **{named.get(name, name): value for name, value in changes.items()}}


def answer(entry, place=0):
    question = entry.stage.questions.all()[place]
    return Answer.objects.get(entry=entry, question=question).value


def call_asking(*kinds, required=False, **fields):
    """An open call whose one stage asks a question of each kind."""
    call = make_call(state=CallState.DRAFT)
    stage = call.first_stage
    stage.questions.all().delete()
    for number, kind in enumerate(kinds):
        Question.objects.create(
            stage=stage,
            sort_order=number,
            kind=kind,
            label=f"Question {number}",
            required=required,
            choices="Red\nGreen\nBlue",
            **fields,
        )
    Call.objects.filter(pk=call.pk).update(state=CallState.APPROVED)
    call = Call.objects.get(pk=call.pk)
    seal_rulebook(Stage.objects.get(call=call))
    return call


def entry_for(call, organisation):
    from challenges.pitches.models import Pitch

    stage = call.first_stage
    pitch = Pitch.objects.create(
        call=call, organisation=organisation, title="Warm homes", summary="We find damp early."
    )
    return Entry.objects.create(pitch=pitch, stage=stage, rulebook=stage.rulebook)
