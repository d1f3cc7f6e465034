"""The shelf of packs in the tables: kept, switched, never rewritten."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from core.actor import Actor, Role
from core.config import ROOT
from core.db import Database
from core.errors import BadInput, NotFound, Refused
from core.events import Bus
from dispatch import pack_shelf, rules
from dispatch.city import CityFileError, load_city
from dispatch.rules import CityFileRecord, PackRecord
from tests.integration.dispatch.conftest import MONDAY, a_case

ADMIN = Actor(person_id=9, name="管理员", roles=frozenset({Role.ADMINISTRATOR}), unit_code="hotline")
DEFAULT = json.loads((ROOT / "city" / "packs" / "default.json").read_text(encoding="utf-8"))


def a_file(**changes: Any) -> str:
    return json.dumps(DEFAULT | {"version": "2027.1"} | changes, ensure_ascii=False)


def load(work, **changes: Any) -> PackRecord:
    return pack_shelf.load(work, a_file(**changes), actor=ADMIN, now=MONDAY)


def switch(work, pack_id: int) -> PackRecord:
    return pack_shelf.activate(work, pack_id, actor=ADMIN, reason="市里通知", now=MONDAY)


def named(work, name: str) -> int:
    return work.session.scalars(select(PackRecord.id).where(PackRecord.name == name)).one()


def active(work) -> tuple[str, str]:
    return work.session.execute(select(PackRecord.name, PackRecord.version).where(PackRecord.active)).one()


def test_the_seven_packs_are_on_the_shelf_and_the_recommended_one_is_in_force(city):
    with city.begin() as work:
        rows = pack_shelf.shelf(work)
        assert len(rows) == 7
        assert [row["name"] for row in rows if row["active"]] == ["default"]
        assert {row["loaded_by"] for row in rows} == {"系统"}
        assert rules.pack(work)[1].name == "default"


def test_a_new_version_stands_beside_the_old_one_until_it_is_switched_on(city):
    with city.begin() as work:
        record = load(work, redo={"within": {"quantity": 2, "unit": "working_days"}})
        assert active(work) == ("default", DEFAULT["version"])
        switch(work, record.id)
        pack_id, pack = rules.pack(work)
        assert (pack_id, pack.version, pack.redo_within.quantity) == (record.id, "2027.1", 2)
        assert len([row for row in pack_shelf.shelf(work) if row["name"] == "default"]) == 2


def test_a_case_keeps_the_pack_it_was_opened_under(city):
    with city.begin() as work:
        before = a_case(work)
        switch(work, named(work, "beijing"))
        after = a_case(work)
        packs = [rules.pack(work, case.pack_id)[1].name for case in (before, after)]
    assert packs == ["default", "beijing"]


def test_the_same_version_with_other_content_is_refused(city):
    with city.begin() as work:
        first = load(work)
        again = pack_shelf.load(
            work, json.dumps(json.loads(a_file()), indent=4, sort_keys=True), actor=ADMIN, now=MONDAY
        )
        assert again.id == first.id
        with pytest.raises(Refused, match=r"default 2027\.1 已载入过，内容不同"):
            load(work, title="另一个")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": "2027.1+3"}, "version：带“\\+”的版本号由系统生成"),
        ({"working_hours": "nobody"}, "working_hours：没有“nobody”这种工作时间"),
        ({"rules": []}, "rules：缺少这些诉求的时限"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_path(city, changes, said):
    with city.begin() as work, pytest.raises(BadInput, match=said):
        load(work, **changes)


def test_a_pack_is_not_put_in_force_before_its_day(city):
    with city.begin() as work:
        record = load(work, valid_from="2026-11-24")
        with pytest.raises(Refused, match="自 2026-11-24 起生效"):
            switch(work, record.id)
        # 00:30 of the 24th in the city is still the 23rd by the sun clock of Greenwich.
        pack_shelf.activate(
            work, record.id, actor=ADMIN, reason="到期启用", now=MONDAY + timedelta(hours=15, minutes=30)
        )
        assert active(work) == ("default", "2027.1")


@pytest.mark.parametrize("pack_id", [0, 999, 2**63, 10**30])
def test_a_pack_that_is_not_there_is_not_found(city, pack_id):
    with city.begin() as work, pytest.raises(NotFound):
        switch(work, pack_id)


def test_switching_takes_a_reason_and_another_pack(city):
    with city.begin() as work:
        with pytest.raises(BadInput, match="原因"):
            pack_shelf.activate(work, named(work, "jinan"), actor=ADMIN, reason="  ", now=MONDAY)
        with pytest.raises(Refused, match="正在使用"):
            switch(work, named(work, "default"))


def test_who_did_what_is_told_latest_first(city):
    with city.begin() as work:
        default, beijing = named(work, "default"), named(work, "beijing")
        switch(work, beijing)
        switch(work, default)
        steps = pack_shelf.one(work, beijing)["history"]
    assert [(step["action"], step["pack_id"], step["replaced_id"], step["by"]) for step in steps] == [
        ("activate", default, beijing, "管理员"),
        ("activate", beijing, default, "管理员"),
        ("load", beijing, None, "系统"),
    ]
    assert steps[0]["reason"] == "市里通知"


def test_the_threshold_makes_a_version_of_its_own(city):
    with city.begin() as work:
        before = a_case(work)
        for share in (0.85, 0.9):
            pack_shelf.set_threshold(work, share, actor=ADMIN, reason="试运行", now=MONDAY)
        assert active(work) == ("default", f"{DEFAULT['version']}+2")
        assert rules.pack(work)[1].automatic_from_share == 0.9
        assert rules.pack(work, before.pack_id)[1].automatic_from_share == DEFAULT["routing"]["automatic_from_share"]
        assert [step["action"] for step in pack_shelf.history(work)[:4]] == ["threshold", "load"] * 2
        with pytest.raises(Refused, match="没有变化"):
            pack_shelf.set_threshold(work, 0.9, actor=ADMIN, reason="试运行", now=MONDAY)
        with pytest.raises(BadInput, match=r"routing\.automatic_from_share：应为 0 至 1 之间的数"):
            pack_shelf.set_threshold(work, 1.5, actor=ADMIN, reason="试运行", now=MONDAY)


def test_a_threshold_of_ones_own_is_no_longer_an_assumed_one(city):
    with city.begin() as work:
        switch(work, named(work, "beijing"))
        pack_shelf.set_threshold(work, 0.7, actor=ADMIN, reason="试运行", now=MONDAY)
        pack = rules.pack(work)[1]
    assert "routing.automatic_from_share" not in pack.assumed
    assert "redo.within" in pack.assumed


def test_two_packs_are_compared_in_words(city):
    with city.begin() as work:
        found = pack_shelf.compare(work, named(work, "default"), named(work, "beijing"))
    words = [one.words() for one in found]
    assert "投诉·一般 办理时限 5 个工作日 → 7 天" in words
    assert "消费纠纷·投诉·一般 办理时限 7 个工作日 → 7 天" in words


def test_a_switch_survives_a_restart_and_changed_files(city, tmp_path):
    with city.begin() as work:
        switch(work, named(work, "jinan"))
    folder = _copy_of_the_city(tmp_path)
    changed = folder.parent / "packs" / "default.json"
    changed.write_text(a_file(title="新版"), encoding="utf-8")
    with city.begin() as work:
        assert load_city(work, ROOT / "city" / "practice") == []
        assert load_city(work, folder) == ["default.json"]
        assert active(work)[0] == "jinan"
        assert len(pack_shelf.shelf(work)) == 8
        work.session.execute(text("DELETE FROM city_file"))  # as if no file had ever been seen
        load_city(work, ROOT / "city" / "practice")
        assert active(work)[0] == "jinan"
        assert len(pack_shelf.shelf(work)) == 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(DEFAULT | {"title": "改了"}), r"default\.json: default .* 已载入过，内容不同"),
        ('{"name": }', r"default\.json: 第 1 行第 10 列"),
    ],
)
def test_a_changed_file_that_cannot_be_taken_stops_the_release(city, tmp_path, content, said):
    folder = _copy_of_the_city(tmp_path)
    (folder.parent / "packs" / "default.json").write_text(content, encoding="utf-8")
    with pytest.raises(CityFileError, match=said), city.begin() as work:
        load_city(work, folder)
    with city.begin() as work:
        assert work.session.get(CityFileRecord, "default.json") is not None
        assert len(pack_shelf.shelf(work)) == 7


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE limit_pack SET body = '{}'",
        "UPDATE limit_pack SET version = version || 'x'",
        "DELETE FROM limit_pack WHERE name = 'jinan'",
        "UPDATE pack_step SET actor_name = '别人'",
        "DELETE FROM pack_step",
        "TRUNCATE pack_step",
    ],
)
def test_what_was_loaded_and_done_cannot_be_rewritten(city, statement):
    with pytest.raises(DBAPIError, match="append-only"), city.begin() as work:
        work.session.execute(text(statement))


def test_the_database_holds_one_active_pack(city):
    with pytest.raises(DBAPIError, match="uq_limit_pack_active"), city.begin() as work:
        work.session.execute(text("UPDATE limit_pack SET active = true WHERE name = 'jinan'"))


def test_administrators_who_switch_at_once_leave_one_pack_in_force(city):
    with city.begin() as work:
        wanted = [named(work, name) for name in ("beijing", "jinan", "weifang", "shanghai")]
    failed: list[BaseException] = []

    def one(pack_id: int) -> None:
        try:
            with city.begin() as work:
                switch(work, pack_id)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=one, args=(pack_id,)) for pack_id in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with city.begin() as work:
        steps = [step for step in reversed(pack_shelf.history(work)) if step["by"] == "管理员"]
        chain = [(step["replaced_id"], step["pack_id"]) for step in steps]
        assert len(chain) == 4
        assert all(later[0] == earlier[1] for earlier, later in itertools.pairwise(chain))
        assert active(work)[0] == work.session.get(PackRecord, chain[-1][1]).name


def test_a_pack_is_read_once_in_a_process(city):
    with city.begin() as work:
        pack_id, pack = rules.pack(work)
    asked: list[str] = []
    event.listen(city.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with city.begin() as work:
        assert rules.pack(work, pack_id)[1] is pack
        assert asked == []
        assert rules.pack(work)[1] is pack
        assert len(asked) == 1
        assert "body" not in asked[0]


def _copy_of_the_city(tmp_path):
    for name in ("practice", "packs"):
        (tmp_path / name).mkdir()
        for file in (ROOT / "city" / name).iterdir():
            if file.is_file():
                (tmp_path / name / file.name).write_bytes(file.read_bytes())
    return tmp_path / "practice"


def _as_it_was(**changes: Any) -> str:
    """A pack in the shape that was loaded before packs had versions."""
    limit = {"quantity": 3, "unit": "working_days"}
    rule = {"kind": "*", "dispatch": limit, "sign": limit, "result": limit}
    body = {
        "name": "default",
        "version": "2026.1",
        "title": "旧",
        "valid_from": "2026-01-01",
        "source": "旧",
        "working_hours": "offices",
        "clock": {"starts_at": "dispatch"},
        "rules": [rule | {"urgency": urgency} for urgency in ("critical", "urgent", "normal")],
        "special": [{"code": "consumer", "title": "消费维权", "accept": limit, "mediate": limit}],
        "redo": {"quantity": 2, "unit": "working_days"},
        "supervision": limit,
        "review": limit,
        "return": {"ask_within": limit, "ask_within_urgent": limit, "rule_within": limit, "per_unit": 1},
        "routing": {"automatic_from_share": 0.75},
        "extension": {"times": 1, "at_most": "original"},
        "warn_at_shares": [0.5, 0.8, 1.0],
        "statutory_limit_overrides": "upward_only",
    }
    return json.dumps(body | changes, ensure_ascii=False)


@pytest.fixture
def before_packs(postgres_url: str, migrated_template: str) -> Iterator[Database]:
    """A database as it stood before this page of the schema, with two packs of one version."""
    name = "before_packs"
    admin = postgres_url.replace(f"/{migrated_template}", "/postgres")
    url = postgres_url.replace(f"/{migrated_template}", f"/{name}")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    _migrate(url, "0007")
    with psycopg.connect(url) as connection:
        for number, body in enumerate((_as_it_was(title="更旧"), _as_it_was())):
            connection.execute(
                "INSERT INTO limit_pack (name, sha256, body, active) VALUES ('default', %s, %s, %s)",
                (str(number), body, number == 1),
            )
    opened = Database(url, Bus())
    yield opened
    opened.dispose()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_packs_of_the_days_before_go_on_with_their_numbers(before_packs):
    _migrate(before_packs.engine.url.render_as_string(hide_password=False), "0008")
    with before_packs.begin() as work:
        assert active(work) == ("default", "2026.1")
        pack = rules.pack(work)[1]
        assert (pack.title, pack.redo_within.quantity, pack.automatic_from_share) == ("旧", 2, 0.75)
        assert pack.warn_at_shares == (0.5, 0.8)
        assert pack.limits("help", "normal").result.quantity == 3
        older = [row for row in pack_shelf.shelf(work) if not row["active"]]
        assert [(row["title"], row["version"]) for row in older] == [("更旧", f"2026.1-{older[0]['pack_id']}")]
        assert rules.pack(work, older[0]["pack_id"])[1].version == older[0]["version"]


def _migrate(url: str, revision: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    command.upgrade(config, revision)
