"""What people keep at their desks: their unit's reply templates, and their own saved filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, String, Text, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Actor
from core.db import Base, Instant, Work
from core.errors import BadInput, NotFound, Refused, Stale
from dispatch import rules
from dispatch.audience import with_units_above
from dispatch.rules import CategoryRecord

MOST_TEMPLATES = 200  # of one unit
MOST_FILTERS = 50  # of one person


class ReplyTemplateRecord(Base):
    """A text that a unit often begins its replies with. It is a beginning: a redo that repeats it is refused."""

    __tablename__ = "reply_template"
    __table_args__ = (UniqueConstraint("unit_code", "title", name="uq_reply_template_title"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    category_code: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[int | None] = mapped_column(BigInteger)
    changed_name: Mapped[str] = mapped_column(String(64))

    __mapper_args__ = {"version_id_col": version}


class SavedFilterRecord(Base):
    """A person's own search, under a name of their own."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("person_id", "name", name="uq_saved_filter_name"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(64))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime] = mapped_column(Instant)


def templates(work: Work, actor: Actor) -> list[ReplyTemplateRecord]:
    """Return the templates of the person's unit and of those above it, one's own first."""
    unit = _unit(actor)
    above = with_units_above(unit, rules.parents(work))
    found = select(ReplyTemplateRecord).where(ReplyTemplateRecord.unit_code.in_(above))
    listed = work.session.scalars(found.order_by(ReplyTemplateRecord.title, ReplyTemplateRecord.id)).all()
    return sorted(listed, key=lambda one: one.unit_code != unit)


def add_template(
    work: Work, *, title: str, text: str, category_code: str | None, actor: Actor, now: datetime
) -> ReplyTemplateRecord:
    """Add a template of one's own unit. Raises Refused when the title is taken or the unit has too many."""
    _check(work, title, text, category_code)
    unit = _unit(actor)
    of_unit = select(func.count()).select_from(ReplyTemplateRecord).where(ReplyTemplateRecord.unit_code == unit)
    if (work.session.scalar(of_unit) or 0) >= MOST_TEMPLATES:
        raise Refused("本单位的模板已满，请先删除不用的")
    made = ReplyTemplateRecord(unit_code=unit)
    work.session.add(made)
    _fill(made, title=title, text=text, category_code=category_code, actor=actor, now=now)
    _flush(work)
    return made


def change_template(
    work: Work,
    template_id: int,
    *,
    version: int,
    title: str,
    text: str,
    category_code: str | None,
    actor: Actor,
    now: datetime,
) -> ReplyTemplateRecord:
    """Change a template of one's own unit. Raises NotFound for another unit's, Stale when it was changed before."""
    _check(work, title, text, category_code)
    found = _own(work, template_id, actor)
    if found.version != version:
        raise Stale("这个模板刚刚有人改过，请看最新内容后再改")
    _fill(found, title=title, text=text, category_code=category_code, actor=actor, now=now)
    _flush(work)
    return found


def remove_template(work: Work, template_id: int, *, actor: Actor) -> None:
    """Remove a template of one's own unit. Raises NotFound for another unit's."""
    work.session.delete(_own(work, template_id, actor))
    work.session.flush()


def filters(work: Work, actor: Actor) -> list[SavedFilterRecord]:
    """Return the person's own saved filters by name."""
    own = select(SavedFilterRecord).where(SavedFilterRecord.person_id == actor.person_id)
    return list(work.session.scalars(own.order_by(SavedFilterRecord.name)))


def save_filter(work: Work, name: str, terms: dict[str, Any], *, actor: Actor, now: datetime) -> None:
    """Save a filter under a name; the one of that name before is replaced. May run twice."""
    if not name.strip():
        raise BadInput("请给筛选起个名字")
    known = {one.name for one in filters(work, actor)}
    if name.strip() not in known and len(known) >= MOST_FILTERS:
        raise Refused("保存的筛选已满，请先删除不用的")
    row = {"person_id": actor.person_id, "name": name.strip(), "terms": terms, "saved_at": now}
    saved = insert(SavedFilterRecord).values(row)
    again = {"terms": saved.excluded.terms, "saved_at": saved.excluded.saved_at}
    work.session.execute(saved.on_conflict_do_update(constraint="uq_saved_filter_name", set_=again))


def remove_filter(work: Work, name: str, *, actor: Actor) -> None:
    """Remove a filter of one's own. Raises NotFound when there is none of that name."""
    own = (SavedFilterRecord.person_id == actor.person_id) & (SavedFilterRecord.name == name)
    found = work.session.scalar(select(SavedFilterRecord).where(own))
    if found is None:
        raise NotFound("没有这个筛选")
    work.session.delete(found)
    work.session.flush()


def _unit(actor: Actor) -> str:
    if not actor.unit_code:
        raise Refused("您的账号不属于任何单位")
    return actor.unit_code


def _own(work: Work, template_id: int, actor: Actor) -> ReplyTemplateRecord:
    found = work.session.get(ReplyTemplateRecord, template_id, with_for_update=True)
    if found is None or found.unit_code != _unit(actor):
        raise NotFound("没有这个模板，或它不属于本单位")
    return found


def _check(work: Work, title: str, text: str, category_code: str | None) -> None:
    if not title.strip() or not text.strip():
        raise BadInput("请填写模板的标题和内容")
    if category_code is not None and work.session.get(CategoryRecord, category_code) is None:
        raise BadInput("没有这个事项分类")


def _fill(
    row: ReplyTemplateRecord, *, title: str, text: str, category_code: str | None, actor: Actor, now: datetime
) -> None:
    row.title, row.text, row.category_code = title.strip(), text.strip(), category_code
    row.changed_at, row.changed_by, row.changed_name = now, actor.person_id, actor.name


def _flush(work: Work) -> None:
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Refused("本单位已有同名的模板") from error
