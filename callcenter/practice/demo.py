"""`demo`: a dozen calls of different kinds, a few at a time, so that the board fills while one watches."""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from callcenter.practice.robot_desk import CentreAway, StaffDesk, StaffRefused
from callcenter.practice.trial import BadSound, Centre, Json, NoCentre, Order, Trials, sound_file

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]

CALLS: Final = Path(__file__).resolve().parents[2] / "city" / "practice" / "calls"
DISPATCHER: Final = "dispatcher1"
PAUSE_S: Final = 1.5  # between two callers, so that they do not all ring at once
LASTS_S: Final = 300.0  # on a busy machine the words come a minute late
LASTS_WITH_PEOPLE_S: Final = 900.0  # people take their time
KINDS: Final = {"answered": "answered on the line", "case": "case"}
IN_AN_INBOX: Final = frozenset({"to_sign", "handling", "to_review", "closed"})


@dataclass(frozen=True, kw_only=True)
class DemoCall:
    """A row of calls.csv. wav: the same words as a file, where there is one."""

    call_no: str
    from_: str
    speaks: str
    wav: Path | None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What became of one demo call. by_hand: the demo itself dispatched it, as the dispatcher would."""

    call_no: str
    arrived_well: bool
    sentence: str
    by_hand: bool = False


def add_to(commands: Subcommands, env: Mapping[str, str]) -> None:
    """Add `demo` to the commands."""
    parser = commands.add_parser("demo", help="place a dozen calls while you watch the board")
    parser.add_argument("--calls", type=int, metavar="N", help="only the first N")
    parser.add_argument("--at-once", type=int, default=3, metavar="N")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times as fast as life")
    parser.add_argument("--url", help="the centre's address, e.g. http://127.0.0.1:8000")
    parser.set_defaults(run=partial(run, env=env))


def run(options: argparse.Namespace, *, env: Mapping[str, str]) -> int:
    """Play the calls; 0 if each ended as an answered consultation or a work order in a unit's inbox."""
    folder = Path(env["CITY_DIR"]) / "calls" if env.get("CITY_DIR") else CALLS
    try:
        centre = Centre.found(env, url=options.url)
        calls = demo_calls(folder)[: options.calls]
        ended = asyncio.run(_played(centre, calls, at_once=max(1, options.at_once), speed=options.speed))
    except (NoCentre, BadSound, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _say(closing(ended))
    return 0 if all(one.arrived_well for one in ended) else 1


def demo_calls(folder: Path) -> list[DemoCall]:
    """Return the calls of `folder`; one that has a file named as its number is played from that file."""
    with (folder / "calls.csv").open(encoding="utf-8", newline="") as rows:
        return [
            DemoCall(
                call_no=row["call_no"],
                from_=row["from"],
                speaks=row["speaks"],
                wav=wav if (wav := folder / f"{row['call_no']}.wav").exists() else None,
            )
            for row in csv.DictReader(rows)
        ]


def closing(ended: list[Ended]) -> str:
    """Return the last sentence of the demo."""
    good, by_hand = sum(one.arrived_well for one in ended), sum(one.by_hand for one in ended)
    said = f"\n  {good} of {len(ended)} calls ended as an answered consultation or a unit's work order."
    said += f"\n  {by_hand} of them the demo dispatched by hand, as {DISPATCHER} would." if by_hand else ""
    bad = [one.call_no for one in ended if not one.arrived_well]
    return said + (f"\n  Not so: {', '.join(bad)}." if bad else "")


async def _played(centre: Centre, calls: list[DemoCall], *, at_once: int, speed: float) -> list[Ended]:
    places, turn = asyncio.Semaphore(at_once), itertools.count()
    desk = StaffDesk(centre.url, username=DISPATCHER, password=centre.password)
    async with Trials(centre) as trials, desk:
        people = await trials.people_at_desks()
        _say(f"\n  {len(calls)} calls, {at_once} at once. Watch them: {centre.url}/board\n")
        if people:
            _say(f"  {people} at the desks: you answer the calls, the practice agents keep away.\n")
        lasts_s = LASTS_WITH_PEOPLE_S if people else LASTS_S

        async def play(call: DemoCall) -> Ended:
            async with places:
                await asyncio.sleep(PAUSE_S if next(turn) else 0)
                ended = await _play(trials, desk, call, speed=speed, within_s=lasts_s)
            _say(f"  {ended.call_no}  {ended.sentence}")
            return ended

        return list(await asyncio.gather(*(play(call) for call in calls)))


async def _play(trials: Trials, desk: StaffDesk, call: DemoCall, *, speed: float, within_s: float) -> Ended:
    loop = asyncio.get_running_loop()
    began = loop.time()
    wav = sound_file(call.wav) if call.wav else None
    sid = await trials.place(Order(wav=wav, text=call.speaks, from_=call.from_, speed=speed))
    found = await trials.follow(sid, within_s=within_s)
    by_hand = ""
    if found is not None and found["case_state"] == "to_dispatch":
        by_hand = await _dispatched(desk, str(found["case_no"]))
    return _ended(call, found, by_hand=by_hand, seconds=loop.time() - began)


def _ended(call: DemoCall, found: Mapping[str, Any] | None, *, by_hand: str, seconds: float) -> Ended:
    if found is None or not found["finished"]:
        came_to, well = "not over in time", False
    else:
        came_to = KINDS.get(found["outcome"], found["outcome"])
        well = found["outcome"] == "answered" or found["case_state"] in IN_AN_INBOX or bool(by_hand)
    facts = found or {}
    unit = f"→ {by_hand} (by hand, as {DISPATCHER}: the machine was not sure)" if by_hand else facts.get("unit")
    pieces = [f"{came_to:<20}", facts.get("case_no"), unit, f"{seconds:.0f} s"]
    sentence = "  ".join(str(piece) for piece in pieces if piece)
    return Ended(call_no=call.call_no, arrived_well=well, sentence=sentence, by_hand=bool(by_hand))


async def _dispatched(desk: StaffDesk, case_no: str) -> str:
    """Dispatch to the best unit that may have it; return its name, "" when none may."""
    try:
        case = await desk.get(f"/api/cases/{case_no}")
        for guess in (case.get("routing") or {}).get("candidates", []):
            name = await _sent(desk, case, guess["unit"])
            if name:
                return name
    except (CentreAway, StaffRefused) as error:
        _say(f"  {case_no} could not be dispatched: {error}")
    return ""


async def _sent(desk: StaffDesk, case: Json, unit: Mapping[str, str]) -> str:
    card = case["card"]
    body = {"version": card["version"], "unit_code": unit["code"], "reason": "练习派单：按建议单位派发"}
    try:
        await desk.post(f"/api/cases/{card['case_no']}/actions/dispatch", body)
    except StaffRefused as refused:
        if refused.status in (409, 422):  # the next one may have it
            return ""
        raise
    return unit["name"]


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
