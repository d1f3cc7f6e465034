"""What came with a request for an action: plain values, each named as its `Need`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from dispatch.stages import Need


@dataclass(frozen=True, kw_only=True)
class Given:
    """The fields of an action's form; what is absent is None, False or empty.

    order_no: the work order meant, where a unit has several. truth: true | partly | untrue. solved: solved |
    partly | unsolved. grade: 1 to 5, 5 = very satisfied. level: of supervision, 1 to 4. via: how a citizen
    was reached: phone | message | web.
    """

    order_no: str | None = None
    unit: str | None = None
    units: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    reason: str | None = None
    text: str | None = None
    suggested_unit: str | None = None
    code: str | None = None
    codes: tuple[str, ...] = ()
    basis: str | None = None
    until: date | None = None
    into: str | None = None
    title: str | None = None
    contacted_at: datetime | None = None
    contact_mode: str | None = None
    truth: str | None = None
    solved: str | None = None
    unsolved_reason: str | None = None
    promise_on: date | None = None
    over_duty: bool | None = None
    files: tuple[int, ...] = ()
    public_reply: str | None = None
    contacted: bool | None = None
    grade: int | None = None
    reasonable: bool | None = None
    duty_done: bool | None = None
    level: int | None = None
    agreed: bool | None = None
    secrecy: str | None = None
    via: str = "phone"
    panel: tuple[int, ...] = ()

    def needs(self) -> frozenset[Need]:
        """Return which needs came; white space and empty lists are nothing."""
        return frozenset(need for need in Need if _is_there(getattr(self, need.value)))


def _is_there(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value != ()


assert {need.value for need in Need} <= {field.name for field in fields(Given)}
