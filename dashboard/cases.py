"""The JSON API of cases: lists, one case, what may be done with it."""

from __future__ import annotations

from flask import Blueprint

from dashboard import schemas
from dashboard.openapi import answers, api

cases = Blueprint("cases", __name__, url_prefix="/api")


@cases.get("/city")
@api.validate(resp=answers(schemas.City), tags=["city"])
def city() -> schemas.City:
    """The trees of units, categories and areas."""
    raise NotImplementedError


@cases.get("/cases")
@api.validate(query=schemas.CaseQuery, resp=answers(schemas.CasePage), tags=["cases"])
def listing(query: schemas.CaseQuery) -> schemas.CasePage:
    """One page of a view, within what the person may see."""
    raise NotImplementedError


@cases.get("/cases/views")
@api.validate(resp=answers(schemas.Views), tags=["cases"])
def views() -> schemas.Views:
    """The saved views of this person's roles, with counts."""
    raise NotImplementedError


@cases.get("/cases/<case_no>")
@api.validate(resp=answers(schemas.CaseDetail), tags=["cases"])
def detail(case_no: str) -> schemas.CaseDetail:
    """One case whole, with the actions this person may take."""
    raise NotImplementedError


@cases.post("/cases/<case_no>/actions/<action>")
@api.validate(json=schemas.ActionBody, resp=answers(schemas.CaseDetail), tags=["cases"])
def act(case_no: str, action: str, json: schemas.ActionBody) -> schemas.CaseDetail:
    """Take one action; 409 when the rules refuse it or somebody changed the case meanwhile."""
    raise NotImplementedError


@cases.post("/cases/<case_no>/reveal")
@api.validate(json=schemas.Purpose, resp=answers(schemas.Revealed), tags=["cases"])
def reveal(case_no: str, json: schemas.Purpose) -> schemas.Revealed:
    """Show the person's details once; who looked and why is recorded."""
    raise NotImplementedError
