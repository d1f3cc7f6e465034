"""Access tokens of browser phones: who they let in and as whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import jwt

from callcenter.practice.settings import Settings


class TokenRefused(Exception):
    """The token does not let anybody in. `code`: 20101 invalid, 20104 expired."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a token allows. `parameters` are the outgoing ones, set by the centre, not by the page."""

    identity: str
    expires_at: datetime
    may_receive: bool
    may_call: bool
    parameters: dict[str, str]


def grant_of(token: str, settings: Settings) -> Grant:
    """Return what the token allows. Raises TokenRefused."""
    try:
        claims = jwt.decode(
            token,
            settings.api_secret,
            algorithms=["HS256"],
            issuer=settings.api_key,
            options={"require": ["exp", "iss", "sub"], "verify_sub": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenRefused(20104, "the token has expired") from error
    except jwt.InvalidTokenError as error:
        raise TokenRefused(20101, "the token is not valid") from error
    grants = claims.get("grants") or {}
    voice, identity = grants.get("voice"), grants.get("identity")
    if claims["sub"] != settings.account_sid or not isinstance(voice, dict) or not identity:
        raise TokenRefused(20101, "the token is not for voice on this account")
    outgoing = voice.get("outgoing") or {}
    return Grant(
        identity=str(identity),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        may_receive=bool((voice.get("incoming") or {}).get("allow")),
        may_call=bool(outgoing),
        parameters={str(k): str(v) for k, v in (outgoing.get("params") or {}).items()},
    )
