"""The release step: brings the database up to date and loads, once, what an empty centre needs."""

from __future__ import annotations

import csv
import os
import secrets
from pathlib import Path

import psycopg
from sqlalchemy import func, select

from core import people
from core.config import PRACTICE_PASSWORD, ROOT, Settings
from core.db import Database, Work
from core.events import Bus
from core.people import PersonRecord
from dispatch.city import load_city
from workers.text_model import EXAMPLES, text_model_folder


def main() -> None:
    """Migrate, load the city, make the accounts, train the starter model; each only when needed."""
    settings = Settings.from_env(os.environ)
    migrate(settings.database_url)
    database = Database(settings.database_url, Bus(), application="hotline-release")
    with database.begin() as work:
        load_city(work, settings.city_dir)
        load_staff(work, settings.city_dir / "staff.csv", _first_password(settings))
        if not settings.practice:
            shut_practice_doors(work, settings.practice_password)
    database.dispose()
    train_text_model(settings)


def migrate(database_url: str) -> None:
    """Bring the tables up to date; one migrator at a time, the others wait."""
    if _is_current(database_url):
        return  # a second start need not wait for the migration tool to load
    from alembic import command
    from alembic.config import Config

    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    command.upgrade(config, "head")


def _is_current(database_url: str) -> bool:
    """Say whether the database stands at the newest migration."""
    newest = max(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    with psycopg.connect(database_url) as connection:
        known = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
        if not known or not known[0]:
            return False
        return connection.execute("SELECT version_num FROM alembic_version").fetchone() == (newest,)


def load_staff(work: Work, path: Path, password: str) -> int:
    """Make the accounts of the staff file if there are none yet; return how many were made."""
    if work.session.scalar(select(func.count()).select_from(PersonRecord)) or not path.exists():
        return 0
    # One hash for all: they share the practice password, and fifty hashes would take eight seconds.
    password_hash = people.hash_password(password)
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [
            PersonRecord(
                username=row["username"],
                name=row["name"],
                roles=row["roles"].split("|"),
                unit_code=row["unit"] or None,
                password_hash=password_hash,
            )
            for row in csv.DictReader(lines)
        ]
    work.session.add_all(rows)
    return len(rows)


def shut_practice_doors(work: Work, password: str) -> int:
    """Close every account that still opens with a password that anybody can read; return how many.

    A centre that was practised on and then got a real line must not keep the practice city's keys.
    """
    known, closed = {}, 0
    for person in work.session.scalars(select(PersonRecord).where(PersonRecord.active)):
        if person.password_hash not in known:
            known[person.password_hash] = any(
                people.opens(person.password_hash, word) for word in {password, PRACTICE_PASSWORD}
            )
        if known[person.password_hash] and "PRACTICE_PASSWORD" not in os.environ:
            person.active, closed = False, closed + 1
    if closed:
        print(f"{closed} accounts with the practice password were closed: a real line is configured", flush=True)
    return closed


def train_text_model(settings: Settings) -> None:
    """Train the starter model from our own examples, unless this installation has that very one."""
    from nlp.train import ensure

    folder = text_model_folder(settings)
    if not folder.exists():
        print("training the starter text model from the project's own examples …", flush=True)
    ensure([EXAMPLES], settings.city_dir / "categories.csv", out=folder)


def _first_password(settings: Settings) -> str:
    """The practice password; with a real carrier a random one, shown once, because that one is known."""
    if settings.practice or "PRACTICE_PASSWORD" in os.environ:
        return settings.practice_password
    made = secrets.token_urlsafe(12)
    print(f"first password of every account (change it): {made}", flush=True)
    return made


if __name__ == "__main__":
    main()
