"""People in talk: phones, identity numbers, names; finding them, and hiding them."""

from __future__ import annotations

import re

from nlp.lexicon_files import words

# Figures between which a speaker or writer may pause; 86 is the country's code.
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?(1[3-9]\d(?:[- ]?\d){8})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[- ]?[2-8]\d{6,7})(?!\d)")
_LOCAL = re.compile(r"(?:电话|号码|座机|联系方式)[^\d，。,]{0,4}([2-8]\d{6,7})(?!\d)")
_IDENTITY = re.compile(
    r"(?<![\dA-Za-z])([1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx])(?![\dA-Za-z])"
)
_SPOKEN_DIGITS = re.compile(r"[零〇一幺二三四五六七八九]{7,}")

_SURNAME = f"[{''.join(words('surnames.csv'))}]"
_TITLE = (
    "先生|女士|小姐|同志|师傅|老师|经理|主任|老板|校长|园长|医生|护士|阿姨|大爷|大妈|叔叔|奶奶|爷爷|书记|局长|科长|处长|"
    "村长|队长|队员|律师|法官|警官|某某|某"
)
_BOUNDARY = r"(?:^|(?<=[，。,、！？：；:\s叫是找和跟给向由被让对为与的了有姓把请问]))"
_SHORT_NAME = re.compile(rf"{_SURNAME}(?=(?:{_TITLE}))")
_FULL_NAME = re.compile(rf"{_BOUNDARY}{_SURNAME}[\u4e00-\u9fff]{{1,2}}?(?=(?:{_TITLE}))")
_OWN_NAME = re.compile(
    rf"(?P<cue>(?:我|他|她|老板|经理|老公|丈夫|妻子|爱人|儿子|女儿|邻居|房东|对方|主任)叫|名字叫|名叫|姓名[是：:]?|联系人[是：:]?|我的名字是|户主[是：:]?)(?P<name>{_SURNAME}[\u4e00-\u9fff]{{1,2}}?)"
    r"(?=[，。,、；！\s]|$|住|在|电话|手机|身份证|是|今年|我|想|要|的)"
)


def phones(text: str) -> tuple[str, ...]:
    """Phone numbers as figures only, in order and once each; short service numbers are no one's phone."""
    matches = [match for pattern in (_MOBILE, _LANDLINE, _LOCAL) for match in pattern.finditer(text)]
    matches.sort(key=lambda match: match.start(1))
    return tuple(dict.fromkeys(re.sub(r"\D", "", match[1]) for match in matches))


def identities(text: str) -> tuple[str, ...]:
    """Resident identity numbers, 18 signs with a possible date of birth; the last may be X."""
    return tuple(dict.fromkeys(m[1].upper() for m in _IDENTITY.finditer(text)))


def mask(text: str) -> str:
    """The text with phones, identity numbers and names of persons hidden.

    Names are hidden where the text marks them: before a title (张先生 → 某先生) or after
    "I am called". A name without such a mark stays: this is a safeguard, not a guarantee.
    """
    text = _IDENTITY.sub("******************", text)
    for pattern in (_MOBILE, _LANDLINE, _LOCAL):
        text = pattern.sub(lambda m: m[0].replace(m[1], re.sub(r"\d", "*", m[1])), text)
    text = _SPOKEN_DIGITS.sub(lambda m: "*" * len(m[0]), text)
    text = _OWN_NAME.sub(lambda m: m["cue"] + "某某", text)
    text = _FULL_NAME.sub("某", text)
    return _SHORT_NAME.sub("某", text)
