"""What a leg is told to do: fetching documents and executing them, verb by verb."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from callcenter.practice import twiml
from callcenter.practice.signing import Fields, without_fragment
from callcenter.practice.sounds import UnknownSound
from callcenter.practice.twiml import TwimlError
from callcenter.practice.webhook import Request, WebhookFailed

if TYPE_CHECKING:
    from callcenter.practice.call import Call
    from callcenter.practice.line import Line
    from callcenter.practice.player import Player

log = logging.getLogger(__name__)

APOLOGY = "很抱歉，系统出现错误，通话即将结束。再见。"
WAITING = frozenset({"Play", "Say", "Pause", "Hangup", "Redirect", "Leave", "Gather"})
PROMPTS = frozenset({"Play", "Say", "Pause", "Redirect"})


@dataclass(frozen=True, kw_only=True)
class Goto:
    """The next document: fetched from `url`, or `text` itself. `kind` names it for faults and the log."""

    url: str = ""
    method: str = "POST"
    fields: Fields = field(default_factory=list)
    kind: str = "voice"
    text: str | None = None


class DocumentFailed(Exception):
    """A document could not be had or executed; the leg's fallback is asked next."""

    def __init__(self, code: int, message: str, url: str) -> None:
        super().__init__(message)
        self.code, self.url = code, url


class HangUp(Exception):
    """A verb ends the call. `status` is what the leg ends as."""

    def __init__(self, status: str = "completed", sip_code: int = 200) -> None:
        super().__init__(status)
        self.status, self.sip_code = status, sip_code


class LeaveQueue(Exception):
    """The waiting document let the caller out of the queue."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of documents on a leg. Nested runs (waiting, holding, announcing) allow fewer verbs."""

    line: Line
    call: Call
    player: Player
    url: str = ""
    method: str = "POST"
    allowed: frozenset[str] = twiml.ROOT_VERBS

    async def follow(self, goto: Goto) -> None:
        """Execute the document and those it leads to. Raises DocumentFailed, HangUp, LeaveQueue."""
        step: Goto | None = goto
        while step is not None:
            step = await self._document(step)

    async def _document(self, goto: Goto) -> Goto | None:
        run = self if goto.text is not None else replace(self, url=without_fragment(goto.url), method=goto.method)
        try:
            verbs = await run._fetched(goto)
            for verb in verbs:
                if verb.tag not in run.allowed:
                    raise TwimlError(12200, f"{verb.tag} is not allowed here")
                step = await VERBS[verb.tag](run, verb)
                if step is not None:
                    return step
        except TwimlError as error:
            raise DocumentFailed(error.code, str(error), run.url) from error
        except WebhookFailed as error:
            raise DocumentFailed(error.code, str(error), error.url) from error
        except UnknownSound as error:
            raise DocumentFailed(12300, str(error), run.url) from error
        return None

    async def _fetched(self, goto: Goto) -> list[Element]:
        if goto.text is not None:
            return twiml.parsed(goto.text)
        request = Request(url=goto.url, fields=[*self.call.fields(), *goto.fields], method=goto.method)
        return twiml.document_of(await self.line.outbox.ask(goto.kind, request, self.call.cookies))

    def address(self, given: str | None) -> str:
        """Return an attribute's URL made absolute; without one, the URL of the current document."""
        return urljoin(self.url, given) if given else self.url

    def goto(self, verb: Element, fields: Fields, *, name: str = "action", kind: str) -> Goto:
        """Return the step that a verb's `action` asks for."""
        return Goto(url=self.address(verb.get(name)), method=verb.get("method") or "POST", fields=fields, kind=kind)

    def tell(self, goto: Goto) -> None:
        """Report the end of a verb whose caller has gone: the answer cannot be executed any more."""
        fields = [*self.call.fields(), *goto.fields]
        self.line.outbox.tell(goto.kind, self.call.call_sid, goto.url, fields, method=goto.method)


Verb = Callable[[Run, Element], Awaitable[Goto | None]]
VERBS: dict[str, Verb] = {}


class Program:
    """A leg's main run: started once, sent elsewhere by REST, ended with the leg."""

    def __init__(self, line: Line, call: Call) -> None:
        self._line, self._call = line, call
        self._task: asyncio.Task[None] | None = None
        call.endings.append(self._stop)

    def start(self, goto: Goto) -> None:
        self._task = asyncio.get_running_loop().create_task(self._main(goto))

    def redirect(self, goto: Goto) -> None:
        """Leave whatever the leg is doing and go on with another document."""
        self._stop()
        self._call.player.stop()
        self.start(goto)

    def _stop(self) -> None:
        # A program may end its own leg (Hangup); then it must not cancel itself in the middle of that.
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    async def _main(self, goto: Goto) -> None:
        call = self._call
        try:
            await self._with_fallback(goto)
            call.finish("completed" if call.answered_at else "no-answer")
        except HangUp as end:
            call.finish(end.status, sip_code=end.sip_code)
        except LeaveQueue:
            call.finish()
        except Exception:
            log.exception("program.broken", extra={"call_sid": call.call_sid})
            call.finish("failed", sip_code=500)

    async def _with_fallback(self, goto: Goto) -> None:
        run = Run(line=self._line, call=self._call, player=self._call.player)
        try:
            await run.follow(goto)
            return
        except DocumentFailed as failed:
            self._report(failed)
            first = failed
        if self._call.fallback_url and goto.kind != "fallback":
            fields: Fields = [("ErrorCode", str(first.code)), ("ErrorUrl", without_fragment(first.url))]
            try:
                await run.follow(
                    Goto(
                        url=self._call.fallback_url,
                        method=self._call.fallback_method,
                        fields=fields,
                        kind="fallback",
                    )
                )
                return
            except DocumentFailed as failed:
                self._report(failed)
        self._call.answer()
        await run.player.play(await self._line.sounds.spoken(APOLOGY))

    def _report(self, failed: DocumentFailed) -> None:
        self._call.notify(failed.code, str(failed), without_fragment(failed.url))
        log.warning("program.document_failed", extra={"call_sid": self._call.call_sid, "code": failed.code})
