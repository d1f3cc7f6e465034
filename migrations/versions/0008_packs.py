"""Packs of limits by version, and who switched them."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("limit_pack", sa.Column("version", sa.String(length=32)))
    op.add_column("limit_pack", sa.Column("loaded_at", core.db.Instant()))
    _bring_old_packs_up()
    op.alter_column("limit_pack", "version", nullable=False)
    op.alter_column("limit_pack", "loaded_at", nullable=False)
    op.drop_constraint("uq_limit_pack_name_sha256", "limit_pack")
    op.create_unique_constraint("uq_limit_pack_name_version", "limit_pack", ["name", "version"])
    op.create_index("uq_limit_pack_active", "limit_pack", ["active"], unique=True, postgresql_where=sa.text("active"))
    op.create_table(
        "pack_step",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("replaced_id", sa.BigInteger()),
        sa.Column("actor_id", sa.BigInteger()),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["pack_id"], ["limit_pack.id"], name="fk_pack_step_pack_id"),
        sa.ForeignKeyConstraint(["replaced_id"], ["limit_pack.id"], name="fk_pack_step_replaced_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pack_step"),
    )
    # A case answers for its deadlines by the pack it was opened under: what was loaded stays as it was.
    op.execute(
        """
        CREATE TRIGGER limit_pack_content_stays
            BEFORE UPDATE OF name, version, sha256, body, loaded_at ON limit_pack
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER limit_pack_stays BEFORE DELETE ON limit_pack
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER pack_step_append_only BEFORE UPDATE OR DELETE ON pack_step
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        CREATE TRIGGER pack_step_not_emptied BEFORE TRUNCATE ON pack_step
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
        """
    )


def downgrade() -> None:
    op.drop_table("pack_step")
    op.execute(
        """
        DROP TRIGGER limit_pack_content_stays ON limit_pack;
        DROP TRIGGER limit_pack_stays ON limit_pack;
        """
    )
    op.drop_index("uq_limit_pack_active", "limit_pack")
    op.drop_constraint("uq_limit_pack_name_version", "limit_pack")
    op.create_unique_constraint("uq_limit_pack_name_sha256", "limit_pack", ["name", "sha256"])
    op.drop_column("limit_pack", "loaded_at")
    op.drop_column("limit_pack", "version")


def _bring_old_packs_up() -> None:
    """Give every pack its version and the shape of today; of two with one version the older is renamed.

    Cases opened under them go on: limits stay as they are, what the old shape did not hold gets its default.
    """
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, name, active, body FROM limit_pack ORDER BY id DESC")).all()
    taken: set[tuple[str, str]] = set()
    active = next((row.id for row in rows if row.active), None)
    for row in rows:
        version = str(row.body["version"])
        if (row.name, version) in taken:
            version = f"{version[:12]}-{row.id}"
        taken.add((row.name, version))
        connection.execute(
            sa.text(
                "UPDATE limit_pack SET version = :version, body = CAST(:body AS jsonb), active = :active,"
                " loaded_at = now() WHERE id = :id"
            ).bindparams(sa.bindparam("body", type_=sa.Text())),
            {
                "id": row.id,
                "version": version,
                "active": row.id == active,
                "body": json.dumps(_of_today(row.body) | {"version": version}),
            },
        )


def _of_today(body: dict[str, Any]) -> dict[str, Any]:
    gone = {"clock", "statutory_limit_overrides", "special"}
    kept = {key: value for key, value in body.items() if key not in gone}
    for section in ("redo", "supervision", "review"):
        if "quantity" in kept.get(section, {}):
            kept[section] = {"within": kept[section]}
    if "warn_at_shares" in kept:
        # The deadline itself is not a warning any more: a case turns yellow there by rule.
        shares = [share for share in kept.pop("warn_at_shares") if share < 1]
        kept["warnings"] = {"at_shares": shares or [0.5, 0.8]}
    kept["rules"] = [
        {key: value for key, value in {"contact": None, **rule}.items() if key in _RULE} for rule in kept["rules"]
    ]
    return {"title": body["name"], "valid_from": "2026-01-01", "source": body["name"], **kept}


_RULE = ("kind", "urgency", "dispatch", "sign", "contact", "result")
