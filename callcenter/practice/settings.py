"""What can differ between two practice lines: who the account is, where the centre's webhooks live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DEFAULT_PORT = 8010


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Read once in __main__ from flags and environment. URLs may carry connection overrides (#rc=…)."""

    account_sid: str
    auth_token: str
    api_key: str
    api_secret: str
    centre_url: str
    voice_url: str
    fallback_url: str
    status_url: str
    number: str = "+8612345"
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    state_dir: Path = Path("var/practice")
    robots: int = 0
    robot_password: str = ""
    lost_leg_s: float = 8.0  # a page that is being loaded again on a slow machine must find its call

    @property
    def line_url(self) -> str:
        """Where this line can be reached; recording URLs begin with it."""
        return f"http://{self.host}:{self.port}"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the settings that the environment gives. Raises ValueError naming what is missing."""
        missing = [name for name in REQUIRED if not env.get(name)]
        if missing:
            raise ValueError("missing settings: " + ", ".join(missing))
        centre = env["PUBLIC_BASE_URL"].rstrip("/")
        return cls(
            account_sid=env["TWILIO_ACCOUNT_SID"],
            auth_token=env["TWILIO_AUTH_TOKEN"],
            api_key=env["TWILIO_API_KEY"],
            api_secret=env["TWILIO_API_SECRET"],
            centre_url=centre,
            voice_url=centre + "/twilio/voice/incoming",
            fallback_url=centre + "/twilio/voice/fallback",
            status_url=centre + "/twilio/voice/status",
            number=env.get("HOTLINE_NUMBER") or "+8612345",
            port=int(env.get("PRACTICE_PORT") or DEFAULT_PORT),
            state_dir=Path(env.get("VAR_DIR") or "var") / "practice",
            robot_password=env.get("PRACTICE_PASSWORD") or "practice-12345",
        )


REQUIRED = (
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "PUBLIC_BASE_URL",
)
