"""A conference (会商): who takes part, what each says, and the ruling that nobody may return again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.db import Work
from core.errors import BadInput, Refused
from dispatch import clocks, orders, rules, scope, sending
from dispatch.duty_list import shelf
from dispatch.records import CaseRecord
from dispatch.side_records import AdjudicationRecord, OpinionRecord
from dispatch.stages import Action
from dispatch.steps import Scene

# Units that contain others; nobody speaks for the whole city.
_NO_PARTY = frozenset({"city"})


def concerned(work: Work, case: CaseRecord) -> tuple[str, ...]:
    """Return whose duty the case may be: who returned it, whom they named, whom the machine proposed."""
    returned = [order for order in case.orders if order.leads and order.return_code is not None]
    proposed = [one["unit"]["code"] for one in (case.routing or {}).get("candidates", [])]
    named = [
        *(order.unit_code for order in returned),
        *(order.suggested_unit for order in returned if order.suggested_unit),
        *proposed,
    ]
    units, parents = rules.units(work), rules.parents(work)
    fit = [code for code in named if code in units and units[code].kind not in _NO_PARTY]
    return tuple(code for code in dict.fromkeys(fit) if not scope.is_recused(case, code, parents))


def confer(scene: Scene) -> None:
    """Open a conference; it must rule within the pack's limit. From now on its parties see the case.

    While a return is disputed the unit that has the case stays responsible; no clock stops.
    """
    scene.check(Action.CONFER)
    work, case, now = scene.work, scene.case, scene.now
    parties = _checked_parties(scene)
    pack = clocks.pack_of(work, case)
    record = AdjudicationRecord(
        case_id=case.id,
        opened_at=now,
        opened_by=scene.actor.person_id,
        due_at=clocks.due_of(work, pack, pack.adjudicate_within, now).at,
        parties=list(parties),
        reason=scene.given.reason or "",
    )
    work.session.add(record)
    case.parties = list(parties)
    facts = {"parties": list(parties), "dispute": case.disputes, "due_at": record.due_at}
    scene.take(Action.CONFER, unit=case.lead_unit, facts=facts)


def opine(scene: Scene) -> None:
    """Keep what a party, or the centre, says in the conference."""
    scene.check(Action.OPINE)
    record, actor = open_conference(scene.work, scene.case), scene.actor
    opinion = OpinionRecord(
        adjudication_id=record.id,
        at=scene.now,
        person_id=actor.person_id,
        person_name=actor.name,
        unit_code=actor.unit_code,
        text=scene.given.text or "",
    )
    scene.work.session.add(opinion)
    scene.take(Action.OPINE, unit=actor.unit_code, facts={"unit": actor.unit_code})


def rule(scene: Scene) -> None:
    """Say whose duty it is, by which law. The unit gets its order at once and may not return it.

    The ruling becomes a proposed line of the responsibility list, so that the next case is not disputed.
    """
    scene.check(Action.RULE)
    work, case, now, given = scene.work, scene.case, scene.now, scene.given
    lead, helpers = sending.checked_units(scene, given.unit or "", given.helpers)
    record = open_conference(work, case)
    record.ruled_at, record.ruled_by = now, scene.actor.person_id
    record.unit_code, record.ruling, record.basis = lead, given.text, given.basis
    orders.withdraw(case, now)
    case.no_return, case.parties = True, []
    sent = orders.send(work, case, lead=lead, helpers=helpers, duty_no=sending.proposed_by(case, lead), now=now)
    facts: dict[str, Any] = {**sent, "by_machine": False, "overrode": False, "forced": True, "basis": given.basis}
    _propose_line(scene, lead)
    scene.take(Action.RULE, unit=lead, facts=facts)


def open_conference(work: Work, case: CaseRecord) -> AdjudicationRecord:
    """Return the conference that a case in S31 waits for."""
    newest = select(AdjudicationRecord).where(AdjudicationRecord.case_id == case.id)
    found = work.session.scalar(newest.order_by(AdjudicationRecord.id.desc()).limit(1))
    if found is None or found.ruled_at is not None:
        raise Refused("没有进行中的会商")
    return found


def _checked_parties(scene: Scene) -> tuple[str, ...]:
    """Return the units that were named, and those whose returns are disputed."""
    units, parents, case = rules.units(scene.work), rules.parents(scene.work), scene.case
    for code in scene.given.units:
        if code not in units or units[code].kind in _NO_PARTY:
            raise BadInput("请选择可以参加会商的单位")
        if scope.is_recused(case, code, parents):
            raise Refused("这个单位须回避此件，不能参加会商")
    returned = [order.unit_code for order in case.orders if order.leads and order.return_code is not None]
    disputing = [code for code in returned if not scope.is_recused(case, code, parents)]
    return tuple(dict.fromkeys([*scene.given.units, *disputing]))


def _propose_line(scene: Scene, lead: str) -> None:
    """Put the ruling up as a line of the list; a case without a class says nothing about the next one."""
    case, given = scene.case, scene.given
    if case.category_code is None:
        return
    shelf.propose_line(
        scene.work,
        category=case.category_code,
        area=case.area_code or "",
        lead=lead,
        basis=given.basis or "",
        from_case_no=case.case_no,
        ruling=given.text or "",
        actor=scene.actor,
        now=scene.now,
    )


ACTS = {Action.CONFER: confer, Action.OPINE: opine, Action.RULE: rule}
