"""Training sound: sentences by many voices, spoiled the way a telephone does it, as MFCC frames."""

import random
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from core.g711 import SAMPLE_RATE_HZ, mulaw_from_pcm, pcm_from_mulaw
from core.voice import speak

from .units import units_of_text
from .voices import TRAINING_VOICES

CEPSTRA: Final = 40
_WINDOW, _STEP, _FFT = 200, 80, 256  # samples: 25 ms every 10 ms
_CHUNK: Final = 400  # sentences a process speaks before it is replaced by a fresh one


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One training example. frames: float16, shape (n, 40). units: what is said, in order."""

    frames: NDArray[np.float16]
    units: tuple[str, ...]


def utterances(sentences: list[str], *, seed: int, processes: int) -> list[Utterance]:
    """Speak every sentence once. The same sentences and seed give the same frames.

    espeak-ng carries state from one utterance to the next, so each chunk starts in a process of its own.
    """
    chunks = [(sentences[start : start + _CHUNK], seed + start) for start in range(0, len(sentences), _CHUNK)]
    with get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
        return [one for part in pool.imap(_chunk, chunks, chunksize=1) for one in part]


def _chunk(work: tuple[list[str], int]) -> list[Utterance]:
    sentences, seed = work
    chance = random.Random(seed)
    noise = np.random.default_rng(seed)
    return [one for text in sentences if (one := _utterance(text, chance, noise)) is not None]


def _utterance(text: str, chance: random.Random, noise: np.random.Generator) -> Utterance | None:
    pcm = speak(
        text,
        variant=chance.choice(TRAINING_VOICES),
        words_per_minute=chance.randint(125, 215),
        pitch=chance.randint(20, 80),
    )
    units = tuple(units_of_text(text))
    frames = mfcc(spoiled(pcm, chance, noise))
    # CTC needs an output step for every unit, and one output step is three frames.
    return Utterance(frames=frames.astype(np.float16), units=units) if len(frames) // 3 > len(units) + 2 else None


def spoiled(pcm: NDArray[np.int16], chance: random.Random, noise: np.random.Generator) -> NDArray[np.int16]:
    """Return the sound at another loudness, between pauses, over line noise, mostly through mu-law."""
    loudest = np.abs(pcm.astype(np.float32)).max() + 1
    voice = pcm.astype(np.float32) * (chance.choice((0.1, 0.2, 0.4, 0.6, 0.9)) * 32000 / loudest)
    if chance.random() < 0.6:
        # Played faster or slower: throats longer and shorter than those of the voices that we have.
        voice = soxr.resample(voice, SAMPLE_RATE_HZ, int(SAMPLE_RATE_HZ * chance.uniform(0.88, 1.14)))
    before, after = (np.zeros(int(SAMPLE_RATE_HZ * chance.uniform(0.05, 0.5)), np.float32) for _ in range(2))
    sound = np.concatenate([before, voice, after])
    if chance.random() < 0.75:
        sound = sound + _line_noise(len(sound), chance, noise) * (_power(voice) / 10 ** (chance.uniform(12, 45) / 20))
    spoken = np.clip(sound, -32768, 32767).astype(np.int16)
    return pcm_from_mulaw(mulaw_from_pcm(spoken)) if chance.random() < 0.8 else spoken


def _line_noise(samples: int, chance: random.Random, noise: np.random.Generator) -> NDArray[np.float32]:
    """Return hiss or rumble with a power of one."""
    hiss = noise.standard_normal(samples).astype(np.float32)
    if chance.random() < 0.5:
        hiss = np.convolve(hiss, np.array([1, 0.8, 0.6, 0.3], np.float32), "same")
    return hiss / (_power(hiss) + 1e-6)


def _power(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(sound**2)) + 1e-3)


def wordless(count: int, *, seed: int) -> list[Utterance]:
    """Return sounds in which nothing is said: hiss, keys, tones, chords, tunes.

    Without them the network is unsure of every frame of a dialling tone, all words stay possible, and vosk
    works for seconds on a second of sound.
    """
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    return [
        Utterance(frames=mfcc(spoiled(_wordless_sound(chance, noise), chance, noise)).astype(np.float16), units=())
        for _ in range(count)
    ]


def _wordless_sound(chance: random.Random, noise: np.random.Generator) -> NDArray[np.int16]:
    """Return 1 to 4 seconds of notes, each of up to four tones, or of hiss alone."""
    if chance.random() < 0.3:
        hiss = _line_noise(chance.randint(8000, 32000), chance, noise)
        return (hiss * chance.choice((10, 100, 400, 1500, 4000))).clip(-32768, 32767).astype(np.int16)
    tones, overtones = chance.randint(1, 4), chance.choice(((1.0,), (1.0, 0.5, 0.3), (0.6, 1.0, 0.4, 0.3)))
    lasts = chance.choice((800, 1600, 2400, 4000, 16000))
    notes = [
        _note(
            [2 ** chance.uniform(7, 11.3) for _ in range(tones)],
            overtones,
            samples=lasts,
            gap=chance.random() < 0.5,
        )
        for _ in range(max(1, chance.randint(8000, 32000) // lasts))
    ]
    return (np.concatenate(notes) * chance.choice((300, 1000, 3000, 8000)) / tones).astype(np.int16)


def _note(hertz: list[float], overtones: tuple[float, ...], *, samples: int, gap: bool) -> NDArray[np.float64]:
    at = np.arange(samples) / SAMPLE_RATE_HZ
    sound = np.zeros(samples)
    for tone in hertz:
        for number, loud in enumerate(overtones, start=1):
            if tone * number < SAMPLE_RATE_HZ / 2:
                sound += loud / sum(overtones) * np.sin(2 * np.pi * tone * number * at)
    if gap:
        sound[samples * 3 // 4 :] = 0
    return sound


def mfcc(pcm: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return Kaldi's high-resolution MFCC of 8 kHz sound: 40 cepstra of 40 bins, one frame each 10 ms.

    Must agree with conf/mfcc.conf, which makes vosk compute the same: Povey window, no dither, no energy.
    Returns float32, shape (1 + (n - 200) // 80, 40); shape (0, 40) for sound under 25 ms.
    Source: Kaldi, feat/feature-mfcc.cc and feat/feature-window.cc.
    """
    if len(pcm) < _WINDOW:
        return np.zeros((0, CEPSTRA), np.float32)
    starts = np.arange(0, len(pcm) - _WINDOW + 1, _STEP)
    frames = pcm.astype(np.float64)[starts[:, None] + np.arange(_WINDOW)]
    frames -= frames.mean(axis=1, keepdims=True)
    frames = frames - 0.97 * np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    power = np.abs(np.fft.rfft(frames * _povey(), _FFT)) ** 2
    heard = np.log(np.maximum(power[:, : _FFT // 2] @ _mel_banks().T, np.finfo(np.float32).eps))
    return (heard @ _cosines().T * _lifter()).astype(np.float32)


def _povey() -> NDArray[np.float64]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / (_WINDOW - 1))) ** 0.85


def _mel(hertz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0))


def _mel_banks() -> NDArray[np.float64]:
    """Return triangles of equal width in mel between 20 and 3800 Hz, shape (40, 128)."""
    low, high = _mel(20.0), _mel(3800.0)
    width = (high - low) / (CEPSTRA + 1)
    left = low + width * np.arange(CEPSTRA)[:, None]
    mel = _mel(SAMPLE_RATE_HZ / _FFT * np.arange(_FFT // 2, dtype=np.float64))[None, :]
    return np.asarray(np.maximum(0.0, np.minimum((mel - left) / width, (left + 2 * width - mel) / width)))


def _cosines() -> NDArray[np.float64]:
    rows = np.arange(CEPSTRA)[:, None] * (np.arange(CEPSTRA) + 0.5)[None, :]
    table = np.sqrt(2.0 / CEPSTRA) * np.cos(np.pi / CEPSTRA * rows)
    table[0] = np.sqrt(1.0 / CEPSTRA)
    return np.asarray(table)


def _lifter() -> NDArray[np.float64]:
    return 1.0 + 11.0 * np.sin(np.pi * np.arange(CEPSTRA) / 22.0)
