"""The tables beside the list: its history, sheets tried before they are loaded, proposed lines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Instant


class ChangeKind(StrEnum):
    """What was done to a line."""

    LOAD = "load"  # 载入: the city's own file
    ADD = "add"  # 新增
    EDIT = "edit"  # 修改
    END = "end"  # 终止: it holds until a day
    REMOVE = "remove"  # 删除: a sheet of the whole list no longer has it


class LoadState(StrEnum):
    """What became of a sheet."""

    FAULTY = "faulty"  # cells are wrong; nothing of it can be loaded
    TRIED = "tried"
    APPLIED = "applied"


class ProposalState(StrEnum):
    """What became of a proposed line."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class ProposalSource(StrEnum):
    """Where a proposed line comes from."""

    RULING = "ruling"  # 会商裁定
    GAP = "gap"  # 监管空白: matters that units kept giving back


class DutyChangeRecord(Base):
    """One change of one line. A trigger forbids changing or deleting it, so any past list can be read back."""

    __tablename__ = "duty_change"
    __table_args__ = (
        Index("ix_duty_change_line", "duty_no", "id"),
        Index("ix_duty_change_at", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_name: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(8))
    duty_no: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    # The line as JSON; None before it was there, or once it is gone.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    load_id: Mapped[int | None] = mapped_column(ForeignKey("duty_load.id"))


class DutyLoadRecord(Base):
    """A sheet that was tried, and perhaps applied."""

    __tablename__ = "duty_load"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    whole: Mapped[bool] = mapped_column(Boolean)  # lines that it lacks are removed
    state: Mapped[str] = mapped_column(String(8))
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # The newest change when it was tried: what the person saw is what will happen, or it is refused.
    list_version: Mapped[int] = mapped_column(BigInteger)
    tried_at: Mapped[datetime] = mapped_column(Instant)
    tried_by: Mapped[int | None] = mapped_column(BigInteger)
    tried_by_name: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime | None] = mapped_column(Instant)


class DutyProposalRecord(Base):
    """A line that somebody thinks the list should have; an administrator decides."""

    __tablename__ = "duty_proposal"
    __table_args__ = (
        Index("ix_duty_proposal_state", "state", "id"),
        Index("uq_duty_proposal_open", "category", "area", "lead", unique=True, postgresql_where="state = 'open'"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(16))
    area: Mapped[str] = mapped_column(String(16))
    lead: Mapped[str] = mapped_column(String(64))
    basis: Mapped[str] = mapped_column(Text)
    from_case_no: Mapped[str | None] = mapped_column(String(32))
    ruling: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[int | None] = mapped_column(BigInteger)
    made_by_name: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(BigInteger)
    decided_by_name: Mapped[str | None] = mapped_column(String(64))
    decision_reason: Mapped[str | None] = mapped_column(Text)
    duty_no: Mapped[str | None] = mapped_column(String(32))

    __mapper_args__ = {"version_id_col": version}
