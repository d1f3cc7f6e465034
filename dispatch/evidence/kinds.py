"""Which kinds of files are evidence, told by what is in them and never by their name."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import dataclass
from enum import StrEnum

import filetype  # type: ignore[import-untyped]

from core.errors import BadInput
from dispatch.evidence import boxes


class Group(StrEnum):
    """How a kind is checked."""

    PICTURE = "picture"
    PAPER = "paper"
    SOUND = "sound"
    FILM = "film"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file that is taken. `holds`: what a packed document of this kind must contain."""

    code: str
    group: Group
    mime: str
    holds: str | None = None


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(code="jpg", group=Group.PICTURE, mime="image/jpeg"),
        Kind(code="png", group=Group.PICTURE, mime="image/png"),
        Kind(code="webp", group=Group.PICTURE, mime="image/webp"),
        Kind(code="heic", group=Group.PICTURE, mime="image/heic"),
        Kind(code="pdf", group=Group.PAPER, mime="application/pdf"),
        Kind(code="docx", group=Group.PAPER, mime=f"{_OFFICE}wordprocessingml.document", holds="word/document.xml"),
        Kind(code="xlsx", group=Group.PAPER, mime=f"{_OFFICE}spreadsheetml.sheet", holds="xl/workbook.xml"),
        Kind(code="mp3", group=Group.SOUND, mime="audio/mpeg"),
        Kind(code="wav", group=Group.SOUND, mime="audio/x-wav"),
        Kind(code="m4a", group=Group.SOUND, mime="audio/mp4"),
        Kind(code="mp4", group=Group.FILM, mime="video/mp4"),
    )
}
_BY_MIME = {kind.mime: kind for kind in KINDS.values()}
_PACKED = {"application/zip", *(kind.mime for kind in KINDS.values() if kind.holds)}
# Of a packed document: more is no report but a bomb.
_UNPACKED_BYTES = 300 * 1024 * 1024
_ENTRIES = 5000
_LONGEST_NAME = 80


def kind_of(content: bytes) -> Kind:
    """Return what `content` really is. Raises BadInput when that is not taken or is broken."""
    if not content:
        raise BadInput("文件是空的")
    guessed = filetype.guess(content[:8192])
    mime = guessed.mime if guessed is not None else ""
    kind = _packed_kind(content) if mime in _PACKED else _BY_MIME.get(mime)
    if kind is None:
        raise BadInput("不能接收这种文件，请上传图片、PDF、Word、Excel、录音或视频")
    if not _is_whole(kind, content):
        raise BadInput("文件已损坏或不完整，请重新上传")
    return kind


def clean_name(name: str, kind: Kind) -> str:
    """Return a name that is safe to show and to save, with the ending of what the file really is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Control and direction marks can make a name read as another one; the rest means something to some system.
    kept = "".join(one for one in last if unicodedata.category(one)[0] != "C" and one not in '<>:"|?*')
    stem = kept.rpartition(".")[0] or kept
    return (stem.strip(" .")[:_LONGEST_NAME].strip(" .") or "材料") + f".{kind.code}"


def _packed_kind(content: bytes) -> Kind | None:
    """Return the document that a packed file is, or None. Raises BadInput for a bomb or for macros."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError) as error:
        raise BadInput("文件已损坏或不完整，请重新上传") from error
    names = {entry.filename for entry in entries}
    if len(entries) > _ENTRIES or sum(entry.file_size for entry in entries) > _UNPACKED_BYTES:
        raise BadInput("文件展开后过大，不能接收")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise BadInput("文档含有宏，不能接收")
    return next((kind for kind in KINDS.values() if kind.holds and kind.holds in names), None)


def _is_whole(kind: Kind, content: bytes) -> bool:
    """Say whether the parts are there without which no program opens such a file; pictures are really opened."""
    match kind.code:
        case "pdf":
            return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]
        case "wav":
            return content[8:12] == b"WAVE" and b"fmt " in content[:4096] and b"data" in content
        case "mp4" | "m4a":
            return any(box.name == b"moov" for box in boxes.walk(content))
        case _:
            return True
