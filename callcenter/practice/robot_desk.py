"""A member of staff as a program: signs in to the centre's API and asks it for things, as the pages do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self

import aiohttp

Json = dict[str, Any]

ANSWERS_WITHIN_S: Final = 15.0
# How the centre says that the session is no more: nobody is signed in, or the token is of another session.
STALE_SESSION: Final = frozenset({"http_401", "csrf"})


class CentreAway(Exception):
    """The centre does not answer, or answers that it cannot now. Worth another try later."""


class StaffRefused(Exception):
    """The centre said no. `code` is the API's word for why, `status` its HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class StaffDesk:
    """One signed-in person. Signs in when first needed, and again when the session has ended."""

    def __init__(self, base_url: str, *, username: str, password: str) -> None:
        self.base_url, self.username, self._password = base_url.rstrip("/"), username, password
        self._csrf_token: str | None = None
        self._signing_in = asyncio.Lock()
        # `unsafe`: the practice centre lives at an IP address, whose cookies a jar refuses otherwise.
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),
            timeout=aiohttp.ClientTimeout(total=ANSWERS_WITHIN_S, sock_connect=3),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    async def get(self, path: str) -> Json:
        """Return what the API answers. Raises StaffRefused, CentreAway."""
        return await self.ask("GET", path)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Do something. Raises StaffRefused, CentreAway."""
        return await self.ask("POST", path, body)

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """Ask once; a session that has ended is renewed and the request sent once more."""
        if self._csrf_token is None:
            await self._sign_in(None)
        used = self._csrf_token
        try:
            return await self._send(method, path, body)
        except StaffRefused as refused:
            if refused.code not in STALE_SESSION:
                raise
        await self._sign_in(used)
        return await self._send(method, path, body)

    async def _sign_in(self, stale: str | None) -> None:
        async with self._signing_in:
            if self._csrf_token != stale:
                return  # the phone or the seat was quicker
            self._csrf_token = None
            self.http.cookie_jar.clear()
            name_and_password = {"username": self.username, "password": self._password}
            me = await self._send("POST", "/api/sign-in", name_and_password)
            self._csrf_token = str(me["csrf_token"])

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Json:
        # The Referer is what flask-wtf wants to see beside the token when the centre is reached by https.
        headers = {"X-CSRFToken": self._csrf_token or "", "Referer": self.base_url + "/"}
        try:
            async with self.http.request(
                method,
                self.base_url + path,
                json=dict(body or {}) if method != "GET" else None,
                headers=headers,
            ) as response:
                answer = await _json_of(response)
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise CentreAway(type(error).__name__) from error
        if status >= 500 or answer is None:
            raise CentreAway(f"HTTP status {status}")
        if status >= 400:
            raise StaffRefused(status, str(answer.get("code", "")), str(answer.get("message", "")))
        return answer


async def _json_of(response: aiohttp.ClientResponse) -> Json | None:
    """Return the body as an object, or None when it is none: then something else than the centre answered."""
    try:
        found = await response.json(content_type=None)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
