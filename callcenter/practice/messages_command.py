"""`messages`: the text messages that the centre has sent, as the line delivered them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping

import aiohttp

from callcenter.practice.trial import Centre, Json, NoCentre


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser], env: Mapping[str, str]) -> None:
    """Add `messages`."""
    parser = commands.add_parser("messages", help="show the messages that citizens got")
    parser.add_argument("--last", type=int, default=20, help="how many of the newest")
    parser.set_defaults(run=lambda options: show(env, last=options.last))


def show(env: Mapping[str, str], *, last: int) -> int:
    """Print the newest messages, the middle of each number hidden; returns the exit status."""
    try:
        found = asyncio.run(_messages(Centre.found(env)))
    except (NoCentre, aiohttp.ClientError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    lines = [_line(message) for message in found[-last:]] or ["No message has been sent yet."]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _line(message: Json) -> str:
    return f"{message['created_at'][:19]}  {masked(message['to'])}  {message['status']:<10} {message['body']}"


def masked(number: str) -> str:
    """Return a number as it may stand on a screen: +86138****1111."""
    return number[:-8] + "****" + number[-4:] if len(number) > 8 else "****"


async def _messages(centre: Centre) -> list[Json]:
    login = aiohttp.BasicAuth(centre.account_sid, centre.auth_token)
    url = f"{centre.line_url}/practice/messages"
    async with aiohttp.ClientSession(auth=login) as session, session.get(url) as answer:
        answer.raise_for_status()
        found: list[Json] = (await answer.json())["messages"]
    return found
