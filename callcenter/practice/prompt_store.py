"""Where prompts come from: the synthetic voice, and sound files fetched over HTTP and kept by ETag."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

import aiohttp
from yarl import URL

from callcenter.practice.signing import signature, without_fragment, without_userinfo
from callcenter.practice.sounds import Pcm, UnknownSound, decoded
from callcenter.practice.webhook import USER_AGENT, WebhookFailed, Webhooks
from core.voice import speak

KEPT_PROMPTS = 300
LARGEST_SOUND = 40 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class _Kept:
    pcm: Pcm
    etag: str | None
    fresh_until: float


class Sounds:
    """Speaks and fetches. The same text or an unchanged file is made only once."""

    def __init__(self, webhooks: Webhooks, auth_token: str) -> None:
        self._webhooks, self._auth_token = webhooks, auth_token
        self._spoken: OrderedDict[str, Pcm] = OrderedDict()
        self._fetched: OrderedDict[str, _Kept] = OrderedDict()

    async def spoken(self, text: str) -> Pcm:
        """Return `text` spoken in Mandarin."""
        if text not in self._spoken:
            # The voice is C code that takes milliseconds a word: never on the loop that moves the frames.
            self._spoken[text] = await asyncio.to_thread(speak, text)
        self._spoken.move_to_end(text)
        _trim(self._spoken)
        return self._spoken[text]

    async def fetched(self, url: str) -> Pcm:
        """Return the sound at `url`. Raises WebhookFailed and UnknownSound."""
        now = asyncio.get_running_loop().time()
        kept = self._fetched.get(url)
        if kept is not None and now < kept.fresh_until:
            return kept.pcm
        self._fetched[url] = await self._asked(url, kept, now)
        self._fetched.move_to_end(url)
        _trim(self._fetched)
        return self._fetched[url].pcm

    async def _asked(self, url: str, kept: _Kept | None, now: float) -> _Kept:
        bare, login = without_userinfo(without_fragment(url))
        headers = {"User-Agent": USER_AGENT, "X-Twilio-Signature": signature(self._auth_token, bare)}
        if kept is not None and kept.etag:
            headers["If-None-Match"] = kept.etag
        limits = aiohttp.ClientTimeout(total=15, sock_connect=5)
        auth = aiohttp.BasicAuth(*login) if login else None
        try:
            async with self._webhooks.session.get(
                URL(bare, encoded=True), headers=headers, timeout=limits, auth=auth
            ) as response:
                fresh_until = now + _max_age_s(response.headers.get("Cache-Control", ""))
                if response.status == 304 and kept is not None:
                    return _Kept(pcm=kept.pcm, etag=kept.etag, fresh_until=fresh_until)
                if response.status != 200:
                    raise WebhookFailed(11200, f"HTTP status {response.status}", url=url)
                content = await response.content.read(LARGEST_SOUND)
                while len(content) < LARGEST_SOUND and not response.content.at_eof():
                    content += await response.content.read(LARGEST_SOUND - len(content))
                kind, etag = response.content_type, response.headers.get("ETag")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise WebhookFailed(11205, f"no sound: {type(error).__name__}", url=url) from error
        if not kind.startswith("audio/") and kind != "application/octet-stream":
            raise UnknownSound(f"content type {kind}")
        return _Kept(pcm=await asyncio.to_thread(decoded, content, kind), etag=etag, fresh_until=fresh_until)


def _max_age_s(header: str) -> float:
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.isdigit():
            return float(value)
    return 0.0


def _trim(kept: OrderedDict[str, Pcm] | OrderedDict[str, _Kept]) -> None:
    while len(kept) > KEPT_PROMPTS:
        kept.popitem(last=False)
