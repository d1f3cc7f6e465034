"""Cutting talk into clauses and taking the empty words out; for text with and without punctuation."""

from __future__ import annotations

import re

from nlp.lexicon_files import words

_BREAK = re.compile(r"[，。！？；、,;!?…\n]+|(?<![\d])\.(?!\d)")
_STRONG = re.compile(
    r"希望|要求|请求|恳请|恳求|建议|能不能|能否|可不可以|帮我|我要退|"
    r"请(?=你|您|帮|尽快|相关|有关|政府|派|给|把|处理|[\u4e00-\u9fff]{1,6}(?:部门|局|支队))"
)
# Where a speaker without punctuation begins to say what he wants.
_WANT = re.compile(rf"{_STRONG.pattern}|想(?=问|咨询|请问|知道|了解|请)|请问")
_QUESTION = re.compile(r"什么|怎么|如何|哪|多少|多久|多长时间|是不是|能不能|吗|是否")
_LEADING = re.compile(
    r"^(?:(?:我们?|你们?|您|请|就|都|还|也|但是|而且|所以|因为|现在|一下|问|麻烦|帮我|帮忙|想|要|吧|了|，|请问|咨询|"
    r"相关部门|有关部门|政府|部门|能不能|能否|可不可以)(?!求|修|补|退))+"
)
_FILLERS = re.compile("|".join(sorted(map(re.escape, words("fillers.csv")), key=len, reverse=True)))
_ASKING = re.compile(r"^(?:请|麻烦)?(?:您|你们?)?帮(?:我|忙)(?:问|查|咨询)(?:一下|问|查)?")
_ADDRESSED = re.compile(r"^(希望|要求|请求|恳请|建议|请)(?:你们|您们|您|你|贵单位|相关部门|有关部门|政府|领导)")
_QUESTIONING = re.compile(r"能不能|能否|可不可以")
_TYPED_CLAUSE = 5.0  # signs; a recogniser's words are shorter on average
_SPACES_BETWEEN_WORDS = re.compile(r"(?<=[\u4e00-\u9fff])[ \t]+(?=[\u4e00-\u9fff])")
_SPACES_IN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff\d])[ \t]+(?=[\u4e00-\u9fff\d])")


def joined(text: str) -> str:
    """The text without the spaces that speech recognition puts between words.

    Some people type spaces for commas; between long pieces a space becomes one.
    """
    pieces = text.split()
    typed = len(pieces) > 1 and len(text) / len(pieces) >= _TYPED_CLAUSE
    text = _SPACES_BETWEEN_WORDS.sub("，" if typed else "", text)
    return _SPACES_IN_CHINESE.sub("", text).strip()


def without_fillers(text: str) -> str:
    """The text without greetings and hesitations; what is left may be empty."""
    return _FILLERS.sub("", text).strip("，。！？；、,;!? \n")


def clauses(text: str) -> list[str]:
    """Clauses in order, without empty ones. Long unpunctuated speech is also cut where a wish begins."""
    found: list[str] = []
    for piece in filter(None, (p.strip() for p in _BREAK.split(joined(text)) if p)):
        want = _WANT.search(piece, 8) if len(piece) > 24 else None
        found.extend((piece[: want.start()], piece[want.start() :]) if want else (piece,))
    return found


def demand(text: str) -> str:
    """What the caller wants, in the caller's words without politeness; "" when nothing is asked.

    The last clause that wishes for something wins, because people tell first and ask last; without a wish,
    the questions count, as many as are asked.
    """
    parts = clauses(text)
    strong = [i for i, part in enumerate(parts) if _STRONG.search(part)]
    if strong:
        last = strong[-1]
        wish = _from_cue(parts[last])
        more = [p for p in parts[last + 1 :] if _QUESTION.search(p) or len(p) < 14]
        return _trim("，".join([wish, *more[:1]]) if len(wish) < 10 else wish)
    asked = [part for part in parts if _QUESTION.search(part) or _WANT.search(part)]
    return _trim("，".join(filter(None, map(without_fillers, asked[-3:]))))


def _from_cue(part: str) -> str:
    """A wish begins at its cue; "can the fund be drawn" has its subject before it."""
    cue = _STRONG.search(part)
    return part[cue.start() :] if cue and not _QUESTIONING.match(cue[0]) else part


def _trim(wish: str) -> str:
    wish = without_fillers(_ASKING.sub("", wish))
    wish = _ADDRESSED.sub(r"\1", wish).strip("，的了啊呢吧")
    return wish[:80] if len(wish) >= 4 else ""


def core(part: str) -> str:
    """A clause cut down to what it states: no fillers, no leading pronouns."""
    return _LEADING.sub("", without_fillers(part)).strip("的了啊呢吧，")
