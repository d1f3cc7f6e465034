"""Personal fields at rest: encrypted for reading, fingerprinted for finding."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class _Vault:
    """Holds the keys of this process; empty until `unlock`."""

    fernet: MultiFernet | None = None
    pepper: bytes = b""


def unlock(keys: list[str]) -> None:
    """Use `keys` (url-safe base64, newest first) from now on; older ones still open old rows."""
    _Vault.fernet = MultiFernet([Fernet(key) for key in keys])
    # The fingerprint must not change when a newer key is put in front, so the oldest one makes it.
    _Vault.pepper = hashlib.sha256(b"fingerprint:" + keys[-1].encode()).digest()


def fingerprint(value: str) -> str:
    """Return a keyed hash by which equal values can be found without being read."""
    if not _Vault.pepper:
        raise RuntimeError("the vault is locked: call core.sealed.unlock first")
    return hmac.new(_Vault.pepper, value.encode(), hashlib.sha256).hexdigest()


class Sealed(TypeDecorator[str]):
    """A text column that stands encrypted in the database and clear in memory."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _fernet().encrypt(value.encode()).decode()

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else _fernet().decrypt(value.encode()).decode()


def _fernet() -> MultiFernet:
    if _Vault.fernet is None:
        raise RuntimeError("the vault is locked: call core.sealed.unlock first")
    return _Vault.fernet
