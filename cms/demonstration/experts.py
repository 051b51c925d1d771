"""Invented people of the directory: some of whom everybody may read about."""

from challenges.people.models import Expert, Group
from cms.demonstration.people import JUDGE, PANEL
from cms.demonstration.world import World
from startups.models import Capability

PEOPLE = (
    ("Ines Halloway", Group.BOARD, "Chair of the Digital Board (invented)", "service-design", True),
    ("Marcus Teale", Group.BOARD, "Director of a digital charity (invented)",
     "digital-inclusion social-connection", True),
    ("Dr Farah Winslow", Group.AMBASSADOR, "Reader in machine learning (invented)",
     "machine-learning predictive-analytics natural-language-processing", True),
    ("Callum Ridgeway", Group.AMBASSADOR, "Network engineer (invented)",
     "internet-of-things 5g-networks edge-computing", True),
    ("Joyce Abara", Group.WORKING_GROUP, "Head of housing data, a council (invented)",
     "housing-homelessness data-integration", False),
    ("Peter Lindqvist", Group.WORKING_GROUP, "Transport planner (invented)",
     "mobility-as-a-service traffic-management active-travel", False),
    ("Sunita Marlow", Group.OUTSIDE, "Consultant in energy (invented)",
     "energy-management construction-technology", False),
    ("Tom Kerrigan", Group.OUTSIDE, "Security tester (invented)",
     "cyber-security digital-identity", True),
)  # fmt: skip


def load_experts(world: World) -> int:
    """How many are in the directory: these, and everybody who sits on the panels."""
    judges = [(JUDGE.email, JUDGE.name), *PANEL]
    capabilities = {each.code: each for each in Capability.objects.all()}
    for email, name in judges:
        Expert.objects.create(
            region=world.region,
            email=email,
            name=name,
            group=Group.OUTSIDE,
            about="Judges in the demonstration.",
            is_demonstration=True,
        ).expertise.set([capabilities["service-design"]])
    for name, group, post, codes, is_public in PEOPLE:
        Expert.objects.create(
            region=world.region,
            email=f"{name.split()[-1].lower()}@example.org",
            name=name,
            group=group,
            post=post,
            about="Invented for the demonstration: no such person exists.",
            is_public=is_public,
            is_demonstration=True,
        ).expertise.set([capabilities[code] for code in codes.split()])
    return len(judges) + len(PEOPLE)
