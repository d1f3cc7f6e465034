"""What a file is, is told by its content; what it is called is made harmless."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.errors import BadInput
from dispatch.evidence import boxes
from dispatch.evidence.contents import clean
from dispatch.evidence.kinds import KINDS, clean_name, kind_of
from tests.unit.dispatch.evidence_files import a_box, a_docx, a_film, a_pdf, a_photo, a_wav, an_xlsx

MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (a_photo(), "jpg"),
        (a_photo(form="PNG"), "png"),
        (a_photo(form="WEBP"), "webp"),
        (a_pdf(), "pdf"),
        (a_docx(), "docx"),
        (an_xlsx(), "xlsx"),
        (MP3, "mp3"),
        (a_wav(), "wav"),
        (a_film(b"M4A "), "m4a"),
        (a_film(), "mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_known_by_its_content(content, code):
    assert kind_of(content).code == code
    assert clean(content, most_bytes=10**7).kind.code == code


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b"MZ" + bytes(200),
        b"\x7fELF" + bytes(200),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"plain words",
        b"GIF89a" + bytes(100),
        a_pdf()[:20],
        a_docx()[:60],
        a_film()[:40],
        a_photo()[:300],
        b"\xff\xd8\xff\xe0" + bytes(50),
    ],
)
def test_what_is_not_evidence_or_is_broken_is_refused_with_a_sentence(content):
    with pytest.raises(BadInput):
        clean(content, most_bytes=10**7)


def test_a_picture_that_only_some_telephones_open_is_refused_with_what_to_do():
    heic = a_box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + a_box(b"mdat", bytes(200))
    assert kind_of(heic).code == "heic"
    with pytest.raises(BadInput, match="转为 JPEG"):
        clean(heic, most_bytes=10**6)


def test_a_packed_file_that_is_no_document_is_refused():
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as packed:
        packed.writestr("run.exe", b"MZ")
    with pytest.raises(BadInput, match="不能接收这种文件"):
        kind_of(saved.getvalue())


def test_a_document_with_macros_is_refused():
    with pytest.raises(BadInput, match="宏"):
        kind_of(a_docx(vbaProject=b"x"))


def test_a_document_that_unpacks_into_a_flood_is_refused_without_unpacking_it():
    bomb = a_docx(flood=bytes(310 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    with pytest.raises(BadInput, match="展开后过大"):
        kind_of(bomb)


def test_a_file_above_the_limit_is_refused():
    with pytest.raises(BadInput, match="文件太大"):
        clean(a_pdf(), most_bytes=10)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("现场照片.jpg", "现场照片.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\报告.PDF", "报告.pdf"),
        ("a\u202egpj.exe", "agpj.pdf"),
        ("x\r\nSet-Cookie: a=b.pdf", "xSet-Cookie a=b.pdf"),
        ("", "材料.pdf"),
        ("...", "材料.pdf"),
        ("长" * 300 + ".pdf", "长" * 80 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless_and_ends_as_what_the_file_is(given, kept):
    assert clean_name(given, KINDS["pdf"]) == kept


def test_a_film_no_longer_says_where_it_was_taken_and_keeps_every_other_byte_in_place():
    film = a_film()
    bare = clean(film, most_bytes=10**6).content
    assert b"+30.5" in film
    assert b"+30.5" not in bare
    assert len(bare) == len(film)
    assert bare.index(b"PICTURES") == film.index(b"PICTURES")
    assert [box.name for box in boxes.walk(bare)] == [b"ftyp", b"moov", b"mvhd", b"free", b"mdat"]


def test_boxes_that_lie_about_their_size_end_the_walk():
    lying = a_box(b"ftyp", b"isom") + b"\xff\xff\xff\xffmoov" + bytes(8)
    assert [box.name for box in boxes.walk(lying)] == [b"ftyp"]
    assert [box.name for box in boxes.walk(b"\x00\x00\x00\x02moov" + bytes(8))] == []
