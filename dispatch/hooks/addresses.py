"""Where a webhook may go: never to the inside of our own network, unless that network was named.

Checked when somebody subscribes and again at every delivery, after the name has been looked up: a name can
point elsewhere tomorrow (DNS rebinding), so the connection goes to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core.errors import BadInput, Refused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
_LONGEST = 500
# Translates to IPv4 beyond our sight: what looks public may lead inside.
_TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What this installation allows. practice: plain http to this very machine may be used to try it out."""

    practice: bool = False
    inside: tuple[IpNetwork, ...] = field(default=())

    @classmethod
    def named(cls, networks: Sequence[str], *, practice: bool) -> Policy:
        """Return the policy that lets webhooks into these networks ("10.2.0.0/16"). Raises ValueError."""
        return cls(practice=practice, inside=tuple(ipaddress.ip_network(one) for one in networks))


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address taken apart."""

    scheme: str
    host: str
    port: int
    path: str


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """An address that has been looked up and found to be fit; only `allow` makes one."""

    address: str


class NotAllowed(Refused):
    """The address leads where a webhook may not go."""


class NameUnknown(Refused):
    """The name of the address cannot be found."""


def allow(address: str, policy: Policy) -> Allowed:
    """Look an address up; call it before the transaction. Raises BadInput, NotAllowed, NameUnknown."""
    resolve(read(address), policy)
    return Allowed(address=address.strip())


def read(address: str) -> Target:
    """Take an address apart. Raises BadInput when it is not one that we send to."""
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as error:
        raise BadInput("推送地址不正确") from error
    odd = not parts.hostname or parts.username is not None or bool(parts.fragment) or not address.isprintable()
    if odd or parts.scheme not in {"http", "https"} or len(address) > _LONGEST or " " in address.strip():
        raise BadInput("推送地址不正确")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    default = 443 if parts.scheme == "https" else 80
    return Target(scheme=parts.scheme, host=parts.hostname or "", port=port or default, path=path)


def resolve(target: Target, policy: Policy) -> tuple[str, ...]:
    """Return the addresses to connect to, every one of them allowed. Raises NotAllowed, NameUnknown."""
    try:
        known = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameUnknown("找不到推送地址的主机名") from error
    found = tuple(dict.fromkeys(str(entry[4][0]) for entry in known))
    # One bad address among good ones is enough: whoever names it could steer us there.
    if not found or not all(allowed(ipaddress.ip_address(one.partition("%")[0]), target, policy) for one in found):
        raise NotAllowed("推送地址指向内部网络，不允许使用")
    return found


def allowed(ip: IpAddress, target: Target, policy: Policy) -> bool:
    """Say whether we may connect to `ip`: public by https, ourselves by http in practice, or a named network."""
    plain = _plain(ip)
    if any(plain.version == one.version and plain in one for one in policy.inside):
        return True
    if policy.practice and plain.is_loopback:
        return True
    if target.scheme != "https" or plain.is_multicast or not plain.is_global:
        return False
    return not any(plain.version == one.version and plain in one for one in _TRANSLATED)


def _plain(ip: IpAddress) -> IpAddress:
    """Return the IPv4 address that hides in an IPv6 one, or the address itself."""
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
