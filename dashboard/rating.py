"""The page on which a citizen sees their own case by a link and rates it; it works without scripts."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from core.clock import CITY_ZONE, now
from core.db import database
from core.errors import BadInput, HotlineError, NotFound
from dashboard.access import guard_public
from dashboard.accounts import limiter
from dashboard.refusals import sentence_of
from dashboard.words import Language, language, t
from dispatch import service
from dispatch.callbacks import public
from dispatch.lifecycle import OPEN_STATES

rating = guard_public(Blueprint("rating", __name__, url_prefix="/rate"))

GRADES = (5, 4, 3, 2, 1)
SOLVED = ("solved", "partly", "unsolved")
_OPEN = {state.value for state in OPEN_STATES}


def _link() -> str:
    return f"link:{(request.view_args or {}).get('token', '')}"


@rating.after_request
def _keep_to_oneself(answer: Response) -> Response:
    """The address itself is the key: it is not kept, not passed on, not found by a search."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@rating.get("/<token>")
@limiter.limit("60/minute")
@limiter.limit("20/minute", key_func=get_remote_address, deduct_when=lambda answer: answer.status_code == 404)
def page(token: str) -> ResponseReturnValue:
    """How the case stands, and the form while there is something to rate."""
    return _page(token, status=200)


@rating.post("/<token>")
@limiter.limit("30/minute")
@limiter.limit("10/minute", key_func=_link)
def rate(token: str) -> ResponseReturnValue:
    """Take the rating and show the page again; sent twice, it counts once."""
    answer, grade = _sent(), _grade()
    try:
        with database().begin() as work:
            taken = service.rate_by_link(work, token, now=now(), grade=grade, **answer)
    except NotFound:
        return _gone()
    except HotlineError as error:
        return _page(token, status=422 if isinstance(error, BadInput) else 409, refusal=sentence_of(error))
    done = ("redo" if (grade or 0) < 3 else "thanks") if taken else "already"
    # A page of its own, so that reloading it sends nothing again.
    return redirect(url_for("rating.page", token=token, done=done), code=303)


def _grade() -> int | None:
    grade = request.form.get("grade", "")
    return int(grade) if grade in {"1", "2", "3", "4", "5"} else None


def _sent() -> dict[str, bool | str | None]:
    form = request.form
    return {
        "contacted": {"yes": True, "no": False}.get(form.get("contacted", "")),
        "solved": form.get("solved") or None,
        "words": form.get("words", ""),
    }


def _page(token: str, *, status: int, refusal: str | None = None) -> ResponseReturnValue:
    try:
        with database().begin() as work:
            case = public.public_case(work, token, now=now())
    except NotFound:
        return _gone()
    shown = render_template(
        "rating.html",
        case=case,
        is_open=case.state in _OPEN,
        why=f"rating.why.{case.state}",
        thanks=_thanks(case),
        refusal=refusal,
        form=request.form,
        grades=GRADES,
        solved=SOLVED,
        step=_step,
        moment=_moment,
        day=_day,
        here=url_for("rating.page", token=token),
    )
    return make_response(shown, status)


def _thanks(case: public.PublicCase) -> str | None:
    """Return the word after a rating; it is chosen by how the case stands, not by what the address says."""
    if case.may_rate:
        return None
    if not case.rated:
        return "rating.over" if case.state in _OPEN else None
    if request.args.get("done") in {"redo", "thanks"}:
        return "rating.thanks.redo" if case.state == "redo" else "rating.thanks"
    return "rating.already"


def _gone() -> ResponseReturnValue:
    return make_response(render_template("rating_gone.html"), 404)


def _step(one: public.PublicStep) -> str:
    return t(f"rating.step.{one.what}", unit=one.unit or t("rating.unit"))


def _moment(at: datetime) -> str:
    local = at.astimezone(CITY_ZONE)
    clock = f"{local:%H:%M}"
    return f"{_day(at)} {clock}"


def _day(at: datetime) -> str:
    local = at.astimezone(CITY_ZONE)
    if language() is Language.EN:
        return f"{local.day} {local:%b %Y}"
    return f"{local.year}年{local.month}月{local.day}日"
