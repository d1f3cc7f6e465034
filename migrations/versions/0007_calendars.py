"""Calendars an administrator loads: half days, a unit's own hours, years that are known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

import core.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("calendar_day", "calendar_year", "opening_hours")


def upgrade() -> None:
    # What the city's files say and what an administrator says stand side by side; the administrator's goes first.
    op.add_column("calendar_day", _source())
    op.add_column("calendar_day", sa.Column("spans", JSONB, nullable=False, server_default="[]"))
    op.drop_constraint("pk_calendar_day", "calendar_day")
    op.create_primary_key("pk_calendar_day", "calendar_day", ["source", "on"])
    op.add_column("opening_hours", _source())
    op.add_column("opening_hours", sa.Column("unit", sa.String(32), nullable=False, server_default=""))
    op.drop_constraint("pk_opening_hours", "opening_hours")
    op.create_primary_key("pk_opening_hours", "opening_hours", ["source", "service", "unit", "weekday", "opens"])
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("loaded_at", core.db.Instant(), nullable=False),
        sa.Column("loaded_by", sa.String(64), nullable=False),
    )
    _history()
    _stamp()


def _source() -> sa.Column[str]:
    return sa.Column("source", sa.String(16), nullable=False, server_default="city")


def _history() -> None:
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("before", JSONB, nullable=False),
        sa.Column("after", JSONB, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False, server_default=""),
    )
    op.create_table(
        "calendar_recompute",
        sa.Column("change_id", sa.BigInteger(), sa.ForeignKey("calendar_change.id"), primary_key=True),
        sa.Column("due_since", core.db.Instant(), nullable=False),
        sa.Column("after_case_id", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("visited", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("moved", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("done_at", core.db.Instant()),
    )
    op.create_index(
        "ix_calendar_recompute_due",
        "calendar_recompute",
        ["due_since"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.execute(
        """
        CREATE TRIGGER calendar_change_append_only BEFORE UPDATE OR DELETE ON calendar_change
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER calendar_change_not_emptied BEFORE TRUNCATE ON calendar_change
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )


def _stamp() -> None:
    # Every process keeps the calendars it has read under this stamp. The trigger, not the code, renews it:
    # nobody can change a calendar and leave another process with the old one.
    op.create_table(
        "calendar_stamp",
        sa.Column(
            "only", sa.Boolean(), sa.CheckConstraint('"only"', name="ck_calendar_stamp_only"), primary_key=True
        ),
        sa.Column("stamp", sa.Uuid(), nullable=False),
    )
    op.execute(
        """
        INSERT INTO calendar_stamp VALUES (true, gen_random_uuid());
        CREATE FUNCTION renew_calendar_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE calendar_stamp SET stamp = gen_random_uuid();
            RETURN NULL;
        END $$;
        """
    )
    for table in _TABLES:
        op.execute(
            f"""
            CREATE TRIGGER {table}_stamp AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION renew_calendar_stamp();
            """
        )


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TRIGGER {table}_stamp ON {table}")
    op.execute("DROP FUNCTION renew_calendar_stamp")
    for table in ("calendar_stamp", "calendar_recompute", "calendar_change", "calendar_year"):
        op.drop_table(table)
    op.execute("DELETE FROM opening_hours WHERE source <> 'city' OR unit <> ''")
    op.drop_constraint("pk_opening_hours", "opening_hours")
    op.create_primary_key("pk_opening_hours", "opening_hours", ["service", "weekday", "opens"])
    op.drop_column("opening_hours", "unit")
    op.drop_column("opening_hours", "source")
    op.execute("DELETE FROM calendar_day WHERE source <> 'city'")
    op.drop_constraint("pk_calendar_day", "calendar_day")
    op.create_primary_key("pk_calendar_day", "calendar_day", ["on"])
    op.drop_column("calendar_day", "spans")
    op.drop_column("calendar_day", "source")
