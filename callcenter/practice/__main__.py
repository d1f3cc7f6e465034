"""The practice line's commands: `serve` keeps the line up, `call` places one call, `demo` a dozen,
`messages` shows what citizens were told."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from callcenter.practice import command, demo, messages_command
from callcenter.practice.server import serve
from callcenter.practice.settings import Settings
from core import logs

ROBOTS = 4


def main(arguments: list[str]) -> int:
    """Do what was asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m callcenter.practice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _serve_options(commands.add_parser("serve", help="keep the line up"))
    command.add_to(commands, os.environ)
    demo.add_to(commands, os.environ)
    messages_command.add_to(commands, os.environ)
    options = parser.parse_args(arguments)
    if options.command == "serve":
        logs.set_up("practice", level=os.environ.get("LOG_LEVEL", "INFO"))
        asyncio.run(serve(_settings(options)))
        return 0
    status: int = options.run(options)
    return status


def _settings(options: argparse.Namespace) -> Settings:
    """Return the settings: flags first, then the environment."""
    env = dict(os.environ)
    named = {
        "TWILIO_ACCOUNT_SID": options.account_sid,
        "TWILIO_AUTH_TOKEN": options.auth_token,
        "TWILIO_API_KEY": options.api_key,
        "TWILIO_API_SECRET": options.api_secret,
        "PUBLIC_BASE_URL": options.centre_url,
    }
    env.update({name: value for name, value in named.items() if value})
    try:
        settings = Settings.from_env(env)
    except ValueError as error:
        sys.exit(str(error))
    flags = {
        "voice_url": options.voice_url,
        "fallback_url": options.fallback_url,
        "status_url": options.status_url,
        "number": options.number,
        "port": options.port,
        "state_dir": Path(options.state) if options.state else None,
        "robots": ROBOTS if options.agent == "robot" else 0,
    }
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account-sid")
    parser.add_argument("--auth-token")
    parser.add_argument("--api-key")
    parser.add_argument("--api-secret")
    parser.add_argument("--centre-url", help="where the centre is, e.g. http://127.0.0.1:8000")
    parser.add_argument("--port", type=int)
    parser.add_argument("--state", help="folder for recordings and messages")
    parser.add_argument("--voice-url")
    parser.add_argument("--fallback-url")
    parser.add_argument("--status-url")
    parser.add_argument("--number")
    parser.add_argument(
        "--agent", choices=("robot", "none"), default="robot", help="who answers while nobody is at a desk"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
