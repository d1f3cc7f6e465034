"""The numbers that other channels give to what they send."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_source",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("source_no", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_case_source_case"),
        sa.PrimaryKeyConstraint("channel", "source_no", name="pk_case_source"),
    )
    op.create_index("ix_case_source_case_id", "case_source", ["case_id"])


def downgrade() -> None:
    op.drop_table("case_source")
