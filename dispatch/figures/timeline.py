"""The timeline read as a whole: one row for each case and each work order, as of an instant, in SQL.

Written as SQL text: it is one set-wise statement of windows and aggregates, which the ORM would only blur.
What each column means is docs/figures.md, section 1; the names are the same.
"""

from __future__ import annotations

# Which cases can lie in the period at all; a superset, found by two indexes of migration 0010.
_CANDIDATES = """
candidates AS (
    SELECT case_id FROM case_timeline
    WHERE figure_days(facts) && CAST(:days AS text[])
      AND facts ?| ARRAY['orders', 'promise_due_at', 'due_at', 'sign_due_at'] -- as the index says it
    UNION
    SELECT case_id FROM case_timeline
    WHERE at >= :starts AND at < :ends
      AND action IN ('register', 'accept', 'answer', 'dispatch', 'rule', 'penalty')
),
entries AS MATERIALIZED (
    SELECT t.case_id, t.id, t.at, t.action, coalesce(t.order_no, t.facts->>'order_no') AS order_no,
           t.unit_code, t.to_state, coalesce(t.facts, '{}') AS facts
    FROM case_timeline t JOIN candidates USING (case_id)
    WHERE t.at <= :as_of
)"""

# One order by (at, id) in every aggregate, so that the rows are sorted once.
_TOLD = """
told AS (
    SELECT case_id,
        (array_agg(facts ORDER BY at, id) FILTER (WHERE action IN ('register', 'accept', 'answer')))[1] AS opening,
        min(at) FILTER (WHERE action IN ('register', 'accept', 'answer')) AS opened_at,
        array_agg(at ORDER BY at, id) FILTER (WHERE action IN ('dispatch', 'rule')) AS sent_ats,
        (array_agg(facts->>'lead' ORDER BY at, id) FILTER (WHERE action IN ('dispatch', 'rule')))[1] AS first_unit,
        array_agg(CASE WHEN action IN ('dispatch', 'rule') THEN facts->>'lead' ELSE facts->>'unit' END
            ORDER BY at, id) FILTER (WHERE {taking}) AS leads,
        array_agg(action ORDER BY at, id) FILTER (WHERE {taking}) AS takings,
        (array_agg(facts->>'by_machine' ORDER BY at, id) FILTER (WHERE action IN ('dispatch', 'rule')))[1]
            AS by_machine,
        array_agg(at ORDER BY at, id) FILTER (WHERE {ending}) AS turn_ats,
        array_agg(id ORDER BY at, id) FILTER (WHERE {ending}) AS turn_ids,
        array_agg(facts->>'promise_due_at' ORDER BY at, id)
            FILTER (WHERE facts->>'promise_due_at' IS NOT NULL) AS dues,
        array_agg(to_state ORDER BY at, id) FILTER (WHERE to_state IS NOT NULL) AS states,
        min(at) FILTER (WHERE to_state = 'closed' OR action = 'follow') AS closed_at,
        min({contact}) AS contacted_at,
        array_agg(CASE action WHEN 'exclude' THEN coalesce(facts->>'code', 'other') END ORDER BY at, id)
            FILTER (WHERE action IN ('exclude', 'include')) AS codes,
        array_agg(facts ORDER BY at, id) FILTER (WHERE {evaluation}) AS evaluations,
        array_agg(at ORDER BY at, id) FILTER (WHERE {evaluation}) AS evaluated_ats,
        array_agg(id ORDER BY at, id) FILTER (WHERE {evaluation}) AS evaluated_ids,
        array_agg(at ORDER BY at, id) FILTER (WHERE action IN ('redo', 'reopen')) AS redo_ats,
        array_agg(id ORDER BY at, id) FILTER (WHERE action IN ('redo', 'reopen')) AS redo_ids,
        coalesce(bool_or(to_state IN ('to_call_back', 'call_back_again')), false) AS called_back,
        bool_or(action = 'close_unrated') AS closed_unrated,
        count(*) FILTER (WHERE action = 'answer') AS answers,
        count(*) FILTER (WHERE action = 'return') AS returns,
        count(*) FILTER (WHERE action = 'grant_extension') AS extensions,
        count(*) FILTER (WHERE action = 'supervise') AS supervisions,
        count(*) FILTER (WHERE action = 'urge') AS urgings,
        count(*) FILTER (WHERE action = 'send_back') AS send_backs
    FROM entries GROUP BY case_id
)"""
_CONDITIONS = {
    "{evaluation}": (
        "action IN ('rate', 'redo') AND coalesce(facts->>'connected', 'true') <> 'false'"
        " AND coalesce(facts->>'contacted', facts->>'solved', facts->>'grade') IS NOT NULL"
    ),
    # When somebody says that they spoke with the citizen; written down a day or more later, it counts from then.
    "{contact}": (
        "CASE WHEN (facts->>'contacted_at')::timestamptz >= at - interval '24 hours'"
        " THEN (facts->>'contacted_at')::timestamptz"
        " WHEN action = 'contact' OR facts->>'contacted_at' IS NOT NULL THEN at END"
    ),
    # Who has the case: the unit it was sent to, or for a merged one the unit that answered for all.
    "{taking}": ("(action IN ('dispatch', 'rule') OR action = 'follow' OR (action = 'close' AND facts ? 'into'))"),
    # What ends the orders there were.
    "{ending}": "action IN ('dispatch', 'rule', 'recall', 'grant_return', 'merge')",
}
for _name, _condition in _CONDITIONS.items():
    _TOLD = _TOLD.replace(_name, _condition)

# A reply that the review sent back was none; the one that stands is the first that was not.
_REPLIES = """
replies AS (
    SELECT case_id, order_no, at FROM (
        SELECT case_id, order_no, at, action, facts->>'redo' AS redo,
               lead(action) OVER (PARTITION BY case_id ORDER BY at, id) AS following
        FROM entries
        WHERE action IN ('send_back', 'pass', 'close')
           OR (action = 'reply' AND coalesce(facts->>'part', 'lead') = 'lead')
    ) AS reviewed
    WHERE action = 'reply' AND redo IS DISTINCT FROM 'true' AND following IS DISTINCT FROM 'send_back'
),
done AS (SELECT case_id, min(at) AS at FROM replies GROUP BY case_id)"""

_CASES = """
cases AS MATERIALIZED (
    SELECT case_id, opened_at, contacted_at, answers, returns, extensions, supervisions, urgings, send_backs,
        opening->>'kind' AS kind, opening->>'channel' AS channel, opening->>'urgency' AS urgency,
        left(opening->>'category', 2) AS class, left(opening->>'area', 6) AS district,
        sent_ats[1] AS first_sent_at, sent_ats[array_upper(sent_ats, 1)] AS last_sent_at,
        first_unit, leads[array_upper(leads, 1)] AS unit,
        coalesce(takings[array_upper(takings, 1)] IN ('follow', 'close'), false) AS followed,
        coalesce(array_upper(sent_ats, 1), 0) AS sendings,
        turn_ats[array_upper(turn_ats, 1)] AS turned_at, turn_ids[array_upper(turn_ids, 1)] AS turned_id,
        by_machine = 'true' AS by_machine,
        dues[array_upper(dues, 1)]::timestamptz AS due_at,
        states[array_upper(states, 1)] AS state,
        coalesce(done.at, closed_at) AS done_at,
        evaluations IS NOT NULL AS evaluated,
        evaluations[array_upper(evaluations, 1)]->>'contacted' = 'true' AS said_contacted,
        evaluations[array_upper(evaluations, 1)]->>'solved' AS solved,
        (evaluations[array_upper(evaluations, 1)]->>'grade')::int AS grade,
        1 + (SELECT count(*) FROM unnest(redo_ats, redo_ids) AS redo(at, id)
             WHERE (redo.at, redo.id) < (evaluated_ats[array_upper(evaluated_ats, 1)],
                                         evaluated_ids[array_upper(evaluated_ids, 1)])) AS evaluated_round,
        coalesce(array_upper(redo_ats, 1), 0) AS redos,
        evaluations IS NULL AND closed_unrated AS not_reached,
        called_back OR evaluations IS NOT NULL AS to_call_back,
        states[array_upper(states, 1)] IN ('closed', 'filed') AND NOT called_back AND evaluations IS NULL
            AND NOT closed_unrated AS no_callback,
        coalesce(codes[array_upper(codes, 1)],
                 CASE WHEN states[array_upper(states, 1)] IN ('merged', 'withdrawn')
                      THEN states[array_upper(states, 1)] END) AS code
    FROM told LEFT JOIN done USING (case_id)
    WHERE opening IS NOT NULL
)"""

_ORDERS = """
named AS (
    SELECT case_id, at, id, one->>'order_no' AS order_no, one->>'unit' AS unit,
        coalesce(one->>'part', 'lead') AS part, facts->>'parent_order_no' AS parent_no,
        one->>'due_at' AS due_at, one->>'sign_due_at' AS sign_due_at
    FROM entries CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(facts->'orders') WHEN 'array' THEN facts->'orders' END) AS one
    WHERE facts ? 'orders'
),
made AS (
    SELECT DISTINCT ON (order_no) case_id, at, id, order_no, unit, part, parent_no
    FROM named ORDER BY order_no, at, id
),
handled AS (
    SELECT order_no, at, id, action, facts, facts->>'redo' IS DISTINCT FROM 'true' AS first_time
    FROM entries
    WHERE order_no IS NOT NULL
      AND action IN ('sign', 'grant_extension', 'reply', 'return', 'refuse_return')
),
deeds AS (
    SELECT order_no,
        (array_agg(facts->>'auto' ORDER BY at, id) FILTER (WHERE action = 'sign'))[1] AS signed_by,
        (array_agg(facts->>'sign_due_at' ORDER BY at, id) FILTER (WHERE action = 'sign'))[1] AS sign_due_at,
        min(at) FILTER (WHERE action = 'sign') AS signed_at,
        max(at) FILTER (WHERE action = 'return') AS returned_at,
        max(at) FILTER (WHERE action = 'refuse_return') AS refused_at,
        min(at) FILTER (WHERE action = 'reply' AND first_time) AS replied_at
    FROM handled GROUP BY order_no
),
said AS (
    SELECT order_no, at, id, due_at, sign_due_at FROM named
    UNION ALL
    SELECT order_no, at, id, facts->>'due_at', NULL FROM handled
    WHERE action IN ('grant_extension', 'reply') AND first_time
    UNION ALL
    SELECT order_no, at, id, NULL, facts->>'sign_due_at' FROM handled WHERE action = 'refuse_return'
),
dues AS (
    SELECT order_no,
        array_agg(due_at ORDER BY at, id) FILTER (WHERE due_at IS NOT NULL) AS due_ats,
        array_agg(sign_due_at ORDER BY at, id) FILTER (WHERE sign_due_at IS NOT NULL) AS sign_due_ats
    FROM said GROUP BY order_no
),
standing AS (SELECT order_no, min(at) AS at FROM replies GROUP BY order_no),
gathered AS (
    SELECT jsonb_array_elements_text(
               CASE jsonb_typeof(facts->'withdrawn') WHEN 'array' THEN facts->'withdrawn' END) AS order_no,
           min(at) AS at
    FROM entries WHERE action = 'gather' GROUP BY 1
),
answered AS (
    SELECT made.*, signed_at, coalesce(signed_by, 'false') = 'true' AS signed_by_clock,
        coalesce(deeds.sign_due_at, sign_due_ats[array_upper(sign_due_ats, 1)])::timestamptz AS signing_due_at,
        due_ats[array_upper(due_ats, 1)]::timestamptz AS answer_due_at,
        returned_at IS NOT NULL AND (refused_at IS NULL OR refused_at < returned_at) AS returned,
        CASE part WHEN 'lead' THEN standing.at ELSE replied_at END AS order_done_at,
        gathered.at AS gathered_at
    FROM made
    JOIN dues USING (order_no)
    LEFT JOIN deeds USING (order_no)
    LEFT JOIN standing USING (order_no)
    LEFT JOIN gathered USING (order_no)
),
orders AS MATERIALIZED (
    SELECT o.case_id, o.order_no, o.unit, c.kind, c.channel, c.urgency, c.class, c.district, c.code,
        o.signed_at, o.signed_by_clock, o.signing_due_at, o.answer_due_at, o.returned, o.order_done_at,
        coalesce(o.order_done_at IS NULL AND (o.at, o.id) < (c.turned_at, c.turned_id), false) AS superseded,
        o.part <> 'lead' AND o.order_done_at IS NULL
            AND coalesce(least(c.done_at, o.gathered_at, parent.order_done_at) <= o.answer_due_at, false)
            AS not_needed
    FROM answered o JOIN cases c USING (case_id) LEFT JOIN answered parent ON parent.order_no = o.parent_no
)"""

CASES = ",".join((_CANDIDATES, _TOLD, _REPLIES, _CASES))
ORDERS = "," + _ORDERS

# Working seconds from the first span of the calendar until an instant, by binary search in the spans.
_WORKED = """
CASE width_bucket({at}, office.opens) WHEN 0 THEN 0
     ELSE office.before[width_bucket({at}, office.opens)]
        + extract(epoch FROM least({at}, office.closes[width_bucket({at}, office.opens)])
                           - office.opens[width_bucket({at}, office.opens)]) END"""

OFFICE = """
office AS MATERIALIZED (
    SELECT CAST(:opens AS timestamptz[]) AS opens, CAST(:closes AS timestamptz[]) AS closes,
           CAST(:before AS bigint[]) AS before
)"""


def worked(at: str) -> str:
    """Return the SQL for the working seconds until the instant in column `at`."""
    return _WORKED.replace("{at}", at)
