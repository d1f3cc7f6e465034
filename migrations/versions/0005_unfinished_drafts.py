"""When a draft's call was over and the draft was not: such drafts wait in a list of their own."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hotline_case", sa.Column("left_at", core.db.Instant()))
    op.create_index(
        "ix_hotline_case_left", "hotline_case", ["id"], postgresql_where=sa.text("state = 'draft'")
    )


def downgrade() -> None:
    op.drop_index("ix_hotline_case_left", "hotline_case")
    op.drop_column("hotline_case", "left_at")
