"""Staff accounts and the record of disclosures."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.String(32)), nullable=False),
        sa.Column("unit_code", sa.String(32)),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
    )
    op.create_table(
        "disclosure",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("person_id", sa.BigInteger()),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(64), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.String(32)), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
    )
    op.create_index("ix_disclosure_person_id", "disclosure", ["person_id"])
    op.create_index("ix_disclosure_subject_id", "disclosure", ["subject_id"])
    # Append-only: history that can be edited is no history.
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER disclosure_append_only BEFORE UPDATE OR DELETE ON disclosure
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        """
    )


def downgrade() -> None:
    op.drop_table("disclosure")
    op.execute("DROP FUNCTION refuse_change")
    op.drop_table("person")
