"""The calibration round of a panel: write its samples, open it, see where judges differ."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from challenges.calls.models import Stage
from challenges.judging import services
from challenges.judging.calibration import compare, progress, sample_texts
from challenges.judging.models import Calibration, Score
from cms.desk.finders import find_stage
from cms.desk.forms import SamplesForm
from cms.desk.rendering import desk_page, say_refused, stage_crumbs
from marketplace.access import allow
from marketplace.accounts.requests import SignedInRequest
from marketplace.errors import Refused


@allow("judging.run_panel", of=find_stage)
def calibration(request: SignedInRequest, stage: Stage) -> HttpResponse:
    found = Calibration.objects.filter(panel__stage=stage).select_related("panel__stage").first()
    form = None if found else SamplesForm(request.POST or None, initial=_built_in())
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            services.open_calibration(
                stage=stage, samples=form.texts() if form else [], actor=request.user
            )
        except Refused as refused:
            say_refused(request, refused)
        else:
            messages.success(request, "The calibration round is open. The judges were told.")
            return redirect("desk:calibration", pk=stage.pk)
    samples = list(found.samples.all()) if found else []
    compared = [compare(sample, stage) for sample in samples]
    return desk_page(
        request,
        "desk/calibration.html",
        title=f"Calibration: {stage.name}",
        icon="cog",
        crumbs=stage_crumbs(stage),
        stage=stage,
        calibration=found,
        form=form,
        samples=samples,
        comparisons=[each for each in compared if each],
        progress=progress(found) if found else [],
        has_begun=Score.objects.filter(assignment__entry__stage=stage).exists(),
        status=400 if form is not None and form.errors else 200,
    )


def _built_in() -> dict[str, str]:
    """The samples that come with the service, as the form's first values."""
    values = {}
    for number, (title, text) in enumerate(sample_texts(), start=1):
        values[f"title_{number}"], values[f"text_{number}"] = title, text
    return values
