"""Settings: read once, checked, frozen."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

# Printed in the README: it opens the practice city and must never open a real one.
PRACTICE_PASSWORD = "practice-12345"

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The environment is incomplete; the message names every missing variable."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that can differ between two installations. docs/configuration.md explains each."""

    database_url: str
    redis_url: str
    secret_key: str
    personal_keys: tuple[str, ...]
    public_base_url: str
    media_url: str
    twilio_account_sid: str
    twilio_auth_token: str
    twilio_api_key: str
    twilio_api_secret: str
    twilio_application_sid: str
    hotline_number: str
    practice_line_url: str | None
    practice_password: str
    city_dir: Path
    var_dir: Path
    speech_model: Path | None
    secure_cookies: bool
    log_level: str
    say_voice: str = "Polly.Zhiyu"
    say_language: str = "cmn-CN"
    evidence_max_mb: int = 20
    evidence_per_order: int = 20
    hooks_inside_networks: tuple[str, ...] = ()
    hooks_pause_after_days: int = 3

    @property
    def practice(self) -> bool:
        """Say whether the practice line carries the calls, rather than Twilio."""
        return self.practice_line_url is not None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Build the settings. Raises SettingsError naming every missing variable at once."""
        missing = [name for name in REQUIRED if not env.get(name)]
        if missing:
            raise SettingsError("missing settings: " + ", ".join(missing) + " (see docs/configuration.md)")
        return cls(
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            personal_keys=_keys(env),
            public_base_url=env["PUBLIC_BASE_URL"].rstrip("/"),
            media_url=env["MEDIA_URL"],
            twilio_account_sid=env["TWILIO_ACCOUNT_SID"],
            twilio_auth_token=env["TWILIO_AUTH_TOKEN"],
            twilio_api_key=env["TWILIO_API_KEY"],
            twilio_api_secret=env["TWILIO_API_SECRET"],
            twilio_application_sid=env.get("TWILIO_APPLICATION_SID", ""),
            hotline_number=env.get("HOTLINE_NUMBER", "+8612345"),
            practice_line_url=env.get("PRACTICE_LINE_URL") or None,
            practice_password=env.get("PRACTICE_PASSWORD") or PRACTICE_PASSWORD,
            city_dir=Path(env.get("CITY_DIR") or ROOT / "city" / "practice"),
            var_dir=Path(env.get("VAR_DIR") or ROOT / "var"),
            speech_model=Path(env["HOTLINE_SPEECH_MODEL"]) if env.get("HOTLINE_SPEECH_MODEL") else None,
            secure_cookies=env["PUBLIC_BASE_URL"].startswith("https://"),
            log_level=env.get("LOG_LEVEL", "INFO"),
            say_voice=env.get("SAY_VOICE") or "Polly.Zhiyu",
            say_language=env.get("SAY_LANGUAGE") or "cmn-CN",
            evidence_max_mb=_count(env, "EVIDENCE_MAX_MB", 20),
            evidence_per_order=_count(env, "EVIDENCE_PER_ORDER", 20),
            hooks_inside_networks=_networks(env),
            hooks_pause_after_days=_count(env, "HOOKS_PAUSE_AFTER_DAYS", 3),
        )


REQUIRED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "PUBLIC_BASE_URL",
    "MEDIA_URL",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
)

OPTIONAL = (
    "PERSONAL_KEYS",
    "TWILIO_APPLICATION_SID",
    "HOTLINE_NUMBER",
    "PRACTICE_LINE_URL",
    "PRACTICE_PASSWORD",
    "CITY_DIR",
    "VAR_DIR",
    "HOTLINE_SPEECH_MODEL",
    "LOG_LEVEL",
    "SAY_VOICE",
    "SAY_LANGUAGE",
    "EVIDENCE_MAX_MB",
    "EVIDENCE_PER_ORDER",
    "HOOKS_INSIDE_NETWORKS",
    "HOOKS_PAUSE_AFTER_DAYS",
)


def _keys(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of personal fields, newest first; derived from SECRET_KEY when none is given."""
    if env.get("PERSONAL_KEYS"):
        return tuple(key.strip() for key in env["PERSONAL_KEYS"].split(","))
    digest = hashlib.sha256(b"personal:" + env["SECRET_KEY"].encode()).digest()
    return (base64.urlsafe_b64encode(digest).decode(),)


def _count(env: Mapping[str, str], name: str, default: int) -> int:
    """Return a whole number above zero. Raises SettingsError for anything else."""
    given = env.get(name) or str(default)
    if not given.isdecimal() or int(given) < 1:
        raise SettingsError(f"{name} must be a whole number above zero, not {given!r}")
    return int(given)


def _networks(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the networks inside which webhooks may go. Raises SettingsError for what is no network."""
    named = tuple(one.strip() for one in env.get("HOOKS_INSIDE_NETWORKS", "").split(",") if one.strip())
    try:
        return tuple(str(ipaddress.ip_network(one)) for one in named)
    except ValueError as error:
        raise SettingsError(f"HOOKS_INSIDE_NETWORKS: {error}") from error
