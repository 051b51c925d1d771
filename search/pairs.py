"""A call beside an organisation: how well they fit, why, and what is missing."""

from django.utils import timezone

from search.reasons import (
    capability_gaps,
    capability_reasons,
    meant_gaps,
    meant_reasons,
    place_gaps,
    place_reasons,
    record_reasons,
    sector_reasons,
)
from search.records import Brief, Funded, Profile
from search.scoring import (
    Fit,
    capability_score,
    fits,
    freshness_score,
    is_unsuited,
    overlap_score,
    record_score,
    weighed,
)


class Pair:
    """A call and an organisation, with what each says that the other might want."""

    def __init__(self, brief: Brief, profile: Profile) -> None:
        self.brief, self.profile = brief, profile
        self.fits: list[Fit] = fits(brief.asked, profile.held)

    def score(
        self,
        text: float | None,
        liked: bool | None = False,
        *,
        capabilities: float | None = None,
    ) -> float:
        """From 0 to 1.

        Args:
            text: relevance of the one's words to the other's, from 0 to 1.
            capabilities: in place of what the fits come to.
        """
        brief, profile = self.brief, self.profile
        if capabilities is None:
            capabilities = capability_score(self.fits)
        place = {profile.place} if profile.place else set()
        unsuited = is_unsuited(brief.stages, profile.stage) + is_unsuited(brief.sizes, profile.size)
        return weighed(
            {
                "capabilities": capabilities,
                "text": text or 0.0,
                "sectors": overlap_score(brief.sectors, profile.sectors),
                "record": record_score(len(self.funded), len(self.same)),
                "places": overlap_score(brief.places, place),
                "freshness": freshness_score((timezone.now() - profile.updated_at).days),
            },
            liked=bool(liked),
            unsuited=unsuited,
        )

    @property
    def funded(self) -> list[Funded]:
        """Projects of other calls."""
        return [each for each in self.profile.funded if each.call != self.brief.pk]

    @property
    def same(self) -> list[Funded]:
        """Those of them that serve one of the call's objectives."""
        return [each for each in self.funded if each.objectives & self.brief.objectives]

    @property
    def has_reason(self) -> bool:
        """Whether there is one beside words: a place alone is none."""
        return bool(
            any(fit.is_met for fit in self.fits)
            or self.brief.sectors & self.profile.sectors
            or self.same
        )

    def reasons(self, words: list[str]) -> list[str]:
        """Empty where the two share nothing worth showing: a place alone is no reason."""
        brief, profile = self.brief, self.profile
        found = [
            *capability_reasons(self.fits),
            *words,
            *sector_reasons(brief.sectors & profile.sectors),
            *record_reasons([each.title for each in self.same]),
        ]
        if not found:
            return []
        return [
            *found,
            *meant_reasons(*self._meant),
            *place_reasons(brief.places, profile.place),
        ]

    @property
    def other_gaps(self) -> list[str]:
        """Those that no capability would fill."""
        place = place_gaps(self.brief.places, self.profile.place)
        return [*meant_gaps(*self._meant), *place]

    @property
    def gaps(self) -> list[str]:
        return [*capability_gaps(self.fits), *self.other_gaps]

    @property
    def _meant(self) -> tuple[list[str], list[str], str, str]:
        return self.brief.stages, self.brief.sizes, self.profile.stage, self.profile.size
