"""G.711 mu-law, the sound of the telephone: between linear PCM and what a carrier sends."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ: Final = 8000
SILENCE: Final = 0xFF

_BIAS: Final = 0x84
_LOUDEST: Final = 32635


def _decoding_table() -> NDArray[np.int16]:
    bits = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (bits >> 4) & 7, bits & 0xF
    magnitude = (((mantissa << 3) + _BIAS) << exponent) - _BIAS
    return np.where(bits & 0x80, -magnitude, magnitude).astype(np.int16)


def _encoding_table() -> NDArray[np.uint8]:
    """One byte for each of the 65,536 samples, indexed by the sample read as unsigned."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    # The ones' complement of a negative sample, as the ITU's own reference code (G.191) has it.
    biased = np.minimum(np.where(sample < 0, ~sample, sample), _LOUDEST) + _BIAS
    exponent = np.clip(np.floor(np.log2(biased)).astype(np.int32) - 7, 0, 7)
    mantissa = (biased >> (exponent + 3)) & 0xF
    sign = np.where(sample < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)


_DECODED: Final = _decoding_table()
_ENCODED: Final = _encoding_table()


def pcm_from_mulaw(payload: bytes) -> NDArray[np.int16]:
    """Decode 8-bit mu-law to linear PCM.

    payload: n bytes, mono, 8000 Hz; one Media Streams frame is 160 bytes, 20 ms.
    Returns int16, shape (n,), same rate. Any byte is valid mu-law, so nothing raises.
    Source: ITU-T G.711 (1988), table 2.
    """
    return _DECODED[np.frombuffer(payload, dtype=np.uint8)]


def mulaw_from_pcm(pcm: NDArray[np.int16]) -> bytes:
    """Encode linear PCM as 8-bit mu-law, one byte a sample.

    pcm: int16, shape (n,), mono. Raises TypeError for any other sample type, which would wrap silently.
    Source: ITU-T G.711 (1988), table 2.
    """
    if pcm.dtype != np.int16:
        raise TypeError(f"samples must be int16, not {pcm.dtype}")
    return _ENCODED[np.ascontiguousarray(pcm).view(np.uint16)].tobytes()
