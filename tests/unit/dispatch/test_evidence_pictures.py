"""Pictures keep what they show and lose what they tell; the same scene is known again."""

from __future__ import annotations

import io
import json
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from core.errors import BadInput
from dispatch.evidence import pictures
from tests.unit.dispatch.evidence_files import LAT, LON, a_photo, a_scene, exif


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def differ(one: int, other: int) -> int:
    return ((one ^ other) % (1 << 64)).bit_count()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_loses_place_camera_and_comments(form):
    settings = {"exif": exif()}
    if form == "PNG":
        settings["pnginfo"] = PngImagePlugin.PngInfo()
        settings["pnginfo"].add_text("Comment", "SecretPhone")
    if form == "JPEG":
        settings["comment"] = "SecretPhone"
    told = a_photo(form=form, **settings)
    assert b"SecretPhone" in told
    picture = pictures.clean(told)
    assert b"SecretPhone" not in picture.content
    assert b"2026:11:20" not in picture.content
    assert len(opened(picture.content).getexif()) == 0
    assert not opened(picture.content).info.keys() & {"exif", "comment", "Comment", "xmp", "icc_profile"}


def test_the_place_is_handed_over_apart_for_whoever_keeps_it_on_purpose():
    kept = json.loads(pictures.clean(a_photo(exif=exif())).place)
    assert kept == {"lat": LAT, "lon": LON, "taken_at": "2026:11:20 08:30:00"}
    assert pictures.clean(a_photo(exif=exif(place=False))).place is None
    assert pictures.clean(a_photo()).place is None


def test_a_picture_that_was_held_sideways_stands_upright_without_its_mark():
    wide = Image.new("RGB", (200, 100), "white")
    wide.paste((255, 0, 0), (0, 0, 20, 100))  # red on the left; held so that left is up
    upright = opened(pictures.clean(a_photo(image=wide, exif=exif(orientation=6))).content)
    assert upright.size == (100, 200)
    red, _, blue = upright.convert("RGB").getpixel((50, 5))
    assert red > 200
    assert blue < 80


def test_a_bomb_is_refused_before_a_pixel_is_unpacked():
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10))) + chunk(b"IEND", b"")
    )
    with pytest.raises(BadInput, match="过大"):
        pictures.clean(bomb)
    large = Image.new("1", (8000, 8000))
    with pytest.raises(BadInput, match="像素过大"):
        pictures.clean(a_photo(image=large, form="PNG"))


def test_a_moving_picture_is_refused_rather_than_cut_to_its_first_moment():
    with pytest.raises(BadInput, match="动图"):
        pictures.clean(a_photo(form="WEBP", save_all=True, append_images=[a_scene(2)]))


def test_bytes_behind_the_picture_do_not_survive():
    assert b"<script>" not in pictures.clean(a_photo() + b"<script>alert(1)</script>").content


@pytest.mark.parametrize("seed", range(8))
def test_the_same_scene_is_known_again_smaller_and_saved_worse(seed):
    scene = a_scene(seed, (640, 480))
    look = pictures.look_of(scene)
    again = opened(a_photo(image=scene.resize((320, 240)), quality=60))
    assert differ(look, pictures.look_of(again)) <= pictures.ALIKE
    assert set(pictures.parts_of(look)) & set(pictures.parts_of(pictures.look_of(again)))


def test_different_scenes_look_different():
    looks = [pictures.look_of(a_scene(seed)) for seed in range(40)]
    pairs = [(one, other) for number, one in enumerate(looks) for other in looks[:number]]
    assert all(differ(one, other) > pictures.ALIKE for one, other in pairs)


def test_a_picture_of_nothing_looks_like_no_other():
    assert pictures.look_of(Image.new("RGB", (50, 50), "white")) is None
    assert pictures.parts_of(None) == []


@pytest.mark.parametrize("flips", [(0,), (5, 20), (1, 17, 63)])
def test_looks_that_differ_little_share_a_part(flips):
    look = pictures.look_of(a_scene(3))
    other = look % (1 << 64)
    for flip in flips:
        other ^= 1 << flip
    assert set(pictures.parts_of(look)) & set(pictures.parts_of(other - (1 << 64) if other >> 63 else other))
