"""Where the built front end is: hashed files, found through Vite's manifest."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, url_for

_BUILT = Path(__file__).parent / "static" / "app"


def init_app(app: Flask) -> None:
    """Give templates `asset(entry)` and `asset_styles(entry)`."""
    app.jinja_env.globals.update(asset=asset, asset_styles=asset_styles)


def built() -> bool:
    """Say whether the front end has been built."""
    return _manifest_path().exists()


def asset(entry: str) -> str:
    """Return the address of the script built from `entry`."""
    return url_for("static", filename=f"app/{_chunk(entry)['file']}")


def asset_styles(entry: str) -> list[str]:
    """Return the addresses of the style sheets that `entry` needs, those of the chunks it shares with others too."""
    sheets: dict[str, None] = {}
    _gather(entry, sheets, seen=set())
    return [url_for("static", filename=f"app/{sheet}") for sheet in sheets]


def _gather(name: str, sheets: dict[str, None], *, seen: set[str]) -> None:
    """Put the style sheets of a chunk into `sheets`, after those of the chunks that it stands on."""
    if name in seen:
        return
    seen.add(name)
    chunk = _chunk(name)
    for below in chunk.get("imports", []):
        _gather(below, sheets, seen=seen)
    sheets.update(dict.fromkeys(chunk.get("css", [])))


def _chunk(entry: str) -> dict[str, Any]:
    path = _manifest_path()
    chunk: dict[str, Any] = _read(path, path.stat().st_mtime_ns)[entry]
    return chunk


def _manifest_path() -> Path:
    return _BUILT / ".vite" / "manifest.json"


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest
