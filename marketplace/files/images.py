"""Pictures without what a camera writes into them: where it was, when, whose it is.

How large a picture is stands in its first bytes, so one that is too large is refused before any
of it is decoded. One picture is decoded at a time in a process: threads that take uploads at once
can't fill its memory together.
"""

import io
import struct
import threading
import warnings
import zlib
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from PIL import Image, ImageOps, UnidentifiedImageError

from marketplace.errors import Refused
from marketplace.files.picture_headers import (
    WEBP_HEAD,
    gif_frames,
    jpeg_scans,
    webp_frames,
    webp_size,
)

MOST_PIXELS = 25_000_000
"""Width by height, all frames together: 100 MB while one is decoded, half a second of work."""

MOST_FRAMES = 200
MOST_SCANS = 40
"""How often a JPEG goes over its picture; programs write about ten."""

LONGEST_SIDE = 20_000
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
QUALITY = 92
DAMAGED = (
    UnidentifiedImageError,
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for pictures that are cut off or made to break it."""

_ONE_AT_A_TIME = threading.Lock()


def check_picture(file: Any, kind: str, shown: str) -> None:
    """Look at a picture's size, then decode its first frame and let it go.

    Raises:
        Refused: see `cleaned_image`.
    """
    _opened(file, kind, shown, lambda picture: picture.load())


def cleaned_image(file: Any, kind: str, shown: str) -> InMemoryUploadedFile:
    """The picture alone, upright, in its own format, its metadata left behind.

    Raises:
        Refused: it can't be opened, or has more than 25 million pixels or 200 frames.
    """
    return _opened(file, kind, shown, lambda picture: _saved(picture, kind, shown))


def _opened(file: Any, kind: str, shown: str, use: Any) -> Any:
    """What `use` makes of a picture whose size is within bounds."""
    file.seek(0)
    try:
        _require_bounds(file, kind)
        file.seek(0)
        with warnings.catch_warnings(), _ONE_AT_A_TIME:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=[FORMATS[kind]]) as picture:
                _require_size(picture.width, picture.height, 1)
                return use(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError) as error:
        most = MOST_PIXELS // 1_000_000
        raise Refused(
            f"“{shown}” has too many pixels. Make it smaller, {most} million at most (for example "
            "6000 by 4000), and choose it again."
        ) from error
    except DAMAGED as error:
        raise Refused(
            f"“{shown}” is damaged: it can’t be opened. Save it again and choose it again."
        ) from error
    finally:
        file.seek(0)


def _require_bounds(file: Any, kind: str) -> None:
    """Raises: DecompressionBombError. ValueError: it is not of its kind."""
    if kind == "webp":
        size = webp_size(file.read(WEBP_HEAD))
        if size is None:
            raise ValueError("no WebP")
        file.seek(0)
        _require_size(*size, webp_frames(file.read(), MOST_FRAMES))
        return
    with Image.open(file, formats=[FORMATS[kind]]) as picture:
        width, height = picture.size
        frames = 1
        if kind == "png":
            frames = getattr(picture, "n_frames", 1)  # as its first bytes claim
    if kind == "jpg":
        file.seek(0)
        if jpeg_scans(file.read(), MOST_SCANS) > MOST_SCANS:
            raise ValueError("a picture that is drawn over and over")
    if kind == "gif":
        file.seek(0)
        frames = gif_frames(file.read(), MOST_FRAMES)
    _require_size(width, height, frames)


def _require_size(width: int, height: int, frames: int) -> None:
    is_vast = width * height * max(frames, 1) > MOST_PIXELS
    if is_vast or max(width, height) > LONGEST_SIDE or frames > MOST_FRAMES:
        raise Image.DecompressionBombError


def _saved(picture: Image.Image, kind: str, shown: str) -> InMemoryUploadedFile:
    picture.load()
    profile, clear = picture.info.get("icc_profile"), picture.info.get("transparency")
    ImageOps.exif_transpose(picture, in_place=True)
    # What is left in `info` (remarks, places, dates) would be written again.
    picture.info = {} if clear is None or kind != "png" else {"transparency": clear}
    options: dict[str, Any] = {"quality": QUALITY} if kind != "png" else {"optimize": False}
    if kind == "jpg" and picture.mode not in ("RGB", "L", "CMYK"):
        picture = picture.convert("RGB")
    made = io.BytesIO()
    picture.save(made, FORMATS[kind], icc_profile=profile, **options)
    size = made.tell()
    made.seek(0)
    return InMemoryUploadedFile(made, None, shown, f"image/{kind}", size, None)
