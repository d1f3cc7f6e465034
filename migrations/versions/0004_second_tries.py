"""What a second try needs: when a message is due again, which news it is, how much a suggestion has heard."""

import sqlalchemy as sa
from alembic import op

import core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Until now a case got its first message when it was registered and its second when it was closed.
_NAME_OLD_NEWS = """
    UPDATE message SET subject = numbered.subject
    FROM (
        SELECT id, CASE row_number() OVER (PARTITION BY about ORDER BY id)
            WHEN 1 THEN 'registered' WHEN 2 THEN 'closed' END AS subject
        FROM message WHERE about IS NOT NULL
    ) AS numbered
    WHERE message.id = numbered.id
"""


def upgrade() -> None:
    op.add_column("message", sa.Column("subject", sa.String(length=16)))
    op.add_column("message", sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"))
    op.add_column("message", sa.Column("next_try_at", core.db.Instant()))
    op.execute(_NAME_OLD_NEWS)
    op.create_unique_constraint("uq_message_about", "message", ["about", "subject"])
    op.add_column("hotline_case", sa.Column("heard", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_call_event_at", "call_event", ["at"])


def downgrade() -> None:
    op.drop_index("ix_call_event_at", table_name="call_event")
    op.drop_column("hotline_case", "heard")
    op.drop_constraint("uq_message_about", "message")
    op.drop_column("message", "next_try_at")
    op.drop_column("message", "tries")
    op.drop_column("message", "subject")
