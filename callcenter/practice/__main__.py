"""The practice line's commands: `serve` keeps the line up, `call` places one call and follows it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path

from callcenter.practice.command import CallOrder, follow_call
from callcenter.practice.server import serve
from callcenter.practice.settings import Settings
from core import logs


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        logs.set_up("practice", level=os.environ.get("LOG_LEVEL", "INFO"))
        asyncio.run(serve(_settings(options)))
        return 0
    return asyncio.run(follow_call(_order(options)))


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
        "robots": 4 if options.agent == "robot" else 0,
    }
    return replace(settings, **{name: value for name, value in flags.items() if value is not None})


def _order(options: argparse.Namespace) -> CallOrder:
    env = os.environ
    return CallOrder(
        url=options.url or f"http://127.0.0.1:{env.get('PRACTICE_PORT', '8010')}",
        centre_url=options.centre_url or env.get("PUBLIC_BASE_URL", "http://127.0.0.1:8000"),
        account_sid=options.account_sid or env.get("TWILIO_ACCOUNT_SID", ""),
        auth_token=options.auth_token or env.get("TWILIO_AUTH_TOKEN", ""),
        wav=Path(options.wav) if options.wav else None,
        text=options.text,
        from_=options.from_,
        digits=options.digits,
        speed=8.0 if options.fast else options.speed,
        speak_at_once=options.speak_at_once,
        hangup_after_s=options.hangup_after,
        robot=options.agent == "robot",
        timeout_s=options.timeout,
        as_json=options.json,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m callcenter.practice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    _serve_options(commands.add_parser("serve", help="keep the line up"))
    _call_options(commands.add_parser("call", help="place one call and follow it"))
    return parser


def _account_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account-sid")
    parser.add_argument("--auth-token")
    parser.add_argument("--centre-url", help="where the centre is, e.g. http://127.0.0.1:8000")


def _serve_options(parser: argparse.ArgumentParser) -> None:
    _account_options(parser)
    parser.add_argument("--port", type=int)
    parser.add_argument("--state", help="folder for recordings and messages")
    parser.add_argument("--api-key")
    parser.add_argument("--api-secret")
    parser.add_argument("--voice-url")
    parser.add_argument("--fallback-url")
    parser.add_argument("--status-url")
    parser.add_argument("--number")
    parser.add_argument("--agent", choices=("robot", "none"), default="none")


def _call_options(parser: argparse.ArgumentParser) -> None:
    _account_options(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--wav", help="sound file to speak")
    what.add_argument("--text", help="text to speak")
    parser.add_argument("--from", dest="from_", default="+8613800001111")
    parser.add_argument("--digits", default="")
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--realtime", action="store_true", help="as fast as life (the default)")
    pace.add_argument("--fast", action="store_true", help="the call's clock runs eight times faster")
    pace.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--agent", choices=("none", "robot"), default="robot")
    parser.add_argument("--speak-at-once", action="store_true")
    parser.add_argument("--hangup-after", type=float, help="seconds of the call's own time")
    parser.add_argument("--timeout", type=float, default=300.0, help="seconds to wait for the outcome")
    parser.add_argument("--url", help="the line's own address")
    parser.add_argument("--json", action="store_true")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
