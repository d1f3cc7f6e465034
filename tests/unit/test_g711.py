"""The telephone's sound code."""

import numpy as np
import pytest

from core.g711 import mulaw_from_pcm, pcm_from_mulaw


@pytest.mark.parametrize(
    ("byte", "sample"),
    [
        (0x00, -32124),  # the loudest of each sign
        (0x80, 32124),
        (0xFF, 0),  # both zeros are silence
        (0x7F, 0),
        (0xFE, 8),
        (0x7E, -8),
        (0xEF, 132),  # the first step of the second segment
        (0x8F, 16764),
    ],
)
def test_a_byte_decodes_to_the_value_of_the_itu_table(byte, sample):
    assert pcm_from_mulaw(bytes([byte])).tolist() == [sample]


def test_every_byte_survives_the_way_through_pcm_and_back():
    every = bytes(range(256))
    # 0x7F is the negative zero, which linear PCM does not have.
    assert mulaw_from_pcm(pcm_from_mulaw(every)) == every.replace(b"\x7f", b"\xff")


def test_the_error_of_a_sample_is_at_most_half_a_step_of_its_segment():
    samples = np.arange(-32124, 32125).astype(np.int16)
    back = pcm_from_mulaw(mulaw_from_pcm(samples)).astype(int)
    steps = 2 ** (np.floor(np.log2(np.abs(samples.astype(int)) + 132)) - 4)
    assert np.all(np.abs(back - samples) <= steps / 2 + 1)


def test_samples_louder_than_mulaw_knows_are_clipped_not_wrapped():
    loud = np.array([32767, 32636, -32768], np.int16)
    assert pcm_from_mulaw(mulaw_from_pcm(loud)).tolist() == [32124, 32124, -32124]


def test_louder_never_becomes_quieter():
    samples = np.arange(-32768, 32768).astype(np.int16)
    assert np.all(np.diff(pcm_from_mulaw(mulaw_from_pcm(samples)).astype(int)) >= 0)


def test_a_tone_keeps_a_telephones_quality():
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16)
    error = pcm_from_mulaw(mulaw_from_pcm(tone)).astype(float) - tone
    # ITU-T G.712 asks 33 dB of signal to distortion over this range of levels.
    assert 10 * np.log10(np.mean(tone.astype(float) ** 2) / np.mean(error**2)) > 33


def test_a_view_that_is_not_contiguous_is_encoded_as_it_reads():
    samples = np.arange(-800, 800, dtype=np.int16)
    assert mulaw_from_pcm(samples[::2]) == mulaw_from_pcm(samples[::2].copy())


def test_nothing_in_is_nothing_out():
    assert pcm_from_mulaw(b"").shape == (0,)
    assert mulaw_from_pcm(np.zeros(0, np.int16)) == b""


@pytest.mark.parametrize("kind", [np.float32, np.int32, np.uint8])
def test_samples_of_another_type_are_refused(kind):
    with pytest.raises(TypeError, match="int16"):
        mulaw_from_pcm(np.zeros(4, kind))
