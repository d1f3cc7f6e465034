"""Which case an id belongs to, whoever asks: for the record of tries at other people's cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from core.db import Work
from dispatch.evidence.records import EvidenceRecord
from dispatch.records import CaseRecord, WorkOrderRecord
from dispatch.side_records import AdjudicationRecord

Found = Select[*tuple[Any, ...]]


def _by_number(value: str) -> Found:
    return select(CaseRecord.case_no).where(CaseRecord.case_no == value)


def _of_order(value: str) -> Found:
    joined = select(CaseRecord.case_no).join(WorkOrderRecord, WorkOrderRecord.case_id == CaseRecord.id)
    return joined.where(WorkOrderRecord.order_no == value)


def _of_evidence(value: str) -> Found:
    joined = select(CaseRecord.case_no).join(EvidenceRecord, EvidenceRecord.case_id == CaseRecord.id)
    return joined.where(EvidenceRecord.id == int(value))


def _of_adjudication(value: str) -> Found:
    joined = select(CaseRecord.case_no).join(AdjudicationRecord, AdjudicationRecord.case_id == CaseRecord.id)
    return joined.where(AdjudicationRecord.id == int(value))


def _of_call(value: str) -> Found:
    return select(CaseRecord.case_no).where(CaseRecord.call_id == int(value))


# The names that ids of cases have in addresses and bodies.
_IDS = {
    "case_no": _by_number,
    "into": _by_number,
    "order_no": _of_order,
    "evidence_id": _of_evidence,
    "adjudication_id": _of_adjudication,
    "call_id": _of_call,
}


def case_behind(work: Work, asked: Mapping[str, str]) -> str | None:
    """Return the number of the first case that one of these ids (name -> value) belongs to, or None."""
    for name, value in asked.items():
        if name not in _IDS or (name.endswith("_id") and not _is_id(value)):
            continue
        found = work.session.scalar(_IDS[name](value))
        if found is not None:
            return str(found)
    return None


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and int(value) < 2**63
