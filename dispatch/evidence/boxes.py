"""The boxes of an MP4 file (ISO/IEC 14496-12): found, and those that tell place and maker made empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# They hold other boxes only.
_NESTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"moof", b"traf"})
# Free text and tags: the place (©xyz, loci), the device, its owner; XMP is in a uuid box.
_TELLS = frozenset({b"udta", b"meta", b"uuid"})


@dataclass(frozen=True, kw_only=True)
class Box:
    """One box: where it stands, in bytes, and where what it holds begins."""

    name: bytes
    starts: int
    holds_from: int
    ends: int


def walk(content: bytes, starts: int = 0, ends: int | None = None) -> Iterator[Box]:
    """Yield the boxes in order, those that nest before what is in them; stops where the file is not well formed."""
    ends = len(content) if ends is None else ends
    while starts + 8 <= ends:
        box = _read(content, starts, ends)
        if box is None:
            return
        yield box
        if box.name in _NESTS:
            yield from walk(content, box.holds_from, box.ends)
        starts = box.ends


def without_telling(content: bytes) -> bytes:
    """Return the file with its telling boxes emptied; every other byte stays where it was, so it plays."""
    cleaned = bytearray(content)
    for box in walk(content):
        if box.name in _TELLS:
            cleaned[box.starts + 4 : box.starts + 8] = b"free"
            cleaned[box.holds_from : box.ends] = bytes(box.ends - box.holds_from)
    return bytes(cleaned)


def _read(content: bytes, starts: int, ends: int) -> Box | None:
    size, name = int.from_bytes(content[starts : starts + 4], "big"), content[starts + 4 : starts + 8]
    head = 8
    if size == 1:  # the size did not fit and stands behind the name
        size, head = int.from_bytes(content[starts + 8 : starts + 16], "big"), 16
    if size == 0:  # to the end of the file
        size = ends - starts
    if size < head or starts + size > ends:
        return None
    return Box(name=name, starts=starts, holds_from=starts + head, ends=starts + size)
