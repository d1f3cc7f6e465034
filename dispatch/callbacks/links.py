"""The link by which a citizen sees their own case and rates it: unguessable, for one case, for one rating."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from core.actor import Actor, Role
from core.db import Base, Instant, Work
from core.errors import BadInput, NotFound
from core.sealed import fingerprint
from dispatch import clocks
from dispatch.callbacks.budget import WEB
from dispatch.callbacks.redoing import SATISFIED_FROM
from dispatch.given import Given
from dispatch.lifecycle import Action, CaseState
from dispatch.records import CaseRecord

TOKEN_BYTES = 24  # 192 bits: nobody finds one by trying
CITIZEN = Actor(person_id=None, name="诉求人", roles=frozenset({Role.CITIZEN}))
RATEABLE = frozenset({CaseState.TO_CALL_BACK, CaseState.CALL_BACK_AGAIN})
LONGEST_WORDS = 1000


class RatingLinkRecord(Base):
    """A link as it was sent out. Only the keyed hash of its token is here: who reads the table cannot rate."""

    __tablename__ = "rating_link"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("hotline_case.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    redos: Mapped[int] = mapped_column(Integer)  # which round it asks about
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, kw_only=True)
class Rating:
    """A citizen's own answer, as an action on their case."""

    case_no: str
    action: Action
    given: Given


def make_link(work: Work, case: CaseRecord, *, now: datetime) -> str:
    """Return a fresh token for one rating of this round; it is good as long as a citizen may object."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    pack = clocks.pack_of(work, case)
    work.session.add(
        RatingLinkRecord(
            case_id=case.id,
            token_hash=_hash(token),
            redos=case.redos,
            made_at=now,
            expires_at=clocks.due_of(work, pack, pack.reopen_within, now).at,
        )
    )
    return token


def find_link(work: Work, token: str, *, now: datetime) -> RatingLinkRecord:
    """Return the link of a token. Raises NotFound for one that is forged or has expired: the two look alike."""
    wanted = select(RatingLinkRecord).where(RatingLinkRecord.token_hash == _hash(token))
    found = work.session.scalar(wanted)
    if found is None or found.expires_at <= now:
        raise NotFound("链接无效或已过期")
    return found


def may_rate(link: RatingLinkRecord, case: CaseRecord) -> bool:
    """Say whether the link still has its rating: not used, and the round it asks about not over."""
    return link.used_at is None and link.redos == case.redos and case.stage in RATEABLE


def use_link(
    work: Work,
    token: str,
    *,
    grade: int | None,
    contacted: bool | None,
    solved: str | None,
    words: str,
    now: datetime,
) -> Rating | None:
    """Spend the link on the citizen's rating and return what is to be done; None when it was spent before.

    Two sendings of one form wait here for each other. Who is not satisfied has it done again and says why.
    Raises NotFound for a bad link, BadInput for an answer that is not complete.
    """
    link = find_link(work, token, now=now)
    work.session.refresh(link, with_for_update=True)
    case = work.session.get_one(CaseRecord, link.case_id, populate_existing=True)
    if not may_rate(link, case):
        return None
    given = _given(grade=grade, contacted=contacted, solved=solved, words=words.strip())
    link.used_at = now
    again = (grade or 0) < SATISFIED_FROM and _redo_is_left(work, case)
    return Rating(case_no=case.case_no, action=Action.REDO if again else Action.RATE, given=given)


def last_link(work: Work, case_id: int) -> RatingLinkRecord | None:
    """Return the newest link of a case, for the desk: when the citizen was asked, and whether they answered."""
    sent = select(RatingLinkRecord).where(RatingLinkRecord.case_id == case_id)
    return work.session.scalar(sent.order_by(RatingLinkRecord.id.desc()).limit(1))


def _given(*, grade: int | None, contacted: bool | None, solved: str | None, words: str) -> Given:
    if grade is None or not 1 <= grade <= 5:
        raise BadInput("请选择满意程度")
    if solved not in {None, "solved", "partly", "unsolved"}:
        raise BadInput("请选择是否解决")
    if len(words) > LONGEST_WORDS:
        raise BadInput("说明不能超过 1000 字")
    if grade < SATISFIED_FROM and not words:
        raise BadInput("请写明不满意的原因，我们会据此重新办理")
    text = words or None
    reason = text if grade < SATISFIED_FROM else None
    return Given(grade=grade, contacted=contacted, solved=solved, text=text, reason=reason, via=WEB)


def _redo_is_left(work: Work, case: CaseRecord) -> bool:
    """Say whether it can be done again; else the rating is taken as it is and the case closes not satisfied."""
    return case.finding != "unreasonable" and case.redos < clocks.pack_of(work, case).redos_at_most


def _hash(token: str) -> str:
    return fingerprint(f"rating:{token}")
