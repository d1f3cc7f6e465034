"""The shapes of the API of the responsibility list."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, Field

from dashboard.schemas import Named, Shape, UnitName

_REASON = Field(max_length=500)


class DutyCells(Shape):
    """The cells of a line as text, as in the sheet; absent or null: as it is (or empty, in a new line)."""

    duty_no: str | None = None
    category: str | None = None
    area: str | None = None
    level: str | None = None
    lead: str | None = None
    helpers: str | None = None
    fallback: str | None = None
    legal_basis: str | None = None
    department_only: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    owner: str | None = None
    note: str | None = None

    def given(self) -> dict[str, str]:
        """Return the cells that were sent."""
        return {name: value for name, value in self.model_dump(exclude_unset=True).items() if value is not None}


class DutyLine(Shape):
    """A line with the names of what its codes mean. `version` goes with every change of it."""

    duty_no: str
    category: str
    category_name: str
    area: str
    area_name: str | None
    level: str
    lead: str
    lead_name: str
    helpers: str
    fallback: str
    legal_basis: str
    department_only: str
    valid_from: str
    valid_until: str
    owner: str
    note: str
    version: int


class DutyPage(Shape):
    lines: list[DutyLine]
    next: str | None


class DutyQuery(Shape):
    q: str | None = None
    category: str | None = None
    unit: str | None = None
    on: date | None = None
    after: str | None = None


class DutyCellChange(Shape):
    column: str
    heading: str
    before: str | None
    after: str | None


class DutyChange(Shape):
    """Who changed what, when and why."""

    change_id: int
    at: AwareDatetime
    actor_name: str
    action: Literal["load", "add", "edit", "end", "remove"]
    duty_no: str
    reason: str
    load_id: int | None
    cells: list[DutyCellChange]


class DutyChanges(Shape):
    changes: list[DutyChange]
    next: int | None


class DutyChangesQuery(Shape):
    duty_no: str | None = None
    load_id: int | None = None
    before: int | None = None


class DutyDetail(Shape):
    line: DutyLine
    history: list[DutyChange]


class DutyFinding(Shape):
    """One thing to put right, in a sentence that names its lines."""

    kind: str
    duty_nos: list[str]
    sentence: str
    blocks: bool


class DutyFindings(Shape):
    findings: list[DutyFinding]


class DutyAdd(Shape):
    cells: DutyCells
    reason: str = _REASON


class DutyEdit(Shape):
    cells: DutyCells
    version: int
    reason: str = _REASON


class DutyEnd(Shape):
    until: date
    version: int
    reason: str = _REASON


class DutyExportQuery(Shape):
    format: Literal["csv", "xlsx"] = "csv"
    as_of: AwareDatetime | None = None  # the list as it was known at that moment


class DutyFault(Shape):
    """A cell that cannot be taken; `row` as the spreadsheet numbers it."""

    row: int
    column: str
    reason: str


class DutyPlanChange(Shape):
    duty_no: str
    cells: list[DutyCellChange]


class DutyCounts(Shape):
    added: int
    changed: int
    removed: int


class DutyTrial(Shape):
    """A dry run: every wrong cell, or what the sheet would do and what the checks would then newly say.

    Of added, changed and removed lines the first 300 each; `counts` has how many there are.
    """

    load_id: int
    state: Literal["faulty", "tried", "applied"]
    faults: list[DutyFault]
    counts: DutyCounts
    added: list[DutyPlanChange]
    changed: list[DutyPlanChange]
    removed: list[DutyPlanChange]
    new_findings: list[DutyFinding]
    old_findings: int


class DutyLoad(Shape):
    load_id: int
    filename: str
    whole: bool
    state: Literal["faulty", "tried", "applied"]
    tried_at: AwareDatetime
    tried_by_name: str
    applied_at: AwareDatetime | None


class DutyLoads(Shape):
    loads: list[DutyLoad]


class DutyApply(Shape):
    reason: str = _REASON


class DutyProposal(Shape):
    proposal_id: int
    version: int
    state: Literal["open", "accepted", "declined"]
    source: Literal["ruling", "gap"]
    category: Named
    area: Named | None
    lead: str
    lead_name: str
    basis: str
    from_case_no: str | None
    ruling: str
    made_at: AwareDatetime
    made_by_name: str
    decided_at: AwareDatetime | None
    decided_by_name: str | None
    decision_reason: str | None
    duty_no: str | None


class DutyProposals(Shape):
    proposals: list[DutyProposal]


class DutyProposalQuery(Shape):
    state: Literal["open", "accepted", "declined"] | None = None


class DutyAccept(Shape):
    version: int
    reason: str = _REASON
    cells: DutyCells = DutyCells()
    ends: list[str] = Field(default_factory=list, max_length=20)  # lines that end the day before it begins


class DutyDecline(Shape):
    version: int
    reason: str = _REASON


class GaveBack(Shape):
    code: str
    name: str
    times: int


class DutyGap(Shape):
    """A class whose cases units keep giving back."""

    category: Named
    cases: int
    case_nos: list[str]
    gave_back: list[GaveBack]
    ended_with: UnitName | None
    sentence: str


class DutyGaps(Shape):
    gaps: list[DutyGap]
