"""Things to test with, each the least that is valid; pass fields to make it something else."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from challenges.awards.models import Award
from challenges.calls.models import (
    Call,
    CallState,
    Criterion,
    Question,
    QuestionKind,
    SignOff,
    Stage,
)
from challenges.calls.services import seal_rulebook
from challenges.calls.sign_offs import sign
from challenges.judging.before_release import Ready
from challenges.judging.models import Assignment, Decision, MemberState, Panel, PanelMember, Release
from challenges.judging.models import MemberRole as PanelRole
from challenges.judging.services.releasing import propose_release, release_decisions
from challenges.pitches.models import Answer, Entry, Pitch
from challenges.pitches.services import submit_entry
from marketplace.accounts.models import Role, User
from marketplace.accounts.services import grant_role
from marketplace.regions.models import LocalAuthority, Objective, Region, Sector
from marketplace.tokens import new_token
from startups.models import Capability, CapabilityGroup, MemberRole, Membership, Organisation

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


class RegionFactory(DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "E47000007"
    name = "West Midlands Combined Authority"
    short_name = "WMCA"
    slug = "wmca"


class LocalAuthorityFactory(DjangoModelFactory):
    class Meta:
        model = LocalAuthority
        django_get_or_create = ("code",)

    region = factory.SubFactory(RegionFactory)
    code = factory.Sequence(lambda n: f"E08{n:06}")
    name = factory.Sequence(lambda n: f"Borough {n}")


class ObjectiveFactory(DjangoModelFactory):
    class Meta:
        model = Objective
        django_get_or_create = ("region", "code")

    region = factory.SubFactory(RegionFactory)
    code = "housing"
    name = "Housing"
    aim = "more homes and a wider range of them"


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = Sector
        django_get_or_create = ("region", "slug")

    region = factory.SubFactory(RegionFactory)
    slug = "construction"
    name = "Construction"


class CapabilityFactory(DjangoModelFactory):
    class Meta:
        model = Capability
        django_get_or_create = ("code",)

    group = factory.LazyFunction(
        lambda: CapabilityGroup.objects.get_or_create(name="Data and AI")[0]
    )
    code = factory.Sequence(lambda n: f"capability-{n}")
    name = factory.Sequence(lambda n: f"Capability {n}")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Start-up {n}")
    slug = factory.Sequence(lambda n: f"start-up-{n}")
    summary = "Sensors and forecasts for councils."

    @factory.post_generation
    def owner(self, create: bool, owner: User | None, **kwargs: Any) -> None:
        """`OrganisationFactory(owner=user)` puts that person on the team as owner."""
        if owner:
            Membership.objects.create(organisation=self, user=owner, role=MemberRole.OWNER)


class CallFactory(DjangoModelFactory):
    """A draft call with nothing in it; `make_call` makes a whole one."""

    class Meta:
        model = Call

    region = factory.SubFactory(RegionFactory)
    title = factory.Sequence(lambda n: f"How might we solve problem {n}?")
    summary = "A problem worth solving, in two sentences. It matters to residents."
    legal_route = "grant"
    award_limit = 50_000


def make_officer(region: Region | None = None, **fields: Any) -> User:
    user = UserFactory(**fields)
    grant_role(user=user, region=region or RegionFactory(), role=Role.OFFICER)
    return user


def make_site_person(role: Role, **fields: Any) -> User:
    """Somebody with a role of the whole site, a site editor or a platform administrator."""
    user = UserFactory(**fields)
    grant_role(user=user, region=None, role=role)
    return user


def make_call(
    *,
    state: str = CallState.APPROVED,
    opens_in: timedelta = timedelta(days=-1),
    closes_in: timedelta = timedelta(days=1),
    blind: bool = False,
    stages: int = 1,
    **fields: Any,
) -> Call:
    """A call with one question of words, one of money, two criteria a stage; open by default."""
    call = CallFactory(state=state, **fields)
    call.objectives.add(ObjectiveFactory(region=call.region))
    for order in range(1, stages + 1):
        _make_stage(call, order, opens_in, closes_in, blind)
        opens_in, closes_in = closes_in + timedelta(days=10), closes_in + timedelta(days=20)
    return call


def _make_stage(
    call: Call, order: int, opens_in: timedelta, closes_in: timedelta, blind: bool
) -> Stage:
    now = timezone.now()
    stage = Stage.objects.create(
        call=call,
        order=order,
        name="Application" if order == 1 else f"Stage {order}",
        opens_at=now + opens_in,
        closes_at=now + closes_in,
        scores_due_at=now + closes_in + timedelta(days=7),
        decision_on=(now + closes_in + timedelta(days=9)).date(),
        is_blind=blind,
    )
    Question.objects.create(stage=stage, sort_order=0, label="What would you do?", max_words=50)
    Question.objects.create(
        stage=stage,
        sort_order=1,
        kind=QuestionKind.MONEY,
        label="What would it cost?",
        is_ask=True,
    )
    Criterion.objects.create(stage=stage, sort_order=0, name="Impact", weight=60)
    Criterion.objects.create(stage=stage, sort_order=1, name="Feasibility", weight=40)
    if call.state == CallState.APPROVED:
        seal_rulebook(stage)
    return stage


def make_entry(
    *,
    call: Call | None = None,
    organisation: Organisation | None = None,
    stage: Stage | None = None,
) -> Entry:
    """A draft with good answers, for a new organisation with one owner unless given."""
    call = call or make_call()
    stage = stage or call.first_stage
    organisation = organisation or OrganisationFactory(owner=UserFactory())
    pitch = Pitch.objects.create(
        call=call, organisation=organisation, title="Warm homes", summary="We find damp early."
    )
    entry = Entry.objects.create(pitch=pitch, stage=stage, rulebook=stage.rulebook)
    answers = ["We put sensors in homes.", "12,500"]
    for question, value in zip(stage.questions.all(), answers, strict=True):
        Answer.objects.create(entry=entry, question=question, value=value)
    return entry


def submit(entry: Entry) -> Entry:
    """Submit as the team's first member; the stage must be open."""
    person = User.objects.filter(memberships__organisation=entry.pitch.organisation).first()
    submit_entry(entry=entry, actor=person)
    return Entry.objects.get(pk=entry.pk)


def make_judge(stage: Stage, *, declared: bool = True, **fields: Any) -> PanelMember:
    """Somebody who has accepted (and, by default, declared) on a stage's panel."""
    user = UserFactory(**fields)
    grant_role(user=user, region=stage.call.region, role=Role.JUDGE)
    panel, _ = Panel.objects.get_or_create(stage=stage)
    return PanelMember.objects.create(
        panel=panel,
        email=user.email,
        name=user.name,
        user=user,
        state=MemberState.ACCEPTED,
        token_digest=new_token()[1],
        expires_at=timezone.now() + timedelta(days=14),
        declared_at=timezone.now() if declared else None,
    )


def make_chair(stage: Stage) -> PanelMember:
    chair = make_judge(stage)
    PanelMember.objects.filter(pk=chair.pk).update(role=PanelRole.CHAIR)
    return PanelMember.objects.select_related("panel__stage__call", "user").get(pk=chair.pk)


def assign(member: PanelMember, entry: Entry) -> Assignment:
    return Assignment.objects.create(member=member, entry=entry)


def close_stage(stage: Stage) -> Stage:
    """Move a stage's dates so that it has just closed and its panel may score."""
    now = timezone.now()
    Stage.objects.filter(pk=stage.pk).update(
        opens_at=now - timedelta(days=10), closes_at=now - timedelta(minutes=1)
    )
    return Stage.objects.select_related("call").get(pk=stage.pk)


def signed_release(
    stage: Stage,
    officer: User,
    *,
    explanation: str = "It was looked at.",
    second: User | None = None,
) -> SignOff:
    """Propose as one officer, with one reason for all that is odd, and sign as another; due now."""
    stage = Stage.objects.select_related("call__region").get(pk=stage.pk)
    signed = sign(
        sign_off=propose_release(
            stage=stage,
            actor=officer,
            reasons={oddity.code: explanation for oddity in Ready(stage).oddities},
        ),
        actor=second or make_officer(stage.call.region),
    )
    Release.objects.filter(sign_off=signed).update(goes_out_at=timezone.now())
    return signed


def release(
    stage: Stage, officer: User, *, second: User | None = None, **how: Any
) -> list[Decision]:
    """Two officers release a stage's decisions, and they go out; as `signed_release`. A second
    officer who isn't given leaves afterwards, so that nobody new stands in a test's region."""
    signer = second or make_officer(stage.call.region)
    released = release_decisions(sign_off=signed_release(stage, officer, second=signer, **how))
    if second is None:
        signer.region_roles.all().delete()
    return released


class AwardFactory(DjangoModelFactory):
    class Meta:
        model = Award

    call = factory.LazyFunction(make_call)
    organisation = factory.SubFactory(OrganisationFactory)
    title = factory.Sequence(lambda n: f"Project {n}")
    slug = factory.Sequence(lambda n: f"project-{n}")
    summary = "Sensors in 200 homes."
    amount = 10_000
    awarded_on = factory.LazyFunction(timezone.localdate)


def sign_in(client: Any, user: User) -> Any:
    """Sign a test client in as this person, past the second factor that staff need."""
    client.force_login(user)
    session = client.session
    session["second_factor"] = user.pk
    session.save()
    return client
