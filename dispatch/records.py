"""The tables of cases: the case, its work orders, its history. dispatch/rules.py has the city's data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Instant
from core.sealed import Sealed
from dispatch import rules as rules  # a case points at its pack of limits, so that table must be known
from dispatch.stages import OPEN_STATES, CaseState, OrderState, Part

_OPEN = "state IN (" + ", ".join(f"'{state.value}'" for state in CaseState if state in OPEN_STATES) + ")"


class NumberRecord(Base):
    """How many numbers the city's day has given out."""

    __tablename__ = "case_number"

    on: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class CaseRecord(Base):
    """One citizen's matter (办件), with one number for life."""

    __tablename__ = "hotline_case"
    __table_args__ = (
        Index("ix_hotline_case_open", "state", "clock_due_at", "id", postgresql_where=_OPEN),
        Index("ix_hotline_case_state", "state", "id"),
        Index("ix_hotline_case_left", "id", postgresql_where="state = 'draft'"),
        Index("ix_hotline_case_created_by", "created_by", "id"),
        Index("ix_hotline_case_alike", "category_code", "area_code", "id"),
        Index("ix_hotline_case_place", "place_fingerprint", "category_code", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_no: Mapped[str] = mapped_column(String(32), unique=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    state_since: Mapped[datetime] = mapped_column(Instant)
    # A plain value: calls are another domain's. One draft a call.
    call_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    channel: Mapped[str] = mapped_column(String(16), default="phone")
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[int | None] = mapped_column(BigInteger)

    kind: Mapped[str | None] = mapped_column(String(16))
    title: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)
    demand: Mapped[str | None] = mapped_column(Text)
    category_code: Mapped[str | None] = mapped_column(String(16))
    area_code: Mapped[str | None] = mapped_column(String(16))
    happened: Mapped[str | None] = mapped_column(Text)
    urgency: Mapped[str] = mapped_column(String(16), default="normal")
    people_affected: Mapped[int | None] = mapped_column(Integer)
    unit_code: Mapped[str | None] = mapped_column(String(32))  # what the desk suggests
    secrecy: Mapped[str] = mapped_column(String(20), default="open")
    answer: Mapped[str | None] = mapped_column(Text)
    reply: Mapped[str | None] = mapped_column(Text)
    touched: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list)
    suggestion: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # How many utterances the suggestion rests on: one that heard less comes too late and is dropped.
    heard: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    # The person. The number called from stands beside the one they want to be called on.
    caller_phone: Mapped[str | None] = mapped_column(Sealed)
    caller_fingerprint: Mapped[str | None] = mapped_column(String(64), index=True)
    contact_phone: Mapped[str | None] = mapped_column(Sealed)
    caller_name: Mapped[str | None] = mapped_column(Sealed)
    # Where it is: often somebody's door, so it is sealed like an address.
    place: Mapped[str | None] = mapped_column(Sealed)
    # By which the same place is found again without being read (relapse.py).
    place_fingerprint: Mapped[str | None] = mapped_column(String(64))
    # How they want to be asked: "phone", or "message" where they cannot or will not take a call.
    contact_wish: Mapped[str] = mapped_column(String(8), default="phone", server_default="phone")

    # Since when a draft waits to be finished: its call is over and nobody wraps it up.
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    registered_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    registered_by: Mapped[int | None] = mapped_column(BigInteger)
    judged_at: Mapped[datetime | None] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)  # the first time
    closed_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    # Written by every action, a helper's too, so that the version always moves.
    changed_at: Mapped[datetime] = mapped_column(Instant)
    round: Mapped[int] = mapped_column(Integer, default=0)
    lead_unit: Mapped[str | None] = mapped_column(String(32))
    routing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # A case keeps the limits it was opened under.
    pack_id: Mapped[int | None] = mapped_column(ForeignKey("limit_pack.id"))

    # The clock that people look at: until dispatch the centre's own, then the promise to the citizen.
    clock_started_at: Mapped[datetime | None] = mapped_column(Instant)
    clock_due_at: Mapped[datetime | None] = mapped_column(Instant)
    clock_stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    clock_limit: Mapped[str | None] = mapped_column(String(32))
    # What was promised to the citizen at the first dispatch. Returns never move it; extensions and pauses do.
    promise_started_at: Mapped[datetime | None] = mapped_column(Instant)
    promise_due_at: Mapped[datetime | None] = mapped_column(Instant)
    promise_limit: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # When the state itself should be left: to be reviewed, ruled, called back, filed.
    stage_due_at: Mapped[datetime | None] = mapped_column(Instant)

    # ── What the guards ask (lifecycle.py) ──
    rejection_by: Mapped[int | None] = mapped_column(BigInteger)
    rejection_code: Mapped[str | None] = mapped_column(String(32))
    rejection_route: Mapped[str | None] = mapped_column(Text)
    objected: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    no_return: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    disputes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    parties: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list, server_default="{}")
    recused: Mapped[list[str]] = mapped_column(ARRAY(String(32)), default=list, server_default="{}")
    failed_reviews: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    redos: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    call_back_wanted: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")
    tries: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    next_try_at: Mapped[datetime | None] = mapped_column(Instant)
    supervision_level: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    supervised: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    ledger_asked: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    # None nobody asked, "open", "reasonable", "unreasonable"; votes: person id -> what they found.
    finding: Mapped[str | None] = mapped_column(String(16))
    votes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict, server_default="{}")
    appeal: Mapped[str | None] = mapped_column(String(16))
    assessed: Mapped[bool] = mapped_column(Boolean, default=True, server_default="true")
    exclusion_code: Mapped[str | None] = mapped_column(String(32))
    urgings: Mapped[int] = mapped_column(Integer, default=0, server_default="0")

    # ── What the citizen said in the end; None is not rated, which is nobody's satisfaction ──
    contacted: Mapped[bool | None] = mapped_column(Boolean)
    solved: Mapped[str | None] = mapped_column(String(8))
    grade: Mapped[int | None] = mapped_column(Integer)

    # ── Relations to other cases ──
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("hotline_case.id"))  # split off from
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    incident_size: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    # Closed earlier, the same place and matter: perhaps it was closed on paper only.
    relapse_of: Mapped[int | None] = mapped_column(ForeignKey("hotline_case.id"))

    orders: Mapped[list[WorkOrderRecord]] = relationship(
        back_populates="case", order_by="WorkOrderRecord.id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def stage(self) -> CaseState:
        """The state as a member of its closed set."""
        return CaseState(self.state)


class WorkOrderRecord(Base):
    """One unit's duty in a case (工单), with its own clock."""

    __tablename__ = "work_order"
    __table_args__ = (Index("ix_work_order_unit", "unit_code", "state", "case_id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_no: Mapped[str] = mapped_column(String(40), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    unit_code: Mapped[str] = mapped_column(String(32))
    part: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    round: Mapped[int] = mapped_column(Integer)
    duty_no: Mapped[str | None] = mapped_column(String(32))
    sent_at: Mapped[datetime] = mapped_column(Instant)
    sign_due_at: Mapped[datetime] = mapped_column(Instant)
    return_until: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    limit: Mapped[str] = mapped_column(String(32))
    # The counted stretches of time, so that a deadline can be explained years later.
    due_segments: Mapped[list[list[str]]] = mapped_column(JSONB)
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signed_by: Mapped[int | None] = mapped_column(BigInteger)
    replied_at: Mapped[datetime | None] = mapped_column(Instant)
    reply: Mapped[str | None] = mapped_column(Text)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    return_reason: Mapped[str | None] = mapped_column(Text)
    suggested_unit: Mapped[str | None] = mapped_column(String(32))
    return_code: Mapped[str | None] = mapped_column(String(32))
    return_basis: Mapped[str | None] = mapped_column(Text)
    # The limit as data, so that a changed calendar can count it anew: {"quantity": 5, "unit": "working_days"}.
    limit_rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # When the unit is warned, and when it is red: {"warn_50": …, "warn_80": …, "red": …}, ISO instants.
    marks: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    auto_signed: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    redo: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    parent_order_no: Mapped[str | None] = mapped_column(String(40))  # of a sub-unit's order
    task: Mapped[str | None] = mapped_column(Text)  # what the sub-unit is to do
    extensions: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    extension_open: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    # ── The handling record (办理情况) ──
    contacted_at: Mapped[datetime | None] = mapped_column(Instant)
    contact_mode: Mapped[str | None] = mapped_column(String(32))
    truth: Mapped[str | None] = mapped_column(String(8))
    solved: Mapped[str | None] = mapped_column(String(8))
    unsolved_reason: Mapped[str | None] = mapped_column(String(32))
    promise_on: Mapped[date | None] = mapped_column(Date)
    over_duty: Mapped[bool | None] = mapped_column(Boolean)
    public_reply: Mapped[str | None] = mapped_column(Text)
    evidence_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")

    case: Mapped[CaseRecord] = relationship(back_populates="orders")

    @property
    def stage(self) -> OrderState:
        """The state as a member of its closed set."""
        return OrderState(self.state)

    @property
    def leads(self) -> bool:
        """Say whether this order is the lead's."""
        return self.part == Part.LEAD


class TimelineRecord(Base):
    """One thing that happened to a case. A trigger forbids changing or deleting it."""

    __tablename__ = "case_timeline"
    __table_args__ = (Index("ix_case_timeline_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"))
    order_no: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    action: Mapped[str] = mapped_column(String(24))
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(64))
    unit_code: Mapped[str | None] = mapped_column(String(32))
    from_state: Mapped[str | None] = mapped_column(String(16))
    to_state: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    # The measured facts of the step, from which the figures are computed (docs/figures.md). No personal details.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
