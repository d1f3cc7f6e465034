"""The case that is followed through its life: what it is about, who stands around it, what they hand in."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.e2e.centre import ROOT, Centre
from tests.e2e.windows import Board, Desk, Story, Wire, asked, signed_in

TITLE = "垃圾分类投放点满溢无人清运"
MATTER = {
    "title": TITLE,
    "content": "湖滨路菜场后面的垃圾分类投放点已经满了三天，没有人来清运，气味很大。",
    "demand": "清运垃圾，并说明今后多久清运一次。",
    "place": "湖滨路菜场后门",
    "caller_name": "张晓明",
    "contact_phone": "+8613800001177",
}


@dataclass
class Life:
    """The case and everybody around it."""

    centre: Centre
    browser: Browser
    case_no: str
    board: Board
    wire: Wire
    story: Story
    desks: dict[str, Desk] = field(default_factory=dict)

    def at(self, username: str, desk: str) -> Desk:
        """Return that person's window, opened when they are first needed."""
        if username not in self.desks:
            page = signed_in(self.browser, self.centre, username, f"/desk/{desk}")
            self.desks[username] = Desk(page=page, case_no=self.case_no)
        return self.desks[username]


def filed_soon_pack() -> str:
    """Return the file of a pack like the recommended one, under which a closed case is filed after a minute."""
    body = json.loads((ROOT / "city/packs/default.json").read_text(encoding="utf-8"))
    body |= {"name": "filed-soon", "title": "一分钟归档"}
    body["closing"]["file_after"] = {"quantity": 1, "unit": "natural_minutes"}
    return json.dumps(body, ensure_ascii=False)


def switch_to(admin: Page, pack_id: int) -> None:
    """Put a pack in force, unless it is."""
    whole = asked(admin, "GET", f"/api/packs/{pack_id}")
    if not whole["active"]:
        asked(admin, "POST", f"/api/packs/{pack_id}/activate", {"reason": "演练"})


def give_back(unit: Desk, reason: str, right_unit: str) -> None:
    """Open the order in the unit's list and give it back, with a reason that brings its law along."""
    unit.open()
    unit.start("return")
    unit.choose("code", reason)
    unit.choose("suggested_unit", right_unit, typed=True)
    unit.key("Control+Enter")


def write_record(unit: Desk, words: str, *, solved: str) -> None:
    """Fill in the handling record: how and when the citizen was reached, what was found, what they are told."""
    unit.press("contacted-now")
    unit.choose("contact_mode", "电话")
    unit.tick("truth", "属实")
    unit.tick("solved", solved)
    unit.write("reply-text", words)
    unit.write("reply-public_reply", "您好，投放点已清运，今后每日清运。")


def picture() -> bytes:
    """Return a photograph that tells where it was taken."""
    image, place = Image.new("RGB", (64, 48), (90, 140, 90)), Image.Exif()
    place[0x8825] = {1: "N", 2: (36.0, 30.0, 0.0), 3: "E", 4: (117.0, 5.0, 0.0)}  # GPS
    kept = io.BytesIO()
    image.save(kept, "JPEG", exif=place)
    return kept.getvalue()
