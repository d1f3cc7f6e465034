"""Words of cases for the search, indexes of the work lists, and tries at what is somebody else's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OPEN = (
    "state IN ('received', 'to_complete', 'to_dispatch', 'adjudication', 'to_sign', 'return_review', 'handling',"
    " 'delegated', 'ledger', 'to_review', 'to_call_back', 'call_back_again', 'redo', 'merged')"
)
# name, table, what is indexed, where. The lists write these conditions word for word (dispatch/lists/conditions.py).
_INDEXES = (
    ("ix_hotline_case_by_clock", "hotline_case", "(coalesce(clock_due_at, 'infinity'::timestamptz)), id", _OPEN),
    ("ix_hotline_case_by_stage", "hotline_case", "state, (coalesce(stage_due_at, 'infinity'::timestamptz)), id", _OPEN),
    ("ix_hotline_case_open_newest", "hotline_case", "id", _OPEN),
    ("ix_hotline_case_over", "hotline_case", "id", "state IN ('answered', 'closed')"),
    ("ix_hotline_case_left_by_clock", "hotline_case", "(coalesce(clock_due_at, 'infinity'::timestamptz)), id",
     "state = 'draft' AND left_at IS NOT NULL"),
    ("ix_hotline_case_finding", "hotline_case", "id", "finding = 'open'"),
    ("ix_hotline_case_appeal", "hotline_case", "id", "appeal = 'open'"),
    ("ix_hotline_case_ledger_asked", "hotline_case", "id", "ledger_asked"),
    ("ix_hotline_case_incident", "hotline_case", "id", "incident_size > 0"),
    ("ix_hotline_case_redone", "hotline_case", "changed_at, id", "redos >= 2"),
    ("ix_hotline_case_relapse", "hotline_case", "relapse_of, registered_at", "relapse_of IS NOT NULL"),
    ("ix_hotline_case_lead", "hotline_case", "lead_unit, id", None),
    ("ix_hotline_case_registered_by", "hotline_case", "registered_by, id", None),
    ("ix_work_order_cases", "work_order", "unit_code, case_id", None),
    ("ix_work_order_more_time", "work_order", "case_id", "extension_open"),
    ("ix_work_order_running", "work_order", "due_at", "state IN ('to_sign', 'handling')"),
    ("ix_supervision_unanswered", "supervision", "case_id", "answered_at IS NULL"),
    ("ix_penalty_cards", "penalty", "colour, case_id, unit_code", None),
    ("ix_look_back_waiting", "look_back", "due_on", "done_at IS NULL"),
)
_TREES = ("unit", "category", "area")


def upgrade() -> None:
    op.create_table(
        "case_words",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("places", postgresql.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("indexed_at", core.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_case_words_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_words"),
    )
    op.create_index("ix_case_words_words", "case_words", ["words"], postgresql_using="gin")
    op.create_index("ix_case_words_places", "case_words", ["places"], postgresql_using="gin")
    op.create_table(
        "case_words_due",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_words_due"),
    )
    # Whatever writes a text, a case is on the list from the same transaction on.
    op.execute(
        """
        CREATE FUNCTION case_words_are_due() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO case_words_due (case_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$;
        CREATE TRIGGER case_words_new AFTER INSERT ON hotline_case FOR EACH ROW
            WHEN (NEW.state NOT IN ('draft', 'discarded')) EXECUTE FUNCTION case_words_are_due();
        CREATE TRIGGER case_words_changed AFTER UPDATE OF title, content, demand, place, state ON hotline_case
            FOR EACH ROW WHEN (NEW.state NOT IN ('draft', 'discarded') AND (
                OLD.state = 'draft' OR OLD.title IS DISTINCT FROM NEW.title
                OR OLD.content IS DISTINCT FROM NEW.content OR OLD.demand IS DISTINCT FROM NEW.demand
                OR OLD.place IS DISTINCT FROM NEW.place
            )) EXECUTE FUNCTION case_words_are_due();
        INSERT INTO case_words_due (case_id) SELECT id FROM hotline_case WHERE state NOT IN ('draft', 'discarded');
        """
    )
    for name, table, columns, where in _INDEXES:
        op.execute(f"CREATE INDEX {name} ON {table} ({columns})" + (f" WHERE {where}" if where else ""))
    op.execute("CREATE INDEX ix_hotline_case_parties ON hotline_case USING gin (parties) WHERE parties <> '{}'")
    # The trees of the city are kept by every process like its calendars, under the same stamp (0007).
    for table in _TREES:
        op.execute(
            f"CREATE TRIGGER {table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION renew_calendar_stamp()"
        )
    op.create_table(
        "denied",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("route", sa.String(length=128), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("case_no", sa.String(length=32)),
        sa.PrimaryKeyConstraint("id", name="pk_denied"),
    )
    op.create_index("ix_denied_person_id", "denied", ["person_id", "at"])
    op.create_index("ix_denied_case_no", "denied", ["case_no", "at"])
    op.execute(
        """
        CREATE TRIGGER denied_append_only BEFORE UPDATE OR DELETE ON denied
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER denied_not_emptied BEFORE TRUNCATE ON denied
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )


def downgrade() -> None:
    for table in _TREES:
        op.execute(f"DROP TRIGGER {table}_stamp ON {table}")
    op.drop_table("denied")
    op.execute("DROP INDEX ix_hotline_case_parties")
    for name, *_ in _INDEXES:
        op.execute(f"DROP INDEX {name}")
    op.execute("DROP TRIGGER case_words_changed ON hotline_case; DROP TRIGGER case_words_new ON hotline_case;")
    op.execute("DROP FUNCTION case_words_are_due()")
    op.drop_table("case_words_due")
    op.drop_table("case_words")
