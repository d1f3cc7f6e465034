"""Evidence files of a work order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("hotline_case.id"), nullable=False),
        sa.Column("order_no", sa.String(40)),
        sa.Column("unit_code", sa.String(32)),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("person_name", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("original_sha256", sa.String(64), nullable=False),
        sa.Column("look", sa.BigInteger()),
        sa.Column("look_parts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("reused_in", postgresql.ARRAY(sa.String(32)), nullable=False),
        sa.Column("had_place", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("place_reason", sa.Text()),
        sa.Column("withdrawn_at", core.db.Instant()),
        sa.Column("withdrawn_by", sa.BigInteger()),
        sa.Column("withdraw_reason", sa.Text()),
    )
    op.create_index("ix_evidence_case", "evidence", ["case_id", "id"])
    op.create_index("ix_evidence_order", "evidence", ["order_no"])
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index("ix_evidence_original_sha256", "evidence", ["original_sha256"])
    op.create_index("ix_evidence_look_parts", "evidence", ["look_parts"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("evidence")
