"""The line to the carrier: twilio-python, to Twilio itself or to the practice line, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from flask import current_app
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client
from urllib3.exceptions import NewConnectionError

from core.config import Settings
from core.errors import Unavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
TIMEOUT_S: Final = 5.0
RINGS_FOR_S: Final = 10
TOKEN_LASTS: Final = timedelta(hours=1)
_CALL_OVER: Final = 21220  # "call is not in-progress": what we wanted to end has ended


class CallGone(Exception):
    """The leg or conference we meant is over already; for the caller of the line to reconcile."""


class Telephony(Protocol):
    """What the centre asks of a carrier. Every method raises Unavailable when the carrier cannot be had."""

    def ring_agent(self, person_id: int, *, url: str, status_callback: str) -> str: ...
    def send_to(self, call_sid: str, url: str) -> None: ...
    def hang_up(self, call_sid: str) -> None: ...
    def end_conference(self, conference_sid: str) -> None: ...
    def hold(self, conference_sid: str, call_sid: str, *, on: bool, music: str) -> None: ...
    def start_recording(self, call_sid: str, *, callback: str) -> str: ...
    def recording(self, recording_sid: str) -> bytes | None: ...
    def delete_recording(self, recording_sid: str) -> None: ...
    def status_of(self, call_sid: str) -> str | None: ...
    def send_message(self, to: str, body: str, *, callback: str) -> str: ...
    def phone_token(self, person_id: int, *, now: datetime) -> tuple[str, str, datetime]: ...


class TwilioLine:
    """The Twilio contract, spoken by twilio-python; creating it opens no connection."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._http = _Redirected(settings.practice_line_url)
        self._client = Client(
            settings.twilio_api_key,
            settings.twilio_api_secret,
            settings.twilio_account_sid,
            http_client=self._http,
        )

    def ring_agent(self, person_id: int, *, url: str, status_callback: str) -> str:
        """Ring the agent's soft-phone and return the sid of the new leg.

        Never retried: a second create would be a second call.
        """
        made = _asked(
            lambda: self._client.calls.create(
                to=f"client:{identity(person_id)}",
                from_=self._settings.hotline_number,
                url=url,
                method="POST",
                status_callback=status_callback,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=RINGS_FOR_S,
            )
        )
        return str(made.sid)

    def send_to(self, call_sid: str, url: str) -> None:
        """Let a live leg go on with the document at `url`. Raises CallGone when it is over."""
        _asked(lambda: self._client.calls(call_sid).update(url=url, method="POST"))

    def hang_up(self, call_sid: str) -> None:
        """End a leg. One that has already ended is not an error."""
        _over_is_fine(lambda: self._client.calls(call_sid).update(status="completed"))

    def end_conference(self, conference_sid: str) -> None:
        """End a conference for all who are in it. One that has already ended is not an error."""
        _over_is_fine(lambda: self._client.conferences(conference_sid).update(status="completed"))

    def hold(self, conference_sid: str, call_sid: str, *, on: bool, music: str) -> None:
        """Hold a participant with music, or take them back. Raises CallGone when they have left."""
        given: dict[str, Any] = {"hold": on}
        if on:
            given |= {"hold_url": music, "hold_method": "POST"}
        _asked(lambda: self._client.conferences(conference_sid).participants(call_sid).update(**given))

    def start_recording(self, call_sid: str, *, callback: str) -> str:
        """Record the leg on two channels from now on and return the sid. Raises CallGone."""
        made = _asked(
            lambda: self._client.calls(call_sid).recordings.create(
                recording_channels="dual",
                recording_status_callback=callback,
                recording_status_callback_event=["completed", "absent"],
                recording_status_callback_method="POST",
            )
        )
        return str(made.sid)

    def recording(self, recording_sid: str) -> bytes | None:
        """Return a finished recording as a WAV file; None while the carrier does not have it ready yet."""
        account = self._settings.twilio_account_sid
        url = f"https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{recording_sid}.wav"
        answer = _sent(lambda: self._http.fetch(url, auth=self._account()))
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise Unavailable("电话线路", permanent=400 <= answer.status_code < 500)
        return answer.content

    def delete_recording(self, recording_sid: str) -> None:
        """Delete the carrier's copy. One that is not there any more is not an error."""
        _over_is_fine(lambda: self._client.recordings(recording_sid).delete())

    def status_of(self, call_sid: str) -> str | None:
        """Return how a leg stands with the carrier, or None when it knows none such."""
        try:
            return str(_asked(lambda: self._client.calls(call_sid).fetch()).status)
        except CallGone:
            return None

    def send_message(self, to: str, body: str, *, callback: str) -> str:
        """Send a text message and return its sid. Never retried: it would be a second message."""
        made = _asked(
            lambda: self._client.messages.create(
                to=to, from_=self._settings.hotline_number, body=body, status_callback=callback
            )
        )
        return str(made.sid)

    def phone_token(self, person_id: int, *, now: datetime) -> tuple[str, str, datetime]:
        """Return the soft-phone's token, the identity it is for, and when it expires."""
        return access_token(self._settings, identity(person_id), now=now)

    def _account(self) -> tuple[str, str]:
        return self._settings.twilio_api_key, self._settings.twilio_api_secret


def identity(person_id: int) -> str:
    """Return the name under which an agent's soft-phone registers with the carrier."""
    return f"agent_{person_id}"


def access_token(settings: Settings, name: str, *, now: datetime) -> tuple[str, str, datetime]:
    """Return a token with a voice grant for `name`, valid for TOKEN_LASTS."""
    expires_at = (now + TOKEN_LASTS).replace(microsecond=0).astimezone(UTC)
    token = AccessToken(
        settings.twilio_account_sid,
        settings.twilio_api_key,
        settings.twilio_api_secret,
        identity=name,
        ttl=int(TOKEN_LASTS.total_seconds()),
    )
    outgoing = settings.twilio_application_sid or None
    token.add_grant(VoiceGrant(outgoing_application_sid=outgoing, incoming_allow=True))
    return token.to_jwt(), name, expires_at


def line() -> Telephony:
    """Return the line of the running application."""
    found: Telephony = current_app.extensions["telephony"]
    return found


class _Redirected(TwilioHttpClient):
    """twilio-python's own client, with another host when the practice line carries the calls."""

    def __init__(self, base_url: str | None) -> None:
        super().__init__(timeout=TIMEOUT_S)
        self._base = urlsplit(base_url) if base_url else None

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return super().request(method, self.moved(url), *args, **kwargs)

    def fetch(self, url: str, *, auth: tuple[str, str]) -> requests.Response:
        """Get a sound file; twilio-python itself reads every answer as text."""
        # A session of its own: a redirect to the carrier's store must not carry our password along.
        return requests.get(self.moved(url), auth=auth, timeout=TIMEOUT_S * 4)

    def moved(self, url: str) -> str:
        """Return `url` on the host that the settings name."""
        if self._base is None:
            return url
        return urlunsplit(urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc))


def _over_is_fine(ask: Callable[[], object]) -> None:
    try:
        _asked(ask)
    except CallGone:
        return


def _asked(ask: Callable[[], T]) -> T:
    """Do one request. Raises CallGone for what is over, Unavailable for everything else."""
    try:
        return _sent(ask)
    except TwilioRestException as error:
        if error.status == 404 or error.code == _CALL_OVER:
            raise CallGone from error
        permanent = 400 <= error.status < 500 and error.status != 429
        log.warning("line.refused", extra={"status": error.status, "code": error.code})
        raise Unavailable("电话线路", permanent=permanent, untouched=error.status == 429) from error


def _sent(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except requests.RequestException as error:
        raise Unavailable("电话线路", untouched=_never_arrived(error)) from error


def _never_arrived(error: requests.RequestException) -> bool:
    """Say whether no connection came about. One that broke later may have carried the request."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
