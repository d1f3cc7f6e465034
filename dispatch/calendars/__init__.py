"""Calendars that an administrator keeps: years, single days, a unit's own hours, and what a change moves."""

from __future__ import annotations

from dispatch.calendars.changing import (
    clear_unit_hours,
    drop_year,
    files_changed,
    load_year,
    set_day,
    set_unit_hours,
    unset_day,
)
from dispatch.calendars.reading import BadRow, BadYear, DayRow, read_spans, read_year
from dispatch.calendars.recomputing import Progress, recompute_batch, still_due
from dispatch.calendars.showing import changes, days, explain, hours, unknown_ahead, years
from dispatch.calendars.trying import preview_year

__all__ = [
    "BadRow",
    "BadYear",
    "DayRow",
    "Progress",
    "changes",
    "clear_unit_hours",
    "days",
    "drop_year",
    "explain",
    "files_changed",
    "hours",
    "load_year",
    "preview_year",
    "read_spans",
    "read_year",
    "recompute_batch",
    "set_day",
    "set_unit_hours",
    "still_due",
    "unknown_ahead",
    "unset_day",
    "years",
]
