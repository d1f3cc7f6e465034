"""The two-step choice of a category: a top class, then one of the most detailed below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy.typing as npt

from nlp.linear import (
    Encoded,
    Encoder,
    Head,
    encoder_arrays,
    encoder_from,
    head_arrays,
    head_from,
    head_names,
)

# Only so many of the likeliest top classes are looked into: the rest cannot hold one of the best categories.
_LOOKED_INTO = 6
_BELOW = "below."


@dataclass(frozen=True, kw_only=True, eq=False)
class CategoryTree:
    """below: by top class, the choice among the codes under it; a class without one is its own leaf."""

    encoder: Encoder
    top: Head
    below: Mapping[str, Head]

    def leaf_shares(self, encoded: Encoded) -> dict[str, float]:
        """Return the share of each most detailed code; unlikely top classes are left out."""
        tops = zip(self.top.shares(encoded).tolist(), self.top.labels, strict=True)
        leaves: dict[str, float] = {}
        for share, code in sorted(tops, reverse=True)[:_LOOKED_INTO]:
            head = self.below.get(code)
            if head is None:
                leaves[code] = share
                continue
            for leaf, part in zip(head.labels, head.shares(encoded).tolist(), strict=True):
                leaves[leaf] = share * part
        return leaves

    def pull(self, encoded: Encoded, leaf: str) -> dict[int, float]:
        """Return by how much each known column speaks for `leaf`, at both steps together."""
        gains = self.top.pull(encoded, leaf[:2])
        if len(leaf) > 2:
            for column, gain in self.below[leaf[:2]].pull(encoded, leaf).items():
                gains[column] += gain
        return gains

    def says_enough(self, encoded: Encoded) -> bool:
        """Say whether a word is known, or two characters together: lone ones occur in any nonsense."""
        known = (self.encoder.features[column] for column in encoded.ids)
        return any(name.startswith("w:") or (name.startswith("c:") and len(name) > 3) for name in known)

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return the tree as plain arrays for an artefact."""
        arrays = {**encoder_arrays(self.encoder), **head_arrays("top", self.top)}
        for code, head in self.below.items():
            arrays.update(head_arrays(_BELOW + code, head))
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]], recipe: dict[str, Any]) -> Self:
        """Return the tree that `to_arrays` wrote."""
        names = [name for name in head_names(arrays) if name.startswith(_BELOW)]
        below = {name.removeprefix(_BELOW): head_from(arrays, name) for name in names}
        return cls(encoder=encoder_from(arrays, recipe), top=head_from(arrays, "top"), below=below)


def rolled_up(leaves: Mapping[str, float], level: int) -> dict[str, float]:
    """Return shares of the codes of `level` (1 top, 2, 3), likeliest first; shorter codes are left out."""
    digits = 2 * level
    summed: dict[str, float] = {}
    for leaf, share in leaves.items():
        if len(leaf) >= digits:
            summed[leaf[:digits]] = summed.get(leaf[:digits], 0.0) + share
    return dict(sorted(summed.items(), key=lambda item: (-item[1], item[0])))
