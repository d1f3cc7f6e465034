"""The two statements: all figures of a period at once, and the rows behind one figure."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from core.db import Work
from dispatch.figures import timeline
from dispatch.figures.catalogue import DIMENSIONS, OF_BASIS, Basis, Figure

COUNTED = 4  # numbers of a figure in an answer: denominator, numerator, rows counted, rows excluded

_SHARED = "case_id, kind, channel, urgency, class, district, code"
_IN_PERIOD = "{at} >= :starts AND {at} < :ends AND {at} <= :as_of"
_OF_ORDER = f"{_SHARED}, unit, order_no, order_no AS item, superseded, returned"
# Basis -> its rows: the instant as `at`, the unit as `unit`, `item` to tell two rows of one case apart.
_ROWS: dict[Basis, str] = {
    Basis.DUE: (
        f"SELECT cases.*, due_at AS at, CAST(NULL AS text) AS order_no, '' AS item,"
        f" {timeline.worked('first_sent_at')} AS worked_until_sent,"
        f" {timeline.worked('done_at')} AS worked_until_done"
        f" FROM cases CROSS JOIN office WHERE {_IN_PERIOD.format(at='due_at')}"
    ),
    Basis.OPENED: (
        "SELECT cases.*, opened_at AS at, CAST(NULL AS text) AS order_no, '' AS item"
        f" FROM cases WHERE {_IN_PERIOD.format(at='opened_at')}"
    ),
    Basis.SENT: (
        f"SELECT {_SHARED}, first_unit AS unit, CAST(NULL AS text) AS order_no, '' AS item, first_sent_at AS at,"
        " due_at, done_at, returns, sendings, by_machine"
        f" FROM cases WHERE {_IN_PERIOD.format(at='first_sent_at')}"
    ),
    Basis.SIGN: (
        f"SELECT {_OF_ORDER}, signing_due_at AS at, signing_due_at AS due_at, signed_at, signed_at AS done_at,"
        f" signed_by_clock FROM orders WHERE {_IN_PERIOD.format(at='signing_due_at')}"
    ),
    Basis.ORDER: (
        f"SELECT {_OF_ORDER}, answer_due_at AS at, answer_due_at AS due_at, order_done_at AS done_at, not_needed"
        f" FROM orders WHERE {_IN_PERIOD.format(at='answer_due_at')}"
    ),
    Basis.CARD: (
        "SELECT cases.case_id, kind, channel, urgency, class, district, code,"
        " coalesce(entries.facts->>'unit', entries.unit_code) AS unit, entries.order_no,"
        " lpad(entries.id::text, 20, '0') AS item, entries.at, CAST(NULL AS timestamptz) AS due_at,"
        " CAST(NULL AS timestamptz) AS done_at, entries.facts->>'colour' AS colour"
        " FROM entries JOIN cases USING (case_id)"
        f" WHERE entries.action = 'penalty' AND {_IN_PERIOD.format(at='entries.at')}"
    ),
}


# Sorting a month of a big city in memory instead of on disk; compiling would cost more than it saves.
_TUNE = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"


def tune(work: Work) -> None:
    """Give the statements of this transaction the memory they need."""
    work.session.execute(text(_TUNE))


def report(dimensions: Sequence[str], filtered: Sequence[str]) -> str:
    """Return the statement that counts every figure, for the whole and by each of `dimensions`.

    Its rows: basis, dimension ('' for the whole), key, numbers: COUNTED for each figure of the basis. Rows of
    the basis 'code' count the cases of V with each exclusion code. filtered: dimensions limited by a parameter.
    """
    parts = [f"WITH {timeline.CASES}{timeline.ORDERS}, {timeline.OFFICE}"]
    for basis in Basis:
        parts.append(f", {basis}_rows AS MATERIALIZED (SELECT * FROM ({_ROWS[basis]}) AS r{_where(filtered)})")
        marks = ", ".join(f"{_mark(figure)} AS x{number}" for number, figure in enumerate(OF_BASIS[basis]))
        parts.append(f", {basis}_marks AS (SELECT {', '.join(DIMENSIONS)}, {marks} FROM {basis}_rows)")
    selects = [_grouped(basis, dimensions) for basis in Basis]
    selects.append(
        "SELECT 'code', '', code, ARRAY[count(*)]::float8[] FROM due_rows WHERE code IS NOT NULL GROUP BY code"
    )
    return " ".join(parts) + " " + " UNION ALL ".join(selects)


def rows(figure: Figure, filtered: Sequence[str]) -> str:
    """Return the statement of one page of the rows behind `figure`.

    part: denominator, numerator or excluded. after_case and after_item are the last row of the page before.
    """
    orders = timeline.ORDERS if figure.basis in {Basis.SIGN, Basis.ORDER} else ""
    counted = "x > 0" if figure.kind != "mean" else "x >= 0"
    return (
        f"WITH {timeline.CASES}{orders}, {timeline.OFFICE},"
        f" marked AS (SELECT *, {_mark(figure)} AS x, {_left_out(figure)} AS out_code"
        f" FROM ({_ROWS[figure.basis]}) AS r{_where(filtered)})"
        " SELECT case_id, case_no, order_no, item, unit, at, marked.due_at, marked.done_at,"
        " x AS counts, out_code FROM marked"
        " JOIN (SELECT id AS case_id, case_no FROM hotline_case) AS named USING (case_id)"
        ' WHERE (case_id, item COLLATE "C") > (:after_case, :after_item) AND CASE CAST(:part AS text)'
        f" WHEN 'denominator' THEN x >= 0 WHEN 'numerator' THEN {counted} ELSE x < 0 END"
        ' ORDER BY case_id, item COLLATE "C" LIMIT :how_many'
    )


def _mark(figure: Figure) -> str:
    """Return SQL: null where the row is not asked, -1 where it is excluded, else what it counts."""
    return (
        f"CASE WHEN ({figure.asked}) IS NOT TRUE THEN NULL WHEN {_left_out(figure)} IS NOT NULL THEN -1"
        f" ELSE ({figure.counts})::float8 END"
    )


def _left_out(figure: Figure) -> str:
    whens = "".join(f" WHEN {condition} THEN '{code}'" for code, condition in figure.left_out.items())
    official = " WHEN code IS NOT NULL THEN code" if figure.kept else ""
    return f"(CASE{official}{whens} END)" if official or whens else "CAST(NULL AS text)"


def _grouped(basis: Basis, dimensions: Sequence[str]) -> str:
    numbers = ", ".join(
        f"count(*) FILTER (WHERE x{n} >= 0), coalesce(sum(x{n}) FILTER (WHERE x{n} > 0), 0),"
        f" count(*) FILTER (WHERE x{n} {'>' if figure.kind != 'mean' else '>='} 0), count(*) FILTER (WHERE x{n} < 0)"
        for n, figure in enumerate(OF_BASIS[basis])
    )
    sets = ", ".join(["()", *(f"({name})" for name in dimensions)])
    dimension = "".join(f" WHEN GROUPING({name}) = 0 THEN '{name}'" for name in dimensions)
    key = "".join(f" WHEN GROUPING({name}) = 0 THEN {name}" for name in dimensions)
    return (
        f"SELECT '{basis}' AS basis, {f'CASE{dimension} ELSE {chr(39) * 2} END' if dimension else chr(39) * 2}"
        f" AS dimension, {f'CASE{key} END' if key else 'NULL'} AS key, ARRAY[{numbers}]::float8[] AS numbers"
        f" FROM {basis}_marks GROUP BY GROUPING SETS ({sets})"
    )


def _where(filtered: Sequence[str]) -> str:
    conditions = [f"{name} = ANY(CAST(:only_{name} AS text[]))" for name in filtered]
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
