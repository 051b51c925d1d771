"""Pictures without what a camera writes into them: where it was, when, whose it is."""

import io
import warnings
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.errors import Refused

MOST_PIXELS = 60_000_000
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}
QUALITY = 92


def cleaned_image(file: Any, kind: str, shown: str) -> InMemoryUploadedFile:
    """The picture alone, upright, in its own format, its metadata left behind.

    Raises:
        Refused: it can't be opened, or has more than 60 million pixels.
    """
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=[FORMATS[kind]]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Image.DecompressionBombWarning
                upright = ImageOps.exif_transpose(picture)
                return _saved(upright, kind, shown)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Refused(f"“{shown}” has too many pixels. Make it smaller and choose it again.") from (
            error
        )
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error
    finally:
        file.seek(0)


def _saved(picture: Image.Image, kind: str, shown: str) -> InMemoryUploadedFile:
    profile = picture.info.get("icc_profile")
    plain = Image.new(picture.mode, picture.size)
    if picture.mode == "P" and (palette := picture.getpalette()):
        plain.putpalette(palette)
    plain.paste(picture)
    options: dict[str, Any] = {"quality": QUALITY} if kind != "png" else {"optimize": False}
    if kind == "jpg" and plain.mode not in ("RGB", "L", "CMYK"):
        plain = plain.convert("RGB")
    made = io.BytesIO()
    plain.save(made, FORMATS[kind], icc_profile=profile, **options)
    size = made.tell()
    made.seek(0)
    return InMemoryUploadedFile(made, None, shown, f"image/{kind}", size, None)
