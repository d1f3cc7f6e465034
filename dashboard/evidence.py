"""The JSON API of evidence files: upload, list, download, withdraw."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, current_app, jsonify, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from core import people
from core.clock import now
from core.config import Settings
from core.db import Work, database
from core.errors import BadInput, NotFound
from dashboard import evidence_shapes as shapes
from dashboard import schemas
from dashboard.access import STAFF, actor, guard
from dashboard.openapi import answers, api
from dashboard.words import Language, language
from dispatch import evidence as files
from dispatch import queries
from dispatch.evidence import EvidenceRecord
from dispatch.records import CaseRecord

evidence = guard(Blueprint("evidence", __name__, url_prefix="/api/cases/<case_no>/evidence"), *STAFF)

T = TypeVar("T")
_MB = 1024 * 1024
# A browser shows these by itself and runs nothing in them; everything else is saved to a file.
_SHOWN = frozenset({"jpg", "png", "webp"})


@evidence.url_value_preprocessor
def _own_limit(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let these addresses take more than the others, before anybody reads the body."""
    request.max_content_length = _settings().evidence_max_mb * _MB + 64 * 1024


@evidence.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    most = _settings().evidence_max_mb
    chinese = f"文件太大：每个文件不超过 {most} MB，请压缩或分开上传"
    english = f"The file is too large: at most {most} MB each. Compress it or split it"
    return jsonify(code="too_large", message=chinese if language() is Language.ZH else english), 413


@evidence.get("")
@api.validate(resp=answers(shapes.EvidenceList), tags=["evidence"])
def listing(case_no: str) -> shapes.EvidenceList:
    """All evidence of a case, oldest first, withdrawn files too."""
    with _watched(case_no), database().begin() as work:
        return _list(work, queries.visible(work, case_no, actor()))


@evidence.post("")
@api.validate(form=shapes.EvidenceForm, resp=answers(shapes.Evidence), tags=["evidence"])
def upload(case_no: str, form: shapes.EvidenceForm) -> shapes.Evidence:
    """Take one file. What it is, is told by its content; the place and the camera are taken out of pictures."""
    if getattr(form, "file", None) is None:  # of a body that is no form there is none
        raise BadInput("请用表单上传文件")
    person, sent = actor(), cast(FileStorage, form.file)
    with _watched(case_no), database().begin() as work:
        queries.visible(work, case_no, person)  # before a stranger makes us open pictures
    content = sent.read()
    most_bytes = _settings().evidence_max_mb * _MB
    cleaned = _apart(lambda: files.clean(content, most_bytes=most_bytes))
    with _watched(case_no), database().begin() as work:
        kept = files.keep(
            work,
            case_no,
            form.order_no,
            actor=person,
            name=sent.filename or "",
            cleaned=cleaned,
            keep_place=form.keep_place,
            reason=form.reason,
            now=now(),
        )
        return _shape(work, kept)


@evidence.get("/<int:evidence_id>/file")
@api.validate(tags=["evidence"], skip_validation=True)
def download(case_no: str, evidence_id: int) -> Response:
    """The file itself; who has it is written down."""
    with _watched(case_no), database().begin() as work:
        opened = files.open_(work, case_no, evidence_id, actor=actor(), now=now())
    response = send_file(
        opened.path,
        mimetype=opened.kind.mime,
        as_attachment=opened.kind.code not in _SHOWN,
        download_name=opened.name,
        etag=opened.sha256,
        conditional=True,
        max_age=0,
    )
    response.direct_passthrough = False  # whoever documents the address reads the answer; it is bounded by the limit
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Whatever it holds: it may load nothing, run nothing and act in nobody's name.
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@evidence.post("/<int:evidence_id>/withdraw")
@api.validate(json=shapes.Withdrawal, resp=answers(shapes.Evidence), tags=["evidence"])
def withdraw(case_no: str, evidence_id: int, json: shapes.Withdrawal) -> shapes.Evidence:
    """Mark a file as withdrawn before it is reviewed; it stays."""
    with _watched(case_no), database().begin() as work:
        found = files.withdraw(work, case_no, evidence_id, actor=actor(), reason=json.reason, now=now())
        return _shape(work, found)


@evidence.post("/<int:evidence_id>/place")
@api.validate(json=schemas.Purpose, resp=answers(shapes.KeptPlace), tags=["evidence"])
def place(case_no: str, evidence_id: int, json: schemas.Purpose) -> shapes.KeptPlace:
    """Show once where a picture was taken, if its unit kept that on purpose; who looked and why is recorded."""
    with _watched(case_no), database().begin() as work:
        kept = files.place_of(work, case_no, evidence_id, actor=actor(), purpose=json.purpose, now=now())
    return shapes.KeptPlace(**kept)


@contextmanager
def _watched(case_no: str) -> Iterator[None]:
    """Write down whoever asks for what is not theirs; they are told that there is no such thing."""
    try:
        yield
    except NotFound:
        with database().begin() as work:
            people.record_view(
                work,
                actor(),
                subject="evidence",
                subject_id=case_no[:64],
                fields=["refused"],
                purpose="越权访问，已拒绝",
                at=now(),
            )
        raise


def _apart(work_out: Callable[[], T]) -> T:
    """Unpack pictures in a thread of their own where one loop serves every screen."""
    if current_app.config["SOCKET_MODE"] != "gevent":
        return work_out()
    from gevent import get_hub

    done: T | BadInput = get_hub().threadpool.apply(_caught, (work_out,))
    if isinstance(done, BadInput):
        raise done
    return done


def _caught(work_out: Callable[[], T]) -> T | BadInput:
    # Raised in the pool, a refusal would be printed as a crash.
    try:
        return work_out()
    except BadInput as refusal:
        return refusal


def _list(work: Work, case: CaseRecord) -> shapes.EvidenceList:
    settings = _settings()
    return shapes.EvidenceList(
        items=[_shape(work, one) for one in files.listed(work, case, actor())],
        most=settings.evidence_per_order,
        most_mb=settings.evidence_max_mb,
    )


def _shape(work: Work, one: EvidenceRecord) -> shapes.Evidence:
    unit = one.unit_code and schemas.UnitName(
        code=one.unit_code, name=queries.unit_name(work, one.unit_code) or one.unit_code
    )
    return shapes.Evidence(
        evidence_id=one.id,
        order_no=one.order_no,
        unit=unit or None,
        at=one.at,
        by=one.person_name,
        name=one.name,
        kind=one.kind,  # type: ignore[arg-type]
        size_bytes=one.size_bytes,
        sha256=one.sha256,
        had_place=one.had_place,
        place_kept=one.place is not None,
        reused=bool(one.reused_in),
        reused_in=one.reused_in if files.may_see_reuse(actor()) else [],
        withdrawn_at=one.withdrawn_at,
        withdraw_reason=one.withdraw_reason,
    )


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
