"""The door of the responsibility list: everything that other domains and the edges may ask of it."""

from __future__ import annotations

from dispatch.duty_list.gaps import gaps, propose_gaps
from dispatch.duty_list.history import changes, list_at
from dispatch.duty_list.loads import apply, proposed_list, recent, trial, try_sheet
from dispatch.duty_list.proposals import accept, decline, listed, propose_line
from dispatch.duty_list.sheet import LARGEST, csv_of, xlsx_of
from dispatch.duty_list.upkeep import (
    add_line,
    change_line,
    end_line,
    find_line,
    findings,
    page,
    scheme,
    whole_list,
)

__all__ = [
    "LARGEST",
    "accept",
    "add_line",
    "apply",
    "change_line",
    "changes",
    "csv_of",
    "decline",
    "end_line",
    "find_line",
    "findings",
    "gaps",
    "list_at",
    "listed",
    "page",
    "propose_gaps",
    "propose_line",
    "proposed_list",
    "recent",
    "scheme",
    "trial",
    "try_sheet",
    "whole_list",
    "xlsx_of",
]
