"""Case studies of two projects of the demonstration."""

from django.utils import timezone

from challenges.awards.models import Award
from cms.demonstration.announced import rich
from cms.models import CaseStudyIndexPage, CaseStudyPage
from cms.page_records import unrecorded

STUDIES = (
    (
        "What sensors in homes told a repairs team",
        "Readings every ten minutes from homes that took part showed which would be damp before "
        "anybody complained. Invented for the demonstration.",
        "Tenants said yes when a neighbour asked them, and no when a letter did. The team that "
        "repairs read the list each Monday, so the list had to be short.",
        "The letter to tenants, the data agreement, and the list of what made a reading wrong.",
    ),
    (
        "A pilot in one neighbourhood, and what it took to leave it",
        "Young people tested the service for a term; the school still uses it. Invented for the "
        "demonstration.",
        "The pilot cost less than planned and took twice as long. What helped most was one person "
        "in the council who answered the same day.",
        "The plan of the first six weeks, and the questions that we would ask sooner.",
    ),
)


def load_case_studies() -> int:
    """One for each of the first invented awards; how many."""
    index = CaseStudyIndexPage.objects.get()
    awards = Award.objects.filter(is_demonstration=True, state="completed").order_by("pk")
    for award, (title, summary, paragraph, reuse) in zip(awards, STUDIES, strict=False):
        study = CaseStudyPage(
            title=title,
            award=award,
            summary=summary,
            body=[("heading", "What happened"), ("paragraph", rich(paragraph))],
            reuse=reuse,
            first_published_at=timezone.now(),
        )
        with unrecorded():  # of projects whose story has dates of its own
            index.add_child(instance=study).save_revision().publish()
    return min(len(awards), len(STUDIES))
