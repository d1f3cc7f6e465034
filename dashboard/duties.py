"""The JSON API of the responsibility list: staff read it, an administrator keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request

from core.actor import Role
from core.clock import now
from core.db import Work, database
from core.errors import BadInput, WrongRole
from dashboard import duties_shapes as shapes
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dispatch.duty_list import shelf
from dispatch.duty_list.history import differences
from dispatch.duty_list.loads import Trial
from dispatch.matching import DutyRow

duties = guard(Blueprint("duties", __name__, url_prefix="/api/duties"), *STAFF)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN = 300  # lines of a plan; a whole list would be megabytes
# Cases and rulings of all units stand in these: not for a unit's own people.
_DESKS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.SUPERVISOR)


@duties.get("")
@api.validate(query=shapes.DutyQuery, resp=answers(shapes.DutyPage), tags=["duties"])
def listing(query: shapes.DutyQuery) -> shapes.DutyPage:
    """One page of lines by number; `on` leaves out what is not in force that day."""
    with database().begin() as work:
        lines, more = shelf.page(work, **query.model_dump())
    return shapes.DutyPage.model_validate({"lines": lines, "next": more})


@duties.get("/lines/<duty_no>")
@api.validate(resp=answers(shapes.DutyDetail), tags=["duties"])
def one(duty_no: str) -> shapes.DutyDetail:
    """One line with its history."""
    with database().begin() as work:
        return _detail(work, duty_no)


@duties.get("/changes")
@api.validate(query=shapes.DutyChangesQuery, resp=answers(shapes.DutyChanges), tags=["duties"])
def changes(query: shapes.DutyChangesQuery) -> shapes.DutyChanges:
    """Who changed what, newest first; of one line or of one load, if asked."""
    with database().begin() as work:
        found, more = shelf.changes(work, **query.model_dump())
    return shapes.DutyChanges.model_validate({"changes": found, "next": more})


@duties.get("/findings")
@api.validate(resp=answers(shapes.DutyFindings), tags=["duties"])
def findings() -> shapes.DutyFindings:
    """Conflicts, overlaps, gaps and all else to put right in the list as it stands."""
    with database().begin() as work:
        return shapes.DutyFindings(findings=_findings(shelf.findings(work, now=now())))


@duties.get("/export")
@api.validate(query=shapes.DutyExportQuery, tags=["duties"])
def export(query: shapes.DutyExportQuery) -> Response:
    """The whole list as a file, or as it was known at a past moment. Answers 422 for a moment without a zone."""
    with database().begin() as work:
        lines = shelf.list_at(work, query.as_of) if query.as_of else shelf.whole_list(work)
    content, kind = (shelf.xlsx_of(lines), _XLSX) if query.format == "xlsx" else (shelf.csv_of(lines), "text/csv")
    name = f"duties.{query.format}"
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@duties.post("")
@api.validate(json=shapes.DutyAdd, resp=answers(shapes.DutyDetail), tags=["duties"])
def add(json: shapes.DutyAdd) -> shapes.DutyDetail:
    """Add a line; 422 names every wrong cell."""
    with database().begin() as work:
        line = shelf.add_line(work, json.cells.given(), reason=json.reason, actor=actor(), now=now())
        return _detail(work, line.duty_no)


@duties.post("/lines/<duty_no>/edit")
@api.validate(json=shapes.DutyEdit, resp=answers(shapes.DutyDetail), tags=["duties"])
def edit(duty_no: str, json: shapes.DutyEdit) -> shapes.DutyDetail:
    """Change the cells that are sent; 409 when somebody was quicker."""
    given: dict[str, Any] = {"version": json.version, "reason": json.reason, "actor": actor(), "now": now()}
    with database().begin() as work:
        shelf.change_line(work, duty_no, json.cells.given(), **given)
        return _detail(work, duty_no)


@duties.post("/lines/<duty_no>/end")
@api.validate(json=shapes.DutyEnd, resp=answers(shapes.DutyDetail), tags=["duties"])
def end(duty_no: str, json: shapes.DutyEnd) -> shapes.DutyDetail:
    """Let a line hold until a day, that day included."""
    given: dict[str, Any] = {"version": json.version, "reason": json.reason, "actor": actor(), "now": now()}
    with database().begin() as work:
        shelf.end_line(work, duty_no, until=json.until, **given)
        return _detail(work, duty_no)


@duties.get("/loads")
@api.validate(resp=answers(shapes.DutyLoads), tags=["duties"])
def loads() -> shapes.DutyLoads:
    """The last sheets that were tried."""
    _only(*_DESKS)
    with database().begin() as work:
        return shapes.DutyLoads.model_validate({"loads": shelf.recent(work)})


@duties.post("/loads")
@api.validate(resp=answers(shapes.DutyTrial), tags=["duties"])
def try_sheet() -> shapes.DutyTrial:
    """Try a sheet (form fields `file`, and `whole`: 1 removes lines that it lacks); the list stays as it is."""
    sent = request.files.get("file")
    if sent is None:
        raise BadInput("请选择要导入的文件")
    # One byte more than allowed is enough to know that it is too large.
    content, whole = sent.stream.read(shelf.LARGEST + 1), request.form.get("whole") == "1"
    with database().begin() as work:
        found = shelf.try_sheet(work, content, sent.filename or "", whole=whole, actor=actor(), now=now())
    return _trial(found)


@duties.get("/loads/<int:load_id>")
@api.validate(resp=answers(shapes.DutyTrial), tags=["duties"])
def trial(load_id: int) -> shapes.DutyTrial:
    """A sheet again, against the list as it stands now."""
    _only(*_DESKS)
    with database().begin() as work:
        return _trial(shelf.trial(work, load_id, now=now()))


@duties.post("/loads/<int:load_id>/apply")
@api.validate(json=shapes.DutyApply, resp=answers(shapes.DutyTrial), tags=["duties"])
def apply(load_id: int, json: shapes.DutyApply) -> shapes.DutyTrial:
    """Load a tried sheet, whole or not at all; 409 when the list has changed since it was tried."""
    with database().begin() as work:
        shelf.apply(work, load_id, reason=json.reason, actor=actor(), now=now())
        return _trial(shelf.trial(work, load_id, now=now()))


@duties.get("/proposals")
@api.validate(query=shapes.DutyProposalQuery, resp=answers(shapes.DutyProposals), tags=["duties"])
def proposals(query: shapes.DutyProposalQuery) -> shapes.DutyProposals:
    """Lines proposed by rulings and by gaps."""
    _only(*_DESKS)
    with database().begin() as work:
        return _proposals(work, query.state)


@duties.post("/proposals/<int:proposal_id>/accept")
@api.validate(json=shapes.DutyAccept, resp=answers(shapes.DutyDetail), tags=["duties"])
def accept(proposal_id: int, json: shapes.DutyAccept) -> shapes.DutyDetail:
    """Make a proposed line one of the list."""
    given: dict[str, Any] = {"version": json.version, "reason": json.reason, "actor": actor(), "now": now()}
    with database().begin() as work:
        line = shelf.accept(work, proposal_id, cells=json.cells.given(), ends=json.ends, **given)
        return _detail(work, line.duty_no)


@duties.post("/proposals/<int:proposal_id>/decline")
@api.validate(json=shapes.DutyDecline, resp=answers(shapes.DutyProposals), tags=["duties"])
def decline(proposal_id: int, json: shapes.DutyDecline) -> shapes.DutyProposals:
    """Say no to a proposed line, and why."""
    given: dict[str, Any] = {"version": json.version, "reason": json.reason, "actor": actor(), "now": now()}
    with database().begin() as work:
        shelf.decline(work, proposal_id, **given)
        return _proposals(work, None)


@duties.get("/gaps")
@api.validate(resp=answers(shapes.DutyGaps), tags=["duties"])
def gaps() -> shapes.DutyGaps:
    """Classes whose cases units gave back twice or more in the last 90 days."""
    _only(*_DESKS)
    with database().begin() as work:
        return shapes.DutyGaps.model_validate({"gaps": shelf.gaps(work, now=now())})


@duties.post("/gaps/propose")
@api.validate(resp=answers(shapes.DutyProposals), tags=["duties"])
def propose_gaps() -> shapes.DutyProposals:
    """Propose a line for each gap whose cases ended with one unit."""
    _only(*_DESKS)
    with database().begin() as work:
        shelf.propose_gaps(work, actor=actor(), now=now())
        return _proposals(work, "open")


def _only(*roles: Role) -> None:
    if not actor().has(*roles):
        raise WrongRole("只有管理员、派单员和督办员可以查看")


def _detail(work: Work, duty_no: str) -> shapes.DutyDetail:
    work.session.flush()
    line, (history, _) = shelf.find_line(work, duty_no), shelf.changes(work, duty_no=duty_no)
    return shapes.DutyDetail.model_validate({"line": line, "history": history})


def _proposals(work: Work, state: str | None) -> shapes.DutyProposals:
    return shapes.DutyProposals.model_validate({"proposals": shelf.listed(work, state)})


def _findings(found: Iterable[Any]) -> list[shapes.DutyFinding]:
    return [
        shapes.DutyFinding(kind=one.kind, duty_nos=list(one.duty_nos), sentence=one.sentence, blocks=one.blocks)
        for one in found
    ]


def _trial(found: Trial) -> shapes.DutyTrial:
    def planned(before: DutyRow | None, after: DutyRow | None) -> shapes.DutyPlanChange:
        line = after or before
        assert line is not None
        return shapes.DutyPlanChange.model_validate({"duty_no": line.duty_no, "cells": differences(before, after)})

    plan = found.plan
    return shapes.DutyTrial(
        load_id=found.load_id,
        state=found.state.value,
        faults=[shapes.DutyFault(**asdict(fault)) for fault in found.faults],
        counts=shapes.DutyCounts(added=len(plan.added), changed=len(plan.changed), removed=len(plan.removed)),
        added=[planned(None, line) for line in plan.added[:_SHOWN]],
        changed=[planned(before, after) for before, after in plan.changed[:_SHOWN]],
        removed=[planned(line, None) for line in plan.removed[:_SHOWN]],
        new_findings=_findings(found.new_findings),
        old_findings=found.old_findings,
    )
