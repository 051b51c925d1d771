"""Documents and pictures of the CMS: what is taken, on every road, and how they are handed out.

Wagtail's models stay its own. Their file fields get a door (`marketplace.files.guard`), so that a
form, a chooser, an import, the API or a script meet the same one; the forms ask it first, so that
what it says stands beside the field.
"""

import struct
from collections.abc import Callable
from functools import wraps
from pathlib import PurePosixPath
from typing import Any

import structlog
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat
from PIL import Image as PillowImage
from wagtail.documents.fields import WagtailDocumentField
from wagtail.documents.forms import BaseDocumentForm
from wagtail.documents.views.serve import serve
from wagtail.images.exceptions import InvalidFilterSpecError
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm
from wagtail.images.models import SourceImageIOError
from willow.image import BadImageOperationError, UnrecognisedImageFormatError

from challenges.pitches.scanning import ScannerAway, finding_in
from marketplace.access import public
from marketplace.errors import Refused
from marketplace.files.check import check_file
from marketplace.files.guard import guard, passed_through
from marketplace.files.images import check_picture, cleaned_image
from marketplace.files.kinds import ALLOWED_WORDS, SPELLINGS, picture_kind, safe_name
from marketplace.files.serving import hold_back
from marketplace.files.storage import NotStored
from marketplace.uploads import NotReceived

log = structlog.get_logger(__name__)

UNREADABLE = (
    Refused,
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    MemoryError,
    struct.error,
    BadImageOperationError,
    UnrecognisedImageFormatError,
    PillowImage.DecompressionBombError,
)
"""What picture libraries raise for an original that is damaged, and stores for one they lost."""


def document_door(upload: Any, name: str) -> Any:
    """Raises: Refused: it is not of a kind that is taken, not what it is called, or infected."""
    checked = check_file(upload, PurePosixPath(name).name)
    kind = PurePosixPath(checked.name).suffix.lstrip(".")
    ending = PurePosixPath(safe_name(PurePosixPath(name).name)).suffix.lstrip(".").lower()
    if ending != kind.lower():
        raise Refused(
            f"“{safe_name(name)}” is called .{ending or '?'} but holds a .{kind} file. Give it its "
            "right name, or save it anew, and choose it again."
        )
    _require_clean(checked.content, checked.name)
    checked.content.name = checked.name
    return checked.content


def picture_door(upload: Any, name: str) -> Any:
    """Raises: Refused: it is no picture that pages show, is too large, damaged or infected."""
    if isinstance(upload, NotReceived):
        raise NotStored
    shown = safe_name(PurePosixPath(name).name)
    if upload.size > settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE:
        raise Refused(
            f"“{shown}” is {filesizeformat(upload.size)}. Choose a picture of "
            f"{filesizeformat(settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE)} or less."
        )
    kind = picture_kind(upload, shown)
    ending = PurePosixPath(shown).suffix.lstrip(".").lower()
    if ending not in SPELLINGS.get(kind, {kind}):
        raise Refused(
            f"“{shown}” is called .{ending or '?'} but holds a .{kind} picture. Give it its right "
            "name, or save it anew, and choose it again."
        )
    passed = upload
    if kind == "gif":
        check_picture(upload, kind, shown)
    else:
        passed = cleaned_image(upload, kind, shown)
    _require_clean(passed, shown)
    passed.name = shown
    return passed


def any_door(upload: Any, name: str) -> Any:
    """A file that Wagtail sets aside until the rest of its form is right.

    Raises: Refused: neither a document nor a picture that is taken.
    """
    try:
        return document_door(upload, name)
    except NotStored:
        raise
    except Refused:
        return picture_door(upload, name)


def _require_clean(content: Any, shown: str) -> None:
    """Ask the scanner, where there is one, before anything is stored."""
    if not settings.CLAMD_URL:
        return
    content.seek(0)
    try:
        finding = finding_in(content)
    except ScannerAway as error:
        log.warning("scanner not reached", why=str(error))
        raise Refused(
            f"“{shown}” can’t be checked for viruses at the moment, so it was not taken. Choose "
            "it again in a few minutes."
        ) from error
    finally:
        content.seek(0)
    if finding:
        raise Refused(
            f"“{shown}” is infected ({finding}), so it was not taken. Check the computer that it "
            "came from."
        )


class DocumentField(WagtailDocumentField):
    """Says beside the field what the door says."""

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        return super().to_python(_through(document_door, data))


class PictureField(WagtailImageField):
    """Says beside the field what the door says, before Wagtail opens the picture."""

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        found = super().to_python(_through(picture_door, data))
        found.seek(0)
        return found


def _through(door: Any, data: Any) -> Any:
    try:
        return passed_through(door, data, data.name or "")
    except Refused as refusal:
        raise ValidationError(str(refusal)) from refusal


class AvatarField(forms.ImageField):
    """As `PictureField`, for the picture of a person in the admin."""

    def to_python(self, data: Any) -> Any:
        if data in self.empty_values:
            return None
        return super().to_python(_through(picture_door, data))


class _StoresFirst:
    """Stores the file as the last step of checking a form: if it can't be, its field says so."""

    field: type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields  # type: ignore[attr-defined]
        if before := fields.get("file"):
            fields["file"] = self.field(
                label=before.label, required=before.required, widget=before.widget
            )

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        form: Any = self
        if form.errors or "file" not in form.cleaned_data or "file" not in form.changed_data:
            return
        stored = form.instance.file
        if not stored or stored._committed:
            return
        try:
            stored.save(stored.name, stored.file, save=False)
        except Refused as refusal:
            form.add_error("file", str(refusal))


class DocumentForm(_StoresFirst, BaseDocumentForm):
    field = DocumentField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields["file"].help_text = f"A {ALLOWED_WORDS} file."

    def _update_errors(self, errors: Any) -> None:
        """Of a file that was not taken the model says that it has no ending: the field says why."""
        if "file" in self.errors:
            errors.error_dict.pop("file", None)
        if errors.error_dict:
            super()._update_errors(errors)


class PictureForm(_StoresFirst, BaseImageForm):
    field = PictureField


@public
def document(request: HttpRequest, document_id: int, document_filename: str) -> HttpResponseBase:
    """Wagtail's view, which asks who may see it; always to be saved, never a page.

    Raises:
        Http404: there is none, or its file is lost.
    """
    try:
        response = serve(request, document_id, document_filename)
    except FileNotFoundError as error:
        raise Http404 from error
    if response.has_header("Content-Disposition"):
        if not response["Content-Disposition"].startswith("attachment"):
            response["Content-Disposition"] = "attachment"
        hold_back(response)
    return response


def _kindly(make: Callable[..., Any]) -> Callable[..., Any]:
    """Renditions that can't be made are missing pictures, not pages that fail."""

    @wraps(make)
    def made(*args: Any, **kwargs: Any) -> Any:
        try:
            done = make(*args, **kwargs)
        except (SourceImageIOError, InvalidFilterSpecError):
            raise
        except UNREADABLE as error:
            log.warning("a picture could not be shown", error=type(error).__name__)
            raise SourceImageIOError(str(error)) from error
        if getattr(done, "format_name", "") == "svg":  # a page, put in the place of a picture
            raise SourceImageIOError("no picture that is shown")
        return done

    return made


def plug() -> None:
    """Called once, when every model is there."""
    from wagtail.admin.forms.account import AvatarPreferencesForm
    from wagtail.documents.models import Document
    from wagtail.images.models import Filter, Image, Rendition
    from wagtail.models import UploadedFile
    from wagtail.users.models import UserProfile

    guard(Document, "file", document_door)
    guard(Image, "file", picture_door)
    guard(UploadedFile, "file", any_door)
    guard(UserProfile, "avatar", picture_door, store="pictures")
    guard(Rendition, "file", lambda made, name: _named(made, name))
    AvatarPreferencesForm.base_fields["avatar"] = AvatarField(
        label="Upload a profile picture", required=False
    )
    for model, name in (
        (Image, "create_rendition"),
        (Image, "create_renditions"),
        (Filter, "run"),
    ):
        make = getattr(model, name)
        if not hasattr(make, "__wrapped__"):
            setattr(model, name, _kindly(make))


def _named(made: Any, name: str) -> Any:
    """A rendition, which this site made itself, under an ending that may be shown."""
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    if ending not in settings.WAGTAILIMAGES_EXTENSIONS:
        raise Refused(f"No rendition is a .{ending}.")
    made.name = name
    return made
