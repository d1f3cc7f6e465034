"""The synthetic voice: Chinese text spoken by espeak-ng, for prompts, the practice line and tests."""

import ctypes
import re
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

VARIANTS: Final = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7")

# speak_lib.h of espeak-ng 1.52.
_SYNCHRONOUS: Final = 2
_RATE, _VOLUME, _PITCH = 1, 2, 3
_UNCLIPPED: Final = 60  # of 100; at the default the louder voices clip
_UTF8: Final = 1
_DO_NOT_EXIT: Final = 0x8000

_DIGITS: Final = "零一二三四五六七八九"
_LONGEST_CARDINAL: Final = 4
_LETTERS: Final = {
    **{"A": "ei1", "B": "bi4", "C": "xi1", "D": "di4", "E": "yi4", "F": "ai2 fu5", "G": "ji4"},
    **{"H": "ei1 qi5", "I": "ai4", "J": "zhei4", "K": "kei4", "L": "ai2 lou5", "M": "ai2 mu5"},
    **{"N": "en1", "O": "ou1", "P": "pi1", "Q": "kiu1", "R": "a4", "S": "ai2 si5", "T": "ti4"},
    **{"U": "you1", "V": "wei1", "W": "da2 bu5 liu5", "X": "ai2 ke5 si5", "Y": "wai4", "Z": "zei4"},
}
_PAUSES: Final = dict.fromkeys("，、；：,;:…—", ",") | dict.fromkeys("。！？.!?\n", ".")
_NUMBER: Final = re.compile(r"(\d+)(?:\.(\d+))?(%|％)?(?=(年|室)?)")


class VoiceUnavailable(RuntimeError):
    """The espeak-ng library or its Mandarin voice is not on this machine."""


def speak(
    text: str,
    *,
    sample_rate_hz: int = 8000,
    variant: str = "f2",
    words_per_minute: int = 160,
    pitch: int = 50,
) -> NDArray[np.int16]:
    """Return `text` spoken in Mandarin: mono int16 PCM at `sample_rate_hz`, shape (n,).

    variant: one of espeak-ng's, see VARIANTS. words_per_minute: 80 to 450. pitch: 0 to 99.
    Text with nothing to pronounce gives an empty array. May be called from any thread. The engine
    carries its flutter on from one utterance to the next, so two readings differ by some samples.
    Raises VoiceUnavailable.
    """
    syllables = pronounced(text)
    if not syllables:
        return np.zeros(0, dtype=np.int16)
    engine = _engine()
    sound = engine.sound_of(syllables, variant=variant, words_per_minute=words_per_minute, pitch=pitch)
    if engine.sample_rate_hz == sample_rate_hz:
        return sound
    return soxr.resample(sound, engine.sample_rate_hz, sample_rate_hz)


def pronounced(text: str) -> str:
    """Return the pinyin of `text` with tone digits, as espeak-ng's cmn-latn-pinyin voice reads it."""
    pieces = lazy_pinyin(in_characters(text), style=Style.TONE3, neutral_tone_with_five=True, errors=_without_pinyin)
    spoken = " ".join(piece for piece in pieces if piece.strip())
    return spoken if re.search(r"[a-z]", spoken) else ""


def in_characters(text: str) -> str:
    """Return `text` with its numbers in characters, the way they are said on the telephone.

    Up to four digits are a number (302 元 -> 三百零二元). Years (2026年), rooms (302室), longer
    numbers and those with a leading zero are said digit by digit, with 1 as 幺 where one would
    dial it (12345 -> 幺二三四五).
    """
    return _NUMBER.sub(_number_said, text)


def _number_said(found: re.Match[str]) -> str:
    whole, decimals, percent, counted = found.groups()
    if counted == "年" and len(whole) == 4:
        said = _one_by_one(whole)
    elif len(whole) > _LONGEST_CARDINAL or (len(whole) > 1 and whole[0] == "0") or (counted and len(whole) > 2):
        said = _one_by_one(whole).replace("一", "幺")
    else:
        said = cardinal(int(whole))
    if decimals:
        said += "点" + _one_by_one(decimals)
    return "百分之" + said if percent else said


def _one_by_one(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def cardinal(number: int) -> str:
    """Return a whole number from 0 to 9999 in characters: 15 -> 十五, 302 -> 三百零二, 1050 -> 一千零五十."""
    if not 0 <= number <= 9999:
        raise ValueError(f"{number} is not between 0 and 9999")
    if number < 10:
        return _DIGITS[number]
    said = ""
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            said += _DIGITS[digit] + unit
        elif said and not said.endswith("零"):
            said += "零"
    said = said.rstrip("零")
    return said[1:] if said.startswith("一十") else said


def _without_pinyin(run: str) -> str:
    """Return what stands for characters that have no pinyin: letters by their names, marks as pauses."""
    return " ".join(_LETTERS.get(sign.upper(), _PAUSES.get(sign, "")) for sign in run)


class _Engine:
    """The espeak-ng library. It keeps one voice and one callback a process, hence the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._library, folder = _load_library()
        self._variants = Path(folder.decode()) / "voices/!v"
        self.sample_rate_hz = int(self._library.espeak_Initialize(_SYNCHRONOUS, 0, folder, _DO_NOT_EXIT))
        if self.sample_rate_hz <= 0:
            raise VoiceUnavailable("espeak-ng found no voices; is espeakng-loader installed whole?")
        self._pieces: list[NDArray[np.int16]] = []
        # Kept on the object: the library holds the pointer, Python must not free it.
        self._callback = _callback_type()(self._keep)
        self._library.espeak_SetSynthCallback(self._callback)

    def sound_of(self, syllables: str, *, variant: str, words_per_minute: int, pitch: int) -> NDArray[np.int16]:
        with self._lock:
            # The library takes an unknown variant for none, and says nothing.
            known = (self._variants / variant).is_file()
            if not known or self._library.espeak_SetVoiceByName(f"cmn-latn-pinyin+{variant}".encode()) != 0:
                raise VoiceUnavailable(f"espeak-ng has no Mandarin voice with the variant {variant}")
            self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
            self._library.espeak_SetParameter(_PITCH, pitch, 0)
            self._library.espeak_SetParameter(_VOLUME, _UNCLIPPED, 0)
            self._pieces = []
            text = syllables.encode() + b"\0"
            self._library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8, None, None)
            self._library.espeak_Synchronize()
            return np.concatenate([*self._pieces, np.zeros(0, dtype=np.int16)])

    def _keep(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0


def _callback_type() -> Callable[..., Any]:
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def _load_library() -> tuple[ctypes.CDLL, bytes]:
    try:
        import espeakng_loader

        return ctypes.CDLL(espeakng_loader.get_library_path()), espeakng_loader.get_data_path().encode()
    except (ImportError, OSError) as error:
        raise VoiceUnavailable(f"espeak-ng could not be loaded: {error}") from error


_making = threading.Lock()


def _engine() -> _Engine:
    # functools.cache alone would let two first callers initialise the library at once.
    with _making:
        return _the_engine()


@cache
def _the_engine() -> _Engine:
    return _Engine()
