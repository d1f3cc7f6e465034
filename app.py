"""Puts the centre together: read this first. Nobody imports it but the processes of the Procfile.

The way of a call: callcenter/webhooks.py takes it, callcenter/service.py queues and seats it,
callcenter/media.py hears it, workers/reactions.py says what follows from each event,
dispatch/service.py keeps the case, dashboard/ shows it.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from redis import Redis

from core import logs, parts, sealed
from core.config import Settings
from core.db import Database
from core.events import Bus
from core.feed import RedisFeed
from core.queues import Queues

if TYPE_CHECKING:
    from nlp.speech import Recogniser

csrf = CSRFProtect()


def create_base(settings: Settings, process: str) -> Flask:
    """Return an application with the adapters that every process shares, and no routes."""
    from callcenter.telephony import TwilioLine
    from workers import reactions

    logs.set_up(process, level=settings.log_level)
    sealed.unlock(list(settings.personal_keys))
    app = Flask("dashboard", root_path=os.path.join(os.path.dirname(__file__), "dashboard"))
    bus = Bus()
    redis = Redis.from_url(settings.redis_url, health_check_interval=30)
    app.extensions |= {
        "settings": settings,
        "bus": bus,
        "database": Database(settings.database_url, bus, application=f"hotline-{process}"),
        "redis": redis,
        "feed": RedisFeed(settings.redis_url),
        "queues": Queues(redis),
        "telephony": TwilioLine(settings),
    }
    reactions.connect(bus, app)
    return app


def create_app(settings: Settings | None = None, *, socket_mode: str = "gevent") -> Flask:
    """Return the web application: pages, JSON API, live feed, telephony webhooks."""
    from callcenter import whole_frames
    from callcenter.webhooks import webhooks
    from dashboard import access, accounts, assets, errors, headers, idempotency, pages, practice, sockets, words
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
    from dashboard.rating import rating
    from dashboard.templates_api import templates

    whole_frames.mend()  # before the first socket: the library tears frames under gevent
    settings = settings or Settings.from_env(os.environ)
    app = create_base(settings, "web")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="hotline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,  # a console stays open for a whole shift; the token dies with the session
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        SOCKET_MODE=socket_mode,
        JSON_AS_ASCII=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    csrf.init_app(app)
    accounts.sessions.init_app(app)
    accounts.limiter.init_app(app)
    errors.init_app(app)
    assets.init_app(app)
    words.init_app(app)
    access.guarded_by_itself(webhooks, "signature of the carrier")
    staff = (
        pages.screens,
        desk,
        cases,
        bulk,
        exposure,
        board,
        calendars,
        packs,
        evidence,
        hooks,
        duties,
        foresight,
        incidents,
        figures,
        intake,
        adjudications,
        callbacks,
        templates,
    )
    for blueprint in (webhooks, accounts.accounts, pages.pages, rating, *staff, practice.practice):
        app.register_blueprint(blueprint)
    # These carry their own proof: a signature, a password in JSON, the carrier's account, an unguessable link.
    for door in (webhooks, practice.practice, "dashboard.accounts.sign_in", rating):
        csrf.exempt(door)
    api.register(app)
    idempotency.init_app(app)
    app.after_request(partial(headers.protect, line_url=settings.practice_line_url))
    sockets.init_app(app, settings.redis_url)
    return app


def create_media_app(settings: Settings | None = None) -> Flask:
    """Return the media application: one plain WebSocket route, a thread a call, one speech model."""
    from callcenter import media

    settings = settings or Settings.from_env(os.environ)
    app = create_base(settings, "media")
    recogniser = load_recogniser(settings)
    media.init_app(app, recogniser)
    model = recogniser and recogniser.name
    parts.keep_saying(
        app.extensions["redis"], "media", model=model, is_practice=bool(recogniser and recogniser.is_practice)
    )
    return app


def load_recogniser(settings: Settings) -> Recogniser | None:
    """Load the speech model; None when there is none or it is broken: calls work all the same."""
    from nlp import speech

    path = speech.find_model(settings.speech_model, settings.var_dir / "models")
    try:
        return speech.load(path) if path else None
    except speech.NoModel:
        logging.getLogger("app").exception("speech.no_model")
        return None
