"""A call placed from outside: on the line by its controls, followed through the centre, and summed up."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import aiohttp

from callcenter.practice.sounds import UnknownSound, decoded

Json = dict[str, Any]

LOOKS_EVERY_S: Final = 0.3
HANGS_UP_WITHIN_S: Final = 5.0
FAST: Final = 4.0  # how much faster the clock of a `--fast` call runs; the recogniser must keep up
DEFAULT_PORT: Final = 8000


class NoCentre(Exception):
    """The line or the centre does not answer as it should; the sentence is for the person at the terminal."""


class Away(NoCentre):
    """Nothing answers there now; it may be starting again."""


class BadSound(Exception):
    """The sound file is missing, or is none."""


@dataclass(frozen=True, kw_only=True)
class Centre:
    """Where a running centre and its line are, and the practice account."""

    url: str
    line_url: str
    account_sid: str
    auth_token: str
    password: str

    @classmethod
    def found(cls, env: Mapping[str, str], *, url: str | None = None) -> Self:
        """Return the centre of the environment, else the one that run.py has started from VAR_DIR.

        Raises NoCentre when neither names an account.
        """
        kept = _kept(Path(env.get("VAR_DIR") or "var") / "secrets.json")
        sid = env.get("TWILIO_ACCOUNT_SID") or kept.get("twilio_account_sid")
        token = env.get("TWILIO_AUTH_TOKEN") or kept.get("twilio_auth_token")
        if not sid or not token:
            raise NoCentre("No centre has been started here yet: run `make run` first (or set VAR_DIR).")
        base = url or env.get("PUBLIC_BASE_URL") or f"http://127.0.0.1:{env.get('PORT') or DEFAULT_PORT}"
        line_port = env.get("PRACTICE_PORT") or (urlsplit(base).port or DEFAULT_PORT) + 2
        return cls(
            url=base.rstrip("/"),
            line_url=(env.get("PRACTICE_LINE_URL") or f"http://127.0.0.1:{line_port}").rstrip("/"),
            account_sid=sid,
            auth_token=token,
            password=env.get("PRACTICE_PASSWORD") or "practice-12345",
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a caller does. speed: 1.0 is real time. robots: False keeps the practice agents away."""

    wav: bytes | None = None
    text: str = ""
    from_: str = "+8613800001111"
    digits: str = ""
    speed: float = 1.0
    robots: bool = True


class Trials:
    """Places calls and follows them, with the practice account."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        account = aiohttp.BasicAuth(centre.account_sid, centre.auth_token)
        self._http = aiohttp.ClientSession(auth=account, timeout=aiohttp.ClientTimeout(total=20))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def place(self, order: Order) -> str:
        """Place the call and return its sid. Raises NoCentre."""
        form = aiohttp.FormData()
        form.add_field("from", order.from_)
        form.add_field("digits", order.digits)
        form.add_field("speed", str(order.speed))
        form.add_field("agent", "robot" if order.robots else "none")
        if order.wav is not None:
            form.add_field("wav", order.wav, filename="caller.wav", content_type="audio/wav")
        else:
            form.add_field("text", order.text)
        placed = await self._asked("POST", self.centre.line_url + "/practice/calls", form)
        if placed is None or "call_sid" not in placed:
            raise NoCentre(f"What answers at {self.centre.line_url} is no practice line.")
        return str(placed["call_sid"])

    async def people_at_desks(self) -> int:
        """Return how many people, robots not counted, have a seat. Raises NoCentre."""
        found = await self._asked("GET", self.centre.url + "/api/practice/staffing")
        return int((found or {}).get("people_at_desks", 0))

    async def follow(self, call_sid: str, *, within_s: float) -> Json | None:
        """Return what became of the call; when the time is up, hang up and return how far it came.

        None: it never arrived at the centre.
        """
        found = await self._followed(call_sid, within_s)
        if found is not None and found["finished"]:
            return found
        # Nobody else would: a caller made of a sound waits for ever, and keeps the robots from leaving.
        with contextlib.suppress(NoCentre):
            await self._asked("POST", f"{self.centre.line_url}/practice/calls/{call_sid}/hangup")
        return await self._followed(call_sid, HANGS_UP_WITHIN_S) or found

    async def _followed(self, call_sid: str, within_s: float) -> Json | None:
        address = f"{self.centre.url}/api/practice/calls/{call_sid}"
        found: Json | None = None
        try:
            async with asyncio.timeout(within_s):
                while found is None or not found["finished"]:
                    await asyncio.sleep(LOOKS_EVERY_S)
                    # A centre that is just starting again still knows the call.
                    with contextlib.suppress(Away):
                        found = await self._asked("GET", address) or found
        except TimeoutError:
            pass
        return found

    async def _asked(self, method: str, address: str, form: aiohttp.FormData | None = None) -> Json | None:
        """Return the JSON; None for what is not there (yet). Raises NoCentre."""
        where = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        try:
            async with self._http.request(method, address, data=form) as response:
                if response.status == 401:
                    raise NoCentre(f"{where} does not know this practice account; is VAR_DIR the right one?")
                if response.status == 404:
                    return None
                if response.status >= 500:
                    raise Away(f"{where} cannot answer now (HTTP {response.status}); its log says why.")
                answer: Json = await response.json(content_type=None)
                if response.status >= 400:
                    raise NoCentre(f"{where} refused: {answer.get('message', response.status)}")
                return answer
        except aiohttp.ClientConnectionError as error:
            raise Away(f"Nothing answers at {where}; is the centre running (`make run`)?") from error
        except ValueError as error:
            raise NoCentre(f"What answers at {where} is not the centre.") from error


def sound_file(path: Path) -> bytes:
    """Return the content of a sound file that the line can play. Raises BadSound."""
    try:
        content = path.read_bytes()
        decoded(content)
    except OSError as error:
        raise BadSound(f"{path} cannot be read: {error.strerror}.") from error
    except UnknownSound as error:
        raise BadSound(f"{path} is not a sound file that a telephone can play (WAV is): {error}.") from error
    return content


def summary(call_sid: str, found: Mapping[str, Any] | None) -> Json:
    """Return what became of a call as the `call` command prints it: see docs/practice-line.md. Pure.

    found: schemas.PracticeCall as JSON; None for a call that the centre has never seen.
    """
    call = found or {}
    return {
        "call_sid": call_sid,
        "segments": [{"speaker": one["speaker"], "text": one["text"]} for one in call.get("segments", [])],
        "outcome": call.get("outcome"),
        "case_no": call.get("case_no"),
        "unit": call.get("unit"),
        "ms": {
            "to_answer": _ms(call, "arrived_at", "answered_at"),
            "first_words": _ms(call, "answered_at", "first_words_at"),
            "to_routed": _ms(call, "registered_at", "routed_at"),
            "to_board": _ms(call, "registered_at", "on_board_at"),
        },
    }


def ended_well(found: Mapping[str, Any] | None) -> bool:
    """Say whether the call came to what a caller calls for, or to an honest nothing."""
    good = ("case", "answered", "voicemail", "no_matter")
    return found is not None and bool(found["finished"]) and found["outcome"] in good


def _ms(call: Mapping[str, Any], first: str, second: str) -> int | None:
    if not call.get(first) or not call.get(second):
        return None
    between = datetime.fromisoformat(call[second]) - datetime.fromisoformat(call[first])
    return round(between / timedelta(milliseconds=1))


def _kept(path: Path) -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return kept
