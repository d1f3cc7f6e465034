"""One POST to one subscriber: bounded in time, pinned to the address that was checked, never redirected."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import certifi
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TooLate

from core.errors import BadInput
from dispatch.hooks import addresses, signing
from dispatch.hooks.addresses import NameUnknown, NotAllowed, Policy, Target

log = logging.getLogger(__name__)

_CONNECT_S = 3.0
_READ_S = 5.0
# Of the whole exchange: a receiver that sends a byte now and then must not hold us.
DEADLINE_S = 8.0


class Problem(StrEnum):
    """Why a delivery did not arrive; typed, so that a log can be counted."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    NAME = "name"  # the host name is not known
    ADDRESS = "address"  # it leads where a webhook may not go
    STATUS = "status"  # it answered, but not with success
    BROKEN = "broken"  # it broke off, or spoke no HTTP


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A delivery that has been claimed, with all that is needed to send it."""

    delivery_id: int
    claim: int
    subscription_id: int
    address: str
    secret: str
    event_id: str
    body: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one try."""

    took_ms: int
    answer_code: int | None = None
    problem: Problem | None = None


def send_all(parcels: Sequence[Parcel], policy: Policy, *, at: datetime) -> list[tuple[Parcel, Outcome]]:
    """Send all at once, each in a thread of its own, and wait for none beyond the deadline."""
    answers: dict[int, Outcome] = {}

    def send_one(parcel: Parcel) -> None:
        answers[parcel.delivery_id] = send(parcel, policy, at=at)

    started = time.monotonic()
    # Daemons: one that hangs past the deadline must not keep the process from ending.
    threads = [threading.Thread(target=send_one, args=(parcel,), daemon=True) for parcel in parcels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, started + DEADLINE_S - time.monotonic()))
    late = Outcome(took_ms=int(DEADLINE_S * 1000), problem=Problem.TIMEOUT)
    known = dict(answers)
    return [(parcel, known.get(parcel.delivery_id, late)) for parcel in parcels]


def send(parcel: Parcel, policy: Policy, *, at: datetime) -> Outcome:
    """Send one parcel and say what came of it; never raises for what a receiver does."""
    started = time.monotonic()
    code, problem = _exchange(parcel, policy, int(at.timestamp()))
    if code is not None and not 200 <= code < 300:
        problem = Problem.STATUS
    return Outcome(took_ms=int((time.monotonic() - started) * 1000), answer_code=code, problem=problem)


def packed(parcel: Parcel, timestamp: int) -> tuple[bytes, dict[str, str]]:
    """Return body and headers; the body is the same in every try, the signature is not."""
    body = json.dumps(parcel.body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "hotline-hooks/1",
        signing.EVENT: parcel.event_id,
        signing.DELIVERY: str(parcel.delivery_id),
        signing.TIMESTAMP: str(timestamp),
        signing.SIGNATURE: signing.sign(parcel.secret, timestamp, body),
    }


def _exchange(parcel: Parcel, policy: Policy, timestamp: int) -> tuple[int | None, Problem | None]:
    try:
        target = addresses.read(parcel.address)
        found = addresses.resolve(target, policy)
    except NameUnknown:
        return None, Problem.NAME
    except (NotAllowed, BadInput):
        return None, Problem.ADDRESS
    body, headers = packed(parcel, timestamp)
    for ip in found:
        try:
            return _post(target, ip, body, headers), None
        except NewConnectionError:
            continue  # the next address of the same name may answer
        except HTTPError as error:
            return None, _problem(error)
    return None, Problem.UNREACHABLE


def _post(target: Target, ip: str, body: bytes, headers: dict[str, str]) -> int:
    timeout = urllib3.Timeout(connect=_CONNECT_S, read=_READ_S)
    with _pool(target, ip, timeout) as pool:
        answer = pool.urlopen(
            "POST",
            target.path,
            body=body,
            headers=headers | {"Host": _host(target)},
            redirect=False,
            retries=False,
            preload_content=False,  # what it says is not wanted, only its status
        )
        status = answer.status
        answer.close()
        return status


def _pool(target: Target, ip: str, timeout: urllib3.Timeout) -> urllib3.HTTPConnectionPool:
    if target.scheme == "http":
        return urllib3.HTTPConnectionPool(ip, target.port, timeout=timeout, maxsize=1)
    # The certificate must be the name's, though we connect to the number.
    return urllib3.HTTPSConnectionPool(
        ip,
        target.port,
        timeout=timeout,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _host(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    usual = 443 if target.scheme == "https" else 80
    return name if target.port == usual else f"{name}:{target.port}"


def _problem(error: HTTPError) -> Problem:
    if isinstance(error, TooLate):
        return Problem.TIMEOUT
    return Problem.TLS if isinstance(error, SSLError) else Problem.BROKEN
