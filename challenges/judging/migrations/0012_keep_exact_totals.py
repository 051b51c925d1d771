"""Give what is there already its exact total, and tell take-backs from recusals."""

from fractions import Fraction

from django.db import migrations
from django.db.models import Exists, F, OuterRef, Q

AT_ONCE = 500


def keep_exact_totals(apps, schema_editor):
    """From the scores, by the weights that each pitch was written for."""
    Assignment = apps.get_model("judging", "Assignment")
    Agreement = apps.get_model("judging", "Agreement")
    scored = Assignment.objects.filter(total__isnull=False, exact_total="")
    _fill(Assignment, scored)
    _fill(Agreement, Agreement.objects.filter(exact_total=""))


def _fill(model, rows):
    rows = rows.select_related("entry__rulebook").prefetch_related("scores").order_by("pk")
    changed = []
    for row in rows.iterator(chunk_size=AT_ONCE):
        exact = _exact(row)
        # A total that does not follow from its scores is left to stand as it is.
        if exact is not None and abs(exact - Fraction(row.total)) <= Fraction(1, 200):
            row.exact_total = str(exact)
            changed.append(row)
        if len(changed) >= AT_ONCE:
            model.objects.bulk_update(changed, ["exact_total"])
            changed = []
    model.objects.bulk_update(changed, ["exact_total"])


def _exact(row):
    criteria = row.entry.rulebook.content.get("criteria", []) if row.entry.rulebook else []
    given = {score.criterion_id: score.value for score in row.scores.all()}
    if not criteria or any(given.get(each["id"]) is None for each in criteria):
        return None
    shares = sum(Fraction(each["weight"] * given[each["id"]], each["scale"]) for each in criteria)
    return 100 * shares / sum(each["weight"] for each in criteria)


def tell_take_backs(apps, schema_editor):
    """Until now a discarded review was marked as recused, without any tie that bars its judge."""
    Assignment = apps.get_model("judging", "Assignment")
    Conflict = apps.get_model("judging", "Conflict")
    barring = Conflict.objects.filter(
        member=OuterRef("member"), entry=OuterRef("entry"), decision__in=("", "recuse")
    )
    Assignment.objects.filter(~Exists(barring), state="recused").update(taken_back=True)


def end_invitations_with_the_panel(apps, schema_editor):
    """An invitation can be answered until its panel closes, at the latest."""
    PanelMember = apps.get_model("judging", "PanelMember")
    late = PanelMember.objects.filter(
        Q(state="invited"),
        panel__stage__scores_due_at__gt=F("invited_at"),
        expires_at__gt=F("panel__stage__scores_due_at"),
    ).select_related("panel__stage")
    for member in late.iterator(chunk_size=AT_ONCE):
        member.expires_at = member.panel.stage.scores_due_at
        member.save(update_fields=["expires_at"])


class Migration(migrations.Migration):
    dependencies = [("judging", "0011_exact_totals_and_leaving")]

    operations = [
        migrations.RunPython(keep_exact_totals, migrations.RunPython.noop),
        migrations.RunPython(tell_take_backs, migrations.RunPython.noop),
        migrations.RunPython(end_invitations_with_the_panel, migrations.RunPython.noop),
    ]
