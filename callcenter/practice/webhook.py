"""One signed HTTP request to the centre, with the carrier's limits, retries, redirects and cookies."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from callcenter.practice.overrides import Overrides
from callcenter.practice.signing import Fields, signature, without_fragment, without_userinfo

LARGEST_ANSWER = 64 * 1024
MOST_REDIRECTS = 10
USER_AGENT = "TwilioProxy/1.1"


class WebhookFailed(Exception):
    """No usable answer. `code` is the carrier's error, such as 11200 or 11205."""

    def __init__(self, code: int, message: str, *, url: str, tries: int = 1) -> None:
        super().__init__(message)
        self.code, self.url, self.tries = code, url, tries


class _Failed(Exception):
    """One try failed as `kind`: ct, rt, 4xx or 5xx."""

    def __init__(self, kind: str, code: int, message: str) -> None:
        super().__init__(message)
        self.kind, self.code = kind, code


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the centre answered. `url` is the last one after redirects, without fragment."""

    status: int
    content_type: str
    body: bytes
    url: str
    etag: str | None
    tries: int


@dataclass(frozen=True, kw_only=True)
class Request:
    """One event to tell. `token` is the same on every retry and every doubled delivery of it."""

    url: str
    fields: Fields
    method: str = "POST"
    token: str = field(default_factory=lambda: str(uuid.uuid4()))


class Webhooks:
    """Signs and sends. One for the whole line; cookies are kept by the caller, one jar a call."""

    def __init__(self, auth_token: str) -> None:
        self._auth_token = auth_token
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one HTTP client, made on first use inside the running loop."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=20)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def send(self, request: Request, cookies: SimpleCookie | None = None) -> Answer:
        """Return the centre's answer below 400. Raises WebhookFailed (11100, 11200, 11205, 11215, 11750)."""
        overrides = Overrides.of(request.url)
        if urlsplit(request.url).scheme not in ("http", "https") or not urlsplit(request.url).hostname:
            raise WebhookFailed(11100, "the URL is not absolute", url=request.url)
        tries = 0
        try:
            async with asyncio.timeout(overrides.total_s):
                while True:
                    tries += 1
                    try:
                        return await self._follow(request, overrides, cookies, tries)
                    except _Failed as failed:
                        if tries > overrides.retries or not overrides.retries_after(failed.kind):
                            raise WebhookFailed(failed.code, str(failed), url=request.url, tries=tries) from failed
        except TimeoutError as error:
            raise WebhookFailed(11205, "no answer in time", url=request.url, tries=tries) from error

    async def _follow(
        self, request: Request, overrides: Overrides, cookies: SimpleCookie | None, tries: int
    ) -> Answer:
        url, method = without_fragment(request.url), request.method.upper()
        for _hop in range(MOST_REDIRECTS + 1):
            answer = await self._one(url, method, request, overrides, cookies, tries)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            if answer.status < 307:
                # A redirected POST becomes a GET: what the verb had to say (Digits …) is lost.
                method, request = (
                    "GET",
                    Request(url=request.url, fields=[], method="GET", token=request.token),
                )
            url = without_fragment(urljoin(url, answer.body.decode()))
        raise WebhookFailed(11215, "too many redirects", url=request.url, tries=tries)

    async def _one(
        self,
        url: str,
        method: str,
        request: Request,
        overrides: Overrides,
        cookies: SimpleCookie | None,
        tries: int,
    ) -> Answer:
        bare, login = without_userinfo(url)
        if method == "GET" and request.fields:
            bare += ("&" if "?" in bare else "?") + urlencode(request.fields)
        answer = await self._exchange(bare, method, request, overrides, cookies, None)
        if answer.status == 401 and login:
            answer = await self._exchange(bare, method, request, overrides, cookies, aiohttp.BasicAuth(*login))
        if answer.status >= 400:
            kind = "4xx" if answer.status < 500 else "5xx"
            raise _Failed(kind, 11200, f"HTTP status {answer.status}")
        return Answer(**{**answer.__dict__, "tries": tries})

    async def _exchange(
        self,
        url: str,
        method: str,
        request: Request,
        overrides: Overrides,
        cookies: SimpleCookie | None,
        login: aiohttp.BasicAuth | None,
    ) -> Answer:
        fields = request.fields if method == "POST" else []
        headers = {
            "X-Twilio-Signature": signature(self._auth_token, url, fields),
            "I-Twilio-Idempotency-Token": request.token,
            "User-Agent": USER_AGENT,
            "Cache-Control": "max-age=259200",
        }
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        body = urlencode(fields).encode() if method == "POST" else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        limits = aiohttp.ClientTimeout(total=None, sock_connect=overrides.connect_s, sock_read=overrides.read_s)
        try:
            async with self.session.request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                timeout=limits,
                allow_redirects=False,
                auth=login,
            ) as response:
                return await _read(response, url, cookies)
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise _Failed("ct", 11205, f"no connection: {type(error).__name__}") from error
        except aiohttp.ServerTimeoutError as error:
            raise _Failed("rt", 11205, "no answer in time") from error
        except (aiohttp.ClientError, ConnectionError, ValueError) as error:
            raise _Failed("rt", 11206, f"broken exchange: {type(error).__name__}") from error


async def _read(response: aiohttp.ClientResponse, url: str, cookies: SimpleCookie | None) -> Answer:
    if cookies is not None:
        cookies.update(response.cookies)
    body = await response.content.read(LARGEST_ANSWER + 1)
    while len(body) <= LARGEST_ANSWER and not response.content.at_eof():
        body += await response.content.read(LARGEST_ANSWER + 1 - len(body))
    if 300 <= response.status < 400 and response.headers.get("Location"):
        body = response.headers["Location"].encode()
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if len(body) > LARGEST_ANSWER and not kind.startswith("audio/"):
        raise WebhookFailed(11750, "the answer is larger than 64 KB", url=url)
    return Answer(
        status=response.status,
        content_type=kind,
        body=body,
        url=url,
        etag=response.headers.get("ETag"),
        tries=1,
    )
