"""Alembic's entry point: the real migrations, on PostgreSQL only."""

from __future__ import annotations

import importlib
import os

from alembic import context
from sqlalchemy import create_engine, pool

from core.db import Base, _psycopg_url

TABLES = (
    "core.people",
    "core.request_keys",
    "callcenter.records",
    "dispatch.records",
    "dispatch.callbacks.links",
    "dispatch.templates",
    "dispatch.outbox",
    "dispatch.hooks",
    "dispatch.evidence",
    "dispatch.intake",
    "dispatch.pack_shelf",
)
for module in TABLES:
    importlib.import_module(module)

# One number for every process that migrates this database, so that two releases queue up.
_MIGRATION_LOCK = 12345


def migrate() -> None:
    """Run the migrations in one transaction each, one migrator at a time."""
    url = context.config.get_main_option("sqlalchemy.url") or os.environ["DATABASE_URL"]
    engine = create_engine(_psycopg_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("offline migrations are not supported: the database must be reachable")
migrate()
