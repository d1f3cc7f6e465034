"""Puts the components together: from what was said to the fields of a case, each with its certainty."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from nlp import extract
from nlp.artifacts import Artifact, load
from nlp.classify import Classifier, Level, Suggestion
from nlp.extract import Facts
from nlp.guess import Guess
from nlp.kind import KindModel
from nlp.places import Gazetteer, PlaceGuess
from nlp.urgency import Urgency, urgency

CALLER, AGENT = "caller", "agent"

# A kind less likely than this says less than an empty field does.
_LEAST_SHARE = 0.05
_WANTED_SHARE = 0.8  # the wish is cut out by rules; how often they were right on our own sentences
_TOLD_SHARE = {True: 0.9, False: 0.6}
_AGENT_FACTOR = 0.7  # the agent may only be asking
_CONFIRMED = re.compile(r"^(?:对|是|嗯|没错|就是|好的?|恩|可以)")
_DENIED = re.compile(r"^(?:不是|不对|不在|没有|错了|不,|不，)")
_ENDS = "。！？；，,.!?;"


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What one side said. speaker: `CALLER` or `AGENT`."""

    speaker: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """Everything a case form can be offered. All of it is provisional; None and () mean "nothing said".

    categories: at most three, best first. classes: the second-level classes, likeliest first, for routing.
    people_affected: the least number that the words promise. missing: questions to ask, in Chinese, in order.
    text: the caller's words as one text. text_masked: the same without phones, identity numbers and names.
    """

    kind: Guess | None
    title: Guess | None
    categories: tuple[Suggestion, ...]
    classes: tuple[Level, ...]
    place: PlaceGuess | None
    happened: Guess | None
    urgency: Urgency
    demand: Guess | None
    people_affected: int | None
    missing: tuple[str, ...]
    text: str
    text_masked: str


class Understander:
    """Understands conversations with one city's names and one trained model. Built once, then only read."""

    def __init__(self, *, classifier: Classifier, kinds: KindModel, gazetteer: Gazetteer) -> None:
        self.classifier = classifier
        self._kinds, self._gazetteer = kinds, gazetteer

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        areas: Iterable[Mapping[str, str]],
        places: Iterable[Mapping[str, str]],
        categories: Iterable[Mapping[str, str]] = (),
    ) -> Self:
        """Return an understander from what `python -m nlp.train` wrote and the city's rows.

        categories: the city's present names; they win over those the model was trained with.
        Raises ArtifactRefused when a model is missing, damaged or of another format.
        """
        names = {row["code"]: row["name"] for row in categories}
        return cls(
            classifier=Classifier.from_artifact(_renamed(load(folder / "category"), names)),
            kinds=KindModel.load(folder / "kind"),
            gazetteer=Gazetteer.from_rows(areas, places),
        )

    def understand(self, turns: Sequence[Turn], *, now: datetime) -> Understanding:
        """Return what the conversation says so far. Only the caller's words tell the matter.

        now: aware; times like "yesterday evening" are counted from it. Raises ValueError when it is naive.
        """
        said = _spoken_by(CALLER, turns)
        kind = _sure_enough(self._kinds.guess(said))
        categories = tuple(self.classifier.suggest(said, top=3))
        place = self._place(turns)
        address = place.address if place else ""
        facts = extract.extract(said, now=now, place=address)
        return Understanding(
            kind=kind,
            categories=categories,
            place=place,
            urgency=urgency(said),
            classes=tuple(self.classifier.level_shares(said, level=2)),
            title=_title(said, address, categories, kind),
            happened=_happened(facts),
            demand=_demand(facts),
            people_affected=facts.people_affected,
            text=said,
            text_masked=extract.mask(said),
            # Before the matter is clear, only the agent knows what to ask.
            missing=tuple(extract.missing(kind.value if kind else "", facts)) if categories else (),
        )

    def _place(self, turns: Sequence[Turn]) -> PlaceGuess | None:
        """Return the likeliest place; one named by the agent counts less, until the caller says yes.

        A place that both have named is surer, and the caller's form of it, with the house, is kept.
        """
        told = self._gazetteer.find(_spoken_by(CALLER, turns))
        repeated = {place.name: place for place in self._from_agent(turns) if place.share > 0}
        surer = [_repeated(place) if place.name in repeated else place for place in told]
        every = [*surer, *repeated.values()]
        return max(every, key=lambda place: (place.share, bool(place.detail)), default=None)

    def _from_agent(self, turns: Sequence[Turn]) -> Iterable[PlaceGuess]:
        for position, turn in enumerate(turns):
            if turn.speaker != AGENT:
                continue
            answer = _spoken_by(CALLER, turns[position + 1 : position + 2])
            for place in self._gazetteer.find(turn.text):
                # The greeting names the city to everybody; it says nothing of where the matter is.
                if place.level != "city":
                    yield _answered(place, answer)


def _spoken_by(speaker: str, turns: Sequence[Turn]) -> str:
    """Join one side's words; a pause between turns ends a clause."""
    texts = [turn.text.strip() for turn in turns if turn.speaker == speaker and turn.text.strip()]
    closed = [text if text[-1] in _ENDS else text + "，" for text in texts[:-1]]
    return "".join([*closed, *texts[-1:]])


def _answered(place: PlaceGuess, answer: str) -> PlaceGuess:
    if _DENIED.match(answer):
        return replace(place, share=0.0)
    if _CONFIRMED.match(answer):
        return replace(place, share=min(0.99, place.share + 0.03), reason=f"{place.reason}，来电人已确认")
    return replace(place, share=round(place.share * _AGENT_FACTOR, 3), reason=f"{place.reason}，话务员说到")


def _repeated(place: PlaceGuess) -> PlaceGuess:
    return replace(place, share=min(0.99, place.share + 0.03), reason=f"{place.reason}，话务员复述过")


def _sure_enough(guess: Guess | None) -> Guess | None:
    return guess if guess and guess.share >= _LEAST_SHARE else None


def _title(said: str, address: str, categories: Sequence[Suggestion], kind: Guess | None) -> Guess | None:
    if not categories:
        return None
    best = categories[0]
    title = extract.title(said, address, best.name, kind=kind.value if kind else "")
    reason = f"按来电人的话和分类“{best.name}”拟定"
    return Guess(value=extract.mask(title), share=best.levels[0].share, reason=reason)


def _happened(facts: Facts) -> Guess | None:
    """Return the first moment that is said exactly, else the first that is said at all; ISO 8601."""
    mention = next((one for one in facts.times if one.exact), next(iter(facts.times), None))
    if mention is None:
        return None
    until = f"/{mention.until}" if mention.until else ""
    reason = f"说到“{mention.text}”" + ("，每天如此" if mention.repeats else "")
    return Guess(value=mention.when + until, share=_TOLD_SHARE[mention.exact], reason=reason)


def _demand(facts: Facts) -> Guess | None:
    if not facts.demand:
        return None
    return Guess(value=extract.mask(facts.demand), share=_WANTED_SHARE, reason="来电人说出的要求")


def _renamed(artifact: Artifact, names: Mapping[str, str]) -> Artifact:
    labels = {**artifact.card["labels"], **names}
    return replace(artifact, card={**artifact.card, "labels": labels})
