"""Writes the OpenAPI document without a database, for the typed client of the front end."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from dashboard.accounts import accounts
from dashboard.board import board
from dashboard.cases import cases
from dashboard.desk import desk
from dashboard.evidence import evidence
from dashboard.hooks import hooks
from dashboard.openapi import api
from dashboard.packs import packs
from dashboard.practice import practice

BLUEPRINTS = (accounts, desk, cases, board, evidence, hooks, packs, practice)


def document() -> dict[str, Any]:
    """Return the OpenAPI document of all JSON blueprints."""
    app = Flask(__name__)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.register(app)
    with app.app_context():
        spec: dict[str, Any] = api.spec
    return spec


def text() -> str:
    """Return the document as stable, readable JSON."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
