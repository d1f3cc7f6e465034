"""Small real files of every kind, made here."""

from __future__ import annotations

import io
import random
import struct
import wave
import zipfile

from openpyxl import Workbook
from PIL import ExifTags, Image, ImageDraw

LAT, LON = 30.5, 114.25


def a_scene(seed: int = 1, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """A picture that looks like something: the same seed, the same scene."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, (120, 120, 120))
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = chance.randrange(size[0]), chance.randrange(size[1])
        box = (left, top, left + chance.randrange(20, 90), top + chance.randrange(20, 90))
        draw.rectangle(box, fill=tuple(chance.randrange(256) for _ in range(3)))
    return image


def exif(*, place: bool = True, orientation: int | None = None) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Make] = "SecretPhone"
    if orientation:
        found[ExifTags.Base.Orientation] = orientation
    found.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:11:20 08:30:00"
    if place:
        gps = found.get_ifd(ExifTags.IFD.GPSInfo)
        gps[ExifTags.GPS.GPSLatitudeRef], gps[ExifTags.GPS.GPSLatitude] = "N", (30.0, 30.0, 0.0)
        gps[ExifTags.GPS.GPSLongitudeRef], gps[ExifTags.GPS.GPSLongitude] = "E", (114.0, 15.0, 0.0)
    return found


def a_photo(seed: int = 1, *, form: str = "JPEG", image: Image.Image | None = None, **settings: object) -> bytes:
    saved = io.BytesIO()
    (image or a_scene(seed)).save(saved, form, **settings)
    return saved.getvalue()


def a_pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def a_docx(**extra: bytes) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("word/document.xml", "<document/>")
        for name, content in extra.items():
            packed.writestr(f"word/{name}.bin", content)
    return saved.getvalue()


def an_xlsx() -> bytes:
    saved = io.BytesIO()
    Workbook().save(saved)
    return saved.getvalue()


def a_wav() -> bytes:
    saved = io.BytesIO()
    with wave.open(saved, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    return saved.getvalue()


def a_box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def a_film(brand: bytes = b"isom") -> bytes:
    udta = a_box(b"udta", a_box(b"\xa9xyz", b"\x00\x12\x15\xc7+30.5000+114.2500/"))
    moov = a_box(b"moov", a_box(b"mvhd", bytes(100)) + udta)
    return a_box(b"ftyp", brand + bytes(4) + brand) + moov + a_box(b"mdat", b"PICTURES" * 20)
