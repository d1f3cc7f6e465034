"""Writes the OpenAPI document without a database, for the typed client of the front end."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask

from dashboard.accounts import accounts
from dashboard.adjudications import adjudications
from dashboard.board import board
from dashboard.bulk import bulk
from dashboard.calendars import calendars
from dashboard.callbacks import callbacks
from dashboard.cases import cases
from dashboard.desk import desk
from dashboard.duties import duties
from dashboard.evidence import evidence
from dashboard.exposure import exposure
from dashboard.figures import figures
from dashboard.foresight import foresight
from dashboard.hooks import hooks
from dashboard.incidents import incidents
from dashboard.intake import intake
from dashboard.openapi import api
from dashboard.packs import packs
from dashboard.practice import practice
from dashboard.rating import rating
from dashboard.templates_api import templates

# Every blueprint whose addresses are documented: one that app.py registers and that is missing here is not.
BLUEPRINTS = (
    accounts,
    adjudications,
    board,
    bulk,
    calendars,
    callbacks,
    cases,
    desk,
    duties,
    evidence,
    exposure,
    figures,
    foresight,
    hooks,
    incidents,
    intake,
    packs,
    practice,
    rating,
    templates,
)


def document() -> dict[str, Any]:
    """Return the OpenAPI document of all JSON blueprints."""
    app = Flask(__name__)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.register(app)
    with app.app_context():
        spec: dict[str, Any] = api.spec
    # Otherwise they stand in the order in which this process first met them.
    return spec | {"tags": sorted(spec["tags"], key=lambda tag: str(tag["name"]))}


def text() -> str:
    """Return the document as stable, readable JSON."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
