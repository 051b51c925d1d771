"""Each place in a list that a question waited for becomes the question that stood there."""

from django.db import migrations

AT_ONCE = 500


def name_the_questions(apps, schema_editor):
    """Places counted from 1 over all of a stage's questions, retired ones too.

    Where no other question stood at the place, the answers that were waited for stay in a draft,
    so that the checks ask its officer; rules that are sealed ask such a question of everybody.
    """
    Question = apps.get_model("calls", "Question")
    Rulebook = apps.get_model("calls", "Rulebook")
    waiting = Question.objects.exclude(condition_place=None)
    for stage_id in waiting.values_list("stage_id", flat=True).distinct().order_by("stage_id"):
        listed = Question.objects.filter(stage_id=stage_id).order_by("sort_order", "pk")
        ids = list(listed.values_list("pk", flat=True))
        is_sealed = Rulebook.objects.filter(stage_id=stage_id).exists()
        changed = [
            question
            for question in waiting.filter(stage_id=stage_id)
            if _name_the_question(question, ids, is_sealed)
        ]
        Question.objects.bulk_update(
            changed, ["condition_on", "condition_answers"], batch_size=AT_ONCE
        )


def _name_the_question(question, ids, is_sealed):
    """Whether something of it changed."""
    place = question.condition_place
    other = ids[place - 1] if 1 <= place <= len(ids) else None
    if other is not None and other != question.pk:
        question.condition_on_id = other
        return True
    if is_sealed:
        question.condition_answers = ""
    return is_sealed


class Migration(migrations.Migration):
    dependencies = [("calls", "0014_condition_on_a_question")]

    operations = [
        migrations.RunPython(name_the_questions, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="question", name="condition_place")]
        ),
    ]
