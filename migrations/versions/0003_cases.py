"""Cases, their work orders and their history; the city's rules as data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db
import core.sealed

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=16)),
        sa.PrimaryKeyConstraint("code", name="pk_area"),
    )
    op.create_table(
        "calendar_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("on", name="pk_calendar_day"),
    )
    op.create_table(
        "case_number",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on", name="pk_case_number"),
    )
    op.create_table(
        "category",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("parent", sa.String(length=16)),
        sa.PrimaryKeyConstraint("code", name="pk_category"),
    )
    op.create_table(
        "city_file",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("loaded_at", core.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_city_file"),
    )
    op.create_table(
        "duty",
        sa.Column("duty_no", sa.String(length=32), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("lead", sa.String(length=64), nullable=False),
        sa.Column("helpers", sa.ARRAY(sa.String(length=64)), nullable=False),
        sa.Column("fallback", sa.String(length=32)),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("department_only", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("duty_no", name="pk_duty"),
    )
    op.create_index("ix_duty_category", "duty", ["category"])
    op.create_table(
        "limit_pack",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_limit_pack"),
        sa.UniqueConstraint("name", "sha256", name="uq_limit_pack_name_sha256"),
    )
    op.create_table(
        "opening_hours",
        sa.Column("service", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("service", "weekday", "opens", name="pk_opening_hours"),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("short_name", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("parent", sa.String(length=32)),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_unit"),
    )
    op.create_table(
        "hotline_case",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", core.db.Instant(), nullable=False),
        sa.Column("call_id", sa.BigInteger()),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("created_at", core.db.Instant(), nullable=False),
        sa.Column("created_by", sa.BigInteger()),
        sa.Column("kind", sa.String(length=16)),
        sa.Column("title", sa.Text()),
        sa.Column("content", sa.Text()),
        sa.Column("demand", sa.Text()),
        sa.Column("category_code", sa.String(length=16)),
        sa.Column("area_code", sa.String(length=16)),
        sa.Column("happened", sa.Text()),
        sa.Column("urgency", sa.String(length=16), nullable=False),
        sa.Column("people_affected", sa.Integer()),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("secrecy", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("reply", sa.Text()),
        sa.Column("touched", sa.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("suggestion", postgresql.JSONB()),
        sa.Column("caller_phone", core.sealed.Sealed()),
        sa.Column("caller_fingerprint", sa.String(length=64)),
        sa.Column("contact_phone", core.sealed.Sealed()),
        sa.Column("caller_name", core.sealed.Sealed()),
        sa.Column("place", core.sealed.Sealed()),
        sa.Column("registered_at", core.db.Instant()),
        sa.Column("registered_by", sa.BigInteger()),
        sa.Column("judged_at", core.db.Instant()),
        sa.Column("dispatched_at", core.db.Instant()),
        sa.Column("closed_at", core.db.Instant()),
        sa.Column("changed_at", core.db.Instant(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("lead_unit", sa.String(length=32)),
        sa.Column("routing", postgresql.JSONB()),
        sa.Column("pack_id", sa.BigInteger()),
        sa.Column("clock_started_at", core.db.Instant()),
        sa.Column("clock_due_at", core.db.Instant()),
        sa.Column("clock_stopped_at", core.db.Instant()),
        sa.Column("clock_limit", sa.String(length=32)),
        sa.ForeignKeyConstraint(["pack_id"], ["limit_pack.id"], name="fk_hotline_case_pack_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hotline_case"),
        sa.UniqueConstraint("call_id", name="uq_hotline_case_call_id"),
        sa.UniqueConstraint("case_no", name="uq_hotline_case_case_no"),
    )
    op.create_index("ix_hotline_case_alike", "hotline_case", ["category_code", "area_code", "id"])
    op.create_index("ix_hotline_case_caller_fingerprint", "hotline_case", ["caller_fingerprint"])
    op.create_index("ix_hotline_case_closed_at", "hotline_case", ["closed_at"])
    op.create_index("ix_hotline_case_created_by", "hotline_case", ["created_by", "id"])
    op.create_index(
        "ix_hotline_case_open",
        "hotline_case",
        ["state", "clock_due_at", "id"],
        postgresql_where=sa.text("state IN ('to_dispatch', 'to_sign', 'handling', 'to_review')"),
    )
    op.create_index("ix_hotline_case_registered_at", "hotline_case", ["registered_at"])
    op.create_index("ix_hotline_case_state", "hotline_case", ["state", "id"])
    op.create_table(
        "case_timeline",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40)),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("from_state", sa.String(length=16)),
        sa.Column("to_state", sa.String(length=16)),
        sa.Column("reason", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_case_timeline_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_timeline"),
    )
    op.create_index("ix_case_timeline_at", "case_timeline", ["at"])
    op.create_index("ix_case_timeline_case", "case_timeline", ["case_id", "id"])
    op.create_table(
        "work_order",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("duty_no", sa.String(length=32)),
        sa.Column("sent_at", core.db.Instant(), nullable=False),
        sa.Column("sign_due_at", core.db.Instant(), nullable=False),
        sa.Column("return_until", core.db.Instant(), nullable=False),
        sa.Column("due_at", core.db.Instant(), nullable=False),
        sa.Column("limit", sa.String(length=32), nullable=False),
        sa.Column("due_segments", postgresql.JSONB(), nullable=False),
        sa.Column("signed_at", core.db.Instant()),
        sa.Column("signed_by", sa.BigInteger()),
        sa.Column("replied_at", core.db.Instant()),
        sa.Column("reply", sa.Text()),
        sa.Column("stopped_at", core.db.Instant()),
        sa.Column("return_reason", sa.Text()),
        sa.Column("suggested_unit", sa.String(length=32)),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_work_order_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work_order"),
        sa.UniqueConstraint("order_no", name="uq_work_order_order_no"),
    )
    op.create_index("ix_work_order_case_id", "work_order", ["case_id"])
    op.create_index("ix_work_order_unit", "work_order", ["unit_code", "state", "case_id"])
    # Append-only, as in 0001: a case's story is never rewritten.
    op.execute(
        """
        CREATE TRIGGER case_timeline_append_only BEFORE UPDATE OR DELETE ON case_timeline
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER case_timeline_not_emptied BEFORE TRUNCATE ON case_timeline
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )


def downgrade() -> None:
    op.drop_table("work_order")
    op.drop_table("case_timeline")
    op.drop_table("hotline_case")
    op.drop_table("unit")
    op.drop_table("opening_hours")
    op.drop_table("limit_pack")
    op.drop_table("duty")
    op.drop_table("city_file")
    op.drop_table("category")
    op.drop_table("case_number")
    op.drop_table("calendar_day")
    op.drop_table("area")
