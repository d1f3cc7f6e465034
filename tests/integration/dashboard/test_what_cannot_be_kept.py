"""What no table can hold is refused with a sentence, at every door: NUL, numbers beyond bigint, forged marks."""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
from typing import Any

import pytest
from pydantic import BaseModel

import dashboard
from dashboard import schemas

from .doors import STAFF, Browser, settings_of, staffed

HUGE = 2**70
IDS = {"case_no": "20261123-000001-0", "action": "note", "figure": "on_time", "duty_no": "ZZ0001"}
ROLES = ["agent", "dispatcher", "reviewer", "callback", "supervisor", "leader", "administrator"]


def marked(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def barred(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.fixture
def anybody(database_url, redis_url, tmp_path):
    """Somebody whom nearly every door lets in."""
    app = staffed(settings_of(database_url, redis_url, VAR_DIR=str(tmp_path)), STAFF | {"all": (ROLES, "hotline")})
    yield Browser(app, "all")
    app.extensions["database"].dispose()


def spoilt(schema: dict[str, Any], text: str, number: int, known: dict[str, Any]) -> Any:
    """Return a value that fits the schema by its types, with `text` and `number` wherever one may stand."""
    if "$ref" in schema:
        return spoilt(known[schema["$ref"].rpartition("/")[2]], text, number, known)
    if "anyOf" in schema:
        return spoilt(schema["anyOf"][0], text, number, known)
    if "enum" in schema or "const" in schema:
        return (schema.get("enum") or [schema["const"]])[0]
    if schema.get("type") == "object":
        return {name: spoilt(one, text, number, known) for name, one in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [spoilt(schema["items"], text, number, known)]
    of_format = {"date": "2026-12-31", "date-time": "2026-11-23T09:00:00+08:00"}.get(schema.get("format", ""))
    plain = {"integer": min(number, schema.get("maximum", number)), "boolean": True, "number": 0.5}
    return plain.get(schema.get("type", ""), of_format or text)


def body_of(view: Any, text: str, number: int) -> dict[str, Any]:
    shape: type[BaseModel] = getattr(view, "json", None) or schemas.ActionBody
    schema = shape.model_json_schema()
    return spoilt(schema, text, number, schema.get("$defs", {}))


def test_every_shape_of_the_api_inherits_what_all_shapes_refuse():
    def below(shape: type) -> set[type]:
        return {shape}.union(*(below(one) for one in shape.__subclasses__()))

    for module in pkgutil.iter_modules(dashboard.__path__, "dashboard."):
        importlib.import_module(module.name)
    ours = {one for one in below(BaseModel) if one.__module__.startswith("dashboard.")}
    assert len(ours) > 200
    assert {one for one in ours if not issubclass(one, schemas.Shape)} == set()


def path_of(rule: Any, number: int) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<int:{name}>", str(number)).replace(f"<{name}>", IDS.get(name, "x"))
    return path


@pytest.mark.parametrize(
    ("text", "number", "at"),
    [("看\0看看看", 1, 1), ("看看看看", HUGE, 1), ("看看看看", 1, HUGE)],
    ids=["nul", "huge", "at"],
)
def test_no_door_fails_at_what_cannot_be_kept(anybody, text, number, at):
    app = anybody.client.application
    answers = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint.startswith(("practice", "accounts")):
            continue
        for method in {"POST", "PUT"} & set(rule.methods or ()):
            body = body_of(app.view_functions[rule.endpoint], text, number)
            headers = anybody.headers(None)
            answer = anybody.client.open(path_of(rule, at), method=method, json=body, headers=headers)
            answers[f"{method} {rule.rule}"] = answer.status_code
    assert len(answers) > 40
    assert {door: status for door, status in answers.items() if status >= 500 and status != 503} == {}


@pytest.mark.parametrize(
    "path",
    [
        f"/api/desk/calls/{HUGE}",
        f"/api/adjudications/{HUGE}",
        f"/api/packs/{HUGE}",
        f"/api/what-if/{HUGE}",
        f"/api/duties/loads/{HUGE}",
        f"/api/hooks/{HUGE}/deliveries",
        f"/api/calendars/years/{HUGE}",
        "/api/cases/a%00b",
        "/api/cases?q=a%00b",
        "/api/cases?unit=a%00b",
        "/api/cases?registered_to=9999-12-31",
        f"/api/cases?view=open&cursor={marked('2026-11-23T09:00:00', 1)}",
        f"/api/cases?view=open&cursor={marked('0001-01-01T00:00:00+14:00', 1)}",
        f"/api/cases?view=open&cursor={marked(None, HUGE)}",
        f"/api/cases?q=%E6%91%8A&cursor={marked(HUGE, 1)}",
        f"/api/callbacks?cursor={barred('2026-11-23T09:00:00|1')}",
        f"/api/callbacks?cursor={barred(f'2026-11-23T09:00:00+08:00|{HUGE}')}",
        f"/api/callbacks?cursor={barred('0001-01-01T00:00:00+14:00|1')}",
        f"/api/adjudications?before={HUGE}",
    ],
)
def test_no_address_fails_at_what_cannot_be_found(anybody, path):
    assert anybody.get(path).status_code in {400, 404, 422}


def test_nul_in_a_note_and_files_beyond_any_id_are_refused_in_a_sentence(anybody):
    path = "/api/cases/20261123-000001-0/actions/note"
    nul = anybody.post(path, version=1, text="看\0看")
    assert (nul.status_code, nul.json["message"]) == (422, "文字里有不能保存的字符（NUL），请删除后再提交")
    files = anybody.post(path, version=1, text="看看", files=[HUGE])
    assert (files.status_code, files.json["message"]) == (422, "数字超出可以使用的范围")
