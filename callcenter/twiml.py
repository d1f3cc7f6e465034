"""The documents the carrier plays: what a caller hears and where each leg goes. Pure; no clock, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twilio.twiml.voice_response import Conference, Dial, Start, Stop, Stream, VoiceResponse

from callcenter.calls import Part

QUEUE: Final = "hotline"

# Short on purpose: nobody is seated before the caller has heard that the call is recorded.
GREETING: Final = "您好，一二三四五热线，本次通话将被录音。"
FIRST_IN_LINE: Final = "您排在第一位，话务员将很快为您服务，请稍候。"
IN_LINE: Final = "话务员正忙，您前面还有{ahead}位来电者，请稍候。"
CUT_OFF: Final = "很抱歉，刚才的通话意外中断。您已排在最前面，马上为您重新接通。"
APOLOGY: Final = (
    "很抱歉，系统暂时繁忙。请在提示音后留言，说明您的诉求和联系方式，我们会尽快与您联系。说完请按井号键。"
)
NOTED: Final = "您的留言已经收到，再见。"


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Who reads the prompts; a voice that does not fit its language makes the carrier fail the verb."""

    name: str = "Polly.Zhiyu"
    language: str = "cmn-CN"


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where the carrier finds us: `base` is public, without a slash at its end; `media` begins with wss."""

    base: str
    media: str

    def at(self, path: str, **query: str) -> str:
        """Return the address of one of our documents or callbacks; values must be URL-safe as they stand."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return f"{self.base}/twilio/{path}" + (f"?{asked}" if asked else "")


@dataclass(frozen=True, kw_only=True)
class Script:
    """Writes the documents of one installation."""

    to: Addresses
    voice: Voice

    def welcome(self) -> str:
        """The notice that the call is recorded, then at once the queue; no menu (GB/T 33358)."""
        response = VoiceResponse()
        self._say(response, GREETING)
        self._enqueue(response)
        return str(response)

    def wait(self, position: int) -> str:
        """One round of the queue: the honest position, 1 for the first, and music. Asked again after it."""
        response = VoiceResponse()
        self._say(response, FIRST_IN_LINE if position <= 1 else IN_LINE.format(ahead=position - 1))
        response.play(self.to.at("voice/music.wav"))
        return str(response)

    def requeue(self) -> str:
        """Sorry, and back into the queue. The old stream is ended: the next talk starts its own."""
        response = VoiceResponse()
        stop = Stop()
        stop.stream(name=str(Part.CALLER))
        response.append(stop)
        self._say(response, CUT_OFF)
        self._enqueue(response)
        return str(response)

    def back_in_line(self) -> str:
        """Into the queue again without a word, for a caller whose agent was gone on arrival."""
        response = VoiceResponse()
        self._enqueue(response)
        return str(response)

    def talk(self, part: Part, *, conference: str, token: str) -> str:
        """Start listening to this leg, then put it into the conference.

        Only the caller ends the conference by leaving: an agent's lost leg must not cut the caller off.
        """
        response = VoiceResponse()
        start = Start()
        stream = Stream(
            url=self.to.media,
            name=str(part),
            track="inbound_track",
            status_callback=self.to.at("voice/stream"),
            status_callback_method="POST",
        )
        stream.parameter(name="token", value=token)
        start.append(stream)
        response.append(start)
        done = "voice/join-done" if part is Part.CALLER else "voice/agent-done"
        dial = Dial(action=self.to.at(done), method="POST")
        dial.append(self._conference(part, conference))
        response.append(dial)
        return str(response)

    def voicemail(self) -> str:
        """An apology and a message recorded; needs neither database nor queue."""
        response = VoiceResponse()
        self._say(response, APOLOGY)
        response.record(
            action=self.to.at("voice/voicemail-done"),
            method="POST",
            max_length=180,
            timeout=5,
            finish_on_key="#",
            play_beep=True,
            recording_status_callback=self.to.at("voice/recording"),
            recording_status_callback_method="POST",
        )
        return str(response)

    def voicemail_done(self) -> str:
        """Thanks, and the end."""
        response = VoiceResponse()
        self._say(response, NOTED)
        response.hangup()
        return str(response)

    def hold(self) -> str:
        """Music for a caller on hold; ends in a redirect, or it would be played once."""
        response = VoiceResponse()
        response.play(self.to.at("voice/music.wav"))
        response.redirect(self.to.at("voice/hold"), method="POST")
        return str(response)

    def _say(self, response: VoiceResponse, text: str) -> None:
        response.say(text, voice=self.voice.name, language=self.voice.language)

    def _enqueue(self, response: VoiceResponse) -> None:
        response.enqueue(
            QUEUE,
            wait_url=self.to.at("voice/wait"),
            wait_url_method="POST",
            action=self.to.at("voice/queue-done"),
            method="POST",
        )

    def _conference(self, part: Part, name: str) -> Conference:
        return Conference(
            name,
            participant_label=str(part),
            start_conference_on_enter=True,
            end_conference_on_exit=part is Part.CALLER,
            beep="false",
            wait_url="",
            status_callback=self.to.at("voice/conference"),
            status_callback_event="start end join leave mute hold",
            status_callback_method="POST",
        )


def hang_up() -> str:
    """The end of a leg."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def nothing() -> str:
    """A document that does nothing."""
    return str(VoiceResponse())
