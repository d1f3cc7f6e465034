"""Who changed which line of the responsibility list, lists tried before they are loaded, proposed lines, replays."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A line as duty_list.history.as_json writes it: what stood in the table before there was a history is its first entry.
_FIRST_ENTRIES = """
    INSERT INTO duty_change (at, actor_name, action, duty_no, reason, after)
    SELECT coalesce((SELECT loaded_at FROM city_file WHERE name = 'duties.csv'), now()), '系统', 'load', duty_no,
           '建立历史之前的清单',
           jsonb_build_object(
               'duty_no', duty_no, 'category', category, 'area', area, 'level', level, 'lead', lead,
               'helpers', to_jsonb(helpers), 'fallback', fallback, 'legal_basis', legal_basis,
               'department_only', department_only, 'valid_from', to_char(valid_from, 'YYYY-MM-DD'),
               'valid_until', to_char(valid_until, 'YYYY-MM-DD'), 'owner', owner, 'note', note)
    FROM duty ORDER BY duty_no
"""


def upgrade() -> None:
    op.add_column("duty", sa.Column("owner", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("duty", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "duty_load",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rows", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("list_version", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", core.db.Instant(), nullable=False),
        sa.Column("tried_by", sa.BigInteger()),
        sa.Column("tried_by_name", sa.String(length=64), nullable=False),
        sa.Column("applied_at", core.db.Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_duty_load"),
    )
    op.create_table(
        "duty_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("duty_no", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(none_as_null=True)),
        sa.Column("after", postgresql.JSONB(none_as_null=True)),
        sa.Column("load_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["load_id"], ["duty_load.id"], name="fk_duty_change_load_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duty_change"),
    )
    op.create_index("ix_duty_change_line", "duty_change", ["duty_no", "id"])
    op.create_index("ix_duty_change_at", "duty_change", ["at", "id"])
    op.execute(_FIRST_ENTRIES)
    # Append-only, as in 0001: what routed a past case is never rewritten.
    op.execute(
        """
        CREATE TRIGGER duty_change_append_only BEFORE UPDATE OR DELETE ON duty_change
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER duty_change_not_emptied BEFORE TRUNCATE ON duty_change
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )
    op.create_table(
        "duty_proposal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("lead", sa.String(length=64), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("from_case_no", sa.String(length=32)),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("made_at", core.db.Instant(), nullable=False),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("made_by_name", sa.String(length=64), nullable=False),
        sa.Column("decided_at", core.db.Instant()),
        sa.Column("decided_by", sa.BigInteger()),
        sa.Column("decided_by_name", sa.String(length=64)),
        sa.Column("decision_reason", sa.Text()),
        sa.Column("duty_no", sa.String(length=32)),
        sa.PrimaryKeyConstraint("id", name="pk_duty_proposal"),
    )
    op.create_index("ix_duty_proposal_state", "duty_proposal", ["state", "id"])
    # A ruling proposes its line once, however often the step that follows it runs.
    op.create_index(
        "uq_duty_proposal_open",
        "duty_proposal",
        ["category", "area", "lead"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "what_if",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("change", postgresql.JSONB(), nullable=False),
        sa.Column("asked_at", core.db.Instant(), nullable=False),
        sa.Column("asked_by", sa.BigInteger()),
        sa.Column("asked_by_name", sa.String(length=64), nullable=False),
        sa.Column("moved_at", core.db.Instant(), nullable=False),
        sa.Column("cases_in_period", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.Integer(), nullable=False),
        sa.Column("to_replay", sa.Integer(), nullable=False),
        sa.Column("result", postgresql.JSONB(none_as_null=True)),
        sa.Column("fault", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_what_if"),
    )
    op.create_table(
        "what_if_move",
        sa.Column("what_if_id", sa.BigInteger(), nullable=False),
        sa.Column("case_no", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_unit", sa.String(length=32)),
        sa.Column("to_unit", sa.String(length=32)),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["what_if_id"], ["what_if.id"], name="fk_what_if_move_what_if_id"),
        sa.PrimaryKeyConstraint("what_if_id", "case_no", "kind", name="pk_what_if_move"),
    )


def downgrade() -> None:
    op.drop_table("what_if_move")
    op.drop_table("what_if")
    op.drop_table("duty_proposal")
    op.drop_table("duty_change")
    op.drop_table("duty_load")
    op.drop_column("duty", "version")
    op.drop_column("duty", "owner")
