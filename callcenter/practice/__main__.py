"""`python -m callcenter.practice serve | call | demo`."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

from callcenter.practice.server import serve
from callcenter.practice.settings import Settings
from core import logs

ROBOTS = 4


def main(arguments: list[str]) -> int:
    """Do what was asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m callcenter.practice", description=__doc__)
    commands = parser.add_subparsers(required=True, dest="command")
    serving = commands.add_parser("serve", help="run the line")
    serving.add_argument("--port", type=int)
    serving.add_argument("--state", type=Path, help="where recordings and messages are kept")
    serving.add_argument("--agent", choices=("robot", "none"), default="robot", help="who answers meanwhile")
    for name in (
        "account-sid",
        "auth-token",
        "api-key",
        "api-secret",
        "voice-url",
        "fallback-url",
        "status-url",
    ):
        serving.add_argument(f"--{name}")
    serving.set_defaults(run=_serve)
    for name in ("command", "demo"):
        if importlib.util.find_spec(f"callcenter.practice.{name}"):
            importlib.import_module(f"callcenter.practice.{name}").add_to(commands)
    given = parser.parse_args(arguments)
    status: int = given.run(given)
    return status


def _serve(given: argparse.Namespace) -> int:
    names = ("account_sid", "auth_token", "api_key", "api_secret", "voice_url", "fallback_url", "status_url")
    try:
        settings = Settings.from_env(_env(given))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    changes = {name: getattr(given, name) for name in names if getattr(given, name)}
    changes |= {"port": given.port} if given.port else {}
    changes |= {"state_dir": given.state} if given.state else {}
    logs.set_up("practice", level=os.environ.get("LOG_LEVEL", "INFO"))
    asyncio.run(serve(replace(settings, robots=ROBOTS if given.agent == "robot" else 0, **changes)))
    return 0


def _env(given: argparse.Namespace) -> dict[str, str]:
    """The environment, with the credentials that were given as flags."""
    flags = {
        f"TWILIO_{name.upper()}": getattr(given, name)
        for name in ("account_sid", "auth_token", "api_key", "api_secret")
    }
    return {**os.environ, **{name: value for name, value in flags.items() if value}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
