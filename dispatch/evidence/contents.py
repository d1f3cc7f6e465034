"""What is done to a file before it is kept; needs no database and may take a second of CPU."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from core.errors import BadInput
from dispatch.evidence import boxes, pictures
from dispatch.evidence.kinds import KINDS, Group, Kind, kind_of


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A file ready to be kept. place: where it was taken, known only here until somebody decides to keep it."""

    content: bytes
    kind: Kind
    sha256: str
    original_sha256: str
    look: int | None
    place: str | None


def clean(content: bytes, *, most_bytes: int) -> Cleaned:
    """Check a file and take out of it what it tells beside its content. Raises BadInput."""
    if len(content) > most_bytes:
        raise BadInput("文件太大，请压缩或分开上传")
    kind, original = kind_of(content), hashlib.sha256(content).hexdigest()
    if kind.group is Group.PICTURE:
        picture = pictures.clean(content)
        return _cleaned(picture.content, KINDS[picture.code], original, look=picture.look, place=picture.place)
    if kind.code in {"mp4", "m4a"}:
        content = boxes.without_telling(content)
    return _cleaned(content, kind, original, look=None, place=None)


def _cleaned(content: bytes, kind: Kind, original: str, *, look: int | None, place: str | None) -> Cleaned:
    sha256 = hashlib.sha256(content).hexdigest()
    return Cleaned(content=content, kind=kind, sha256=sha256, original_sha256=original, look=look, place=place)
