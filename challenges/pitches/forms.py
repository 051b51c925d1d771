"""The form of a pitch, made from the questions that its rulebook sealed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypedDict

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.datastructures import MultiValueDict

from challenges.calls.conditions import asked_specs
from challenges.calls.models import QuestionKind, Section
from challenges.calls.question_types import storable, type_of
from challenges.pitches.content import HEADINGS, LONGEST_SUMMARY, LONGEST_TITLE, field_name
from challenges.pitches.models import Attachment, Entry
from challenges.pitches.standing import Standing, standing_of
from marketplace.files import ACCEPT
from marketplace.files.kinds import ALLOWED_WORDS
from marketplace.forms import GovukForm, govuk_fields
from startups.models import Organisation

NOT_REUSED = (QuestionKind.FILE, QuestionKind.DECLARATION)
"""Kinds whose answer is given anew each time."""


class Headings(TypedDict):
    """What every pitch has, whatever its questions."""

    title: str | None
    summary: str | None


class StartForm(GovukForm):
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label="Which organisation is pitching?",
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organisation"]
        field.queryset = organisations  # type: ignore[attr-defined]
        if len(organisations) == 1:
            field.initial = organisations[0]


class WriteForm(GovukForm):
    """One field a question, showing what was typed, right or wrong.

    Args:
        strict: also say what is missing; a draft may have gaps, a submission may not.
    """

    names_fields = True

    title = forms.CharField(
        label="Title of your pitch",
        max_length=LONGEST_TITLE,
        error_messages={"required": "Give your pitch a title"},
    )
    summary = forms.CharField(
        max_length=LONGEST_SUMMARY,
        help_text="In two or three plain sentences. Published if you are funded.",
        widget=forms.Textarea(attrs={"rows": 4, "data-maxlength": LONGEST_SUMMARY}),
        error_messages={"required": "Say in two or three sentences what you propose"},
    )

    def __init__(self, entry: Entry, data: Any = None, files: Any = None, strict: bool = False):
        self.entry, self.strict = entry, strict
        self.touched = _touched(data)
        self.saved = saved_values(entry)
        self.attached = attached_files(entry)
        super().__init__(data, files, initial=self._initial())
        self.asked = {spec["id"] for spec in asked_specs(entry.specs, self.saved)}
        for spec in entry.specs:
            self.fields[field_name(spec)] = field = type_of(spec).field(spec)
            if spec["id"] not in self.asked:
                # Kept and shown again if the earlier answer changes back; never in the way.
                field.required, field.validators = False, []
            if spec["kind"] == QuestionKind.FILE:
                field.widget.attrs["accept"] = ACCEPT
                field.help_text = f"{field.help_text} {_what_is_taken()}".strip()

    def _initial(self) -> dict[str, Any]:
        answers = {f"q{question}": value for question, value in self.saved.items()}
        files = {f"q{question}": file for question, file in self.attached.items()}
        return {"title": self.entry.title, "summary": self.entry.summary, **answers, **files}

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and not self.strict:
            found = self.errors.as_data()
            for name in [name for name, errors in found.items() if errors[0].code == "required"]:
                del self.errors[name]

    def headings(self) -> Headings:
        """As they were sent; None for one that was not."""
        return Headings(title=self._heading("title"), summary=self._heading("summary"))

    def _heading(self, name: str) -> str | None:
        return self.data.get(name) if self._was_touched(name) else None

    def answers(self) -> dict[int, Any]:
        """Question id → as typed, for each question that was sent."""
        found = {}
        for spec in self.entry.specs:
            name = field_name(spec)
            widget = self.fields[name].widget
            if spec["kind"] == QuestionKind.FILE or not self._was_touched(name):
                continue
            if widget.value_omitted_from_data(self.data, self.files, name):
                continue
            raw = widget.value_from_datadict(self.data, self.files, name)
            found[spec["id"]] = type_of(spec).as_typed(raw)
        return found

    def _was_touched(self, name: str) -> bool:
        return self.touched is None or name in self.touched

    def uploads(self) -> dict[int, Any]:
        """Question id → file, for each file that was chosen."""
        names = self._file_fields()
        return {id_: self.files[name] for id_, name in names.items() if name in self.files}

    def removals(self) -> set[int]:
        """Ids of questions whose file is to go."""
        names = self._file_fields()
        return {id_ for id_, name in names.items() if f"{name}-clear" in self.data}

    def _file_fields(self) -> dict[int, str]:
        specs = self.entry.specs
        return {s["id"]: field_name(s) for s in specs if s["kind"] == QuestionKind.FILE}

    def sections(self) -> list[dict[str, Any]]:
        """The fields under their headings: who can apply, title and summary, then the rest."""
        eligibility = self._rows(Section.ELIGIBILITY)
        headings = [{"field": self[name], "is_asked": True} for name in HEADINGS]
        found = [
            ("Can you apply?", eligibility),
            ("About your pitch", headings),
            ("Questions", self._rows(Section.MAIN)),
        ]
        return [{"title": title, "rows": rows} for title, rows in found if rows]

    def _rows(self, section: str) -> list[dict[str, Any]]:
        """Each question with where it depends on another’s answer."""
        return [
            {
                "field": self[field_name(spec)],
                "is_asked": spec["id"] in self.asked,
                "condition": spec.get("condition"),
                "weight": spec.get("weight"),
                "can_reuse": spec["kind"] not in NOT_REUSED,
            }
            for spec in self.entry.specs
            if spec.get("section", Section.MAIN) == section
        ]

    @cached_property
    def standing(self) -> Standing:
        """How far the pitch is, by what is saved."""
        return standing_of(self.entry)

    def contents(self) -> list[dict[str, str]]:
        """A task list: each question that is asked, its state, and where it stands."""
        places = {field.name: field.first_id for field in govuk_fields(self)}
        return [
            {
                "title": each.label,
                "href": f"#{places[each.name]}",
                "status": each.words,
                "colour": each.colour,
            }
            for each in self.standing.places
        ]


def _what_is_taken() -> str:
    """Said before somebody chooses a file, and not only after it is refused."""
    return f"{ALLOWED_WORDS}, up to {filesizeformat(settings.ATTACHMENT_MAX_BYTES)}."


def _touched(data: Any) -> set[str] | None:
    """The fields that the person changed, if a script says which; else any may have been.

    A script sends the whole form, so that one bad field spoils no other; what others wrote in
    it since is not this person's change.
    """
    if data is None or "touched" not in data:
        return None
    return {name.partition("-")[0] for name in data["touched"].split()}


def saved_values(entry: Entry) -> dict[int, Any]:
    """Question id → what was typed, for the questions that this entry asks."""
    stood = {answer.question_id: answer.value for answer in entry.answers.all()}
    return {
        spec["id"]: type_of(spec).as_typed(stood.get(spec["id"]))
        for spec in entry.specs
        if spec["kind"] != QuestionKind.FILE
    }


def attached_files(entry: Entry) -> dict[int, Attachment]:
    """Question id → the file that is its answer now."""
    return {file.question_id: file for file in entry.attachments.all() if file.replaced_at is None}


def checked_form(entry: Entry, *, strict: bool) -> WriteForm:
    """The form filled with what is saved, as if it had been sent, so that it says what is wrong."""
    data: MultiValueDict = MultiValueDict()
    for name, value in browser_data(entry, saved_values(entry), entry.title, entry.summary):
        data.appendlist(name, value)
    return WriteForm(entry, data, MultiValueDict(), strict=strict)


def browser_data(
    entry: Entry, answers: dict[int, Any], title: str | None, summary: str | None
) -> list[tuple[str, str]]:
    """(name, text) pairs as a browser would send these values."""
    pairs = [(k, v) for k, v in (("title", title), ("summary", summary)) if v is not None]
    for spec in entry.specs:
        if spec["id"] not in answers:
            continue
        for name, value in type_of(spec).as_data(field_name(spec), answers[spec["id"]]).items():
            pairs += [(name, text) for text in (value if isinstance(value, list) else [value])]
    return pairs


@dataclass(frozen=True)
class Difference:
    """One field in which two texts differ; both as a person reads them."""

    name: str
    label: str
    mine: str
    theirs: str
    choice: str
    """"mine", "theirs", or "" while nobody has chosen."""


def differences(
    entry: Entry, changed: dict[int | str, Any], choices: dict[str, str]
) -> list[Difference]:
    """What `services.find_changed` found, beside what is saved."""
    saved: dict[Any, Any] = {
        "title": entry.title,
        "summary": entry.summary,
    }
    saved.update(saved_values(entry))
    names = [("title", "Title of your pitch", "title"), ("summary", "Summary", "summary")]
    names += [(spec["id"], spec["label"], field_name(spec)) for spec in entry.specs]
    return [
        Difference(
            name=name,
            label=label,
            mine=_text_of(entry, key, changed[key]),
            theirs=_text_of(entry, key, saved[key]),
            choice=choices.get(name, ""),
        )
        for key, label, name in names
        if key in changed
    ]


LABELS = {"title": "Title of your pitch", "summary": "Summary"}


def shown_field(entry: Entry, name: str, typed: Any) -> tuple[list[list[str]], str]:
    """A field's (name, text) pairs as a browser holds them, and its label."""
    if name in LABELS:
        return [[name, str(typed)]], LABELS[name]
    spec = next((spec for spec in entry.specs if field_name(spec) == name), None)
    if spec is None:
        return [], name
    pairs = browser_data(entry, {spec["id"]: typed}, None, None)
    return [list(pair) for pair in pairs], spec["label"]


def typed_text(entry: Entry, name: str, typed: Any) -> str:
    """How a person reads what was typed into a field."""
    return _text_of(entry, name if name in LABELS else int(name.removeprefix("q")), typed)


def _text_of(entry: Entry, key: int | str, typed: Any) -> str:
    spec = next((spec for spec in entry.specs if spec["id"] == key), None)
    return type_of(spec).typed_text(typed) if spec else str(typed or "")


class SubmitForm(GovukForm):
    declaration = forms.BooleanField(
        label="What we say in this pitch is true, and we may submit it for our organisation"
    )


class WithdrawForm(GovukForm):
    reason = forms.CharField(
        label="Why are you withdrawing? (optional)",
        help_text="The people who run the call read this.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_reason(self) -> str:
        return storable(self.cleaned_data["reason"])
