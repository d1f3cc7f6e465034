"""Outgoing webhooks with their deliveries, and keys that keep a request from counting twice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hook_subscription",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.String(32)), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("made_at", core.db.Instant(), nullable=False),
        sa.Column("made_by", sa.BigInteger()),
        sa.Column("state_since", core.db.Instant(), nullable=False),
        sa.Column("paused_by_failure", sa.Boolean(), nullable=False),
        sa.Column("failing_since", core.db.Instant()),
        sa.Column("delivered_at", core.db.Instant()),
    )
    op.create_table(
        "hook_delivery",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("subscription_id", sa.BigInteger(), sa.ForeignKey("hook_subscription.id"), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("case_no", sa.String(32), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", core.db.Instant(), nullable=False),
        sa.Column("claimed_until", core.db.Instant()),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("ended_at", core.db.Instant()),
        sa.UniqueConstraint("subscription_id", "event_id", name="uq_hook_delivery_subscription_id_event_id"),
    )
    op.create_index(
        "ix_hook_delivery_due",
        "hook_delivery",
        ["subscription_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_hook_delivery_log", "hook_delivery", ["subscription_id", "id"])
    op.create_index("ix_hook_delivery_at", "hook_delivery", ["at"])
    op.create_table(
        "hook_attempt",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column(
            "delivery_id", sa.BigInteger(), sa.ForeignKey("hook_delivery.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("answer_code", sa.Integer()),
        sa.Column("problem", sa.String(16)),
    )
    op.create_index("ix_hook_attempt_delivery", "hook_attempt", ["delivery_id", "id"])
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("at", core.db.Instant(), nullable=False),
        sa.Column("claimed_until", core.db.Instant(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("acted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("content_type", sa.Text()),
        sa.Column("answer", sa.Text()),
        sa.UniqueConstraint("person_id", "route", "key", name="uq_idempotency_key_person_id_route_key"),
    )
    op.create_index("ix_idempotency_key_at", "idempotency_key", ["at"])


def downgrade() -> None:
    op.drop_table("idempotency_key")
    op.drop_table("hook_attempt")
    op.drop_table("hook_delivery")
    op.drop_table("hook_subscription")
