"""What the figures of a day were when the day was closed; where to find the cases of a period."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

import core.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "figure_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("as_of", core.db.Instant(), nullable=False),
        sa.Column("closed_at", core.db.Instant(), nullable=False),
        sa.Column("settings", JSONB(), nullable=False),
        sa.Column("body", JSONB(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("on", name="pk_figure_day"),
    )
    # The days, as written, of every deadline that an entry names. Read from text alone, so it never changes with
    # a time zone and may be indexed; a search takes the days around, since the offset is not looked at.
    op.execute(
        """
        CREATE FUNCTION figure_days(facts jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
        DECLARE
            days text[] := ARRAY[
                left(facts->>'promise_due_at', 10), left(facts->>'due_at', 10), left(facts->>'sign_due_at', 10)];
            named jsonb;
        BEGIN
            IF jsonb_typeof(facts->'orders') = 'array' THEN
                FOR named IN SELECT jsonb_array_elements(facts->'orders') LOOP
                    days := days || left(named->>'due_at', 10) || left(named->>'sign_due_at', 10);
                END LOOP;
            END IF;
            RETURN array_remove(days, NULL);
        END $$;
        """
    )
    op.execute(
        """
        CREATE INDEX ix_case_timeline_figure_days ON case_timeline USING gin (figure_days(facts))
            WHERE facts ?| ARRAY['orders', 'promise_due_at', 'due_at', 'sign_due_at'];
        CREATE INDEX ix_case_timeline_figure_at ON case_timeline (at, case_id)
            WHERE action IN ('register', 'accept', 'answer', 'dispatch', 'rule', 'penalty');
        CREATE TRIGGER figure_day_append_only BEFORE UPDATE OR DELETE ON figure_day
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER figure_day_not_emptied BEFORE TRUNCATE ON figure_day
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )


def downgrade() -> None:
    op.drop_index("ix_case_timeline_figure_at", "case_timeline")
    op.drop_index("ix_case_timeline_figure_days", "case_timeline")
    op.execute("DROP FUNCTION figure_days(jsonb)")
    op.drop_table("figure_day")
