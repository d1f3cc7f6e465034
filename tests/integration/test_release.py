"""The release step: accounts once, and no practice key in a real door."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import people
from core.config import PRACTICE_PASSWORD
from core.db import Database
from workers.release import load_staff, shut_practice_doors

STAFF = "username,name,roles,unit\nagent1,林晓岚,agent,\nchengguan1,赵城,handler,chengguan\n"


@pytest.fixture
def staff(tmp_path: Path) -> Path:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF, encoding="utf-8")
    return path


def test_accounts_are_made_once(database: Database, staff: Path):
    with database.begin() as work:
        assert load_staff(work, staff, "first") == 2
        assert load_staff(work, staff, "second") == 0
        assert people.sign_in(work, "agent1", "first") is not None
        assert people.sign_in(work, "agent1", "second") is None


def test_a_wrong_name_and_a_wrong_password_are_the_same_answer(database: Database, staff: Path):
    with database.begin() as work:
        load_staff(work, staff, "right")
        assert people.sign_in(work, "agent1", "wrong") is None
        assert people.sign_in(work, "nobody", "right") is None


def test_practice_accounts_do_not_open_a_centre_with_a_real_line(
    database: Database, staff: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("PRACTICE_PASSWORD", raising=False)
    with database.begin() as work:
        load_staff(work, staff, PRACTICE_PASSWORD)
        assert shut_practice_doors(work, PRACTICE_PASSWORD) == 2
        work.session.flush()
        assert people.sign_in(work, "agent1", PRACTICE_PASSWORD) is None


def test_accounts_with_a_password_of_their_own_stay_open(database: Database, staff: Path):
    with database.begin() as work:
        load_staff(work, staff, "the city's own")
        assert shut_practice_doors(work, PRACTICE_PASSWORD) == 0
        assert people.sign_in(work, "agent1", "the city's own") is not None
