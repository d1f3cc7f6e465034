"""Whether the carrier really sent a request: the X-Twilio-Signature contract."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it stood on the wire.

    url: the public URL, path and query byte for byte as received.
    pairs: the decoded form fields, repeats kept; empty unless a form was posted.
    body: the raw body when it was posted and is not a form, else None.
    """

    url: str
    pairs: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


def is_genuine(asked: Asked, signature: str | None, tokens: Sequence[str]) -> bool:
    """Say whether one of `tokens` signed the request; no signature and no token mean no.

    A list of tokens lets an installation rotate them. Any body that is not a form must be covered by
    `bodySHA256` in the signed URL. Source: Twilio, "Webhooks security", and the vectors of its SDKs.
    """
    if not signature or (asked.body is not None and not _covers_body(asked)):
        return False
    sent = signature.encode()
    # Every variant is compared, without leaving early, so that the time tells nothing.
    matches = [
        hmac.compare_digest(sign(token, url, asked.pairs).encode(), sent)
        for token in tokens
        if token
        for url in _variants(asked.url)
    ]
    return any(matches)


def sign(token: str, url: str, pairs: Iterable[tuple[str, str]] = ()) -> str:
    """Return the base64 HMAC-SHA1 of the URL and the sorted distinct fields."""
    fields: dict[str, set[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, set()).add(value)
    text = url + "".join(name + value for name in sorted(fields) for value in sorted(fields[name]))
    digest = hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def _covers_body(asked: Asked) -> bool:
    promised = [value for name, value in parse_qsl(urlsplit(asked.url).query) if name == "bodySHA256"]
    actual = hashlib.sha256(asked.body or b"").hexdigest()
    return len(promised) == 1 and hmac.compare_digest(promised[0].encode(), actual.encode())


def _variants(url: str) -> Iterator[str]:
    """Yield the spellings under which carriers are known to sign one URL."""
    parts = urlsplit(url)
    for spelt in {url, *_with_ports(parts)}:
        yield spelt
        if "'" in spelt:
            yield spelt.replace("'", "%27")
        if parts.scheme in {"ws", "wss"} and not spelt.endswith("/"):
            yield spelt + "/"


def _with_ports(parts: SplitResult) -> Iterator[str]:
    host = parts.netloc.rpartition("@")[2]
    bare = host if parts.port is None else host.rpartition(":")[0]
    yield urlunsplit(parts._replace(netloc=bare))
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    if port:
        yield urlunsplit(parts._replace(netloc=f"{bare}:{port}"))
