"""No number is too large to be asked for: it is in no row."""

import pytest
from django.contrib.auth.models import Group
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from challenges.calls.models import Call, Stage
from challenges.pitches.models import Entry
from marketplace.accounts.models import User
from tests.factories import UserFactory, make_call

pytestmark = pytest.mark.django_db
FAR = [10**39, -(10**39), 2**63, -(2**63) - 1, 2**31]


@pytest.mark.parametrize("number", FAR)
def test_nothing_is_found_by_any_way_of_asking(number: int) -> None:
    call = make_call()
    stage = call.first_stage
    asked = [
        Call.objects.filter(pk__in=[number]),
        Call.objects.filter(pk__in={number}),
        Call.objects.filter(region__in=[number]),
        Call.objects.filter(region=number),
        Call.objects.filter(region_id=number),
        Call.objects.filter(region__pk__in=[number]),
        Call.objects.filter(stages__in=[number]),
        Call.objects.filter(stages__in=[number, number + 1] * 600),
        Stage.objects.filter(call__region__in=[number]),
        Entry.objects.filter(pitch__organisation__in=[number]),
        User.objects.filter(groups__in=[number]),
    ]
    for rows in asked:
        assert list(rows) == []
        assert (rows.count(), rows.exists()) == (0, False)
    assert list(Call.objects.filter(pk__in=[number, call.pk])) == [call]
    assert list(Call.objects.exclude(pk__in=[number])) == [call]
    assert list(Call.objects.exclude(region=number)) == [call]
    assert list(Stage.objects.filter(call__in=[number, call.pk])) == [stage]


@pytest.mark.parametrize("number", FAR)
def test_fields_that_choose_rows_say_that_it_is_none(number: int) -> None:
    many, one = ModelMultipleChoiceField(Group.objects), ModelChoiceField(Group.objects)
    for field, given_ in ((many, [str(number)]), (one, str(number))):
        with pytest.raises(Exception, match=r"valid choice|available choices"):
            field.clean(given_)


class AnyNumber(TestCase):
    @given(st.lists(st.integers()))
    def test_those_that_are_there_are_found_and_no_others(self, numbers: list[int]) -> None:
        person = UserFactory()
        found = set(User.objects.filter(pk__in=[*numbers, person.pk]).values_list("pk", flat=True))
        assert found == {person.pk} | (set(numbers) & found)
        assert person.pk in found
