"""The acoustic model: a small time-delay network trained with CTC."""

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from .sounds import CEPSTRA, Utterance

BLANK: Final = 0
_WIDTH: Final = 192
# Frames to each side that a layer reads of the one below it; the first reads every frame, and steps by three.
_REACH: Final = (3, 3, 6, 6)
CONTEXT: Final = 2 + sum(_REACH)
_BATCH: Final = 16
_PEAK_RATE, _LAST_RATE = 4e-3, 2e-5


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One affine step. offsets: frames read of the layer below. weight: shape (out, in * offsets)."""

    offsets: tuple[int, ...]
    weight: np.ndarray[Any, Any]
    bias: np.ndarray[Any, Any]


class Network(nn.Module):
    """Frames (batch, 40, time + 2 * CONTEXT) to log-probabilities (batch, units + 1, time / 3)."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(CEPSTRA, _WIDTH, 5, stride=3)
        self.deep = nn.ModuleList(nn.Conv1d(_WIDTH, _WIDTH, 3, dilation=reach // 3) for reach in _REACH)
        self.norms = nn.ModuleList(nn.BatchNorm1d(_WIDTH, affine=False) for _ in range(len(_REACH) + 1))
        self.last = nn.Conv1d(_WIDTH, outputs, 1)
        self.drop = nn.Dropout(0.05)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        for layer, norm in zip((self.first, *self.deep), self.norms, strict=True):
            frames = self.drop(norm(torch.relu(layer(frames))))
        return self.last(frames).log_softmax(1)


@dataclass(frozen=True, kw_only=True)
class Trained:
    """The network, how its input is scaled, and the units of its outputs 1, 2, ..."""

    network: Network
    mean: torch.Tensor
    spread: torch.Tensor
    units: tuple[str, ...]

    def save(self, path: Path) -> None:
        torch.save(
            {
                "weights": self.network.state_dict(),
                "mean": self.mean,
                "spread": self.spread,
                "units": self.units,
            },
            path,
        )

    @staticmethod
    def load(path: Path) -> "Trained":
        kept = torch.load(path, weights_only=True)
        network = Network(len(kept["units"]) + 1)
        network.load_state_dict(kept["weights"])
        return Trained(network=network.eval(), mean=kept["mean"], spread=kept["spread"], units=tuple(kept["units"]))


def train(utterances: list[Utterance], *, epochs: int, seed: int, threads: int) -> Trained:
    """Return the network after `epochs` passes over the utterances. Prints the loss of each pass."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    chance = random.Random(seed)
    units = tuple(sorted({unit for one in utterances for unit in one.units}))
    sample = torch.from_numpy(np.concatenate([one.frames[::11] for one in utterances]).astype(np.float32))
    trained = Trained(network=Network(len(units) + 1), mean=sample.mean(0), spread=sample.std(0) + 1e-3, units=units)
    batches = _batches(utterances)
    optimiser = torch.optim.AdamW(trained.network.parameters(), lr=_PEAK_RATE, weight_decay=1e-3)
    step, steps = 0, epochs * len(batches)
    for epoch in range(epochs):
        chance.shuffle(batches)
        total = 0.0
        for batch in batches:
            for group in optimiser.param_groups:
                group["lr"] = _rate(step / steps)
            total += _learn(trained, batch, optimiser, chance)
            step += 1
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(batches):.3f}", flush=True)  # noqa: T201
    trained.network.eval()
    return trained


def _batches(utterances: list[Utterance]) -> list[list[Utterance]]:
    """Return batches of utterances of like length, so that little padding is computed."""
    ordered = sorted(utterances, key=lambda one: len(one.frames))
    return [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]


def _rate(progress: float) -> float:
    """Return the learning rate: a short climb, then half a cosine down."""
    if progress < 0.08:
        return _PEAK_RATE * progress / 0.08 + _LAST_RATE
    return _PEAK_RATE * 0.5 * (1 + math.cos(math.pi * (progress - 0.08) / 0.92)) + _LAST_RATE


def _learn(
    trained: Trained, batch: list[Utterance], optimiser: torch.optim.Optimizer, chance: random.Random
) -> float:
    index = {unit: number for number, unit in enumerate(trained.units, start=1)}
    spoken = [torch.tensor([index[unit] for unit in one.units]) for one in batch]
    lengths = torch.tensor([(len(one.frames) + 2) // 3 for one in batch])
    heard = trained.network(_padded(trained, batch, chance)).permute(2, 0, 1)
    loss = nn.functional.ctc_loss(
        heard,
        torch.cat(spoken),
        lengths,
        torch.tensor([len(one) for one in spoken]),
        blank=BLANK,
        zero_infinity=True,
    )
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(trained.network.parameters(), 5.0)
    optimiser.step()
    return float(loss.item())


def _padded(trained: Trained, batch: list[Utterance], chance: random.Random) -> torch.Tensor:
    """Return scaled frames with the edge frames repeated, as Kaldi does at the ends of a stream."""
    longest = max(len(one.frames) for one in batch)
    frames = torch.zeros(len(batch), CEPSTRA, longest + 2 * CONTEXT)
    for row, one in enumerate(batch):
        scaled = (torch.from_numpy(one.frames.astype(np.float32)) - trained.mean) / trained.spread
        hidden, start = chance.randint(0, 8), chance.randint(0, len(scaled) - 1)
        scaled[start : start + hidden] = 0.0
        after = longest - len(scaled) + CONTEXT
        whole = torch.cat([scaled[:1].expand(CONTEXT, -1), scaled, scaled[-1:].expand(after, -1)])
        frames[row] = whole.t()
    return frames


def layers(trained: Trained) -> list[Layer]:
    """Return the network as affine layers, with the scaling of input and batch norms folded into the next."""
    mean, scale = trained.mean.numpy(), 1.0 / trained.spread.numpy()
    offsets = [(-2, -1, 0, 1, 2), *((-reach, 0, reach) for reach in _REACH), (0,)]
    convolutions = [trained.network.first, *trained.network.deep, trained.network.last]
    folded = []
    for number, (convolution, reads) in enumerate(zip(convolutions, offsets, strict=True)):
        folded.append(_folded(convolution, reads, mean, scale))
        if number < len(trained.network.norms):
            norm = trained.network.norms[number]
            mean, scale = norm.running_mean.numpy(), 1.0 / np.sqrt(norm.running_var.numpy() + norm.eps)
    return folded


def _folded(convolution: Any, offsets: tuple[int, ...], mean: Any, scale: Any) -> Layer:
    weight = convolution.weight.detach().numpy() * scale[None, :, None]  # (out, in, taps)
    bias = convolution.bias.detach().numpy() - (weight * mean[None, :, None]).sum((1, 2))
    return Layer(
        offsets=offsets,
        weight=np.ascontiguousarray(weight.transpose(0, 2, 1).reshape(len(bias), -1), np.float32),
        bias=bias.astype(np.float32),
    )
