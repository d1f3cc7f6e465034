"""Values of a pack file, read strictly: whatever is wrong is named by its path in the file and a sentence."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from dispatch.deadlines import Limit, LimitUnit

# Longer limits are slips of the pen, and the search for working time ends after ten years.
_MOST = {
    LimitUnit.NATURAL_MINUTES: 5 * 366 * 1440,
    LimitUnit.WORKING_MINUTES: 100_000,
    LimitUnit.WORKING_DAYS: 1_000,
}
_SHOWN_CHARACTERS = 40
_MESSAGE_CHARACTERS = 400
# Neither the zero character nor half of a surrogate pair fits into the tables.
_STORABLE = re.compile(r"[^\x00\ud800-\udfff]*")


class PackError(ValueError):
    """A pack cannot be used; the message names the path in the file and what is wrong there."""

    def __init__(self, message: str) -> None:
        # The message quotes the file, and half of a surrogate pair would not leave the process.
        super().__init__(message[:_MESSAGE_CHARACTERS].encode("utf-8", "backslashreplace").decode("utf-8"))


@dataclass(frozen=True, kw_only=True)
class Field:
    """A value of the file and where it stands, such as `rules[2].result.quantity`; the whole file has no path."""

    path: str
    value: Any

    def wrong(self, should: str) -> PackError:
        """Return the error that says what should stand here, and what does."""
        return PackError(f"{self.path or '文件'}：{should}，现为 {_shown(self.value)}")

    def at(self, key: str) -> Field:
        """Return the value below `key`. Raises PackError when there is none."""
        path = f"{self.path}.{key}" if self.path else key
        if key not in self.mapping():
            raise PackError(f"{path}：缺少这一项")
        return Field(path=path, value=self.value[key])

    def has(self, key: str) -> bool:
        """Say whether `key` was given."""
        return key in self.mapping()

    def mapping(self) -> Mapping[str, Any]:
        """Return the value as named settings."""
        if not isinstance(self.value, Mapping):
            raise self.wrong("应为一组设置")
        return self.value

    def only(self, known: Collection[str]) -> None:
        """Refuse names that a pack does not have: a slip of the pen must not become a silent default."""
        for key in self.mapping():
            if key not in known:
                path = f"{self.path}.{key}" if self.path else str(key)
                raise PackError(f"{path}：没有这一项设置，请检查写法")

    def items(self) -> Iterator[Field]:
        """Walk over a list."""
        if not isinstance(self.value, list | tuple):
            raise self.wrong("应为列表")
        for number, item in enumerate(self.value):
            yield Field(path=f"{self.path}[{number}]", value=item)

    def text(self, longest: int = 500) -> str:
        """Return a text that says something."""
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > longest:
            raise self.wrong(f"应为 1 至 {longest} 个字的文字")
        if not _STORABLE.fullmatch(self.value):
            raise self.wrong("文字里有不能保存的字符")
        return self.value

    def word(self, pattern: str, should: str) -> str:
        """Return a text that is made as `pattern` says."""
        if not isinstance(self.value, str) or not re.fullmatch(pattern, self.value):
            raise self.wrong(should)
        return self.value

    def one_of(self, allowed: Collection[str]) -> str:
        """Return one of the words that a closed list has."""
        if not isinstance(self.value, str) or self.value not in allowed:
            raise self.wrong(f"应为 {'、'.join(sorted(allowed))} 之一")
        return self.value

    def whole(self, least: int, most: int) -> int:
        """Return a whole number between `least` and `most`, both allowed."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not least <= self.value <= most:
            raise self.wrong(f"应为 {least} 至 {most} 的整数")
        return self.value

    def share(self) -> float:
        """Return a share of 1."""
        # JSON as Python reads it knows NaN; the comparison refuses it too.
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        if not number or not 0 <= self.value <= 1:
            raise self.wrong("应为 0 至 1 之间的数")
        return float(self.value)

    def day(self) -> date:
        """Return a day written as 2026-01-31."""
        should = "应为日期，写作 2026-01-31"
        try:
            return date.fromisoformat(self.word(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", should))
        except PackError:
            raise
        except ValueError:
            raise self.wrong(should) from None

    def limit(self, least: int = 1) -> Limit:
        """Return a time limit of at least `least` units."""
        self.only({"quantity", "unit"})
        unit = LimitUnit(self.at("unit").one_of({unit.value for unit in _MOST}))
        return Limit(quantity=self.at("quantity").whole(least, _MOST[unit]), unit=unit)


def _shown(value: Any) -> str:
    if value is None:
        return "空"
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
