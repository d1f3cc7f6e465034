"""What callers and agents say: templates, talk, examples and the practice city's names, as sentences."""

import csv
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.voice import in_characters

TEXTS: Final = Path(__file__).parent / "texts"
_MARKS: Final = re.compile(r"[^\u4e00-\u9fffA-Z]+")
_SLOT: Final = re.compile(r"\{([^{}]+)\}")
_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_DIALLED: Final = "零幺二三四五六七八九"


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file without comments and blanks; [] when there is no such file."""
    if not path.exists():
        return []
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def held_out() -> list[str]:
    """Return the sentences that neither the language model nor the acoustic training may see."""
    return lines_of(TEXTS / "held_out.txt")


def heard_form(text: str) -> str:
    """Return a text the way a recogniser writes it: numbers in characters, no marks, no spaces."""
    return _MARKS.sub("", in_characters(text).upper())


def clauses(text: str) -> list[str]:
    """Return the stretches between marks, each the way a recogniser writes it."""
    parts = re.split(r"[，。！？；：、,.!?;:\s…—“”（）()]+", in_characters(text))
    return [part for part in map(heard_form, parts) if part]


def examples(folder: Path, column: str) -> list[str]:
    """Return one column of every CSV file in a folder; [] when there is no such folder."""
    found = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found += [row[column] for row in csv.DictReader(file) if row.get(column)]
    return found


def city_names(folder: Path) -> dict[str, list[str]]:
    """Return the practice city's names by kind: places, areas by level, units, categories."""
    names: dict[str, list[str]] = {}
    for table, kind_column in (("places", "kind"), ("areas", "level"), ("units", ""), ("categories", "")):
        path = folder / f"{table}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                said = [row["name"], *filter(None, (row.get("aliases") or "").split("|"))]
                names.setdefault(row[kind_column] if kind_column else table, []).extend(said)
    return names


class Templates:
    """Sentences with gaps: {slot} is one of the slot's words, [a|b|] one of the choices, perhaps none."""

    def __init__(self, lines: list[str], names: dict[str, list[str]]) -> None:
        self._slots: dict[str, list[str]] = {}
        self._templates: list[str] = []
        for line in lines:
            if line.startswith("@"):
                slot, words = line[1:].split("=", 1)
                self._slots[slot.strip()] = [word.strip() for word in words.split("|")]
            else:
                self._templates.append(line)
        self._slots |= _slots_of_city(names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._templates)

    def said(self, template: str, chance: random.Random) -> str:
        """Return one filling of a template. Raises KeyError for a slot that nobody defined."""
        while found := _CHOICE.search(template):
            chosen = chance.choice(found[1].split("|"))
            template = template[: found.start()] + chosen + template[found.end() :]
        while found := _SLOT.search(template):
            template = template[: found.start()] + self._word(found[1], chance) + template[found.end() :]
        # A slot's words may hold choices of their own.
        return self.said(template, chance) if "[" in template else template

    def _word(self, slot: str, chance: random.Random) -> str:
        match slot:
            case "数":
                return str(chance.randint(2, 30))
            case "门牌":
                return f"{chance.randint(1, 399)}号"
            case "室":
                return f"{chance.randint(1, 33)}0{chance.randint(1, 8)}室"
            case "电话":
                return "幺" + "".join(chance.choice(_DIALLED) for _ in range(10))
            case "练习电话":
                return "幺三八零零零" + "".join(chance.choice("零幺二三四五") for _ in range(5))
            case "钱":
                return str(chance.choice((1, 2, 3, 5, 8, 12, 15)) * chance.choice((10, 100, 1000)))
        return chance.choice(self._slots[slot])


def _slots_of_city(names: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the slots that the practice city fills, with stand-ins where its files are not there."""

    def of(*kinds: str) -> list[str]:
        return [name for kind in kinds for name in names.get(kind, [])]

    areas = ("city", "district", "street", "community", "village")
    places = [
        name for kind, several in names.items() for name in several if kind not in (*areas, "units", "categories")
    ]
    return {
        "小区": of("estate") or ["我们小区"],
        "路": of("road") or ["我们这条路"],
        "区": of("district") or ["我们区"],
        "街道": of("street") or ["我们街道"],
        "社区": of("community") or ["我们社区"],
        "村": [name for name in of("community", "village") if name.endswith("村")] or ["我们村"],
        "地点": places or ["我们这里"],
        "单位": of("units") or ["有关部门"],
        "类别": of("categories") or ["其他"],
    }


def spoken_sentences(city: Path, examples_folder: Path, *, each: int, seed: int) -> list[str]:
    """Return everything that we know may be said, apart from the held-out sentences, in a fixed order.

    each: fillings of one template; the same ones come once.
    """
    names = city_names(city)
    templates = Templates(lines_of(TEXTS / "templates.txt"), names)
    chance = random.Random(seed)
    said = [templates.said(template, chance) for template in templates for _ in range(each)]
    known = [name for several in names.values() for name in several]
    written = examples(examples_folder, "text") + examples(city / "calls", "speaks")
    plain = [*lines_of(TEXTS / "talk.txt"), *lines_of(TEXTS / "callers.txt"), *written, *known]
    kept_apart = {heard_form(text) for text in held_out()}
    return [text for text in dict.fromkeys([*said, *plain]) if heard_form(text) not in kept_apart]


def word_strings(count: int, *, seed: int) -> list[str]:
    """Return `count` strings of general words that mean nothing together, for sounds that our sentences lack.

    Half of the words are drawn by how common they are, half evenly, so that rare syllables are heard too.
    """
    import jieba

    jieba.initialize()
    short = re.compile("[\u4e00-\u9fff]{1,4}")
    general = {word: count for word, count in jieba.dt.FREQ.items() if count and short.fullmatch(word)}
    words = sorted(general, key=lambda word: (-general[word], word))[:30000]
    weights = [general[word] ** 0.5 for word in words]
    chance = random.Random(seed)
    return ["".join(_string_of_words(words, weights, chance)) for _ in range(count)]


def _string_of_words(words: list[str], weights: list[float], chance: random.Random) -> list[str]:
    common = chance.choices(words, weights, k=chance.randint(1, 4))
    return common + chance.choices(words, k=chance.randint(1, 3))
