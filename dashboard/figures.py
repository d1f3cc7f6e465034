"""The JSON API of the figures: reports, tiers, the own past, the rows behind them, stored days, export."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from flask import Blueprint, Response

from core import people
from core.clock import CITY_ZONE, now
from core.db import database
from core.errors import NotFound, WrongRole
from dashboard import figures_shapes as shapes
from dashboard import figures_shown
from dashboard.access import actor, guard
from dashboard.openapi import answers, api
from dashboard.words import Language, language
from dispatch import rules
from dispatch.figures import access, behind, catalogue, days, formulas, naming, periods, report, sheets
from dispatch.figures.periods import Period
from dispatch.figures.report import Asked

figures = guard(Blueprint("figures", __name__, url_prefix="/api/figures"), *access.CITYWIDE, *access.OF_A_UNIT)

_SPANS = {"day": periods.day_of, "week": periods.week_of, "month": periods.month_of}
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_REFUSED = "越权访问，已拒绝"
_TITLES = {Language.ZH: "考核指标", Language.EN: "Figures"}


@figures.get("")
@api.validate(query=shapes.FiguresQuery, resp=answers(shapes.Figures), tags=["figures"])
def listing(query: shapes.FiguresQuery) -> shapes.Figures:
    """Every figure of a period as of an instant, for the whole and by one dimension."""
    asked = _asked(query)
    with database().begin() as work:
        found = report.figures(work, asked, by=_by(query))
        return figures_shown.shown(work, found, query.by)


@figures.get("/names")
@api.validate(resp=answers(shapes.FigureNames), tags=["figures"])
def names() -> shapes.FigureNames:
    """The list of figures; docs/figures.md defines them."""
    return shapes.FigureNames(
        items=[
            shapes.FigureName(
                code=one.code,
                zh=one.zh,
                en=one.en,
                kind=one.kind.value,
                basis=one.basis.value,
                without_excluded=one.kept,
                less_is_better=one.less_is_better,
                left_out=list(one.left_out),
            )
            for one in catalogue.FIGURES
        ]
    )


@figures.get("/trend")
@api.validate(query=shapes.TrendQuery, resp=answers(shapes.FigureTrend), tags=["figures"])
def trend(query: shapes.TrendQuery) -> shapes.FigureTrend:
    """The period and those before it, newest first: compared with its own past, not with others."""
    asked = _asked(query)
    with database().begin() as work:
        found = [report.figures(work, asked), *report.past(work, asked, periods=query.periods - 1)]
        return shapes.FigureTrend(items=[figures_shown.shown(work, one, None) for one in found])


@figures.get("/export")
@api.validate(query=shapes.ExportQuery, tags=["figures"])
def export(query: shapes.ExportQuery) -> Response:
    """The report as a table for spreadsheets; it holds no personal details."""
    asked = _asked(query)
    with database().begin() as work:
        found = report.figures(work, asked, by=_by(query))
        rows = sheets.table(found, naming.names(work), language=language().value)
    title = _TITLES[language()]
    csv = query.format == "csv"
    body = sheets.as_csv(rows) if csv else sheets.as_xlsx(rows, title=title, as_of=found.asked.as_of)
    name = f"figures-{found.asked.period.first}-{found.asked.period.last}.{query.format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, content_type=_TYPES[query.format], headers=headers)


@figures.get("/days")
@api.validate(query=shapes.DaysQuery, resp=answers(shapes.StoredDays), tags=["figures"])
def stored(query: shapes.DaysQuery) -> shapes.StoredDays:
    """The days whose figures are stored."""
    access.check_citywide(actor())
    if query.last < query.first:
        return shapes.StoredDays(days=[])
    with database().begin() as work:
        return shapes.StoredDays(days=days.stored_days(work, Period(first=query.first, last=query.last)))


@figures.get("/days/<on>")
@api.validate(resp=answers(shapes.StoredDay), tags=["figures"])
def stored_day(on: str) -> shapes.StoredDay:
    """What was stored of a day, what the timeline gives now, and whether the two are the same."""
    access.check_citywide(actor())
    with database().begin() as work:
        found = days.recompute(work, _day(on))
    return shapes.StoredDay(
        on=found.on,
        as_of=found.as_of,
        closed_at=found.closed_at,
        equal=found.equal,
        intact=found.intact,
        chained=found.chained,
        differences=found.differences,
        stored=found.stored,
        recomputed=found.recomputed,
    )


@figures.get("/<figure>/tiers")
@api.validate(query=shapes.FiguresQuery, resp=answers(shapes.FigureTiers), tags=["figures"])
def tiers(figure: str, query: shapes.FiguresQuery) -> shapes.FigureTiers:
    """The units by type and load, ranked by the cautious bound; none below the least number."""
    known = catalogue.BY_CODE.get(figure)
    if known is None or known.kind is not formulas.Kind.SHARE:
        raise NotFound("没有这个指标")
    asked = _asked(query)
    with database().begin() as work:
        found = report.figures(work, asked, by=("unit",))
        units = naming.units(work)
    groups = {unit: group for unit, group in found.groups["unit"].items() if unit and figure in group.counts}
    ranked = formulas.standings(
        {unit: group.of(figure) for unit, group in groups.items()},
        {code: unit.type for code, unit in units.items()},
        rank_from=found.settings.rank_from,
        less_is_better=known.less_is_better,
    )
    return shapes.FigureTiers(
        code=figure,
        first=found.asked.period.first,
        last=found.asked.period.last,
        as_of=found.asked.as_of,
        rank_from=found.settings.rank_from,
        items=[
            shapes.FigureStanding(
                unit=one.unit,
                name=units[one.unit].name if one.unit in units else one.unit,
                type=one.type,
                load=one.load.value,
                rank=one.rank,
                figure=figures_shown.value(groups[one.unit], figure),
            )
            for one in ranked
        ],
    )


@figures.get("/<figure>/cases")
@api.validate(query=shapes.BehindQuery, resp=answers(shapes.FigureCases), tags=["figures"])
def cases(figure: str, query: shapes.BehindQuery) -> shapes.FigureCases:
    """Exactly the rows that a figure counted, page by page."""
    asked = _asked(query)
    with database().begin() as work:
        page = behind.rows_behind(work, figure, behind.Part(query.part), asked, cursor=query.cursor)
        units, codes = naming.units(work), naming.codes(work)
    return shapes.FigureCases(
        items=[
            shapes.FigureCase(
                case_no=row.case_no,
                order_no=row.order_no,
                unit=row.unit,
                unit_name=units[row.unit].name if row.unit in units else row.unit,
                at=row.at,
                due_at=row.due_at,
                done_at=row.done_at,
                counts=row.counts,
                code=row.code,
                code_name=row.code and naming.spoken(codes, row.code, language().value),
            )
            for row in page.items
        ],
        next=page.next,
    )


def _asked(query: shapes.FiguresQuery) -> Asked:
    """Return what the query asks for, limited to what this person may see; a try beyond is written down."""
    at = now()
    person = actor()
    with database().begin() as work:
        parents = rules.parents(work)
    try:
        units = access.units_for(person, query.unit, parents)
    except WrongRole:
        with database().begin() as work:
            people.record_view(
                work,
                person,
                subject="figures",
                subject_id=query.unit or "",
                fields=["refused"],
                purpose=_REFUSED,
                at=at,
            )
        raise
    given = {
        "district": query.district,
        "class": query.category,
        "kind": query.kind,
        "channel": query.channel,
        "urgency": query.urgency,
    }
    only: dict[str, Collection[str]] = {name: (key,) for name, key in given.items() if key is not None}
    if units is not None:
        only["unit"] = units
    return Asked(period=_period(query, at), as_of=min(query.as_of or at, at), only=only)


def _period(query: shapes.FiguresQuery, at: datetime) -> Period:
    if query.span == "range" and query.first is not None and query.last is not None:
        return Period(first=query.first, last=query.last)
    return _SPANS[query.span](query.on or at.astimezone(CITY_ZONE).date())


def _by(query: shapes.FiguresQuery) -> tuple[str, ...]:
    return (query.by,) if query.by else ()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFound("这一天的指标还没有存档") from error
