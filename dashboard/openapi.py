"""The OpenAPI document and the checking of what comes in, both from `dashboard.schemas`."""

from __future__ import annotations

from typing import Any

from flask import Request
from flask import Response as FlaskResponse
from spectree import Response, SpecTree
from spectree.models import Server

from core.errors import BadInput
from dashboard import schemas
from dashboard.refusals import sentence_of


def _explain(_request: Request, response: FlaskResponse, error: Any, _view: Any, _adapter: Any) -> None:
    """Turn a list of field errors into our one shape of problem."""
    if error is None:
        return
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    ours = first.get("ctx", {}).get("error")  # a sentence of a shape itself, not of pydantic
    said = sentence_of(BadInput(str(ours))) if isinstance(ours, ValueError) else first["msg"]
    problem = schemas.Problem(code="bad_input", message=f"{field}：{said}" if first["loc"] else said)
    response.set_data(problem.model_dump_json())
    response.content_type = "application/json"


api = SpecTree(
    "flask",
    title="12345 hotline: staff API",
    version="1",
    # A folder of its own: the document leaves out whatever lies below this path.
    path="api/docs",
    page_templates={},  # no pages of its own: they fetch scripts from elsewhere
    mode="strict",
    servers=[Server(url="/", description="this centre")],
    before=_explain,
    validation_error_status=422,
    # One shape, one name, wherever it is used.
    naming_strategy=lambda shape: shape.__name__,
    nested_naming_strategy=lambda _parent, name: name,
)


def answers(shape: type[schemas.Shape], *, status: int = 200) -> Response:
    """Describe an answer of `shape`, with the errors that every call may give."""
    refusals = {f"HTTP_{code}": schemas.Problem for code in (401, 403, 404, 409, 422, 503)}
    return Response(**{f"HTTP_{status}": shape, **refusals})
