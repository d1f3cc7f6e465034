"""Calls, legs, webhooks, seats, words, recordings, media passes, messages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import core.db
import core.sealed

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('call',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('call_sid', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('case_no', sa.String(length=32), nullable=True),
    sa.Column('phone', core.sealed.Sealed(), nullable=True),
    sa.Column('phone_fingerprint', sa.String(length=64), nullable=True),
    sa.Column('arrived_at', core.db.Instant(), nullable=False),
    sa.Column('queued_at', core.db.Instant(), nullable=True),
    sa.Column('answered_at', core.db.Instant(), nullable=True),
    sa.Column('ended_at', core.db.Instant(), nullable=True),
    sa.Column('seen_at', core.db.Instant(), nullable=False),
    sa.Column('priority', sa.SmallInteger(), nullable=False),
    sa.Column('claim', sa.Integer(), nullable=False),
    sa.Column('offered_to', sa.BigInteger(), nullable=True),
    sa.Column('offer_expires_at', core.db.Instant(), nullable=True),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('agent_name', sa.String(length=64), nullable=True),
    sa.Column('last_agent_id', sa.BigInteger(), nullable=True),
    sa.Column('accepted_at', core.db.Instant(), nullable=True),
    sa.Column('hang_up_asked_at', core.db.Instant(), nullable=True),
    sa.Column('conference', sa.String(length=64), nullable=True),
    sa.Column('conference_sid', sa.String(length=64), nullable=True),
    sa.Column('rung_for', sa.String(length=64), nullable=True),
    sa.Column('hold_sequence', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
    sa.UniqueConstraint('call_sid', name=op.f('uq_call_call_sid'))
    )
    op.create_index(op.f('ix_call_agent_id'), 'call', ['agent_id'], unique=False)
    op.create_index(op.f('ix_call_arrived_at'), 'call', ['arrived_at'], unique=False)
    op.create_index(op.f('ix_call_case_no'), 'call', ['case_no'], unique=False)
    op.create_index(op.f('ix_call_conference'), 'call', ['conference'], unique=False)
    op.create_index(op.f('ix_call_last_agent_id'), 'call', ['last_agent_id'], unique=False)
    op.create_index('ix_call_open', 'call', ['state', 'priority', 'queued_at'], unique=False, postgresql_where="state <> 'ended'")
    op.create_index(op.f('ix_call_phone_fingerprint'), 'call', ['phone_fingerprint'], unique=False)
    op.create_table('call_event',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('call_sid', sa.String(length=64), nullable=True),
    sa.Column('payload', core.sealed.Sealed(), nullable=False),
    sa.Column('answer', core.sealed.Sealed(), nullable=True),
    sa.Column('at', core.db.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_event')),
    sa.UniqueConstraint('key', name=op.f('uq_call_event_key'))
    )
    op.create_index(op.f('ix_call_event_call_sid'), 'call_event', ['call_sid'], unique=False)
    op.create_table('message',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('message_sid', sa.String(length=64), nullable=True),
    sa.Column('phone', core.sealed.Sealed(), nullable=False),
    sa.Column('phone_fingerprint', sa.String(length=64), nullable=False),
    sa.Column('body', core.sealed.Sealed(), nullable=False),
    sa.Column('about', sa.String(length=32), nullable=True),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('error_code', sa.String(length=16), nullable=True),
    sa.Column('at', core.db.Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('message_sid', name=op.f('uq_message_message_sid'))
    )
    op.create_index(op.f('ix_message_about'), 'message', ['about'], unique=False)
    op.create_index(op.f('ix_message_phone_fingerprint'), 'message', ['phone_fingerprint'], unique=False)
    op.create_table('call_leg',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('call_sid', sa.String(length=64), nullable=False),
    sa.Column('part', sa.String(length=16), nullable=False),
    sa.Column('person_id', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=True),
    sa.Column('rank', sa.SmallInteger(), nullable=False),
    sa.Column('duration_s', sa.Integer(), nullable=True),
    sa.Column('conference', sa.String(length=64), nullable=True),
    sa.Column('presence', sa.String(length=8), nullable=False),
    sa.Column('at', core.db.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_leg_call_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_leg')),
    sa.UniqueConstraint('call_sid', name=op.f('uq_call_leg_call_sid'))
    )
    op.create_index(op.f('ix_call_leg_call_id'), 'call_leg', ['call_id'], unique=False)
    op.create_table('media_token',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('call_sid', sa.String(length=64), nullable=False),
    sa.Column('speaker', sa.String(length=16), nullable=False),
    sa.Column('expires_at', core.db.Instant(), nullable=False),
    sa.Column('used_at', core.db.Instant(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_media_token_call_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_media_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_media_token_token_hash'))
    )
    op.create_index(op.f('ix_media_token_call_id'), 'media_token', ['call_id'], unique=False)
    op.create_table('recording',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('recording_sid', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=24), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=True),
    sa.Column('duration_s', sa.Integer(), nullable=True),
    sa.Column('channels', sa.SmallInteger(), nullable=True),
    sa.Column('path', sa.String(length=200), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('remote_deleted', sa.Boolean(), nullable=False),
    sa.Column('at', core.db.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_recording_call_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recording')),
    sa.UniqueConstraint('recording_sid', name=op.f('uq_recording_recording_sid'))
    )
    op.create_index(op.f('ix_recording_call_id'), 'recording', ['call_id'], unique=False)
    op.create_table('seat',
    sa.Column('person_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('since', core.db.Instant(), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=True),
    sa.Column('call_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_seat_call_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_seat'))
    )
    op.create_index(op.f('ix_seat_state'), 'seat', ['state'], unique=False)
    op.create_table('segment',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('call_id', sa.BigInteger(), nullable=False),
    sa.Column('utterance', sa.String(length=80), nullable=False),
    sa.Column('speaker', sa.String(length=16), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('certainty', sa.Float(), nullable=True),
    sa.Column('at_ms', sa.Integer(), nullable=False),
    sa.Column('words', postgresql.JSONB(), nullable=False),
    sa.Column('heard_at', core.db.Instant(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_segment_call_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_segment')),
    sa.UniqueConstraint('call_id', 'utterance', name=op.f('uq_segment_call_id'))
    )


def downgrade() -> None:
    op.drop_table('segment')
    op.drop_index(op.f('ix_seat_state'), table_name='seat')
    op.drop_table('seat')
    op.drop_index(op.f('ix_recording_call_id'), table_name='recording')
    op.drop_table('recording')
    op.drop_index(op.f('ix_media_token_call_id'), table_name='media_token')
    op.drop_table('media_token')
    op.drop_index(op.f('ix_call_leg_call_id'), table_name='call_leg')
    op.drop_table('call_leg')
    op.drop_index(op.f('ix_message_phone_fingerprint'), table_name='message')
    op.drop_index(op.f('ix_message_about'), table_name='message')
    op.drop_table('message')
    op.drop_index(op.f('ix_call_event_call_sid'), table_name='call_event')
    op.drop_table('call_event')
    op.drop_index(op.f('ix_call_phone_fingerprint'), table_name='call')
    op.drop_index('ix_call_open', table_name='call', postgresql_where="state <> 'ended'")
    op.drop_index(op.f('ix_call_last_agent_id'), table_name='call')
    op.drop_index(op.f('ix_call_conference'), table_name='call')
    op.drop_index(op.f('ix_call_case_no'), table_name='call')
    op.drop_index(op.f('ix_call_arrived_at'), table_name='call')
    op.drop_index(op.f('ix_call_agent_id'), table_name='call')
    op.drop_table('call')
