"""The names behind the codes that a list shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from core.db import Work
from dispatch.cards import Names
from dispatch.records import CaseRecord
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord


def names_of(work: Work, cases: Sequence[CaseRecord], units: Iterable[str | None] = ()) -> Names:
    """Return the names of all codes in `cases` and their orders: three statements however many there are."""
    wanted = {code for code in units if code}
    wanted |= {case.lead_unit for case in cases if case.lead_unit}
    wanted |= {order.unit_code for case in cases for order in case.orders}
    categories = {case.category_code for case in cases if case.category_code}
    areas = {case.area_code for case in cases if case.area_code}
    return Names(
        units=named(work, UnitRecord.code, UnitRecord.name, wanted),
        categories=named(work, CategoryRecord.code, CategoryRecord.name, categories),
        areas=named(work, AreaRecord.code, AreaRecord.name, areas),
    )


def named(
    work: Work, code: InstrumentedAttribute[str], name: InstrumentedAttribute[str], wanted: set[str]
) -> dict[str, str]:
    """Return code -> name of those wanted."""
    if not wanted:
        return {}
    return dict(work.session.execute(select(code, name).where(code.in_(wanted))).all())
