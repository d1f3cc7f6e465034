"""Kaldi's binary file formats, as much as vosk reads of them: final.mdl with an nnet3 network.

Source: Kaldi, base/io-funcs, hmm/transition-model.cc, nnet3/nnet-nnet.cc and am-nnet-simple.cc.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from .network import CONTEXT, Layer
from .sounds import CEPSTRA

MFCC_CONF = """\
--sample-frequency=8000
--use-energy=false
--num-mel-bins=40
--num-ceps=40
--low-freq=20
--high-freq=3800
--dither=0
--allow-downsample=true
--allow-upsample=true
"""

MODEL_CONF = """\
--min-active=200
--max-active=3000
--beam=13.0
--lattice-beam=2.0
--acoustic-scale={acoustic_scale}
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


def write_acoustic_model(path: Path, layers: list[Layer], phones: int) -> None:
    """Write final.mdl. phones: outputs of the network; phone 1 is CTC's blank and stands for silence."""
    with path.open("wb") as file:
        file.write(b"\0B")
        _write_transitions(file, phones)
        _write_network(file, layers)


def _token(file: BinaryIO, token: str) -> None:
    file.write(token.encode() + b" ")


def _int(file: BinaryIO, number: int) -> None:
    file.write(b"\x04" + struct.pack("<i", number))


def _float(file: BinaryIO, number: float) -> None:
    file.write(b"\x04" + struct.pack("<f", number))


def _double(file: BinaryIO, number: float) -> None:
    file.write(b"\x08" + struct.pack("<d", number))


def _ints(file: BinaryIO, numbers: list[int]) -> None:
    _int(file, len(numbers))
    file.write(np.asarray(numbers, np.int32).tobytes())


def _vector(file: BinaryIO, values: Any) -> None:
    _token(file, "FV")
    _int(file, len(values))
    file.write(np.asarray(values, np.float32).tobytes())


def _matrix(file: BinaryIO, values: Any) -> None:
    _token(file, "FM")
    _int(file, values.shape[0])
    _int(file, values.shape[1])
    file.write(np.ascontiguousarray(values, np.float32).tobytes())


def _write_transitions(file: BinaryIO, phones: int) -> None:
    """Write one emitting state a phone: transition 2p-1 stays in phone p, 2p leaves it; pdf p-1."""
    _token(file, "<TransitionModel>")
    _token(file, "<Topology>")
    _ints(file, list(range(1, phones + 1)))
    _ints(file, [-1] + [0] * phones)
    _int(file, 1)  # one entry for all phones
    _int(file, 2)  # of two states
    _int(file, 0)
    _int(file, 2)
    for state in (0, 1):
        _int(file, state)
        _float(file, 0.5)
    _int(file, -1)  # the final state emits nothing
    _int(file, 0)
    _token(file, "</Topology>")
    _token(file, "<Triples>")
    _int(file, phones)
    for phone in range(1, phones + 1):
        for number in (phone, 0, phone - 1):
            _int(file, number)
    _token(file, "</Triples>")
    _token(file, "<LogProbs>")
    _vector(file, [0.0] + [float(np.log(0.5))] * (2 * phones))
    _token(file, "</LogProbs>")
    _token(file, "</TransitionModel>")


def _write_network(file: BinaryIO, layers: list[Layer]) -> None:
    _token(file, "<Nnet3>")
    file.write(b"\n" + "\n".join(_wiring(layers)).encode() + b"\n\n")
    _token(file, "<NumComponents>")
    _int(file, 2 * len(layers))
    for number, layer in enumerate(layers):
        _write_affine(file, f"layer{number}.affine", layer)
        _write_activation(file, f"layer{number}.out", _activation(number, layers), len(layer.bias))
    _token(file, "</Nnet3>")
    _token(file, "<LeftContext>")
    _int(file, CONTEXT)
    _token(file, "<RightContext>")
    _int(file, CONTEXT)
    _token(file, "<Priors>")
    _vector(file, [])


def _activation(number: int, layers: list[Layer]) -> str:
    return "LogSoftmaxComponent" if number == len(layers) - 1 else "RectifiedLinearComponent"


def _wiring(layers: list[Layer]) -> list[str]:
    lines, below = [f"input-node name=input dim={CEPSTRA}"], "input"
    for number, layer in enumerate(layers):
        read = ", ".join(f"Offset({below}, {offset})" if offset else below for offset in layer.offsets)
        read = f"Append({read})" if len(layer.offsets) > 1 else read
        for part, source in (("affine", read), ("out", f"layer{number}.affine")):
            name = f"layer{number}.{part}"
            lines.append(f"component-node name={name} component={name} input={source}")
        below = f"layer{number}.out"
    return [*lines, f"output-node name=output input={below} objective=linear"]


def _write_affine(file: BinaryIO, name: str, layer: Layer) -> None:
    _token(file, "<ComponentName>")
    _token(file, name)
    _token(file, "<FixedAffineComponent>")
    _token(file, "<LinearParams>")
    _matrix(file, layer.weight)
    _token(file, "<BiasParams>")
    _vector(file, layer.bias)
    _token(file, "</FixedAffineComponent>")


def _write_activation(file: BinaryIO, name: str, kind: str, width: int) -> None:
    """Write a non-linearity. Its running statistics serve training only, and are empty here."""
    _token(file, "<ComponentName>")
    _token(file, name)
    _token(file, f"<{kind}>")
    _token(file, "<Dim>")
    _int(file, width)
    for statistic in ("<ValueAvg>", "<DerivAvg>"):
        _token(file, statistic)
        _vector(file, [])
    _token(file, "<Count>")
    _double(file, 0.0)
    _token(file, "<OderivRms>")
    _vector(file, [])
    for count in ("<OderivCount>", "<NumDimsSelfRepaired>", "<NumDimsProcessed>"):
        _token(file, count)
        _double(file, 0.0)
    _token(file, f"</{kind}>")
