"""What people keep at their desks, the links that citizens rate by, and what finds a relapse."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reply_template",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("unit_code", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("category_code", sa.String(length=16)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", core.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.BigInteger()),
        sa.Column("changed_name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reply_template"),
        sa.UniqueConstraint("unit_code", "title", name="uq_reply_template_title"),
    )
    op.create_table(
        "saved_filter",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("saved_at", core.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_filter"),
        sa.UniqueConstraint("person_id", "name", name="uq_saved_filter_name"),
    )
    op.create_table(
        "rating_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("redos", sa.Integer(), nullable=False),
        sa.Column("made_at", core.db.Instant(), nullable=False),
        sa.Column("expires_at", core.db.Instant(), nullable=False),
        sa.Column("used_at", core.db.Instant()),
        sa.ForeignKeyConstraint(["case_id"], ["hotline_case.id"], name="fk_rating_link_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rating_link"),
        sa.UniqueConstraint("token_hash", name="uq_rating_link_token_hash"),
    )
    op.create_index("ix_rating_link_case_id", "rating_link", ["case_id"])
    op.add_column("hotline_case", sa.Column("place_fingerprint", sa.String(length=64)))
    op.add_column(
        "hotline_case", sa.Column("contact_wish", sa.String(length=8), server_default="phone", nullable=False)
    )
    op.create_index("ix_hotline_case_place", "hotline_case", ["place_fingerprint", "category_code", "id"])
    op.add_column("look_back", sa.Column("told_at", core.db.Instant()))


def downgrade() -> None:
    op.drop_column("look_back", "told_at")
    op.drop_index("ix_hotline_case_place", "hotline_case")
    op.drop_column("hotline_case", "contact_wish")
    op.drop_column("hotline_case", "place_fingerprint")
    op.drop_table("rating_link")
    op.drop_table("saved_filter")
    op.drop_table("reply_template")
