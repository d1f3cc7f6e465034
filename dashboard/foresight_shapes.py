"""The shapes of the API of replays and of routing explained."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from dashboard.duties_shapes import DutyCells
from dashboard.schemas import Named, Shape, UnitName

# ── What if ─────────────────────────────────────────────────────────────────────────────────────


class WhatIfAsk(Shape):
    """What to try on which past cases: at least one of the changes. The period defaults to the last 30 days."""

    since: date | None = None
    until: date | None = None
    on: date | None = None
    at_most: int = Field(default=2_000, ge=1, le=20_000)
    load_id: int | None = None
    edits: list[DutyCells] = Field(default_factory=list, max_length=200)
    removed: list[str] = Field(default_factory=list, max_length=200)
    pack_id: int | None = None
    pack: dict[str, Any] | None = None
    threshold: float | None = Field(default=None, ge=0, le=1)
    model: bool = False


class BeforeAfter(Shape):
    before: int
    after: int


class WhatIfLoad(Shape):
    code: str
    name: str
    before: int
    after: int


class WhatIfResult(Shape):
    """The counts. `agrees`: how often it was the unit that really had the case; of `decided` cases."""

    on: date
    replayed: int
    moved: int
    decided: int
    automatic: BeforeAfter
    nobody: BeforeAfter
    agrees: BeforeAfter
    automatic_decided: BeforeAfter
    automatic_agrees: BeforeAfter
    timed: int
    other_due: int
    late: BeforeAfter
    load: list[WhatIfLoad]


class WhatIf(Shape):
    what_if_id: int
    state: Literal["waiting", "running", "done", "failed"]
    change: dict[str, Any]
    asked_at: AwareDatetime
    asked_by_name: str
    cases_in_period: int
    replayed: int
    to_replay: int  # fewer than cases_in_period: a sample
    result: WhatIfResult | None
    fault: str | None


class WhatIfMove(Shape):
    case_no: str
    kind: Literal["unit", "automatic", "due"]
    from_unit: UnitName | None
    to_unit: UnitName | None
    decided_unit: UnitName | None
    why: str
    automatic: list[bool] | None
    due_at: list[AwareDatetime] | None
    late: list[bool] | None


class WhatIfMoves(Shape):
    moves: list[WhatIfMove]
    next: str | None


class WhatIfMovesQuery(Shape):
    after: str | None = None


# ── Routing explained ───────────────────────────────────────────────────────────────────────────


class LineConsidered(Shape):
    order: int
    duty_no: str
    category: str
    area: str
    level: str
    written: str
    lead: UnitName | None
    legal_basis: str
    department_only: bool
    won: bool
    why: str


class CandidateExplained(Shape):
    category: Named
    share: float
    confirmed: bool
    lines: list[LineConsidered]


class UnitProposed(Shape):
    unit: UnitName
    share: float
    reason: str
    duty_no: str | None


class VerdictExplained(Shape):
    automatic: bool
    reason: str
    candidates: list[UnitProposed]


class AlikeByUnit(Shape):
    unit: UnitName
    cases: int
    returned: int


class CaseAlike(Shape):
    case_no: str
    state: str
    unit: UnitName
    registered_at: AwareDatetime | None
    returned: int


class Alike(Shape):
    """Past cases of the same class in the same district; `latest` is for the hotline's own people only."""

    cases: int
    by_unit: list[AlikeByUnit]
    latest: list[CaseAlike]


class RoutingDecision(Shape):
    at: AwareDatetime
    action: str
    actor_name: str
    by_machine: bool
    unit: UnitName | None
    overruled: bool
    reason: str | None


class RoutingExplained(Shape):
    case_no: str
    list_as_of: AwareDatetime
    candidates: list[CandidateExplained]
    verdict: VerdictExplained | None
    recused: list[UnitName]
    alike: Alike
    decisions: list[RoutingDecision]


class PrecisionQuery(Shape):
    threshold: float | None = Field(default=None, ge=0, le=1)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class PrecisionPoint(Shape):
    threshold: float
    cases: int
    right: int
    precision: float | None
    low: float | None
    high: float | None
    automatic_share: float | None
    enough: bool
    sentence: str


class Precision(Shape):
    """`asked`: at the threshold of the query; `in_force`: at the pack's own."""

    judged: int
    min_cases: int
    asked: PrecisionPoint | None
    in_force: PrecisionPoint
    points: list[PrecisionPoint]
