"""Many cases at once, made by the database itself: as many as a city has in years, in seconds.

Nine in ten are filed or closed and one in twenty-five is open, the newest mostly; units, classes and areas are
the city's own, some with far more cases than others. What a list reads is there: orders, cards, words.
"""

from __future__ import annotations

import psycopg

# Cumulated shares of the states of the newest twentieth, in thousandths; the rest is filed, closed or ended.
_NEWEST = (
    ("received", 20),
    ("to_complete", 10),
    ("to_dispatch", 60),
    ("adjudication", 5),
    ("to_sign", 80),
    ("return_review", 10),
    ("handling", 420),
    ("delegated", 40),
    ("ledger", 20),
    ("to_review", 50),
    ("to_call_back", 60),
    ("call_back_again", 30),
    ("redo", 15),
    ("merged", 10),
    ("answered", 40),
    ("closed", 130),
)
_WORDS = [
    "路灯",
    "噪音",
    "施工",
    "电梯",
    "停水",
    "漏水",
    "物业",
    "摊贩",
    "占道",
    "垃圾",
    "停车",
    "公交",
    "供暖",
    "井盖",
]

_CASES = """
INSERT INTO hotline_case (id, case_no, version, state, state_since, channel, created_at, created_by, kind, title,
    content, category_code, area_code, urgency, secrecy, touched, caller_fingerprint, registered_at, registered_by,
    judged_at, dispatched_at, closed_at, changed_at, round, lead_unit, clock_started_at, clock_due_at,
    clock_stopped_at, clock_limit, promise_started_at, promise_due_at, stage_due_at, redos, urgings, supervised,
    incident_size, finding)
SELECT id, to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYYMMDD') || '-' || lpad((id %% 1000000)::text, 6, '0') || '-0',
    3, state, at, 'phone', at, 1 + id %% 60, 'complaint', word || '问题请求处理', word || '影响居民生活，请尽快处理',
    category, area, 'normal', CASE WHEN id %% 200 = 0 THEN 'hidden_from_unit' ELSE 'open' END, '{}',
    md5((id %% 100000)::text), at, 1 + id %% 60, at, at + interval '1 hour',
    CASE WHEN is_over THEN at + interval '4 days' END, at, 1, unit, at, at + due, CASE WHEN is_over THEN at END,
    '5 个工作日', at, at + due, CASE WHEN NOT is_over THEN at + due / 2 END, (id %% 40 = 0)::int * 2, 0,
    NOT is_over AND id %% 30 = 0, (NOT is_over AND id %% 100 = 0)::int,
    CASE WHEN NOT is_over AND id %% 150 = 0 THEN 'open' END
FROM (
    SELECT id, made.at, coalesce(newest.state, CASE WHEN id %% 25 = 0 THEN 'closed' WHEN id %% 60 = 0 THEN 'withdrawn'
            WHEN id %% 1000 = 7 THEN 'ledger' ELSE 'filed' END) AS state,
        coalesce(newest.state, '') IN ('answered', 'closed')
            OR (newest.state IS NULL AND id %% 1000 <> 7) AS is_over,
        (%(units)s::text[])[
            1 + (power(hashint8(id)::bigint & 65535, 2) / 4294967296.0 * %(unit_count)s)::int] AS unit,
        (%(categories)s::text[])[1 + (id * 7) %% %(category_count)s] AS category,
        (%(areas)s::text[])[1 + (id * 11) %% %(area_count)s] AS area,
        (%(words)s::text[])[1 + (id * 13) %% %(word_count)s] AS word,
        interval '2 days' + (id %% 240) * interval '1 hour' AS due
    FROM (SELECT id, now() - (%(cases)s - id) * (interval '730 days' / %(cases)s) AS at
          FROM generate_series(1::bigint, %(cases)s) AS id) AS made
    LEFT JOIN LATERAL (SELECT state FROM unnest(%(states)s::text[], %(until)s::int[]) AS one(state, until)
        WHERE made.id > %(cases)s * 0.95 AND until > (made.id * 7919) %% 1000 ORDER BY until LIMIT 1
    ) AS newest ON true
) AS one
"""
_ORDERS = """
INSERT INTO work_order (id, order_no, case_id, unit_code, part, state, round, sent_at, sign_due_at, return_until,
    due_at, "limit", due_segments, extension_open)
SELECT id, case_no || '-01', id, lead_unit, 'lead',
    CASE WHEN state = 'to_sign' THEN 'to_sign'
         WHEN state IN ('handling', 'delegated', 'redo', 'ledger') THEN 'handling'
         WHEN state IN ('to_review', 'to_call_back', 'call_back_again') THEN 'replied' ELSE 'done' END,
    1, registered_at, registered_at + interval '1 day', registered_at + interval '1 day', clock_due_at, '5 个工作日',
    '[]', state = 'handling' AND id % 40 = 1
FROM hotline_case WHERE state NOT IN ('received', 'to_complete', 'to_dispatch', 'adjudication', 'answered')
"""
_SUPERVISION = """
INSERT INTO supervision (no, case_id, unit_code, level, code, text, issued_at, due_at)
SELECT case_no || '-D1', id, lead_unit, 1, 'late', '请说明', now(), now() + interval '1 day'
FROM hotline_case WHERE supervised
"""
_PENALTIES = """
INSERT INTO penalty (case_id, order_no, unit_code, colour, cause, at)
SELECT case_id, order_no, unit_code, CASE WHEN case_id % 100 = 0 THEN 'red' ELSE 'yellow' END, 'late', due_at
FROM work_order WHERE case_id % 20 = 0 AND due_at < now()
"""
_INDEXED = """
INSERT INTO case_words (case_id, words, places, indexed_at)
SELECT id,
    CAST('''' || left(title, 2) || ''':1A ''请求'':2A ''处理'':3A,7C ''居民'':4C ''生活'':5C' AS tsvector),
    '{}', now()
FROM hotline_case
"""
_TABLES = ("hotline_case", "work_order", "supervision", "penalty", "case_words")


def fill(database_url: str, cases: int) -> None:
    """Put `cases` cases into an empty database that has its city."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers: nothing is to be told
        indexes = _without_indexes(connection)
        connection.execute(_CASES, _choices(connection) | {"cases": cases})
        for statement in (_ORDERS, _SUPERVISION, _PENALTIES, _INDEXED):
            connection.execute(statement)
        for definition in indexes:
            connection.execute(definition)
        for table in ("hotline_case", "work_order"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {cases})")
    with psycopg.connect(database_url, autocommit=True) as connection:
        for table in _TABLES:
            connection.execute(f"VACUUM ANALYZE {table}")


def _without_indexes(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Drop the indexes that are no constraint and return how to make them again: in one go it is far quicker."""
    found = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [list(_TABLES)],
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [str(definition) for _, definition in found]


def _choices(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, object]:
    def column(statement: str) -> list[str]:
        return [str(row[0]) for row in connection.execute(statement)]

    units = column("SELECT code FROM unit WHERE kind <> 'city' ORDER BY md5(code)")
    categories = column("SELECT code FROM category WHERE length(code) = 6 ORDER BY code")
    areas = column("SELECT code FROM area WHERE level = 'street' ORDER BY code")
    until, total = [], 0
    for _, share in _NEWEST:
        total += share
        until.append(total)
    return {
        "units": units,
        "unit_count": len(units) - 1,
        "categories": categories,
        "category_count": len(categories),
        "areas": areas,
        "area_count": len(areas),
        "words": _WORDS,
        "word_count": len(_WORDS),
        "states": [state for state, _ in _NEWEST],
        "until": until,
    }
