"""Where this installation stands: its addresses and its voice, from the running application's settings."""

from __future__ import annotations

from flask import current_app

from callcenter.twiml import Addresses, Script, Voice
from core.config import Settings


def settings() -> Settings:
    """Return the settings of the running application."""
    found: Settings = current_app.extensions["settings"]
    return found


def addresses() -> Addresses:
    """Return where the carrier finds us."""
    return Addresses(base=settings().public_base_url, media=settings().media_url)


def script() -> Script:
    """Return the writer of this installation's documents."""
    given = settings()
    return Script(to=addresses(), voice=Voice(name=given.say_voice, language=given.say_language))
