"""What the papers promise is there, and the layers hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import ROOT

PAPERS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "city").rglob("*.md")]
    if "node_modules" not in path.parts
)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def broken_links(paper: Path, text: str) -> list[str]:
    targets = [link for link in LINK.findall(text) if "://" not in link]
    return [link for link in targets if not (paper.parent / link).exists()]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_paper_leads_somewhere(paper: Path):
    assert broken_links(paper, paper.read_text(encoding="utf-8")) == []


def test_a_link_to_nowhere_would_be_seen():
    assert broken_links(ROOT / "README.md", "[x](no/such/file.md) [y](README.md)") == ["no/such/file.md"]


def test_the_layers_hold():
    linter = Path(sys.executable).parent / "lint-imports"
    said = subprocess.run([str(linter)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout[-2000:]


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`(?:PORT=\d+ )?make ([a-z]+)`", (ROOT / "README.md").read_text()))
    assert named >= {"check", "bench", "model", "clean", "demo"}
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_bench_that_make_bench_names_can_be_run():
    from bench import cases, fanout, lists, speech

    assert all(callable(bench.run) for bench in (cases, fanout, lists, speech))
