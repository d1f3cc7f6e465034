"""The decoding graph: CTC topology o lexicon o language model, as one OpenFst file.

Runs in a process that never loads vosk: pynini and vosk bring an OpenFst each, and the two together hang.
"""

import struct
from pathlib import Path
from typing import Any, Final

import pynini

from .language import END, START, History, LanguageModel
from .units import readings_of_word

_BLANK_PHONE: Final = 1
_FORGET: Final = "#0"


def write_graph(folder: Path, model: LanguageModel, units: tuple[str, ...]) -> tuple[int, int]:
    """Write HCLG.fst and words.txt into `folder`. Returns the number of words and of arcs.

    units: the network's outputs 1, 2, ...; they become phones 2, 3, ..., after the blank.
    """
    phones = {unit: number for number, unit in enumerate(units, start=_BLANK_PHONE + 1)}
    words = {word: number for number, word in enumerate([*model.words, _FORGET], start=1)}
    first_mark = len(units) + 2
    lexicon, marks = _lexicon(model, phones, words, first_mark)
    joined = pynini.compose(lexicon, _grammar(model, words).arcsort("ilabel"))
    joined = pynini.determinize(joined)
    joined.minimize()
    joined.relabel_pairs(ipairs=[(mark, 0) for mark in range(first_mark, first_mark + marks + 1)])
    graph = pynini.compose(_topology(len(units) + 1).arcsort("olabel"), joined.arcsort("ilabel"))
    graph.connect()
    folder.mkdir(parents=True, exist_ok=True)
    arcs = _write_const(folder / "HCLG.fst", graph)
    listed = ["<eps> 0", *(f"{word} {number}" for word, number in words.items())]
    (folder / "words.txt").write_text("\n".join(listed) + "\n", encoding="utf-8")
    return len(model.words), arcs


def _arc(fst: Any, source: int, target: int, *, reads: int, writes: int, cost: float = 0.0) -> None:
    fst.add_arc(source, pynini.Arc(reads, writes, pynini.Weight("tropical", cost), target))


def _lexicon(model: LanguageModel, phones: dict[str, int], words: dict[str, int], first_mark: int) -> tuple[Any, int]:
    """Return phones to words, and how many marks tell apart words that sound alike or begin another."""
    alike: dict[tuple[int, ...], list[str]] = {}
    for word in model.words:
        for reading in readings_of_word(word):
            if reading and all(unit in phones for unit in reading):
                alike.setdefault(tuple(phones[unit] for unit in reading), []).append(word)
    beginnings = {sounds[:length] for sounds in alike for length in range(1, len(sounds))}
    fst, marks = pynini.Fst(), 0
    home = fst.add_state()
    fst.set_start(home)
    fst.set_final(home)
    _arc(fst, home, home, reads=first_mark, writes=words[_FORGET])
    for sounds, several in alike.items():
        for place, word in enumerate(several, start=1):
            marked = len(several) > 1 or sounds in beginnings
            marks = max(marks, place if marked else 0)
            _spell(fst, home, [*sounds, first_mark + place] if marked else list(sounds), words[word])
    return fst.arcsort("olabel"), marks


def _spell(fst: Any, home: int, labels: list[int], word: int) -> None:
    state = home
    for place, label in enumerate(labels):
        following = home if place == len(labels) - 1 else fst.add_state()
        _arc(fst, state, following, reads=label, writes=0 if place else word)
        state = following


def _grammar(model: LanguageModel, words: dict[str, int]) -> Any:
    """Return the language model as an acceptor; #0 is the arc that forgets the oldest word."""
    fst = pynini.Fst()
    states: dict[History, int] = {history: fst.add_state() for history in model.chances}
    fst.set_start(states[(START,)])
    for history, after in model.chances.items():
        for word, chance in after.items():
            if word == END:
                fst.set_final(states[history], pynini.Weight("tropical", -chance))
            else:
                known = _longest_known((*history, word)[-2:], states)
                _arc(fst, states[history], states[known], reads=words[word], writes=words[word], cost=-chance)
        if history:
            shorter = states[_longest_known(history[1:], states)]
            _arc(fst, states[history], shorter, reads=words[_FORGET], writes=0, cost=-model.backoffs[history])
    return fst


def _longest_known(history: History, states: dict[History, int]) -> History:
    while history not in states:
        history = history[1:]
    return history


def _topology(phones: int) -> Any:
    """Return CTC's rule: blanks anywhere, a unit lasts at will, the same unit twice needs a blank.

    Reads transition ids (2p enters phone p, 2p-1 stays in it), writes phones.
    """
    fst = pynini.Fst()
    home = fst.add_state()
    states = {phone: fst.add_state() for phone in range(_BLANK_PHONE + 1, phones + 1)}
    fst.set_start(home)
    fst.set_final(home)
    _arc(fst, home, home, reads=2 * _BLANK_PHONE, writes=0)
    for phone, state in states.items():
        fst.set_final(state)
        _arc(fst, home, state, reads=2 * phone, writes=phone)
        _arc(fst, state, state, reads=2 * phone - 1, writes=0)
        _arc(fst, state, home, reads=2 * _BLANK_PHONE, writes=0)
        for other, other_state in states.items():
            if other != phone:
                _arc(fst, state, other_state, reads=2 * other, writes=other)
    return fst


def _write_const(path: Path, graph: Any) -> int:
    """Write an OpenFst file of type const, half the memory of a vector one. Returns its arcs.

    pynini cannot convert and OpenFst's own commands are one more package: the few fields are written here.
    Source: OpenFst, fst/fst.h (FstHeader) and fst/const-fst.h (version 2, not aligned).
    """
    states, arcs, position = [], [], 0
    for state in graph.states():
        leaving = [(arc.ilabel, arc.olabel, float(arc.weight), arc.nextstate) for arc in graph.arcs(state)]
        silent = (sum(not arc[0] for arc in leaving), sum(not arc[1] for arc in leaving))
        states.append(struct.pack("<fIIII", float(graph.final(state)), position, len(leaving), *silent))
        arcs += [struct.pack("<iifi", *arc) for arc in leaving]
        position += len(leaving)
    kind = struct.pack("<i5si8s", 5, b"const", 8, b"standard")
    header = struct.pack("<iiQqqq", 2, 0, _PROPERTIES, graph.start(), len(states), len(arcs))
    path.write_bytes(struct.pack("<i", 2125659606) + kind + header + b"".join(states) + b"".join(arcs))
    return len(arcs)


# Expanded; nothing else is claimed.
_PROPERTIES: Final = 1
