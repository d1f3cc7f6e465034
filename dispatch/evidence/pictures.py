"""Pictures: really opened, turned the right way up, saved without anything but the picture itself."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from core.errors import BadInput

# Checked before a single pixel is unpacked; a telephone's largest pictures have 200 million, its usual 12 or 50.
MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "HEIF")
_SAVED_AS = {"JPEG": ("JPEG", "jpg"), "MPO": ("JPEG", "jpg"), "PNG": ("PNG", "png"), "WEBP": ("WEBP", "webp")}
_BROKEN = (OSError, SyntaxError, ValueError, KeyError, IndexError, struct.error, MemoryError)
# Two pictures are the same if no more of the 64 marks of their looks differ.
ALIKE = 3
_PARTS = 4


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture cleaned. place: JSON of lat and lon in degrees and taken_at as the camera wrote it."""

    content: bytes
    code: str
    look: int | None
    place: str | None


def clean(content: bytes) -> Picture:
    """Return the picture upright and bare. Raises BadInput when it does not open or is far too large."""
    try:
        with Image.open(io.BytesIO(content), formats=_openable()) as image:
            _check_size(image)
            image.load()
            place = place_of(image)
            return _bare(image, place)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise BadInput("图片无法打开或过大，请转为 JPEG 或 PNG 后上传") from error
    except _BROKEN as error:
        raise BadInput("图片已损坏，请重新上传") from error


def place_of(image: Image.Image) -> str | None:
    """Return where and when the picture was taken, if its EXIF says where; None otherwise."""
    exif = image.getexif()
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    tags = ExifTags.GPS
    try:
        lat = _degrees(gps[tags.GPSLatitude], gps.get(tags.GPSLatitudeRef) == "S")
        lon = _degrees(gps[tags.GPSLongitude], gps.get(tags.GPSLongitudeRef) == "W")
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    return json.dumps({"lat": lat, "lon": lon, "taken_at": str(taken)[:40] if taken else None})


def look_of(image: Image.Image) -> int | None:
    """Return 64 marks of how the picture looks (dHash), as a signed number; None for one that shows nothing.

    Each mark says whether a spot is brighter than the one to its right, on a grid of 9 by 8; so it survives
    scaling and saving anew. Source: N. Krawetz, "Kind of Like That", hackerfactor.com, 2013.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    spots = small.tobytes()
    marks = [spots[9 * row + column] > spots[9 * row + column + 1] for row in range(8) for column in range(8)]
    if not 4 <= sum(marks) <= 60:
        return None  # a wall, a sky, a gradient: they all look alike
    whole = sum(mark << place for place, mark in enumerate(marks))
    return whole - (1 << 64) if whole >> 63 else whole


def parts_of(look: int | None) -> list[int]:
    """Return four quarters of a look, numbered. Looks that differ in at most ALIKE marks share one of them."""
    if look is None:
        return []
    whole = look % (1 << 64)
    return [number << 16 | (whole >> 16 * number & 0xFFFF) for number in range(_PARTS)]


def _openable() -> tuple[str, ...]:
    """HEIF opens only where its decoder is installed beside Pillow."""
    Image.init()
    return tuple(one for one in _FORMATS if one in Image.OPEN)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise BadInput("图片像素过大，请缩小后上传")
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise BadInput("不能接收动图，请上传照片或视频")


def _bare(image: Image.Image, place: str | None) -> Picture:
    wanted, code = _SAVED_AS.get(image.format or "", ("JPEG", "jpg"))
    upright = _true_colours(ImageOps.exif_transpose(image), wanted)
    transparency = upright.info.get("transparency")
    # Whatever the file said beside its pixels is in here, and some savers write it again.
    upright.info.clear()
    if transparency is not None and wanted == "PNG":
        upright.info["transparency"] = transparency
    saved = io.BytesIO()
    settings: dict[str, Any] = {"JPEG": {"quality": 92}, "WEBP": {"quality": 92}, "PNG": {}}[wanted]
    # A new picture from the pixels alone: it never had any EXIF.
    upright.save(saved, wanted, exif=b"", **settings)
    return Picture(content=saved.getvalue(), code=code, look=look_of(upright), place=place)


def _true_colours(image: Image.Image, wanted: str) -> Image.Image:
    """Turn the camera's colours into the common ones, for the profile that explains them is taken out."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.mode in {"RGBA", "LA", "PA"} and wanted != "JPEG" else "RGB"
    if profile and image.mode in {"RGB", "RGBA", "CMYK"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            return turned or image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that cannot be read explains nothing
    if wanted == "JPEG" and image.mode not in {"L", "RGB"}:
        return image.convert("RGB")
    return image


def _degrees(given: Any, negative: bool) -> float:
    degrees, minutes, seconds = (float(one) for one in given)
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    if not 0 <= value <= 180:
        raise ValueError("not an angle on the globe")
    return -value if negative else value
