"""What the caller wants of us: to ask, to be helped, to complain, to report somebody, or to propose."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Self

from nlp import artifacts
from nlp.artifacts import Artifact
from nlp.guess import Guess
from nlp.linear import Encoder, Head, encoder_from, head_from, telling_words
from nlp.text import matter
from nlp.words import shared_cutter


class Kind(StrEnum):
    """Kinds of request. Praise (表扬) and thanks (感谢) count as suggestions: neither makes a duty."""

    CONSULT = "consult"  # 咨询
    HELP = "help"  # 求助
    COMPLAINT = "complaint"  # 投诉
    REPORT = "report"  # 举报
    SUGGESTION = "suggestion"  # 建议


KIND_NAMES: Mapping[Kind, str] = {
    Kind.CONSULT: "咨询",
    Kind.HELP: "求助",
    Kind.COMPLAINT: "投诉",
    Kind.REPORT: "举报",
    Kind.SUGGESTION: "建议",
}


class KindModel:
    """Tells the kind of a request from how it is said: function words count here, unlike elsewhere."""

    def __init__(self, *, encoder: Encoder, head: Head) -> None:
        self._encoder, self._head = encoder, head

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the model in `folder`. Raises ArtifactRefused."""
        return cls.from_artifact(artifacts.load(folder))

    @classmethod
    def from_artifact(cls, artifact: Artifact) -> Self:
        """Return the model of a checked artefact."""
        encoder = encoder_from(artifact.arrays, artifact.card["recipe"])
        return cls(encoder=encoder, head=head_from(artifact.arrays, "kind"))

    def shares(self, text: str) -> dict[Kind, float]:
        """Return the share of every kind, in all 1; {} when no feature of the text is known."""
        encoded = self._encoder.encode(text)
        if encoded.is_blank:
            return {}
        shares = self._head.shares(encoded).tolist()
        return {Kind(label): share for label, share in zip(self._head.labels, shares, strict=True)}

    def guess(self, text: str) -> Guess | None:
        """Return the likeliest kind with the words that decided; None for a text that says nothing."""
        shares = self.shares(text)
        if not shares:
            return None
        kind = max(shares, key=lambda one: shares[one])
        encoded = self._encoder.encode(text)
        gains = self._head.pull(encoded, kind)
        words = telling_words(self._encoder, gains, shared_cutter().cut(matter(text)), most=3)
        because = f"说到“{'”“'.join(words)}”" if words else "整句的说法"
        return Guess(value=kind.value, share=shares[kind], reason=f"{because}，像是{KIND_NAMES[kind]}")
