"""The page of definitions and the list of figures say the same."""

from __future__ import annotations

import re

import pytest

from core.config import ROOT
from dispatch.figures.catalogue import FIGURES, SCORE

PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
ROWS = {
    cells[1].strip("` "): [cell.strip() for cell in cells]
    for line in PAGE.splitlines()
    if line.startswith("| `") and len(cells := line.split("|")) == 10
}


def test_every_figure_is_defined_and_nothing_else_is():
    assert list(ROWS) == [*(figure.code for figure in FIGURES), SCORE]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.code)
def test_a_definition_names_the_basis_and_whether_exclusions_leave_it(figure):
    _, _, zh, _, basis, *_ = ROWS[figure.code]
    assert basis == f"{figure.basis}, {'V′' if figure.kept else 'V'}"
    assert figure.zh.startswith(re.sub(r"（.*", "", zh))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.code)
def test_every_code_of_a_left_out_row_is_explained_and_named(figure):
    left_out = ROWS[figure.code][6]
    for code in figure.left_out:
        assert f"`{code}`" in left_out or re.search(r"as `\w+`", left_out), (figure.code, code)
        assert f"`{code}`" in PAGE
