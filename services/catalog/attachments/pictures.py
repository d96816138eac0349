"""Pictures: proved by decoding them, and made small. Pillow does both.

What a thumbnail shows is what the picture shows upright; nothing else of it gets in: no EXIF (with
where it was taken), no comments, no colour profile.
"""

import contextlib
import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageCms, ImageOps

from services.catalog.attachments import media
from services.catalog.attachments.kinds import ThumbnailSize
from services.catalog.attachments.media import Media
from services.catalog.attachments.problems import Broken

TYPE, EXTENSION = "image/webp", "webp"
_QUALITY = 80
_FORMATS = {
    media.JPEG: ("JPEG", "MPO"),
    media.PNG: ("PNG",),
    media.GIF: ("GIF",),
    media.WEBP: ("WEBP",),
    media.AVIF: ("AVIF",),
}
MAX_PIXELS = 89_478_485  # Pillow's own limit, beyond which it warns of a bomb

# What Pillow thinks of odd EXIF is of no use to anybody; what matters is refused below.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Picture:
    """Upright size in pixels, and thumbnails as files."""

    width: int
    height: int
    thumbnails: dict[ThumbnailSize, bytes]


def read(file: IO[bytes], kind: Media, *, max_pixels: int) -> Picture:
    """The picture in `file`; raises `Broken` for one that can't be decoded or has more than
    `max_pixels`, before they are decoded. Of a moving one the first frame counts."""
    file.seek(0)
    try:
        with Image.open(file, formats=_FORMATS[kind]) as image:
            _check_size(image, max_pixels)
            image.verify()  # of a PNG, its checksums; after it nothing can be read from the image
        file.seek(0)
        with Image.open(file, formats=_FORMATS[kind]) as image:
            return _made_small(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many(max_pixels) from error
    except Broken:
        raise
    except Exception as error:  # Pillow's readers raise all kinds for what is made to break them
        raise Broken.since("The picture can't be decoded: it is cut off or damaged.") from error


def _check_size(image: Image.Image, max_pixels: int) -> None:
    """Its header alone has been read so far."""
    width, height = image.size
    if width * height > max_pixels:
        raise _too_many(max_pixels)


def _made_small(image: Image.Image) -> Picture:
    largest = max(size.pixels for size in ThumbnailSize)
    full = image.size
    # JPEG alone: decoded at an eighth, a quarter or half of its size where that is enough.
    image.draft("RGB", (largest, largest))
    profile = image.info.get("icc_profile")
    turned = _is_turned(image)
    image.thumbnail((largest, largest), reducing_gap=2.0)
    small = _plain(_upright(image), profile)
    thumbnails = {}
    for size in sorted(ThumbnailSize, key=lambda one: one.pixels, reverse=True):
        small.thumbnail((size.pixels, size.pixels), reducing_gap=2.0)
        written = io.BytesIO()
        small.save(written, "WEBP", quality=_QUALITY)
        thumbnails[size] = written.getvalue()
    width, height = reversed(full) if turned else full
    return Picture(width, height, thumbnails)


def _is_turned(image: Image.Image) -> bool:
    """Whether its EXIF orientation swaps width and height."""
    with contextlib.suppress(Exception):  # EXIF can hold anything, and need not be read
        return int(image.getexif().get(0x0112, 1)) in {5, 6, 7, 8}
    return False


def _upright(image: Image.Image) -> Image.Image:
    with contextlib.suppress(Exception):  # as above
        return ImageOps.exif_transpose(image)
    return image


def _plain(image: Image.Image, profile: object) -> Image.Image:
    """In sRGB, with transparency if it has any, and without all that came beside the pixels."""
    has_alpha = image.has_transparency_data
    if isinstance(profile, bytes) and image.mode in {"RGB", "CMYK"}:
        with contextlib.suppress(Exception):  # a broken profile leaves the colours as they are
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = (
                ImageCms.profileToProfile(
                    image, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                or image
            )
    plain = image.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    return plain


def _too_many(max_pixels: int) -> Broken:
    return Broken.since(
        f"The picture has too many pixels: at most {max_pixels:,} (width times height).",
        "too-many-pixels",
    )
