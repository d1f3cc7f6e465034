"""The whole life of a case: side objects, wakings, what the guards need to know."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OPEN = (
    "state IN ('received', 'to_complete', 'to_dispatch', 'adjudication', 'to_sign', 'return_review', 'handling', "
    "'delegated', 'ledger', 'to_review', 'to_call_back', 'call_back_again', 'redo', 'merged')"
)


def upgrade() -> None:
    op.create_table(
        "code",
        sa.Column("list_name", sa.String(length=24), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("list_name", "code", name="pk_code"),
    )
    op.create_table(
        "adjudication",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", core.db.Instant(), nullable=False),
        sa.Column("opened_by", sa.BigInteger()),
        sa.Column("due_at", core.db.Instant(), nullable=False),
        sa.Column("parties", sa.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ruled_at", core.db.Instant()),
        sa.Column("ruled_by", sa.BigInteger()),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("ruling", sa.Text()),
        sa.Column("basis", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_adjudication_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_adjudication"),
    )
    op.create_index("ix_adjudication_case_id", "adjudication", ["case_id"])
    op.create_table(
        "appeal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("asked_at", core.db.Instant(), nullable=False),
        sa.Column("asked_by", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", core.db.Instant()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("accepted", sa.Boolean()),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_appeal_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeal"),
    )
    op.create_index("ix_appeal_case_id", "appeal", ["case_id"])
    op.create_table(
        "call_back",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("by", sa.BigInteger()),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("connected", sa.Boolean(), nullable=False),
        sa.Column("contacted", sa.Boolean()),
        sa.Column("truth", sa.String(length=8)),
        sa.Column("solved", sa.String(length=8)),
        sa.Column("grade", sa.Integer()),
        sa.Column("reasonable", sa.Boolean()),
        sa.Column("duty_done", sa.Boolean()),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_call_back_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call_back"),
    )
    op.create_index("ix_call_back_case_id", "call_back", ["case_id"])
    op.create_table(
        "case_pause",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("starts", core.db.Instant(), nullable=False),
        sa.Column("ends", core.db.Instant()),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=32)),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_case_pause_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_pause"),
    )
    op.create_index("ix_case_pause_case_id", "case_pause", ["case_id"])
    op.create_table(
        "extension",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("asked_at", core.db.Instant(), nullable=False),
        sa.Column("asked_by", sa.BigInteger()),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decide_by", core.db.Instant(), nullable=False),
        sa.Column("decided_at", core.db.Instant()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("granted", sa.Boolean()),
        sa.Column("due_before", core.db.Instant(), nullable=False),
        sa.Column("due_after", core.db.Instant()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_extension_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_extension"),
    )
    op.create_index("ix_extension_case_id", "extension", ["case_id"])
    op.create_table(
        "finding",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("asked_at", core.db.Instant(), nullable=False),
        sa.Column("asked_by", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_ids", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("decided_at", core.db.Instant()),
        sa.Column("reasonable", sa.Boolean()),
        sa.Column("duty_done", sa.Boolean()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_finding_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_case_id", "finding", ["case_id"])
    op.create_table(
        "look_back",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=False),
        sa.Column("opened_at", core.db.Instant(), nullable=False),
        sa.Column("done_at", core.db.Instant()),
        sa.Column("done_by", sa.BigInteger()),
        sa.Column("kept", sa.Boolean()),
        sa.Column("note", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_look_back_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_look_back"),
    )
    op.create_index("ix_look_back_case_id", "look_back", ["case_id"])
    op.create_index("ix_look_back_due_on", "look_back", ["due_on"])
    op.create_table(
        "penalty",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40), nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_penalty_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_penalty"),
        sa.UniqueConstraint("order_no", "colour", "cause", name="uq_penalty_once"),
    )
    op.create_index("ix_penalty_at", "penalty", ["at"])
    op.create_index("ix_penalty_case_id", "penalty", ["case_id"])
    op.create_index("ix_penalty_unit_code", "penalty", ["unit_code"])
    op.create_table(
        "supervision",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.String(length=48), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("issued_at", core.db.Instant(), nullable=False),
        sa.Column("issued_by", sa.BigInteger()),
        sa.Column("due_at", core.db.Instant(), nullable=False),
        sa.Column("answered_at", core.db.Instant()),
        sa.Column("answered_by", sa.BigInteger()),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_supervision_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_supervision"),
        sa.UniqueConstraint("no", name="uq_supervision_no"),
    )
    op.create_index("ix_supervision_case_id", "supervision", ["case_id"])
    op.create_index("ix_supervision_unit_code", "supervision", ["unit_code"])
    op.create_table(
        "waking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("order_no", sa.String(length=40)),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("due_at", core.db.Instant(), nullable=False),
        sa.Column("fired_at", core.db.Instant()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("retry_at", core.db.Instant()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_waking_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_waking"),
    )
    op.create_index("ix_waking_case", "waking", ["case_id"])
    op.create_index("ix_waking_due", "waking", ["due_at", "id"], postgresql_where=sa.text("fired_at IS NULL"))
    op.create_table(
        "adjudication_opinion",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("adjudication_id", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("person_name", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=32)),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjudication_id"], ["adjudication.id"], name="fk_adjudication_opinion_adjudication_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_adjudication_opinion"),
    )
    op.create_index("ix_adjudication_opinion_adjudication_id", "adjudication_opinion", ["adjudication_id"])
    op.add_column("case_timeline", sa.Column("facts", postgresql.JSONB()))
    op.alter_column(
        "case_timeline",
        "action",
        existing_type=sa.String(length=16),
        type_=sa.String(length=24),
        existing_nullable=False,
    )
    op.add_column("hotline_case", sa.Column("promise_started_at", core.db.Instant()))
    op.add_column("hotline_case", sa.Column("promise_due_at", core.db.Instant()))
    op.add_column("hotline_case", sa.Column("promise_limit", postgresql.JSONB()))
    op.add_column("hotline_case", sa.Column("stage_due_at", core.db.Instant()))
    op.add_column("hotline_case", sa.Column("rejection_by", sa.BigInteger()))
    op.add_column("hotline_case", sa.Column("rejection_code", sa.String(length=32)))
    op.add_column("hotline_case", sa.Column("rejection_route", sa.Text()))
    op.add_column("hotline_case", sa.Column("objected", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("hotline_case", sa.Column("no_return", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("hotline_case", sa.Column("disputes", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "hotline_case", sa.Column("parties", sa.ARRAY(sa.String(length=32)), server_default="{}", nullable=False)
    )
    op.add_column(
        "hotline_case", sa.Column("recused", sa.ARRAY(sa.String(length=32)), server_default="{}", nullable=False)
    )
    op.add_column("hotline_case", sa.Column("failed_reviews", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("redos", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("call_back_wanted", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("hotline_case", sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("next_try_at", core.db.Instant()))
    op.add_column("hotline_case", sa.Column("supervision_level", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("supervised", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("hotline_case", sa.Column("ledger_asked", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("hotline_case", sa.Column("finding", sa.String(length=16)))
    op.add_column("hotline_case", sa.Column("votes", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("hotline_case", sa.Column("appeal", sa.String(length=16)))
    op.add_column("hotline_case", sa.Column("assessed", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("hotline_case", sa.Column("exclusion_code", sa.String(length=32)))
    op.add_column("hotline_case", sa.Column("urgings", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("contacted", sa.Boolean()))
    op.add_column("hotline_case", sa.Column("solved", sa.String(length=8)))
    op.add_column("hotline_case", sa.Column("grade", sa.Integer()))
    op.add_column("hotline_case", sa.Column("parent_id", sa.BigInteger()))
    op.add_column("hotline_case", sa.Column("merged_into", sa.BigInteger()))
    op.add_column("hotline_case", sa.Column("incident_size", sa.Integer(), server_default="0", nullable=False))
    op.add_column("hotline_case", sa.Column("relapse_of", sa.BigInteger()))
    op.create_index("ix_hotline_case_merged_into", "hotline_case", ["merged_into"])
    op.create_foreign_key("fk_hotline_case_merged_into", "hotline_case", "hotline_case", ["merged_into"], ["id"])
    op.create_foreign_key("fk_hotline_case_parent_id", "hotline_case", "hotline_case", ["parent_id"], ["id"])
    op.create_foreign_key("fk_hotline_case_relapse_of", "hotline_case", "hotline_case", ["relapse_of"], ["id"])
    op.add_column("work_order", sa.Column("return_code", sa.String(length=32)))
    op.add_column("work_order", sa.Column("return_basis", sa.Text()))
    op.add_column("work_order", sa.Column("limit_rule", postgresql.JSONB()))
    op.add_column("work_order", sa.Column("marks", postgresql.JSONB(), server_default="{}", nullable=False))
    op.add_column("work_order", sa.Column("auto_signed", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("work_order", sa.Column("redo", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("work_order", sa.Column("parent_order_no", sa.String(length=40)))
    op.add_column("work_order", sa.Column("task", sa.Text()))
    op.add_column("work_order", sa.Column("extensions", sa.Integer(), server_default="0", nullable=False))
    op.add_column("work_order", sa.Column("extension_open", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("work_order", sa.Column("contacted_at", core.db.Instant()))
    op.add_column("work_order", sa.Column("contact_mode", sa.String(length=32)))
    op.add_column("work_order", sa.Column("truth", sa.String(length=8)))
    op.add_column("work_order", sa.Column("solved", sa.String(length=8)))
    op.add_column("work_order", sa.Column("unsolved_reason", sa.String(length=32)))
    op.add_column("work_order", sa.Column("promise_on", sa.Date()))
    op.add_column("work_order", sa.Column("over_duty", sa.Boolean()))
    op.add_column("work_order", sa.Column("public_reply", sa.Text()))
    op.add_column(
        "work_order", sa.Column("evidence_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False)
    )
    op.drop_index("ix_hotline_case_open", "hotline_case")
    op.create_index(
        "ix_hotline_case_open", "hotline_case", ["state", "clock_due_at", "id"], postgresql_where=sa.text(_OPEN)
    )
    # What was promised under the shorter life stands where it was promised.
    op.execute(
        "UPDATE hotline_case SET promise_started_at = clock_started_at, promise_due_at = clock_due_at"
        " WHERE dispatched_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_index("ix_hotline_case_open", "hotline_case")
    op.create_index(
        "ix_hotline_case_open",
        "hotline_case",
        ["state", "clock_due_at", "id"],
        postgresql_where=sa.text("state IN ('to_dispatch', 'to_sign', 'handling', 'to_review')"),
    )
    op.drop_column("work_order", "evidence_ids")
    op.drop_column("work_order", "public_reply")
    op.drop_column("work_order", "over_duty")
    op.drop_column("work_order", "promise_on")
    op.drop_column("work_order", "unsolved_reason")
    op.drop_column("work_order", "solved")
    op.drop_column("work_order", "truth")
    op.drop_column("work_order", "contact_mode")
    op.drop_column("work_order", "contacted_at")
    op.drop_column("work_order", "extension_open")
    op.drop_column("work_order", "extensions")
    op.drop_column("work_order", "task")
    op.drop_column("work_order", "parent_order_no")
    op.drop_column("work_order", "redo")
    op.drop_column("work_order", "auto_signed")
    op.drop_column("work_order", "marks")
    op.drop_column("work_order", "limit_rule")
    op.drop_column("work_order", "return_basis")
    op.drop_column("work_order", "return_code")
    op.drop_constraint("fk_hotline_case_relapse_of", "hotline_case", type_="foreignkey")
    op.drop_constraint("fk_hotline_case_parent_id", "hotline_case", type_="foreignkey")
    op.drop_constraint("fk_hotline_case_merged_into", "hotline_case", type_="foreignkey")
    op.drop_index("ix_hotline_case_merged_into", table_name="hotline_case")
    op.drop_column("hotline_case", "relapse_of")
    op.drop_column("hotline_case", "incident_size")
    op.drop_column("hotline_case", "merged_into")
    op.drop_column("hotline_case", "parent_id")
    op.drop_column("hotline_case", "grade")
    op.drop_column("hotline_case", "solved")
    op.drop_column("hotline_case", "contacted")
    op.drop_column("hotline_case", "urgings")
    op.drop_column("hotline_case", "exclusion_code")
    op.drop_column("hotline_case", "assessed")
    op.drop_column("hotline_case", "appeal")
    op.drop_column("hotline_case", "votes")
    op.drop_column("hotline_case", "finding")
    op.drop_column("hotline_case", "ledger_asked")
    op.drop_column("hotline_case", "supervised")
    op.drop_column("hotline_case", "supervision_level")
    op.drop_column("hotline_case", "next_try_at")
    op.drop_column("hotline_case", "tries")
    op.drop_column("hotline_case", "call_back_wanted")
    op.drop_column("hotline_case", "redos")
    op.drop_column("hotline_case", "failed_reviews")
    op.drop_column("hotline_case", "recused")
    op.drop_column("hotline_case", "parties")
    op.drop_column("hotline_case", "disputes")
    op.drop_column("hotline_case", "no_return")
    op.drop_column("hotline_case", "objected")
    op.drop_column("hotline_case", "rejection_route")
    op.drop_column("hotline_case", "rejection_code")
    op.drop_column("hotline_case", "rejection_by")
    op.drop_column("hotline_case", "stage_due_at")
    op.drop_column("hotline_case", "promise_limit")
    op.drop_column("hotline_case", "promise_due_at")
    op.drop_column("hotline_case", "promise_started_at")
    op.alter_column(
        "case_timeline",
        "action",
        existing_type=sa.String(length=24),
        type_=sa.String(length=16),
        existing_nullable=False,
    )
    op.drop_column("case_timeline", "facts")
    op.drop_index("ix_adjudication_opinion_adjudication_id", table_name="adjudication_opinion")
    op.drop_table("adjudication_opinion")
    op.drop_index("ix_waking_due", table_name="waking", postgresql_where=sa.text("fired_at IS NULL"))
    op.drop_index("ix_waking_case", table_name="waking", postgresql_where=sa.text("fired_at IS NULL"))
    op.drop_table("waking")
    op.drop_index("ix_supervision_unit_code", table_name="supervision")
    op.drop_index("ix_supervision_case_id", table_name="supervision")
    op.drop_table("supervision")
    op.drop_index("ix_penalty_unit_code", table_name="penalty")
    op.drop_index("ix_penalty_case_id", table_name="penalty")
    op.drop_index("ix_penalty_at", table_name="penalty")
    op.drop_table("penalty")
    op.drop_index("ix_look_back_due_on", table_name="look_back")
    op.drop_index("ix_look_back_case_id", table_name="look_back")
    op.drop_table("look_back")
    op.drop_index("ix_finding_case_id", table_name="finding")
    op.drop_table("finding")
    op.drop_index("ix_extension_case_id", table_name="extension")
    op.drop_table("extension")
    op.drop_index("ix_case_pause_case_id", table_name="case_pause")
    op.drop_table("case_pause")
    op.drop_index("ix_call_back_case_id", table_name="call_back")
    op.drop_table("call_back")
    op.drop_index("ix_appeal_case_id", table_name="appeal")
    op.drop_table("appeal")
    op.drop_index("ix_adjudication_case_id", table_name="adjudication")
    op.drop_table("adjudication")
    op.drop_table("code")
