"""Every pair of token colours that carries words keeps the AA contrast of WCAG 2.2, light and dark."""

from __future__ import annotations

import re

import pytest

from core.config import ROOT

AA = 4.5
TOKENS = (ROOT / "dashboard" / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
MEANINGS = ("accent", "good", "warn", "bad", "live")
PAIRS = [
    *((words, ground) for words in ("ink", "ink-2", *MEANINGS) for ground in ("ground", "sheet")),
    *((words, f"{meaning}-ground") for meaning in MEANINGS for words in ("ink", "ink-2", meaning)),
    *(("on-accent", ground) for ground in ("accent", "good", "bad")),
]


def colours(selector: str) -> dict[str, str]:
    """Name -> #rrggbb, as the block of `selector` sets them."""
    block = TOKENS.split(f"\n{selector} {{", 1)[1].split("\n}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Relative luminance, 0..1, as WCAG 2.2 defines it."""
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_twenty_one_to_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("selector", [":root", ".dark"])
@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_the_words_can_be_read_on_their_ground(selector: str, words: str, ground: str) -> None:
    named = colours(selector)
    assert contrast(named[words], named[ground]) >= AA
