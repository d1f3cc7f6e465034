"""What people call the keys of the figures: units, districts, classes, exclusion codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from core.db import Work
from dispatch import rules
from dispatch.rules import AreaRecord, CategoryRecord, UnitRecord

# Codes that the figures give themselves; the others stand in the city's list of exclusions.
_OWN_CODES: dict[str, tuple[str, str]] = {
    "other": ("其他", "Other"),
    "merged": ("已并单", "Merged with another case"),
    "withdrawn": ("已撤单", "Withdrawn"),
    "no_callback": ("不需回访", "No callback wanted"),
    "not_rated": ("未评价", "Not rated"),
    "followed": ("随并单办理，联系记录在主件", "Merged: the contact stands in the case it followed"),
    "not_said": ("未回答此问", "Did not answer this question"),
    "returned": ("已退单", "Returned"),
    "superseded": ("已改派", "Sent elsewhere since"),
    "not_needed": ("主办已办结", "The lead was done before"),
}
_KINDS = {"consult": "咨询", "help": "求助", "complaint": "投诉", "report": "举报", "suggestion": "建议"}
_URGENCIES = {"critical": "特急", "urgent": "紧急", "normal": "一般"}
_DISTRICT = 6
_CLASS = 2


@dataclass(frozen=True, kw_only=True)
class UnitNamed:
    """A unit's name and type: department, bureau, district, street, enterprise."""

    name: str
    type: str


def units(work: Work) -> dict[str, UnitNamed]:
    """Return every unit by code."""
    wanted = select(UnitRecord.code, UnitRecord.name, UnitRecord.kind)
    # "bureau:城管" is a bureau like any other.
    return {
        code: UnitNamed(name=name, type=kind.partition(":")[0]) for code, name, kind in work.session.execute(wanted)
    }


def names(work: Work) -> dict[str, Mapping[str, str]]:
    """Return dimension -> key -> name, for those that have names of their own."""
    districts = select(AreaRecord.code, AreaRecord.name).where(func.length(AreaRecord.code) == _DISTRICT)
    classes = select(CategoryRecord.code, CategoryRecord.name).where(func.length(CategoryRecord.code) == _CLASS)
    return {
        "unit": {code: unit.name for code, unit in units(work).items()},
        "district": {code: name for code, name in work.session.execute(districts)},
        "class": {code: name for code, name in work.session.execute(classes)},
        "kind": _KINDS,
        "urgency": _URGENCIES,
    }


def codes(work: Work) -> dict[str, tuple[str, str]]:
    """Return exclusion code -> what it is called in Chinese and English."""
    listed = {code: (row.zh, row.en) for code, row in rules.codes(work, "exclusion").items()}
    return _OWN_CODES | listed


def spoken(known: Mapping[str, tuple[str, str]], code: str, language: str) -> str:
    """Return what a code is called in "zh" or "en"; the code itself where nobody has named it."""
    zh, en = known.get(code, (code, code))
    return en if language == "en" else zh
